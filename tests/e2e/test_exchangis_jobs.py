"""Exchangis jobs under a whole Airflow, on an Exchangis and a Linkis that share a warehouse."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from support.database_servers import postgres
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings, wait_until
from taskcenter_sandbox.exchangis.server import ExchangisServer

pytestmark = pytest.mark.e2e
DAGS = Path(__file__).parent / "exchangis_dags"
EXAMPLES = Path(__file__).parents[2] / "dags" / "exchangis"
DAG_IDS = [f"exchangis_{name}" for name in ("transfer", "follow_up", "deferred", "blocking", "retry")]
EXAMPLE, FOLLOW_UP = "example_exchangis_transfer", "example_exchangis_follow_up"
DAG_IDS += [EXAMPLE, FOLLOW_UP]
ROWS = 1_000_000
UNPAID = 10


@pytest.fixture(scope="module")
def exchangis(tmp_path_factory):
    with ExchangisServer(data_dir=tmp_path_factory.mktemp("exchangis"), options=["--linkis"]) as server:
        yield server


@pytest.fixture(scope="module")
def connections(exchangis):
    fields = {"host": "127.0.0.1", "port": exchangis.port, "login": "hadoop", "password": "hadoop"}
    kinds = ("exchangis", "linkis")
    return {f"AIRFLOW_CONN_{kind.upper()}_DEFAULT": json.dumps({"conn_type": kind, **fields}) for kind in kinds}


@pytest.fixture(scope="module")
def hook(connections):
    os.environ.update(connections)
    with ExchangisHook() as hook:
        yield hook
    for name in connections:
        del os.environ[name]


@pytest.fixture(autouse=True)
def no_faults_left(exchangis):
    yield
    exchangis.fault(clear=True)


@pytest.fixture(scope="module")
def lineage_file(tmp_path_factory) -> Path:
    """Where Airflow writes the events of OpenLineage."""
    return tmp_path_factory.mktemp("lineage") / "events.jsonl"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, connections, lineage_file):
    dags = tmp_path_factory.mktemp("dags")
    for folder in (DAGS, EXAMPLES):
        shutil.copytree(folder, dags, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    transport = {"type": "file", "log_file_path": str(lineage_file), "append": True}
    settings = DeploymentSettings(
        home=tmp_path_factory.mktemp("airflow"),
        dags_folder=dags,
        parallelism=4,
        environment=connections,
        config={"openlineage": {"transport": json.dumps(transport)}},
    )
    with AirflowDeployment(settings) as deployment:
        deployment.client.wait_for_dags(DAG_IDS)
        for dag_id in DAG_IDS:
            deployment.client.set_paused(dag_id, paused=False)
        yield deployment


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """A database with a million orders."""
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    with sqlite3.connect(path) as database:
        database.execute("create table orders (id integer primary key, city text, amount real)")
        rows = ((number, f"city {number % 97}", number % 1000 / 4) for number in range(ROWS))
        database.executemany("insert into orders values (?, ?, ?)", rows)
    return path


@pytest.fixture(scope="module")
def postgres_shop():
    """A PostgreSQL with as many orders and some of no amount, which the example leaves out; and a way into it."""
    psycopg = pytest.importorskip("psycopg", reason="the driver of the local Exchangis is not installed")
    with postgres() as params:
        names = {"user": params["username"], "dbname": params["databaseName"]}
        account = {"host": params["host"], "port": params["port"], "password": params["password"], **names}
        with psycopg.connect(**account, autocommit=True) as database:
            database.execute(
                "create table orders as select id::bigint, 'city ' || id % 97 as city, "
                f"(case when id > {ROWS} then 0 else id % 1000 + 1 end / 4.0)::float8 as amount "
                f"from generate_series(1, {ROWS + UNPAID}) as id"
            )
            yield params, database


@pytest.fixture(scope="module")
def moved(airflow, hook, shop) -> str:
    """A run that has moved all orders."""
    run_id = airflow.client.trigger("exchangis_transfer", conf={"shop": str(shop)})
    assert airflow.client.wait_for_run("exchangis_transfer", run_id, timeout_seconds=240) == "success"
    return str(run_id)


def newest(hook) -> dict:
    """The newest execution."""
    return hook.list_executions(size=1)["jobList"][0]


def count(hook) -> int:
    """How many executions there are."""
    return int(hook.list_executions(size=1)["total"])


def wait_for_rows(hook) -> str:
    """Wait until an execution is in the middle of its transfer, and return its id."""

    def moving():
        execution = newest(hook)
        return execution["jobExecutionId"] if execution["status"] == "Running" else None

    return wait_until(moving, what="rows to be moved", timeout_seconds=60)


def wait_until_ended(hook, execution_id: str) -> str:
    """Wait until an execution and its tasks have ended, and return how."""

    def ended():
        status = hook.execution_status(execution_id)
        return status["status"] if status["allTaskStatus"] else None

    return wait_until(ended, what="the execution to end", timeout_seconds=60)


def test_a_million_rows_are_moved_and_are_what_they_were(airflow, moved, shop):
    result = airflow.client.xcom("exchangis_transfer", moved, "job")
    assert (result["status"], result["records"], result["error_records"]) == ("Success", ROWS, 0)
    [row] = airflow.client.xcom("exchangis_transfer", moved, "look")["result_sets"][0]["rows"]
    with sqlite3.connect(shop) as database:
        wanted = database.execute("select count(*), sum(id), sum(amount), count(distinct city) from orders").fetchone()
    assert [float(value) for value in row] == [float(value) for value in wanted]
    url = airflow.client.xcom("exchangis_transfer", moved, "job", key="exchangis_execution_url")
    assert url.endswith(result["job_execution_id"])


def test_openlineage_hears_of_the_tables_of_the_transfer_and_of_the_query(moved, exchangis, lineage_file):
    def told():
        events = [json.loads(line) for line in lineage_file.read_text().splitlines()] if lineage_file.exists() else []
        ended = {event["job"]["name"]: event for event in events if event["eventType"] == "COMPLETE"}
        return ended if {"exchangis_transfer.job", "exchangis_transfer.look"} <= set(ended) else None

    ended = wait_until(told, what="the events of both tasks", timeout_seconds=60)
    [source], [sink] = (ended["exchangis_transfer.job"][side] for side in ("inputs", "outputs"))
    assert (source["namespace"], source["name"]) == (f"exchangis://127.0.0.1:{exchangis.port}/shop_file", "main.orders")
    assert (sink["namespace"], sink["name"]) == (f"exchangis://127.0.0.1:{exchangis.port}/warehouse", "default.orders")
    assert set(sink["facets"]["columnLineage"]["fields"]) == {"id", "city", "amount"}
    [looked_at] = ended["exchangis_transfer.look"]["inputs"]
    assert (looked_at["namespace"], looked_at["name"]) == (f"linkis://127.0.0.1:{exchangis.port}", "default.orders")
    assert "count(DISTINCT city)" in ended["exchangis_transfer.look"]["job"]["facets"]["sql"]["query"]


def test_a_dag_that_is_scheduled_on_the_table_runs(airflow, moved):
    def runs():
        answer = airflow.client.request("GET", "dags/exchangis_follow_up/dagRuns")
        return [run for run in answer["dag_runs"] if run["state"] == "success"]

    assert wait_until(runs, what="the follow-up to run", timeout_seconds=60)


def test_the_example_moves_a_million_rows_from_postgresql_to_the_warehouse(airflow, postgres_shop):
    params, database = postgres_shop
    airflow.client.set_connection(
        "shop_db",
        {
            "conn_type": "postgres",
            "host": params["host"],
            "port": int(params["port"]),
            "login": params["username"],
            "password": params["password"],
            "schema": params["databaseName"],
        },
    )
    run_id = airflow.client.trigger(EXAMPLE, conf={"source_type": "POSTGRESQL", "source_database": "public"})
    assert airflow.client.wait_for_run(EXAMPLE, run_id, timeout_seconds=240) == "success"
    moved = airflow.client.xcom(EXAMPLE, run_id, "move")
    assert (moved["status"], moved["records"], moved["error_records"]) == ("Success", ROWS, 0)
    for name in ("shop", "warehouse"):
        assert airflow.client.xcom(EXAMPLE, run_id, name)["published"] is True
    query = "select city, count(*), sum(id), sum(amount) from orders where amount > 0 group by city order by city"
    wanted = database.execute(query).fetchall()
    assert sum(row[1] for row in wanted) == ROWS
    [cities] = airflow.client.xcom(EXAMPLE, run_id, "by_city")["result_sets"]
    found = [(city, int(orders), int(ids), float(revenue)) for city, orders, ids, revenue in cities["rows"]]
    assert found == [(city, orders, int(ids), float(revenue)) for city, orders, ids, revenue in wanted]


@pytest.mark.parametrize("dag_id", ["exchangis_deferred", "exchangis_blocking"])
def test_marking_the_task_failed_stops_the_transfer(airflow, exchangis, hook, moved, dag_id):
    exchangis.fault("slow-transfer:500")
    before = count(hook)
    run_id = airflow.client.trigger(dag_id)
    wait_until(lambda: count(hook) == before + 1, what="the execution", timeout_seconds=60)
    execution_id = wait_for_rows(hook)
    if dag_id == "exchangis_deferred":
        # Airflow calls on_kill only on a trigger that has started, and this one says so.
        wait_until(
            lambda: any("is Running" in json.dumps(line) for line in airflow.client.task_log(dag_id, run_id, "job")),
            what="the trigger to report the job",
            timeout_seconds=60,
        )
    airflow.client.set_task_state(dag_id, run_id, "job", "failed")
    assert wait_until_ended(hook, execution_id) == "Cancelled"
    assert count(hook) == before + 1


def test_a_killed_worker_leaves_the_execution_to_the_next_try(airflow, exchangis, hook, moved):
    exchangis.fault("slow-transfer:200")
    before = count(hook)
    run_id = airflow.client.trigger("exchangis_retry")
    wait_until(lambda: count(hook) == before + 1, what="the execution", timeout_seconds=60)
    execution_id = wait_for_rows(hook)
    for pid in [*airflow.worker_pids(busy=True), *airflow.task_pids()]:
        os.kill(pid, signal.SIGKILL)
    assert airflow.client.wait_for_run("exchangis_retry", run_id, timeout_seconds=180) == "success"
    assert airflow.client.xcom("exchangis_retry", run_id, "job")["job_execution_id"] == execution_id
    assert airflow.client.task_instance("exchangis_retry", run_id, "job")["try_number"] == 2
    assert count(hook) == before + 1
