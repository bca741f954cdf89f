"""Plans of EXCHANGIS and DB_BATCH_SYNC move rows on the local Exchangis; their results are read through the REST API."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from airflow.sdk.execution_time import supervisor

from taskcenter.exchangis.data_sources import DataSourceSpec, ensure_data_source
from taskcenter.exchangis.definitions import Side, Transfer
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter_sandbox.exchangis.server import ExchangisServer
from taskcenter_sandbox.waiting import wait_until

TABLES = {"orders": 300, "customers": 40, "cities": 7}
CONNECTION = "{{ 7 * 7 }}"
"""The name of the connection; nobody is to render it."""


@pytest.fixture(scope="module")
def exchangis(tmp_path_factory):
    with ExchangisServer(data_dir=tmp_path_factory.mktemp("exchangis")) as server:
        yield server


@pytest.fixture(autouse=True)
def connection(exchangis, monkeypatch):
    fields = {"host": "127.0.0.1", "port": exchangis.port, "login": "hadoop", "password": "hadoop"}
    value = json.dumps({"conn_type": "exchangis", **fields})
    for name in ("EXCHANGIS_DEFAULT", CONNECTION.upper()):
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", value)
    monkeypatch.setenv("AIRFLOW__TASKCENTER__POLL_INTERVAL_SECONDS", "0.1")


@pytest.fixture(autouse=True)
def api_that_is_up(app, monkeypatch):
    """Under Airflow 3.2 each task of ``dag.test()`` begins before the API that it talks to is up; so here is one that is."""
    api = supervisor.in_process_api_server()
    assert api.transport
    wait_until(lambda: hasattr(api.app.state, "svcs_registry"), what="the API of the tasks", timeout_seconds=30)
    monkeypatch.setattr(supervisor, "in_process_api_server", lambda: api)


@pytest.fixture
def mirror(tmp_path, connection) -> Path:
    """A project ``sales`` with a job for each table; where they move their rows to."""
    shop, mirror = tmp_path / "shop.db", tmp_path / "mirror.db"
    for path, filled in ((shop, True), (mirror, False)):
        with sqlite3.connect(path) as database:
            for table, count in TABLES.items():
                database.execute(f"create table {table} (id integer, name text)")
                rows = ((number, f"{table} {number}") for number in range(count if filled else 0))
                database.executemany(f"insert into {table} values (?, ?)", rows)
    with ExchangisHook() as hook:
        for name, path in (("shop", shop), ("mirror", mirror)):
            spec = DataSourceSpec(name, "SQLITE", {"path": str(path)})
            hook.run(lambda api, spec=spec: ensure_data_source(api, spec))
        hook.ensure_project("sales")
        for table in TABLES:
            hook.ensure_job(
                "sales", table, [Transfer(table, Side("shop", "main", table), Side("mirror", "main", table))]
            )
    return mirror


def rows_in(path: Path) -> dict[str, int]:
    with sqlite3.connect(path) as database:
        return {table: database.execute(f"select count(*) from {table}").fetchone()[0] for table in TABLES}


def run(ada, group: str, key: str, params: dict) -> tuple[str, dict]:
    """Store a plan, run its DAG, as a worker builds it; how it ended, and the results that the REST API shows."""
    from airflow.models.variable import Variable

    from taskcenter_plugin.plans.dags import build_dag
    from taskcenter_plugin.plans.document import PlanDocument, load_shard, shard_of, variable_of

    body = {"entityGroup": group, "entityKey": key, "planItems": [], "execDetail": {"jobParams": params}}
    plan = ada.ok("POST", "/api/schedules", body)["data"]
    entries = load_shard(Variable.get(variable_of(shard_of(plan["id"]))))
    [document] = [
        document for entry in entries.values() if (document := PlanDocument.load(entry.at(None).data)).key == key
    ]
    build_dag(document).test()
    [context] = ada.ok("GET", "/api/contexts", entityGroup=group, entityKey=key)["data"]
    results = ada.ok("GET", f"/api/contexts/{context['id']}/results")["data"]
    return context["jobStatus"], {each["subKey"]: each["result"] for each in results}


def records(result: dict) -> tuple[str, int]:
    """Name and rows of a job that has run."""
    names = [column["name"] for column in result["schema"]]
    [row] = result["data"]
    found = dict(zip(names, row, strict=True))
    return found["job_name"], found["records"]


def test_a_plan_of_one_job_moves_its_rows(ada, mirror):
    status, results = run(ada, "EXCHANGIS", "7", {"project": "sales", "job": "orders", "connection": CONNECTION})
    assert (status, records(results["run"])) == ("SUCCESSFUL", ("orders", 300))
    assert rows_in(mirror) == {"orders": 300, "customers": 0, "cities": 0}


def test_a_plan_of_several_jobs_moves_the_rows_of_each(ada, mirror):
    with ExchangisHook() as hook:
        jobs = {row["jobName"]: int(row["id"]) for row in hook.list_jobs(hook.ensure_project("sales"))["result"]}
    status, results = run(ada, "DB_BATCH_SYNC", "7", {"jobs": [jobs["orders"], jobs["cities"]]})
    assert status == "SUCCESSFUL"
    assert dict(records(result) for result in results.values()) == {"orders": 300, "cities": 7}
    assert rows_in(mirror) == {"orders": 300, "customers": 0, "cities": 7}


@pytest.mark.parametrize("named", ["name", "id"])
def test_a_plan_of_a_project_moves_the_rows_of_all_its_jobs(ada, mirror, named):
    with ExchangisHook() as hook:
        project = hook.ensure_project("sales")
        ids = sorted(int(row["id"]) for row in hook.list_jobs(project)["result"])
    key = project if named == "id" else "7"
    params = {"syncProj": int(key)} if named == "id" else {"project": "sales"}
    status, results = run(ada, "DB_BATCH_SYNC", key, {**params, "connection": CONNECTION})
    assert status == "SUCCESSFUL"
    assert results.pop("jobs")["data"] == [[number] for number in ids]
    assert set(results) == {f"job[{number}]" for number in ids}
    assert dict(records(result) for result in results.values()) == TABLES
    assert rows_in(mirror) == TABLES


def test_a_project_that_is_not_there_or_has_no_jobs_fails_the_plan(ada, mirror, capsys):
    assert run(ada, "DB_BATCH_SYNC", "8", {"project": "nowhere"}) == ("FAILED", {})
    assert "There is no project 'nowhere'" in capsys.readouterr().out
    with ExchangisHook() as hook:
        hook.ensure_project("empty")
    assert run(ada, "DB_BATCH_SYNC", "9", {"project": "empty"})[0] == "FAILED"
    assert "Project 'empty' on exchangis_default has no jobs" in capsys.readouterr().out
