"""POST /plans/preview and GET /plans/{id}/tasks: the DAG of a plan, before and after it is stored."""

from __future__ import annotations

import pytest

from support.plans_of_tests import DAILY, plan, post, stored, waits_for
from support.task_center import Client

NODES = [
    {"id": "copy", "type": "EXCHANGIS", "project": "sales", "job": "copy orders"},
    {"id": "count", "dependsOn": ["copy"], "code": "SELECT count(*) FROM orders"},
    {"id": "notes", "type": "NOTEBOOK", "dependsOn": ["copy"], "paragraphs": [{"id": "1", "code": "SELECT 2"}]},
]
PIPELINE = {
    "entityGroup": "PIPELINE",
    "entityKey": "7",
    "planItems": [DAILY],
    "execDetail": {"jobParams": {"nodes": NODES}},
}


def preview(user, body):
    return user.ok("POST", "/plans/preview", body)["data"]


def test_the_tasks_of_a_plan_that_is_not_there_yet_and_nothing_is_stored(ada):
    before = stored()
    answer = preview(ada, PIPELINE)
    assert stored() == before
    assert answer["dagId"] == "plan.PIPELINE.7"
    assert answer["exists"] is False
    assert answer["warnings"] == []
    told = {
        task["taskId"]: (task["jobType"], task["title"], task["detail"], task["downstream"]) for task in answer["tasks"]
    }
    assert told == {
        "copy": ("EXCHANGIS", "copy", "sales / copy orders", ["count", "notes.1"]),
        "count": ("LINKIS", "count", "SELECT count(*) FROM orders", []),
        "notes.1": ("LINKIS", "1", "SELECT 2", []),
    }
    assert next(iter(told)) == "copy"


def test_they_are_the_tasks_of_the_stored_plan(ada):
    promised = preview(ada, PIPELINE)
    plan_id = ada.ok("POST", "/api/schedules", PIPELINE)["data"]["id"]
    assert ada.ok("GET", f"/plans/{plan_id}/tasks")["data"] == promised["tasks"]
    assert preview(ada, PIPELINE)["exists"] is True


GROUPS = [
    ("LINKIS", {"code": "SELECT 1"}, [("run", "LINKIS", "SELECT 1", False)]),
    ("LINKIS", {"scriptPath": "/a.sql"}, [("run", "LINKIS", "/a.sql", False)]),
    ("EXCHANGIS", {"jobId": 12}, [("run", "EXCHANGIS", "12", False)]),
    ("FLINK", {"jobName": "count"}, [("run", "FLINK", "count", False)]),
    ("FLINK", {"sql": "SELECT 3"}, [("run", "FLINK", "SELECT 3", False)]),
    (
        "FLINK",
        {"jarId": "a.jar", "entryClass": "shop.Orders"},
        [("run", "FLINK", "a.jar / shop.Orders", False)],
    ),
    ("DATASET", {"code": "SELECT 4"}, [("run", "DATASET", "SELECT 4", False)]),
    (
        "DB_BATCH_SYNC",
        {"project": "sales"},
        [("jobs", "DB_BATCH_SYNC", "sales", False), ("job", "EXCHANGIS", None, True)],
    ),
    (
        "APP_EMAIL",
        {"to": ["ann@example.com", "bo@example.com"], "subject": "s"},
        [("__send__", "APP_EMAIL", "ann@example.com, bo@example.com", False)],
    ),
]


@pytest.mark.parametrize(("group", "params", "expected"), GROUPS, ids=[f"{each[0]} {each[1]}" for each in GROUPS])
def test_each_group_tells_what_its_tasks_run(ada, group, params, expected):
    body = {"entityGroup": group, "entityKey": "1-1", "execDetail": {"jobParams": params}}
    tasks = preview(ada, body)["tasks"]
    assert [(task["taskId"], task["jobType"], task["detail"], task["mapped"]) for task in tasks] == expected


def test_a_long_statement_is_cut(ada):
    body = plan("1", execDetail={"jobParams": {"code": "x" * 100_000}})
    assert len(preview(ada, body)["tasks"][0]["detail"]) == 500


def test_with_an_entity_that_would_be_stored_before(ada):
    before = stored()
    entity = {"title": "Daily sales", "definition": {"paragraphs": [{"id": "1", "code": "SELECT 1"}]}}
    body = {"entityGroup": "NOTEBOOK", "entityKey": "9", "planItems": [DAILY]}
    status, answer = ada("POST", "/plans/preview", body)
    assert (status, answer["code"]) == (400, 40004)
    assert [task["taskId"] for task in preview(ada, {**body, "entity": entity})["tasks"]] == ["1"]
    assert stored() == before


def test_a_stored_entity_is_looked_up_and_the_one_of_the_request_goes_before_it(ada):
    stored_definition = {"paragraphs": [{"id": "old", "code": "SELECT 1"}]}
    ada.ok("PUT", "/api/entities/NOTEBOOK/9", {"definition": stored_definition})
    body = {"entityGroup": "NOTEBOOK", "entityKey": "9"}
    assert [task["taskId"] for task in preview(ada, body)["tasks"]] == ["old"]
    body["entity"] = {"definition": {"paragraphs": [{"id": "new", "code": "SELECT 1"}]}}
    assert [task["taskId"] for task in preview(ada, body)["tasks"]] == ["new"]


def test_what_a_plan_has_already_need_not_be_sent_again(ada):
    post(ada, "1", [DAILY])
    answer = preview(ada, {"entityGroup": "LINKIS", "entityKey": "1", "planItems": [{"triggerType": "ONCE"}]})
    assert [task["detail"] for task in answer["tasks"]] == ["SELECT 1"]
    assert answer["warnings"] == []


REFUSED = [
    ("no such group", {"entityGroup": "NOTHING"}),
    ("nothing to run", {"execDetail": None}),
    ("a wrong cron expression", {"planItems": [{"triggerType": "CRON_JOB", "cronDesc": "0 0 25 * * ?"}]}),
    ("a wrong zone", {"planItems": [{**DAILY, "timeZone": "Mars"}]}),
    ("an item of another plan", {"planItems": [{**DAILY, "id": 4711}]}),
    ("a circle", {"planItems": waits_for("round")}),
    ("itself", {"planItems": waits_for("1")}),
    ("a credential", {"execDetail": {"jobParams": {"code": "SELECT 1", "password": "x"}}}),
    ("a wrong class", {"execDetail": {"jobClass": "x", "jobParams": {"code": "SELECT 1"}}}),
    ("a wrong field", {"enabled": "perhaps"}),
]


@pytest.mark.parametrize("change", [each for _, each in REFUSED], ids=[name for name, _ in REFUSED])
def test_what_a_post_is_refused_for_a_preview_is_refused_for_with_the_same_words(ada, change):
    post(ada, "round", waits_for("1"))
    body = plan("1", [DAILY], **change)
    refused = ada("POST", "/api/schedules", body)
    assert refused[0] == 400
    assert ada("POST", "/plans/preview", body) == refused


def test_a_plan_that_is_off_cannot_be_run(ada):
    body = plan("1", [{"triggerType": "ONCE"}], enabled=False)
    assert [ada("POST", path, body)[0] for path in ("/api/schedules", "/plans/preview")] == [409, 409]


def test_a_dag_of_somebody_else_is_in_the_way(ada):
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session
    from sqlalchemy import update

    post(ada, "1")
    with create_session(scoped=False) as session:
        session.merge(DagBundleModel(name="by_hand"))
        session.flush()
        session.execute(update(DagModel).values(bundle_name="by_hand"))
    refused = ada("POST", "/api/schedules", plan("1"))
    assert refused[0] == 409
    assert ada("POST", "/plans/preview", plan("1")) == refused


def warnings(user, body) -> list[tuple]:
    return [(each["kind"], each["index"], each["name"]) for each in preview(user, body)["warnings"]]


def test_what_may_not_be_meant_is_told(ada):
    off = post(ada, "off")["id"]
    ada.ok("POST", f"/api/schedules/{off}/disable")
    assert warnings(ada, plan("1")) == [("NO_TRIGGER", None, None)]
    assert warnings(ada, plan("1", [{"triggerType": "ONCE"}])) == []
    never = {"triggerType": "CRON_JOB", "cronDesc": "0 0 0 1 1 ? 2020"}
    assert warnings(ada, plan("1", [DAILY, never])) == [("NEVER_FIRES", 1, None)]
    assert warnings(ada, plan("1", waits_for("off", "gone"))) == [
        ("DISABLED_PLAN", 0, "LINKIS/off"),
        ("NO_SUCH_PLAN", 0, "LINKIS/gone"),
    ]
    assert warnings(ada, plan("1", [DAILY], enabled=False)) == [("DISABLED", None, None)]


def test_who_may_not_create_plans_gets_no_preview_but_sees_the_tasks_of_those_there_are(ada, vera):
    status, answer = vera("POST", "/plans/preview", PIPELINE)
    assert (status, answer["code"]) == (403, 40301)
    plan_id = post(ada)["id"]
    assert [task["taskId"] for task in vera.ok("GET", f"/plans/{plan_id}/tasks")["data"]] == ["run"]


def test_of_a_plan_that_there_is_not_there_are_no_tasks(ada):
    plan_id = post(ada)["id"]
    ada.ok("DELETE", f"/api/schedules/{plan_id}")
    for path in (f"/plans/{plan_id}/tasks", f"/plans/{plan_id}/graph", "/plans/4711/tasks"):
        status, answer = ada("GET", path)
        assert (status, answer["code"]) == (404, 40401)


def test_a_deployment_without_the_plans_bundle_says_so(app, ada, monkeypatch):
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", "[]")
    status, answer = Client(app, "ada")("POST", "/plans/preview", PIPELINE)
    assert (status, answer["code"]) == (503, 50301)
