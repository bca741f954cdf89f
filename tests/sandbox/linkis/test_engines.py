"""Code really runs: Python, shell and SQL, each bounded, and gone when it is killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.processes import wait_until_gone
from taskcenter_sandbox.gateway.auth import Credentials
from taskcenter_sandbox.linkis.server import LinkisServer
from taskcenter_sandbox.waiting import wait_until

SECRETS = Credentials("hadoop", "password-of-the-server", "token-of-the-server")
LONG_SQL = (
    "select count(*) from range(100000) a, range(100000) b, range(100000) c where a.range + b.range = c.range + 1"
)


def wait_for_pid(path) -> int:
    wait_until(
        lambda: path.exists() and path.read_text().strip(), what=str(path), timeout_seconds=20, poll_seconds=0.05
    )
    return int(path.read_text())


def kill(api, job) -> None:
    answer = api.get(f"/entrance/{job['execID']}/kill", taskID=job["taskID"])
    assert answer.status_code == 200, answer.text


def wait_for_entrance(api, job, status: str) -> None:
    """Until the job's thread has ended, not only the history changed."""
    wait_until(
        lambda: api.data(f"/entrance/{job['execID']}/status")["status"] == status,
        what=f"the entrance to say {status}",
        timeout_seconds=15,
        poll_seconds=0.05,
    )


# --- Python


def test_python_shows_tables(api):
    task = api.run(
        "show([(1, 0.5, True, None), (2, 1.5, False, 'b')], columns=['n', 'x', 'yes', 'word'])\n"
        "show([{'a': 1}, {'a': 2.5}])",
        "python",
    )
    assert task["status"] == "Succeed", task["errDesc"]
    first, second = api.results(task)
    assert [column["dataType"] for column in first["metadata"]] == ["bigint", "double", "boolean", "string"]
    assert first["fileContent"] == [["1", "0.5", "true", None], ["2", "1.5", "false", "b"]]
    assert [column["dataType"] for column in second["metadata"]] == ["double"]
    assert second["fileContent"] == [["1"], ["2.5"]]


def test_python_shows_a_frame(api):
    code = "import pandas\nshow(pandas.DataFrame({'n': [1, 2], 'x': [0.5, None]}))"
    assert api.rows(code, "python") == [["1", "0.5"], ["2", None]]


def test_a_table_of_many_rows_arrives_whole(api):
    task = api.run("show(([n] for n in range(2500)), columns=['n'])", "python")
    data = api.results(task)[0]
    assert [int(row[0]) for row in data["fileContent"]] == list(range(2500))


def test_what_python_prints_is_a_text_and_in_the_log(api):
    task = api.run("print('grüße\\n日本')", "python")
    assert api.results(task)[0]["fileContent"] == [["grüße"], ["日本"]]
    assert "日本" in api.log_of(task)


def test_an_exception_is_the_reason_and_its_trace_is_in_the_log(api):
    task = api.run("def inner():\n    raise ValueError('so it is')\ninner()", "python")
    assert (task["status"], task["errDesc"]) == ("Failed", "ValueError: so it is")
    assert 'File "job.py", line 2, in inner' in api.log_of(task)


def test_a_syntax_error_fails(api):
    assert "SyntaxError" in api.run("def", "python")["errDesc"]


@pytest.mark.parametrize(("code", "status"), [("0", "Succeed"), ("", "Succeed"), ("3", "Failed")])
def test_an_exit_of_python_is_the_end_of_the_job(api, code, status):
    assert api.run(f"import sys\nsys.exit({code})", "python")["status"] == status


def test_a_python_job_is_the_main_module(api):
    code = (
        "import multiprocessing, sys\n"
        "def double(n):\n    return 2 * n\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "        print(pool.map(double, [1, 2, 3]), sys.argv)\n"
    )
    assert api.rows(code, "python") == [["[2, 4, 6] ['job.py']"]]


# --- shell


def test_a_shell_script_fails_with_its_exit_code(api):
    task = api.run("echo before; exit 7", "shell")
    assert (task["status"], task["errDesc"]) == ("Failed", "the process ended with exit code 7")
    assert "before" in api.log_of(task)


def test_a_signal_that_ends_a_job_is_named(api):
    task = api.run("import os, signal\nos.kill(os.getpid(), signal.SIGUSR1)", "python")
    assert task["errDesc"] == "the process ended with signal SIGUSR1"


def test_a_child_left_in_the_background_goes_with_the_job(api, tmp_path):
    task = api.run(f"sleep 300 & echo $! > {tmp_path}/pid", "shell")
    assert task["status"] == "Succeed"
    wait_until_gone(wait_for_pid(tmp_path / "pid"))


def test_a_child_that_has_left_the_group_does_not_hold_the_job_up(api, tmp_path):
    task = api.run(f"setsid bash -c 'echo $$ > {tmp_path}/pid; sleep 300' & sleep 0.5", "shell")
    assert task["status"] == "Succeed"
    wait_until_gone(wait_for_pid(tmp_path / "pid"))


# --- kill and bounds


def test_a_kill_ends_the_whole_family_even_who_ignores_it(api, tmp_path):
    script = (
        f"trap '' TERM\necho $$ > {tmp_path}/one\n"
        f"bash -c 'echo $$ > {tmp_path}/two; (trap \"\" TERM; echo $BASHPID > {tmp_path}/three; sleep 300); true' &\n"
        f"setsid bash -c 'echo $$ > {tmp_path}/four; sleep 300' &\nwait; wait\n"
    )
    job = api.submit(script, "shell")
    pids = [wait_for_pid(tmp_path / name) for name in ("one", "two", "three", "four")]
    kill(api, job)
    wait_until_gone(*pids)
    wait_for_entrance(api, job, "Cancelled")
    assert api.task(job["taskID"])["status"] == "Cancelled"


def test_a_job_cannot_take_all_memory(api):
    task = api.run("held = bytearray(5 << 30)", "python")
    assert (task["status"], task["errDesc"].rstrip(": ")) == ("Failed", "MemoryError")


def test_a_job_cannot_fill_the_server_with_output(api):
    task = api.run("line = 'x' * 999_999\nwhile True:\n    print(line, end='')", "python")
    assert task["status"] == "Failed"
    assert "wrote more than" in task["errDesc"]


def test_a_job_sees_no_secrets_and_a_home_of_its_own(tmp_path, api_of, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_SECRET", "secret-of-the-environment")
    with LinkisServer(data_dir=tmp_path, port=0, credentials=SECRETS) as server:
        api = api_of(server, {"Token-User": "hadoop", "Token-Code": SECRETS.token})
        task = api.run("env; pwd", "shell")
        lines = [row[0] for row in api.results(task)[0]["fileContent"]]
    assert not [line for line in lines if "of-the-" in line]
    home = next(line for line in lines if line.startswith("HOME=")).removeprefix("HOME=")
    assert lines[-1] == home != os.environ.get("HOME")
    assert not Path(home).exists()


def test_a_kill_interrupts_long_sql_and_the_next_one_runs(api):
    job = api.submit(LONG_SQL, "jdbc")
    api.wait_for_log(job, "statement 1 of 1")
    kill(api, job)
    wait_for_entrance(api, job, "Cancelled")
    assert api.rows("select 42 as n", "jdbc") == [["42"]]


# --- SQL


def test_each_query_of_a_script_has_a_result_set_in_order(api):
    task = api.run(
        "create table if not exists several (n int); select 1 as a; insert into several values (1); select 2 as b"
    )
    assert task["status"] == "Succeed", task["errDesc"]
    assert [result["metadata"][0]["columnName"] for result in api.results(task)] == ["a", "b"]


def test_the_first_statement_that_fails_ends_the_script(api):
    task = api.run("select 1 as a; select * from nowhere; select 2 as b")
    assert task["status"] == "Failed"
    assert "nowhere" in task["errDesc"]
    assert len(api.files(task)) == 1


def test_tables_stay_for_later_jobs(api):
    api.rows("create or replace table kept as select 7 as n; select 1")
    assert api.rows("select n from kept") == [["7"]]


@pytest.mark.parametrize(
    ("run_type", "code", "rows"),
    [
        (
            "hql",
            (
                "set hive.exec.dynamic.partition=true; create database if not exists shop; use shop; drop table if exists t;"
                "create table t (id int, name string) stored as orc tblproperties ('a'='b');"
                "insert into t values (9, 'old'); insert overwrite table t select 1, nvl(null, 'new'); select * from t"
            ),
            [["1", "new"]],
        ),
        (
            "hql",
            (
                "drop table if exists daily; create table daily (id int) partitioned by (day string) stored as parquet;"
                "insert into daily partition (day='d1') select 1; insert into table daily partition (day='d2') select 2;"
                "insert overwrite table daily partition (day='d2') select 3; select * from daily order by id"
            ),
            [["1", "d1"], ["3", "d2"]],
        ),
        ("sql", "select collect_list(x)[0], size(array(1, 2)) from values (5) as t(x)", [["5", "2"]]),
        ("sql", "cache table kept2 as select 1; select date_format(date '2024-01-31', 'yyyy/MM')", [["2024/01"]]),
        ("sql", "select id from range(2) order by id", [["0"], ["1"]]),
        ("tsql", "select top 1 isnull(null, 'z') as a, len('abc') as l", [["z", "3"]]),
        ("psql", "select g::text || '!' from generate_series(1, 2) g", [["1!"], ["2!"]]),
        ("jdbc", "from range(1)", [["0"]]),
    ],
)
def test_dialects_are_understood(api, run_type, code, rows):
    assert api.rows(code, run_type) == rows


@pytest.mark.parametrize(
    ("expression", "kind", "text"),
    [
        ("cast(0 as decimal(20, 10))", "decimal", "0.0000000000"),
        ("true", "boolean", "true"),
        ("cast(null as string)", "string", None),
        ("date '2024-02-29'", "date", "2024-02-29"),
        ("cast(1 as bigint)", "long", "1"),
        ("cast(1.5 as double)", "double", "1.5"),
        ("timestamp '2024-02-29 01:02:03'", "timestamp", "2024-02-29 01:02:03"),
        ("array(1, 2)", "array", "[1,2]"),
    ],
)
def test_values_have_linkis_types_and_are_texts(api, expression, kind, text):
    result = api.results(api.run(f"select {expression} as v"))[0]
    assert (result["metadata"][0]["dataType"], result["fileContent"]) == (kind, [[text]])


def test_now_needs_no_time_zone_and_keeps_the_order(api):
    rows = api.rows("select current_timestamp() as now, n from values (3), (1), (2) as t(n) order by n")
    assert [row[1] for row in rows] == ["1", "2", "3"]
    assert all(row[0].startswith("20") and "+" not in row[0] for row in rows)


@pytest.mark.parametrize("run_type", ["scala", "java"])
def test_what_it_cannot_run_it_names(api, run_type):
    task = api.run("anything", run_type)
    assert (task["status"], task["errCode"]) == ("Failed", 11055)
    assert run_type in task["errDesc"]
