"""GET /api/schedules: plans in every order, and those that are switched on or off."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from support.listed_plans import DAILY, NOON, change, keys, post, run, went
from support.task_center import Client, forget_everything
from taskcenter_sandbox.waiting import wait_until

BY_RUN = ("startAt", "costTime")


@pytest.fixture(autouse=True)
def _look_at_once(monkeypatch):
    """Each list looks for new runs."""
    from taskcenter_plugin.plans import ordering, run_order

    ordering.RUN_ORDER.forget()
    monkeypatch.setattr(run_order, "LOOK_SECONDS", -1.0)


@pytest.fixture(params=["read whole", "caught up"])
def _way(request, monkeypatch):
    """The order by runs is read whole where that is cheap, and caught up with where it is not."""
    from taskcenter_plugin.plans import run_order

    monkeypatch.setattr(run_order, "CHEAP_SECONDS", -1.0 if request.param == "caught up" else 1000.0)


def in_both(user, sort: str, *expected: str, without: tuple[str, ...] = ()) -> None:
    """Hold both directions, and pages of two, against the order; those without a value are last both times."""
    for name, order in ((sort, expected), (f"-{sort}", expected[::-1])):
        whole = [*order, *without]
        assert keys(user, name) == whole
        pages = [keys(user, name, offset=offset, limit=2) for offset in range(0, len(whole), 2)]
        assert [key for page in pages for key in page] == whole
        assert keys(user, name, offset=len(whole)) == []


def test_by_their_numbers_unless_asked_otherwise(ada):
    for key in ("b", "c", "a"):
        post(ada, key)
    assert keys(ada) == ["b", "c", "a"]
    in_both(ada, "id", "b", "c", "a")


def test_by_title_whatever_the_case_of_its_letters_also_when_it_changes(ada):
    for key, title in (("1", "banana"), ("2", None), ("3", "Apple"), ("4", "Ärger"), ("5", "apricot")):
        ada.ok("PUT", f"/api/entities/LINKIS/{key}", {"title": title, "definition": {"code": "SELECT 1"}})
        post(ada, key)
    in_both(ada, "name", "3", "5", "1", "2", "4")  # 2 is shown as LINKIS 2
    ada.ok("PUT", "/api/entities/LINKIS/3", {"title": "Zucchini", "definition": {"code": "SELECT 1"}})
    ada.ok("PUT", "/api/entities/LINKIS/1", {"title": None, "definition": {"code": "SELECT 1"}})
    in_both(ada, "name", "5", "1", "2", "3", "4")


def test_by_their_last_change(ada):
    ids = {key: post(ada, key) for key in ("a", "b", "c")}
    ada.ok("POST", f"/api/schedules/{ids['a']}/disable")
    in_both(ada, "updatedAt", "b", "c", "a")
    ada.ok("PUT", f"/api/schedules/{ids['b']}", {"planItems": [DAILY]})
    in_both(ada, "updatedAt", "c", "a", "b")


def test_by_their_next_run_those_that_have_none_last(ada):
    from airflow.models.dag import DagModel

    hours = {"a": 3, "b": 1, "c": 2, "off": 0, "unscheduled": None, "same": 2}
    for key, hour in hours.items():
        plan = post(ada, key, [] if hour is None else [DAILY])
        at = (
            None if hour is None else datetime.now(timezone.utc).replace(microsecond=0, minute=0) + timedelta(days=hour)
        )
        change(DagModel, DagModel.dag_id == f"plan.LINKIS.{key}", next_dagrun_create_after=at)
        if key == "off":
            ada.ok("POST", f"/api/schedules/{plan}/disable")
    in_both(ada, "nextStartAt", "b", "c", "same", "a", without=("off", "unscheduled"))


@pytest.mark.usefixtures("_way")
def test_by_the_start_and_the_duration_of_their_newest_run(ada):
    for key in ("never", "a", "b", "waits"):
        post(ada, key)
    run(ada, "b", NOON - timedelta(days=9), 1)
    run(ada, "b", NOON + timedelta(minutes=1), 5)
    run(ada, "a", NOON, 9)
    run(ada, "waits")
    post(ada, "runs")
    running = run(ada, "runs", NOON + timedelta(minutes=2))
    in_both(ada, "startAt", "a", "b", "runs", without=("never", "waits"))
    in_both(ada, "costTime", "b", "a", without=("never", "waits", "runs"))
    went(running, NOON + timedelta(minutes=2), 7)
    in_both(ada, "costTime", "b", "runs", "a", without=("never", "waits"))
    run(ada, "a", NOON + timedelta(minutes=3), 1)
    in_both(ada, "startAt", "b", "runs", "a", without=("never", "waits"))
    in_both(ada, "costTime", "a", "b", "runs", without=("never", "waits"))


@pytest.mark.usefixtures("_way")
def test_a_run_that_is_cleared_goes_on_where_it_stands_then(ada):
    for key in ("a", "b"):
        post(ada, key)
    first = run(ada, "a", NOON, 9)
    run(ada, "b", NOON + timedelta(minutes=1), 5)
    in_both(ada, "startAt", "a", "b")
    went(first, NOON + timedelta(minutes=2), None)
    in_both(ada, "startAt", "b", "a")
    in_both(ada, "costTime", "b", without=("a",))


@pytest.mark.usefixtures("_way")
def test_a_plan_that_is_deleted_and_comes_back_is_in_order_again(ada):
    ids = {key: post(ada, key) for key in ("a", "b")}
    run(ada, "b", NOON, 1)
    run(ada, "a", NOON + timedelta(minutes=1), 2)
    in_both(ada, "startAt", "b", "a")
    ada.ok("DELETE", f"/api/schedules/{ids['b']}")
    in_both(ada, "startAt", "a")
    post(ada, "b")
    in_both(ada, "startAt", "b", "a")


@pytest.mark.usefixtures("_way")
def test_after_runs_were_deleted_the_order_is_of_those_that_are_left(ada):
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    for key in ("a", "b"):
        post(ada, key)
    run(ada, "a", NOON, 1)
    run(ada, "b", NOON + timedelta(minutes=1), 2)
    newest = run(ada, "a", NOON + timedelta(minutes=2), 3)
    in_both(ada, "startAt", "b", "a")
    with create_session(scoped=False) as session:
        session.execute(delete(DagRun).where(DagRun.id == newest))
    in_both(ada, "startAt", "a", "b")


def test_what_no_look_tells_a_reading_in_the_background_brings(ada, monkeypatch):
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    from taskcenter_plugin.plans import run_order

    monkeypatch.setattr(run_order, "CHEAP_SECONDS", -1.0)
    monkeypatch.setattr(run_order, "_LATE", 0)
    monkeypatch.setattr(run_order, "_OVERLAP", timedelta(0))
    for key in ("a", "b", "c"):
        post(ada, key)
    contexts = [run(ada, key, NOON + timedelta(minutes=minute), 1) for minute, key in enumerate("abac")]
    assert keys(ada, "startAt") == ["b", "a", "c"]
    with create_session(scoped=False) as session:
        session.execute(delete(DagRun).where(DagRun.id == contexts[2]))
    assert keys(ada, "startAt") == ["b", "a", "c"]
    monkeypatch.setattr(run_order, "ANEW_SECONDS", -1.0)
    wait_until(lambda: keys(ada, "startAt") == ["a", "b", "c"], what="the new order", timeout_seconds=20)


@pytest.mark.usefixtures("_way")
def test_every_order_goes_with_every_filter(ada):
    for minute, key in enumerate(("apple", "pear", "fig", "pineapple")):
        plan = post(ada, key, [DAILY])
        run(ada, key, NOON + timedelta(minutes=minute), 100 - minute)
        if key == "fig":
            ada.ok("POST", f"/api/schedules/{plan}/disable")
    narrowed = {"q": "p", "enabled": "true", "jobStatusList": "SUCCESSFUL", "entityGroup": "LINKIS"}
    for sort in ("id", "name", "updatedAt", "nextStartAt", "startAt", "costTime"):
        up, down = keys(ada, sort, **narrowed), keys(ada, f"-{sort}", **narrowed)
        assert sorted(up) == ["apple", "pear", "pineapple"]
        assert down == up[::-1], sort
    assert keys(ada, "startAt", **narrowed) == ["apple", "pear", "pineapple"]
    assert keys(ada, "costTime", **narrowed) == ["pineapple", "pear", "apple"]


@pytest.mark.parametrize("narrowed", [{}, {"q": "k"}])
def test_a_long_list_is_the_same_from_either_end(ada, monkeypatch, narrowed):
    from airflow.models.dag import DagModel

    from taskcenter_plugin.plans import ordering

    for number in range(9):
        plan = post(ada, f"k{number}", [DAILY] if number % 3 else [])
        change(DagModel, DagModel.dag_id == f"plan.LINKIS.k{number}", next_dagrun_create_after=NOON)
        if number % 2:
            ada.ok("POST", f"/api/schedules/{plan}/disable")
        else:
            run(ada, f"k{number}", NOON + timedelta(minutes=number), 3)
    for sort in ("id", "name", "updatedAt", "nextStartAt", *BY_RUN):
        for name in (sort, f"-{sort}"):
            monkeypatch.setattr(ordering, "DEEP", 100)
            whole = keys(ada, name, **narrowed)
            assert len(whole) == 9
            monkeypatch.setattr(ordering, "DEEP", 0)
            pages = [keys(ada, name, offset=offset, limit=2, **narrowed) for offset in range(0, 12, 2)]
            assert [key for page in pages for key in page] == whole, name
            assert pages[-1] == []


@pytest.mark.parametrize("narrowed", [{}, {"q": "a"}, {"jobStatus": "SUCCESSFUL"}])
def test_executions_from_long_ago_are_as_they_were(ada, monkeypatch, narrowed):
    from taskcenter_plugin.contexts import service

    for key in ("a", "b"):
        post(ada, key)
    ids = [run(ada, key, NOON, 1) for key in ("a", "b", "a", "a", "b", "a", "a")]
    whole = [each["id"] for each in ada.ok("GET", "/api/contexts", **narrowed)["data"]]
    assert whole == [
        number for number, key in zip(ids[::-1], "aabaaba", strict=True) if key == "a" or "q" not in narrowed
    ]
    monkeypatch.setattr(service, "DEEP", 0)
    for offset in range(9):
        answer = ada.ok("GET", "/api/contexts", offset=offset, limit=2, **narrowed)
        assert ([each["id"] for each in answer["data"]], answer["totalHits"]) == (
            whole[offset : offset + 2],
            len(whole),
        )


def test_those_that_are_switched_on_and_those_that_are_off(ada):
    ids = {key: post(ada, key) for key in ("a", "b", "c")}
    ada.ok("POST", f"/api/schedules/{ids['b']}/disable")
    for enabled, expected in (("true", ["a", "c"]), ("false", ["b"])):
        answer = ada.ok("GET", "/api/schedules", enabled=enabled)
        assert [plan["entityKey"] for plan in answer["data"]] == expected
        assert answer["totalHits"] == len(expected)
        assert {plan["enabled"] for plan in answer["data"]} == {enabled == "true"}


def test_who_sees_some_plans_sees_these_in_order(ada, vera, monkeypatch):
    from taskcenter_plugin.routes import access

    for minute, key in enumerate(("a", "b", "c")):
        post(ada, key)
        run(ada, key, NOON + timedelta(minutes=minute), 1)
    seen = frozenset({"plan.LINKIS.a", "plan.LINKIS.c"})
    monkeypatch.setattr(access, "readable_dag_ids", lambda _user, _session: seen)
    in_both(vera, "startAt", "a", "c")
    in_both(vera, "id", "a", "c")


@pytest.mark.parametrize("query", [{"sort": "title"}, {"sort": "--id"}, {"sort": ""}, {"enabled": "perhaps"}])
def test_an_order_or_a_switch_that_there_is_not_is_refused(ada, query):
    status, answer = ada("GET", "/api/schedules", **query)
    assert (status, answer["code"]) == (400, 40001)
    assert next(iter(query)) in answer["msg"]


def test_many_plans_of_one_order_are_on_one_page_each(app, monkeypatch):
    """Plans that are alike in what they are put in order by."""
    from airflow.models.dag import DagModel

    from taskcenter_plugin.models import Plan

    forget_everything()
    ada = Client(app, "ada")
    for number in range(7):
        post(ada, f"k{number}", [DAILY])
        run(ada, f"k{number}", NOON, 3)
    change(Plan, Plan.id > 0, updated_at=NOON)
    change(DagModel, DagModel.is_paused.is_(False), next_dagrun_create_after=NOON)
    for sort in ("updatedAt", "nextStartAt", *BY_RUN):
        for direction in ("", "-"):
            pages = [keys(ada, f"{direction}{sort}", offset=offset, limit=3) for offset in (0, 3, 6)]
            assert sorted(key for page in pages for key in page) == [f"k{number}" for number in range(7)]
