"""Entities that several plans are built from, many users at once, and users who may see some plans only."""

from __future__ import annotations

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.task_center import Client, migrated_airflow

JOB_TYPES = """
from airflow.providers.standard.operators.empty import EmptyOperator
from taskcenter_plugin.job_types.base import JobDefinitionError, JobType


class DataSet(JobType):
    group = "DATASET"

    def check(self, key, definition):
        if not isinstance(definition.get("statement"), str):
            raise JobDefinitionError(f"DATASET {key}: give a statement")

    def build(self, job):
        EmptyOperator(task_id="refresh")


class AppRefresh(JobType):
    group = "APP_REFRESH"

    def resolve(self, key, params, entities):
        found = entities.with_prefix("DATASET", f"{key}-")
        if not found:
            raise JobDefinitionError(f"App {key} has no data set")
        return {"statements": {each.key: each.definition["statement"] for each in found}}

    def check(self, key, definition):
        pass

    def build(self, job):
        EmptyOperator(task_id="refresh")
"""


@pytest.fixture(scope="module")
def job_types(tmp_path_factory):
    """Another package's job types for data sets and the refresh of their app, as small as can be."""
    from taskcenter_plugin.job_types import registry

    site = tmp_path_factory.mktemp("site")
    (site / "some_job_types.py").write_text(JOB_TYPES, encoding="utf-8")
    info = site / "some_job_types-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-job-types\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[taskcenter.job_types]\nDATASET = some_job_types:DataSet\nAPP_REFRESH = some_job_types:AppRefresh\n",
        encoding="utf-8",
    )
    sys.path.insert(0, str(site))  # first, so that these are found before others of the same group
    importlib.invalidate_caches()
    registry._loaded.cache_clear()
    yield
    sys.path.remove(str(site))
    registry._loaded.cache_clear()


@pytest.fixture(scope="module")
def app(job_types):
    with migrated_airflow():
        from taskcenter_plugin.routes.app import create_app

        yield create_app()


def put_dataset(ada, key: str, statement: str) -> tuple[int, dict]:
    return ada("PUT", f"/api/entities/DATASET/{key}", {"definition": {"statement": statement}})


def post_plan(ada, group: str, key: str) -> dict:
    return ada.ok("POST", "/api/schedules", {"entityGroup": group, "entityKey": key})["data"]


def statements(app_plan: dict) -> dict[str, str]:
    """What the refresh of an app runs, as workers get it."""
    from airflow.models.variable import Variable

    from taskcenter_plugin.plans.document import load_shard, shard_of, variable_of

    return (
        load_shard(Variable.get(variable_of(shard_of(app_plan["id"]))))[app_plan["dagId"]]
        .revisions[0]
        .data["definition"]["statements"]
    )


def test_the_refresh_of_an_app_follows_its_data_sets(ada):
    put_dataset(ada, "1-1", "INSERT INTO a")
    plan = post_plan(ada, "APP_REFRESH", "1")
    assert statements(plan) == {"1-1": "INSERT INTO a"}
    put_dataset(ada, "1-2", "INSERT INTO b")
    put_dataset(ada, "2-1", "INSERT INTO another app's")
    assert statements(plan) == {"1-1": "INSERT INTO a", "1-2": "INSERT INTO b"}
    ada.ok("DELETE", "/api/entities/DATASET/1-1")
    assert statements(plan) == {"1-2": "INSERT INTO b"}


def test_the_last_data_set_of_an_app_stays_while_a_plan_refreshes_the_app(ada):
    put_dataset(ada, "1-1", "INSERT INTO a")
    plan = post_plan(ada, "APP_REFRESH", "1")
    status, answer = ada("DELETE", "/api/entities/DATASET/1-1")
    assert (status, answer["code"]) == (409, 40901)
    assert f"DELETE /api/schedules/{plan['id']}" in answer["msg"]
    assert ada.ok("GET", "/api/entities")["totalHits"] == 1
    assert statements(plan) == {"1-1": "INSERT INTO a"}


def test_a_data_set_gives_its_plan_what_the_documents_show_of_it(ada):
    body = {
        "title": "Orders",
        "path": "/apps/1/orders",
        "definition": {"statement": "INSERT INTO orders"},
        "datasetType": "sql",
        "updateMethod": "INCREMENTAL",
        "updateMethodSwitchable": True,
        "importType": 1,
        "diskUsage": 2**40,
        "datasetCount": 1,
        "isVirtual": False,
    }
    stored = ada.ok("PUT", "/api/entities/DATASET/1-1", body)["data"]
    assert {name: stored[name] for name in body} == body
    post_plan(ada, "DATASET", "1-1")
    answer = ada.ok("GET", "/api/schedules", entityGroup="DATASET")
    shown = {name: value for name, value in body.items() if name != "definition"}
    assert {name: answer["data"][0][name] for name in shown} == shown
    assert (answer["totalDiskUsage"], answer["totalDatasets"]) == (2**40, 1)


def test_many_who_put_the_same_entity_at_once_make_one(app, ada):
    def put(number: int) -> int:
        return put_dataset(Client(app, "ada"), "1-1", f"INSERT {number}")[0]

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(put, range(12))) == {200}
    assert ada.ok("GET", "/api/entities")["totalHits"] == 1


def test_who_may_see_some_plans_only_finds_the_entities_of_those(ada):
    from airflow.utils.session import create_session

    from taskcenter_plugin.contexts.service import Filters
    from taskcenter_plugin.entities.listing import count_entities, list_entities

    for key in ("1-1", "1-2", "1-3"):
        put_dataset(ada, key, "INSERT")
    plan = post_plan(ada, "DATASET", "1-2")
    post_plan(ada, "DATASET", "1-3")
    wanted = Filters(group="DATASET").within(frozenset({plan["dagId"]}))
    with create_session(scoped=False) as session:
        assert [entity.entity_key for entity in list_entities(wanted, 0, 10, session)] == ["1-2"]
        assert count_entities(wanted, session) == 1
