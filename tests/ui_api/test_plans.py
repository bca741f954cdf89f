"""GET /me, /plans/extras and /plans/by-dag: who asks, what the list shows beside, and which plan a DAG is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest

from support.plans_of_tests import DAILY, post, run

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NOON = datetime(2026, 3, 5, 12, tzinfo=timezone.utc)


def extras(user, *ids: int):
    return user.ok("GET", "/plans/extras", ids=",".join(str(each) for each in ids))["data"]


def change_run(context: int, **fields) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session(scoped=False) as session:
        session.execute(update(DagRun).where(DagRun.id == context).values(**fields))


def test_who_asks_and_what_they_may_do(ada, vera):
    admin, viewer = ada.ok("GET", "/me")["data"], vera.ok("GET", "/me")["data"]
    assert (admin["name"], admin["may"]) == ("ada", {"create": True})
    assert (viewer["name"], viewer["may"]) == ("vera", {"create": False})


def test_the_zone_of_the_documented_times_is_told(ada, monkeypatch):
    assert ada.ok("GET", "/me")["data"]["timeZone"] == "UTC"
    monkeypatch.setenv("AIRFLOW__CORE__DEFAULT_TIMEZONE", "Asia/Shanghai")
    assert ada.ok("GET", "/me")["data"]["timeZone"] == "Asia/Shanghai"


def test_the_systems_behind_the_gateway_as_the_user_may_use_them(ada, vera, monkeypatch):
    off = {"on": False, "read": False, "run": False}
    assert ada.ok("GET", "/me")["data"]["gateways"] == dict.fromkeys(("linkis", "exchangis", "hlink"), off)
    monkeypatch.setenv("AIRFLOW__TASKCENTER__GATEWAY_EXCHANGIS_CONN_ID", "exchangis_default")
    from taskcenter_plugin.gateway.views import served_views

    served_views.cache_clear()
    on = {"on": True, "read": True, "run": True}
    assert ada.ok("GET", "/me")["data"]["gateways"] == {"linkis": off, "exchangis": on, "hlink": off}
    assert vera.ok("GET", "/me")["data"]["gateways"]["exchangis"] == {**on, "run": False}
    monkeypatch.undo()
    served_views.cache_clear()


def test_what_each_group_takes(ada):
    groups = {group["group"]: group for group in ada.ok("GET", "/me")["data"]["groups"]}
    assert {name for name, group in groups.items() if group["stored"]} == {
        "NOTEBOOK",
        "PIPELINE",
        "DATASET",
        "APP_REFRESH",
        "APP_EMAIL",
        "DB_BATCH_SYNC",
    }
    linkis = {param["name"]: param for param in groups["LINKIS"]["params"]}
    assert linkis["code"] == {"name": "code", "kind": "CODE", "required": False, "default": None, "choices": None}
    assert linkis["engineType"]["default"] == "spark-3.2.1"
    assert groups["NOTEBOOK"]["keyParams"] == ["notebook"]
    waits = next(param for param in groups["FLINK"]["params"] if param["name"] == "waitUntil")
    assert (waits["default"], waits["choices"]) == ("finished", ["finished", "running"])


def test_what_is_told_of_a_group_is_what_its_definitions_are_checked_for():
    from taskcenter_plugin.job_types import flink, linkis
    from taskcenter_plugin.job_types.registry import groups, job_type

    told = {group: {param.name: param for param in job_type(group).params or ()} for group in groups()}
    assert set(told["LINKIS"]) == {*linkis._TEXTS, *linkis._OBJECTS}
    others = {"configuration", "waitUntil", "stableSeconds", "connection"}
    assert set(told["FLINK"]) == {*flink._IN_HLINK, *flink._DIRECT, *flink._OF_JARS, *others}
    for group, params in told.items():
        for param in params.values():
            assert not param.choices or param.default in param.choices, (group, param.name)


def test_the_newest_runs_of_a_plan_first(ada):
    plan_id = post(ada, "1", [DAILY])["id"]
    contexts = [run(ada, "1") for _ in range(14)]
    for number, context in enumerate(contexts):
        start = NOON + timedelta(hours=number)
        change_run(context, state="success", start_date=start, end_date=start + timedelta(seconds=90))
    change_run(contexts[-1], state="queued", start_date=None, end_date=None)
    [found] = extras(ada, plan_id)
    assert [each["contextId"] for each in found["runs"]] == contexts[:1:-1]
    assert found["runs"][0] == {
        "contextId": contexts[-1],
        "jobStatus": "PENDING",
        "startAt": None,
        "stopAt": None,
        "costTime": None,
    }
    assert found["runs"][1] == {
        "contextId": contexts[-2],
        "jobStatus": "SUCCESSFUL",
        "startAt": "2026-03-06T00:00:00Z",
        "stopAt": "2026-03-06T00:01:30Z",
        "costTime": 90,
    }
    assert found["lastStartAt"] == "2026-03-06T00:00:00Z"
    assert ISO.fullmatch(found["nextStartAt"])


def test_a_cancelled_run_is_shown_as_such(ada):
    plan_id = post(ada)["id"]
    run(ada)
    ada.ok("PUT", f"/api/schedules/{plan_id}/cancel")
    [found] = extras(ada, plan_id)
    assert [each["jobStatus"] for each in found["runs"]] == ["CANCELLED"]


def test_a_plan_without_runs_and_without_a_schedule(ada):
    [found] = extras(ada, post(ada)["id"])
    assert (found["nextStartAt"], found["lastStartAt"], found["runs"]) == (None, None, [])


def test_each_plan_has_its_own_runs_and_those_that_there_are_not_are_left_out(ada):
    ids = [post(ada, key)["id"] for key in ("a", "b", "c")]
    context = run(ada, "b")
    ada.ok("DELETE", f"/api/schedules/{ids[2]}")
    found = extras(ada, ids[1], ids[0], ids[0], ids[2], 4711)
    assert [(each["id"], [run["contextId"] for run in each["runs"]]) for each in found] == [
        (ids[0], []),
        (ids[1], [context]),
    ]


def test_a_hundred_plans_at_once_and_no_more(ada):
    ids = [post(ada, f"k{number}")["id"] for number in range(3)]
    assert [each["id"] for each in extras(ada, *range(1, 98), *ids)] == ids
    status, answer = ada("GET", "/plans/extras", ids=",".join(str(each) for each in range(1, 102)))
    assert (status, answer["code"]) == (400, 40001)
    assert "100" in answer["msg"]


@pytest.mark.parametrize("ids", ["", "x", "1,-2", "1.5", "99999999999999999999"])
def test_what_is_no_plans_number_is_refused(ada, ids):
    status, answer = ada("GET", "/plans/extras", ids=ids)
    assert (status, answer["code"]) == (400, 40001)


def test_what_one_may_do_with_a_plan(ada, vera, monkeypatch):
    plan_id = post(ada)["id"]
    run(ada)
    names = ("edit", "run", "cancel", "delete", "readRuns")
    assert extras(ada, plan_id)[0]["may"] == dict.fromkeys(names, True)
    assert extras(vera, plan_id)[0]["may"] == {**dict.fromkeys(names, False), "readRuns": True}
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    allowed = SimpleAuthManager.is_authorized_dag

    def without_runs(self, *, access_entity=None, **asked):
        return access_entity is not DagAccessEntity.RUN and allowed(self, access_entity=access_entity, **asked)

    monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", without_runs)
    [found] = extras(vera, plan_id)
    assert (found["may"]["readRuns"], found["runs"]) == (False, [])
    monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", lambda *_, **__: False)
    assert extras(vera, plan_id) == []


def test_the_plan_of_a_dag_and_the_execution_of_a_dag_run(ada):
    plan_id = post(ada, "Capital")["id"]
    context = run(ada, "Capital")
    shown = ada.ok("GET", f"/api/contexts/{context}")["data"]
    dag = {"dag_id": shown["dagId"]}
    assert ada.ok("GET", "/plans/by-dag", **dag)["data"] == {"planId": plan_id, "contextId": None}
    both = {**dag, "run_id": shown["dagRunId"]}
    assert ada.ok("GET", "/plans/by-dag", **both)["data"] == {"planId": plan_id, "contextId": context}
    other = ada.ok("GET", "/plans/by-dag", dag_id=shown["dagId"], run_id="manual__x")
    assert other["data"] == {"planId": plan_id, "contextId": None}
    ada.ok("DELETE", f"/api/schedules/{plan_id}")
    assert ada.ok("GET", "/plans/by-dag", **both)["data"] == {"planId": None, "contextId": context}


def test_a_dag_that_is_no_plan(ada):
    answer = ada.ok("GET", "/plans/by-dag", dag_id="example", run_id="manual__x")
    assert answer["data"] == {"planId": None, "contextId": None}
    assert ada("GET", "/plans/by-dag")[0] == 400
