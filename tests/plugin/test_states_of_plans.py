"""GET /api/schedules: plans by the state of their newest run, and by a text in their names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from support.listed_plans import NOON, keys, post, run, went

SORTS = ("id", "name", "updatedAt", "nextStartAt", "startAt", "costTime")
ENDED = "SUCCESSFUL,FAILED,CANCELLED"


@pytest.fixture(autouse=True, params=["few, read whole", "many, read whole", "few, caught up", "many, caught up"])
def _way(request, monkeypatch):
    """A query names plans that are few; many are picked from all. The newest runs are read whole where that is cheap."""
    from taskcenter_plugin.plans import listing, run_order

    few, whole = "few" in request.param, "whole" in request.param
    monkeypatch.setattr(run_order, "FEW", 1000 if few else -1)
    monkeypatch.setattr(listing, "_LOOKED_THROUGH", 2)
    monkeypatch.setattr(run_order, "CHEAP_SECONDS", 1000.0 if whole else -1.0)


def in_state(user, states: str, **query) -> list[str]:
    """The plans in these states, once more by their total."""
    answer = user.ok("GET", "/api/schedules", jobStatusList=states, **query)
    found = [plan["entityKey"] for plan in answer["data"]]
    assert answer["totalHits"] == len(found)
    assert {plan["jobStatus"] for plan in answer["data"]} <= set(states.split(","))
    return found


def test_each_plan_is_in_the_state_of_its_newest_run(ada):
    ids = {key: post(ada, key) for key in ("never", "waits", "runs", "good", "bad", "ended")}
    run(ada, "waits")
    run(ada, "runs", NOON)
    for key, end in (("good", "failed"), ("good", "success"), ("bad", "success"), ("bad", "failed")):
        went(run(ada, key), NOON, 3, end)
    run(ada, "ended", NOON)
    ada.ok("PUT", f"/api/schedules/{ids['ended']}/cancel")
    for state, key in (
        ("NONE", "never"),
        ("PENDING", "waits"),
        ("RUNNING", "runs"),
        ("SUCCESSFUL", "good"),
        ("FAILED", "bad"),
        ("CANCELLED", "ended"),
    ):
        assert in_state(ada, state) == [key]
    assert in_state(ada, "NONE,FAILED") == ["never", "bad"]
    assert in_state(ada, ENDED) == ["good", "bad", "ended"]
    assert in_state(ada, f"NONE,PENDING,RUNNING,{ENDED}") == list(ids)
    assert in_state(ada, ENDED, q="d") == ["good", "bad", "ended"]
    assert in_state(ada, ENDED, q="bad") == ["bad"]
    assert in_state(ada, "NONE", q="bad") == []


def test_a_change_is_seen_at_once(ada):
    plan = post(ada, "a")
    assert (in_state(ada, "NONE"), in_state(ada, "PENDING")) == (["a"], [])
    context = run(ada, "a")
    assert (in_state(ada, "NONE"), in_state(ada, "PENDING")) == ([], ["a"])
    went(context, NOON, None)
    assert (in_state(ada, "PENDING"), in_state(ada, "RUNNING")) == ([], ["a"])
    went(context, NOON, 3, "failed")
    assert (in_state(ada, "RUNNING"), in_state(ada, "FAILED")) == ([], ["a"])
    context = run(ada, "a", NOON)
    ada.ok("PUT", f"/api/schedules/{plan}/cancel")
    assert (in_state(ada, "FAILED"), in_state(ada, "CANCELLED")) == ([], ["a"])
    post(ada, "b")
    assert in_state(ada, "NONE") == ["b"]
    ada.ok("DELETE", f"/api/schedules/{plan}")
    assert in_state(ada, ENDED) == []


def test_none_is_shown_for_a_state_that_it_was_in_before_somebody_marked_its_run(ada):
    for key in ("a", "b", "c"):
        post(ada, key)
    contexts = [run(ada, key, NOON, 3) for key in ("a", "b", "c")]
    assert in_state(ada, "SUCCESSFUL") == ["a", "b", "c"]
    went(contexts[1], NOON, 3, "failed")  # as somebody does who marks it in Airflow's UI
    assert in_state(ada, "SUCCESSFUL") == ["a", "c"]
    assert in_state(ada, "FAILED") == ["b"]


def test_every_order_and_page_goes_with_states(ada):
    for number, key in enumerate("abcdef"):
        post(ada, key)
        if number != 5:
            run(ada, key, NOON + timedelta(minutes=number), 60 - number)
    run(ada, "c", NOON)
    for states, expected in (("SUCCESSFUL", "abde"), ("NONE,SUCCESSFUL", "abdef")):
        for sort in SORTS:
            for name in (sort, f"-{sort}"):
                whole = keys(ada, name, jobStatusList=states)
                assert sorted(whole) == list(expected)
                pages = [keys(ada, name, jobStatusList=states, offset=place, limit=2) for place in (0, 2, 4, 6)]
                assert [key for page in pages for key in page] == whole
    assert keys(ada, "-startAt", jobStatusList="SUCCESSFUL") == ["e", "d", "b", "a"]
    assert keys(ada, "costTime", jobStatusList="NONE,SUCCESSFUL") == ["e", "d", "b", "a", "f"]
    assert ada.ok("GET", "/api/schedules", jobStatusList="SUCCESSFUL", limit=3)["totalHits"] == 4
    assert ada.ok("GET", "/api/schedules", jobStatusList="SUCCESSFUL", offset=9)["totalHits"] == 4


def test_the_totals_of_data_sets_are_of_those_in_the_states(ada):
    for key, size in (("app1-one", 7), ("app1-two", 5), ("app1-three", None)):
        entity = {"definition": {"code": "SELECT 1"}, "diskUsage": size}
        ada.ok("PUT", f"/api/entities/DATASET/{key}", entity)
        ada.ok("POST", "/api/schedules", {"entityGroup": "DATASET", "entityKey": key})
    ada.ok(
        "POST",
        "/api/schedules",
        {"entityGroup": "DATASET", "entityKey": "app1-one", "planItems": [{"triggerType": "ONCE"}]},
    )
    post(ada, "no data set")

    def totals(**query) -> tuple[int, int, int]:
        answer = ada.ok("GET", "/api/schedules", **query)
        return answer["totalHits"], answer["totalDatasets"], answer["totalDiskUsage"]

    assert totals() == (4, 3, 12)
    assert totals(entityGroup="LINKIS") == (1, 0, 0)
    assert totals(jobStatusList="PENDING") == (1, 1, 7)
    assert totals(jobStatusList="NONE") == (3, 2, 5)
    assert totals(jobStatusList="NONE", q="two") == (1, 1, 5)


def test_the_creators_of_plans_in_a_state(ada):
    post(ada, "a")
    run(ada, "a")
    for states, names in (("PENDING", ["ada"]), ("NONE", []), ("NONE,PENDING", ["ada"])):
        found = ada.ok("GET", "/api/schedules/users", jobStatusList=states)["data"]
        assert [user["name"] for user in found] == names


def test_a_text_is_found_in_key_group_and_title_whatever_the_case_of_its_letters(ada):
    for key, title in (("sales", "Tägliche Übersicht"), ("STOCK", None), ("日报", "100% of_it")):
        ada.ok("PUT", f"/api/entities/LINKIS/{key}", {"title": title, "definition": {"code": "SELECT 1"}})
        post(ada, key)
    for text, expected in (
        ("SALES", ["sales"]),
        ("stock", ["STOCK"]),
        ("übersicht", ["sales"]),
        ("TÄG", ["sales"]),
        ("日", ["日报"]),
        ("%", ["日报"]),
        ("_", ["日报"]),
        ("linkis", ["sales", "STOCK", "日报"]),
        ("linkis stock", ["STOCK"]),  # as it is shown
        ("salesl", []),
    ):
        assert keys(ada, q=text) == expected, text
    ada.ok("PUT", "/api/entities/LINKIS/sales", {"title": "Monthly", "definition": {"code": "SELECT 1"}})
    assert (keys(ada, q="übersicht"), keys(ada, q="month")) == ([], ["sales"])
