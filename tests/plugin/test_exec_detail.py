"""``execDetail`` tells what is really run, and how much one plan may run at once is bounded."""

from __future__ import annotations

import time

import pytest

ONCE = [{"triggerType": "ONCE"}]
PARAGRAPHS = [{"id": "1", "code": "SELECT 1"}, {"id": "2", "code": "SELECT 2"}]


def put(ada, group: str, key: str, definition: dict) -> None:
    ada.ok("PUT", f"/api/entities/{group}/{key}", {"definition": definition})


def post(ada, group: str, key: str, **more) -> dict:
    return ada.ok("POST", "/api/schedules", {"entityGroup": group, "entityKey": key, **more})["data"]


def test_a_plan_that_only_names_its_entity_shows_what_that_runs(ada):
    put(ada, "LINKIS", "nightly", {"code": "SELECT 1", "runType": "sql"})
    made = post(ada, "LINKIS", "nightly", planItems=ONCE)
    assert made["execDetail"] == {
        "jobClass": "LinkisJob",
        "jobParams": {"code": "SELECT 1", "runType": "sql"},
        "retryTimes": 0,
    }
    put(ada, "LINKIS", "nightly", {"code": "SELECT 2"})
    assert ada.ok("GET", f"/api/schedules/{made['id']}")["data"]["execDetail"]["jobParams"] == {"code": "SELECT 2"}
    context = ada.ok("GET", f"/api/contexts/{made['contextId']}")["data"]
    assert context["execDetail"] == made["execDetail"]


@pytest.mark.parametrize(
    ("group", "key", "definition", "named"),
    [
        ("NOTEBOOK", "1", {"paragraphs": PARAGRAPHS}, {"notebook": 1}),
        ("NOTEBOOK", "日报", {"paragraphs": PARAGRAPHS}, {"notebook": "日报"}),
        ("PIPELINE", "07", {"nodes": PARAGRAPHS}, {"pipeline": "07"}),
        ("DATASET", "1-2-3", {"code": "SELECT 1"}, {"app": 1, "dataset": "2-3", "updateMethod": "ALL"}),
        ("DB_BATCH_SYNC", "7", {"jobs": [12]}, {"syncProj": 7}),
        ("APP_EMAIL", "5", {"to": ["a@b.cn"], "subject": "S"}, {"app": 5}),
    ],
)
def test_it_has_the_documented_parameters_too_and_can_be_sent_back(ada, group, key, definition, named):
    put(ada, group, key, definition)
    made = post(ada, group, key, execDetail={"retryTimes": 2})
    assert made["execDetail"]["jobParams"] == {**definition, **named}
    assert post(ada, group, key, execDetail=made["execDetail"])["execDetail"] == made["execDetail"]


def test_parameters_that_were_sent_are_shown_as_they_were_sent(ada):
    put(ada, "NOTEBOOK", "1", {"paragraphs": PARAGRAPHS})
    detail = {
        "jobClass": "com.hengshi.nangaparbat.schedulejob.NotebookJob",
        "jobParams": {"notebook": 1},
        "retryTimes": 1,
    }
    assert post(ada, "NOTEBOOK", "1", execDetail=detail)["execDetail"] == detail


@pytest.mark.parametrize("secret", [{"password": "hunter2"}, {"tokens": ["hunter2"]}, {"a": [{"apiKey": "hunter2"}]}])
def test_no_secret_gets_into_it(ada, secret):
    body = {"definition": {"code": "SELECT 1", "configuration": secret}}
    status, answer = ada("PUT", "/api/entities/LINKIS/nightly", body)
    assert (status, answer["code"]) == (400, 40004)
    assert "connection" in answer["msg"]
    assert "hunter2" not in answer["msg"]


def steps(count: int, **more) -> list[dict]:
    return [{"id": number, "code": "SELECT 1", **more} for number in range(count)]


TOO_MANY = [
    ("NOTEBOOK", {"paragraphs": steps(501)}),
    ("NOTEBOOK", {"paragraphs": steps(20_000)}),
    ("PIPELINE", {"nodes": steps(501)}),
    ("PIPELINE", {"nodes": [{"id": n, "type": "NOTEBOOK", "paragraphs": steps(251)} for n in "ab"]}),
    ("APP_EMAIL", {"to": ["a@b.cn"], "subject": "S", "attachments": steps(500)}),
    ("DB_BATCH_SYNC", {"jobs": list(range(1, 502))}),
]


@pytest.mark.parametrize(("group", "definition"), TOO_MANY)
def test_more_steps_than_the_setting_allows_are_refused_at_once(ada, group, definition):
    began = time.monotonic()
    detail = {"jobParams": definition}
    for method, path, body in [
        ("POST", "/api/schedules", {"entityGroup": group, "entityKey": "1", "execDetail": detail}),
        ("PUT", f"/api/entities/{group}/1", {"definition": definition}),
    ]:
        status, answer = ada(method, path, body)
        assert (status, answer["code"]) == (400, 40004)
        assert "steps, and [taskcenter] max_steps allows 500" in answer["msg"]
    assert time.monotonic() - began < 10
    assert ada.ok("GET", "/api/schedules")["totalHits"] == ada.ok("GET", "/api/entities")["totalHits"] == 0


def test_an_application_with_too_many_data_sets_is_not_refreshed_in_one_plan(ada, monkeypatch):
    from taskcenter_plugin import settings

    monkeypatch.setenv("AIRFLOW__TASKCENTER__MAX_STEPS", "2")
    settings.max_steps.cache_clear()
    try:
        for number in (1, 2):
            put(ada, "DATASET", f"1-{number}", {"code": "SELECT 1"})
        post(ada, "APP_REFRESH", "1")
        status, answer = ada("PUT", "/api/entities/DATASET/1-3", {"definition": {"code": "SELECT 1"}})
        assert (status, answer["code"]) == (400, 40004)
        assert "APP_REFRESH 1: it has 3 steps, and [taskcenter] max_steps allows 2" in answer["msg"]
        assert ada.ok("GET", "/api/entities", entityGroup="DATASET")["totalHits"] == 2
    finally:
        settings.max_steps.cache_clear()


def test_as_many_steps_as_are_allowed_are_stored_soon(ada):
    began = time.monotonic()
    made = post(ada, "NOTEBOOK", "1", execDetail={"jobParams": {"paragraphs": steps(500)}})
    assert len(made["execDetail"]["jobParams"]["paragraphs"]) == 500
    assert time.monotonic() - began < 30
