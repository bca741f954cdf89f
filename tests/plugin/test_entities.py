"""``/api/entities``: what plans run is stored, listed, changed and deleted, and its plans follow."""

from __future__ import annotations

import json

import pytest

from support.task_center import Client

NIGHTLY = {
    "title": "Nightly count",
    "path": "/reports/nightly",
    "definition": {"code": "SELECT count(*) FROM sales", "runType": "sql"},
}


def published(dag_id: str) -> dict:
    """A plan as workers get it."""
    from airflow.models.variable import Variable
    from airflow.utils.session import create_session
    from sqlalchemy import select

    from taskcenter_plugin.plans.document import load_shard

    with create_session(scoped=False) as session:
        shards = [load_shard(variable.get_val()) for variable in session.scalars(select(Variable))]
    return next(shard[dag_id].revisions[0].data for shard in shards if dag_id in shard)


def test_an_entity_that_is_put_can_be_read(ada):
    put = ada.ok("PUT", "/api/entities/LINKIS/nightly", NIGHTLY)["data"]
    assert ada.ok("GET", "/api/entities/LINKIS/nightly")["data"] == put
    assert put["title"] == "Nightly count"
    assert put["definition"] == NIGHTLY["definition"]
    assert (put["createdByName"], put["planId"], put["datasetType"]) == ("ada", None, None)


def test_a_second_put_replaces_the_whole_entity_and_keeps_its_id_and_creator(ada):
    first = ada.ok("PUT", "/api/entities/LINKIS/nightly", NIGHTLY)["data"]
    second = ada.ok("PUT", "/api/entities/LINKIS/nightly", {"definition": {"code": "SELECT 2"}})["data"]
    assert (second["id"], second["createdAt"]) == (first["id"], first["createdAt"])
    assert (second["title"], second["path"], second["definition"]) == (None, None, {"code": "SELECT 2"})


def test_what_was_read_can_be_put_back(ada):
    put = ada.ok("PUT", "/api/entities/LINKIS/nightly", NIGHTLY)["data"]
    assert ada.ok("PUT", "/api/entities/LINKIS/nightly", put)["data"] == put


def test_an_entity_without_a_definition_only_has_a_title(ada):
    put = ada.ok("PUT", "/api/entities/LINKIS/nightly", {"title": "Nightly"})["data"]
    assert put["definition"] == {}


def test_a_key_may_have_slashes_and_chinese_in_it(ada):
    ada.ok("PUT", "/api/entities/LINKIS/a%2Fb/日报", NIGHTLY)
    assert ada.ok("GET", "/api/entities/LINKIS/a/b%2F日报")["data"]["entityKey"] == "a/b/日报"


def test_the_list_is_paged_and_counts_all(ada):
    for key in ("b", "c", "a"):
        ada.ok("PUT", f"/api/entities/LINKIS/{key}", NIGHTLY)
    page = ada.ok("GET", "/api/entities", offset=1, limit=1)
    assert ([each["entityKey"] for each in page["data"]], page["totalHits"], page["offset"]) == (["b"], 3, 1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"entityGroup": "LINKIS"}, ["daily", "nightly"]),
        ({"entityGroup": "EXCHANGIS"}, []),
        ({"q": "NIGHT"}, ["nightly"]),
        ({"q": "of the day"}, ["daily"]),
        ({"q": "%"}, []),
        ({"q": "' OR '1'='1"}, []),
    ],
)
def test_the_list_is_narrowed_by_group_and_by_a_text_in_key_or_title(ada, query, found):
    ada.ok("PUT", "/api/entities/LINKIS/nightly", NIGHTLY)
    ada.ok("PUT", "/api/entities/LINKIS/daily", {**NIGHTLY, "title": "Sales of the day"})
    answer = ada.ok("GET", "/api/entities", **query)
    assert [each["entityKey"] for each in answer["data"]] == found
    assert answer["totalHits"] == len(found)


def test_a_plan_runs_its_entity_and_follows_its_changes(ada):
    ada.ok("PUT", "/api/entities/LINKIS/nightly", NIGHTLY)
    plan = ada.ok("POST", "/api/schedules", {"entityGroup": "LINKIS", "entityKey": "nightly"})["data"]
    assert plan["title"] == "Nightly count"
    assert published(plan["dagId"])["definition"] == NIGHTLY["definition"]

    changed = {"title": "Nightly sum", "definition": {"code": "SELECT sum(amount) FROM sales"}}
    assert ada.ok("PUT", "/api/entities/LINKIS/nightly", changed)["data"]["planId"] == plan["id"]
    assert published(plan["dagId"])["title"] == "Nightly sum"
    assert published(plan["dagId"])["definition"] == changed["definition"]


def test_a_change_with_which_its_plan_could_not_run_is_refused_and_changes_nothing(ada):
    ada.ok("PUT", "/api/entities/LINKIS/nightly", NIGHTLY)
    plan = ada.ok("POST", "/api/schedules", {"entityGroup": "LINKIS", "entityKey": "nightly"})["data"]
    status, answer = ada("PUT", "/api/entities/LINKIS/nightly", {"title": "Nothing to run"})
    assert (status, answer["code"]) == (400, 40004)
    assert f"Plan {plan['id']} (LINKIS nightly) could not run with it" in answer["msg"]
    assert ada.ok("GET", "/api/entities/LINKIS/nightly")["data"]["title"] == "Nightly count"
    assert published(plan["dagId"])["title"] == "Nightly count"


def test_an_entity_that_a_plan_runs_is_not_deleted_before_the_plan(ada):
    ada.ok("PUT", "/api/entities/LINKIS/nightly", NIGHTLY)
    plan = ada.ok("POST", "/api/schedules", {"entityGroup": "LINKIS", "entityKey": "nightly"})["data"]
    status, answer = ada("DELETE", "/api/entities/LINKIS/nightly")
    assert (status, answer["code"]) == (409, 40901)
    assert f"DELETE /api/schedules/{plan['id']}" in answer["msg"]

    ada.ok("DELETE", f"/api/schedules/{plan['id']}")
    ada.ok("DELETE", "/api/entities/LINKIS/nightly")
    assert ada("GET", "/api/entities/LINKIS/nightly")[0] == 404
    assert ada("DELETE", "/api/entities/LINKIS/nightly")[0] == 404


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"definition": {"code": 7}}, 40004, "code must be a text"),
        ({"definition": {"code": "SELECT 1", "scriptPath": "/a.sql"}}, 40004, "either code or scriptPath"),
        (
            {"definition": {"code": "SELECT 1", "password": "hunter2"}},
            40004,
            "definition.password looks like a credential",
        ),
        ({"definition": ["SELECT 1"]}, 40001, "definition: Input should be a valid dictionary"),
        ({"definition": {"code": "a\x00b"}}, 40001, "NUL"),
        ({"datasetType": "csv"}, 40001, "datasetType: 'csv' is not known. Known: sql, connection"),
        ({"updateMethod": "all"}, 40001, "Known: ALL, INCREMENTAL"),
        ({"updateMethodSwitchable": 1}, 40001, "updateMethodSwitchable"),
        ({"importType": 2}, 40001, "importType"),
        ({"importType": "1"}, 40001, "importType"),
        ({"diskUsage": -1}, 40001, "diskUsage"),
        ({"diskUsage": 2**63}, 40001, "64 bits"),
        ({"datasetCount": 1.5}, 40001, "datasetCount"),
        ({"isVirtual": "yes"}, 40001, "isVirtual"),
        ({"title": "t" * 501}, 40001, "title"),
    ],
)
def test_an_entity_that_is_wrong_is_refused_with_the_reason(ada, change, code, told):
    status, answer = ada("PUT", "/api/entities/LINKIS/nightly", {**NIGHTLY, **change})
    assert (status, answer["code"]) == (400, code)
    assert told in answer["msg"]
    assert "hunter2" not in json.dumps(answer)
    assert ada.ok("GET", "/api/entities")["totalHits"] == 0


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/api/entities/NOPE/nightly", 400, "no job type for entityGroup 'NOPE'"),
        (f"/api/entities/{'G' * 51}/nightly", 400, "entityGroup"),
        (f"/api/entities/LINKIS/{'k' * 201}", 400, "entityKey"),
        ("/api/entities/LINKIS/%20", 400, "entityKey"),
        ("/api/entities/LINKIS/a%00b", 400, "NUL"),
        ("/api/entities/LINKIS/", 400, "entityKey"),
        ("/api/entities/LINKIS", 404, "There is no /api/entities/LINKIS here"),
    ],
)
def test_a_name_that_no_entity_can_have_is_refused(ada, path, status, told):
    got, answer = ada("PUT", path, NIGHTLY)
    assert got == status
    assert told in answer["msg"]


@pytest.mark.parametrize("query", [{"offset": -1}, {"limit": 0}, {"limit": 501}, {"q": "a\x00"}])
def test_a_list_with_a_wrong_parameter_is_refused(ada, query):
    assert ada("GET", "/api/entities", **query)[0] == 400


def test_who_may_only_read_cannot_put_or_delete(app, ada):
    ada.ok("PUT", "/api/entities/LINKIS/nightly", NIGHTLY)
    vera = Client(app, "vera")
    assert vera.ok("GET", "/api/entities")["totalHits"] == 1
    assert vera.ok("GET", "/api/entities/LINKIS/nightly")["data"]["title"] == "Nightly count"
    for method in ("PUT", "DELETE"):
        status, answer = vera(method, "/api/entities/LINKIS/nightly", NIGHTLY if method == "PUT" else None)
        assert (status, answer["code"]) == (403, 40301)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nobody_gets_in_without_a_token(app, method):
    assert Client(app, None)(method, "/api/entities/LINKIS/nightly")[0] == 401
    assert Client(app, None)("GET", "/api/entities")[0] == 401
