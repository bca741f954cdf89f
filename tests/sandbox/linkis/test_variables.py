"""Variables in code are replaced as Linkis replaces them."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from taskcenter_sandbox.gateway.envelope import LinkisError
from taskcenter_sandbox.linkis.variables import substitute

NOW = datetime(2024, 3, 1, 9, 30, tzinfo=timezone.utc)


def replaced(code, variables=None, run_type="sql"):
    return substitute(code, run_type, variables or {}, NOW)


@pytest.mark.parametrize(
    ("code", "variables", "expected"),
    [
        ("${a}", {"a": "x"}, "x"),
        ("${ a }", {"a": "x"}, "x"),
        ("${a+y}", {"a": "x"}, "xy"),
        ("${a + 1}", {"a": "41"}, "42"),
        ("${a - b}", {"a": "5", "b": "2"}, "3"),
        ("${a*2} ${a/4}", {"a": "10"}, "20 2.5"),
        ("${a/0}", {"a": "10"}, "Infinity"),
        ("${a}", {"a": 7}, "7"),
        ("${a}", {"a": "007"}, "7"),
        ("${a}", {"a": "1.50"}, "1.5"),
        ("${a}", {"a": "2024-01-01"}, "2024-01-01"),
        ("${unknown} ${a}", {"a": "x"}, "${unknown} x"),
        ("${a}", {"a": ""}, "${a}"),
        ("$a {a} ${1a}", {"a": "x"}, "$a {a} ${1a}"),
        ("  ${a}\n", {"a": "x"}, "x"),
    ],
)
def test_values_and_sums(code, variables, expected):
    assert replaced(code, variables) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("${run_date}", "20240229"),
        ("${run_date_std}", "2024-02-29"),
        ("${run_date - 60}", "20231231"),
        ("${run_today_std}", "2024-03-01"),
        ("${run_month_begin_std} ${run_month_end}", "2024-02-01 20240229"),
        ("${run_month_begin - 1} ${run_month_end_std - 1}", "20240101 2024-01-31"),
        ("${run_quarter_begin} ${run_quarter_end_std + 1}", "20240101 2024-06-30"),
        ("${run_half_year_begin} ${run_half_year_end}", "20240101 20240630"),
        ("${run_year_begin - 1} ${run_year_end_std}", "20230101 2024-12-31"),
        ("${run_mon} ${run_mon_std - 2} ${run_mon_end}", "202402 2023-12 202412"),
        ("${run_month_now_begin} ${run_last_mon_now_std}", "20240201 2024-02"),
        ("${run_today_h} ${run_today_h_std - 10}", "2024030109 2024-02-29 23"),
    ],
)
def test_dates_come_from_yesterday(code, expected):
    assert replaced(code) == expected


@pytest.mark.parametrize("given", ["20231231", "2023-12-31"])
def test_dates_come_from_run_date_where_it_is_given(given):
    assert (
        replaced("${run_date_std} ${run_today} ${run_month_end + 2}", {"run_date": given})
        == "2023-12-31 20240101 20240229"
    )


@pytest.mark.parametrize(("run_type", "mark"), [("hql", "--@set"), ("py", "#@set"), ("shell", "#@set")])
def test_code_may_set_its_own_which_go_before_those_of_the_request(run_type, mark):
    code = f"{mark} a = here;\n${{a}}"
    assert replaced(code, {"a": "there"}, run_type).endswith("\nhere")


@pytest.mark.parametrize(
    ("code", "variables", "error"),
    [
        ("${a - x}", {"a": "text"}, 20049),
        ("${a +}", {"a": "1"}, 20042),
        ("${run_date * 2}", {}, 20046),
        ("${run_date}", {"run_date": "soon"}, 20039),
        ("--@set a\n${a}", {}, 20045),
        ("--@set a=b=c\n${a}", {}, 20044),
    ],
)
def test_what_cannot_be_calculated_is_refused(code, variables, error):
    with pytest.raises(LinkisError) as refused:
        replaced(code, variables)
    assert refused.value.code == error


def test_code_in_other_languages_is_left_alone():
    assert replaced(" ${a} ", {"a": "x"}, "out") == " ${a} "


def test_a_job_is_refused_with_a_failed_row_when_its_variables_do_not_work(api):
    labels = {"engineType": "spark-3.2.1", "userCreator": "hadoop-variables"}
    body = {"executionContent": {"code": "select ${run_date * 2}", "runType": "sql"}, "labels": labels}
    answer = api.post("/entrance/submit", body)
    assert (answer.status_code, answer.json()["data"]["errorMsg"]["errCode"]) == (400, 20046)
    row = api.data("/jobhistory/list", creator="variables")["tasks"][0]
    assert (row["status"], row["errCode"], row["executionCode"]) == ("Failed", 20046, "select ${run_date * 2}")


def test_the_history_keeps_the_code_as_it_was_sent(api):
    row = api.run("select '${day}' as d -- ${day}", params={"variable": {"day": "monday"}})
    assert api.results(row)[0]["fileContent"] == [["monday"]]
    listed = api.data("/jobhistory/list", taskID=row["taskID"])["tasks"][0]
    assert listed["executionCode"] == "select '${day}' as d -- ${day}"
    assert '"day":"monday"' in listed["paramsJson"]
