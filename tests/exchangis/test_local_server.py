"""The whole way, from data sources to figures, on the local Exchangis, which really moves rows."""

from __future__ import annotations

import json
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.airflow_task import in_dag
from support.job_task import InThread, run_task
from taskcenter.core import gateway, lifecycle
from taskcenter.core.errors import JobExpiredError, JobFailedError, RefusedError
from taskcenter.core.flow import RetryPolicy
from taskcenter.core.job import JobRef
from taskcenter.exchangis import system
from taskcenter.exchangis.data_source_operators import ExchangisDataSourceOperator
from taskcenter.exchangis.data_source_sensors import ExchangisDataSourceSensor
from taskcenter.exchangis.definitions import Side, Transfer
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.exchangis.operators import ExchangisJobOperator
from taskcenter.exchangis.sensors import ExchangisJobSensor
from taskcenter_sandbox.exchangis.server import ExchangisServer

ROWS = 20_000


@pytest.fixture(scope="module")
def exchangis(tmp_path_factory):
    directory = tmp_path_factory.mktemp("exchangis")
    with duckdb.connect(directory / "warehouse.duckdb") as warehouse:
        warehouse.execute("create table orders (id bigint, city varchar, amount double)")
    with ExchangisServer(data_dir=directory, options=["--batch-rows", "500"]) as server:
        yield server


def connect(monkeypatch: pytest.MonkeyPatch, server: ExchangisServer, auth: str = "password", **extra: str) -> None:
    """Set the connection ``exchangis_default``."""
    credentials = server.credentials
    value = {
        "conn_type": "exchangis",
        "host": "127.0.0.1",
        "port": server.port,
        "login": credentials.user,
        "password": credentials.token if auth == "token" else credentials.password,
        "extra": {"auth": auth, **extra},
    }
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", json.dumps(value))


@pytest.fixture(autouse=True)
def connection(exchangis: ExchangisServer, monkeypatch: pytest.MonkeyPatch):
    """The connection to the server; what is waited between looks is short, and faults do not stay."""
    monkeypatch.setattr(lifecycle, "SETTLE_SECONDS", (0.1, 0.2, 0.3, 0.4))
    monkeypatch.setattr(system, "CONFIRM_SECONDS", (0.3,) * 20)
    monkeypatch.setattr(gateway, "RetryPolicy", partial(RetryPolicy, first_delay_seconds=0.05))
    connect(monkeypatch, exchangis)
    yield
    exchangis.fault(clear=True)


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """A database with a table of orders."""
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    with sqlite3.connect(path) as database:
        database.execute("create table orders (id integer primary key, city text, amount real)")
        rows = ((number, f"city {number % 7}", number / 4) for number in range(ROWS))
        database.executemany("insert into orders values (?, ?, ?)", rows)
    return path


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A database with an empty table of orders."""
    path = tmp_path / "mirror.db"
    with sqlite3.connect(path) as database:
        database.execute("create table orders (id integer, city text, amount real)")
    return path


def rows_in(path: Path) -> tuple[Any, ...]:
    """What identifies the rows of a table."""
    with sqlite3.connect(path) as database:
        row: tuple[Any, ...] = database.execute(
            "select count(*), sum(id), sum(amount), count(distinct city) from orders"
        ).fetchone()
    return row


@pytest.fixture
def job_id(airflow, exchangis: ExchangisServer, shop: Path, mirror: Path) -> str:
    """A job that moves the orders into the mirror."""
    run_task(airflow, partial(source, "shop", "SQLITE", {"path": str(shop)}))
    run_task(airflow, partial(source, "mirror", "SQLITE", {"path": str(mirror)}))
    return define("orders", Side("mirror", "main", "orders", {"writeMode": "INSERT"}))


def define(name: str, sink: Side, **more: Any) -> str:
    """Have a job that moves the orders somewhere."""
    with ExchangisHook() as hook:
        hook.ensure_project("sales")
        return hook.ensure_job("sales", name, [Transfer("orders", Side("shop", "main", "orders"), sink, **more)])


def executions() -> list[dict[str, Any]]:
    """All executions, the newest first."""
    with ExchangisHook() as hook:
        rows: list[dict[str, Any]] = hook.list_executions(size=1000)["jobList"]
        return rows


def source(name: str, kind: str, params: dict[str, Any], **more: Any) -> Any:
    return in_dag(ExchangisDataSourceOperator, name=name, type=kind, connect_params=params, **more)


def move(**arguments: Any) -> Any:
    return in_dag(
        ExchangisJobOperator, **{"poll_interval_seconds": 0.1, "timeout_seconds": 60, "deferrable": False, **arguments}
    )


@pytest.fixture(params=[False, True], ids=["blocking", "deferrable"])
def task(request: pytest.FixtureRequest, job_id: str) -> Any:
    """Makes a task that moves the orders into the mirror; each test runs it in both ways."""
    return partial(move, job_id=job_id, deferrable=request.param)


def test_a_table_is_moved_and_the_figures_are_those_of_the_table(airflow, task, shop, mirror, capsys):
    result = run_task(airflow, task)
    assert (result["status"], result["records"], result["error_records"]) == ("Success", ROWS, 0)
    assert [each["status"] for each in result["tasks"]] == ["Success"]
    assert rows_in(mirror) == rows_in(shop)
    lines = capsys.readouterr().out.splitlines()
    with ExchangisHook() as hook:
        [row] = hook.execution_tasks(result["job_execution_id"])
        own = hook.execution_log(result["job_execution_id"])["logs"]["all"].splitlines()
        tasks = hook.task_log(result["job_execution_id"], row["taskId"])["logs"]["all"].splitlines()
    for wanted in [*own, *[f"[{row['name']}] {line}" for line in tasks]]:
        assert sum(wanted in line for line in lines) == 1, wanted


def test_a_table_is_moved_into_the_warehouse(airflow, job_id):
    run_task(airflow, partial(source, "warehouse", "HIVE", {}))
    define("to warehouse", Side("warehouse", "default", "orders", {"writeMode": "truncate"}), columns={"id": "id"})
    result = run_task(airflow, partial(move, job_name="to warehouse", project="sales"))
    assert result["records"] == ROWS


def test_a_job_whose_time_is_up_stops_in_the_middle_of_its_transfer(airflow, exchangis, job_id, mirror):
    exchangis.fault("slow-transfer:200")
    with pytest.raises(JobExpiredError):
        run_task(airflow, partial(move, job_id=job_id, deferrable=True, timeout_seconds=1.5))
    exchangis.fault(clear=True)
    moved = rows_in(mirror)[0]
    assert 0 < moved < ROWS
    assert executions()[0]["status"] == "Cancelled"
    with ExchangisHook() as hook:
        assert hook.execution_status(executions()[0]["jobExecutionId"])["allTaskStatus"] is True
    assert rows_in(mirror)[0] == moved


def test_a_kill_while_the_tasks_are_made_is_repeated_until_it_holds(airflow, exchangis, job_id, mirror):
    exchangis.fault("slow-generation:1500", "killed-too-early:1", "slow-transfer:300")
    with pytest.raises(JobExpiredError):
        run_task(airflow, partial(move, job_id=job_id, timeout_seconds=0.3))
    assert executions()[0]["status"] == "Cancelled"
    assert rows_in(mirror)[0] < ROWS


def test_a_job_whose_task_fails_says_why(airflow, exchangis, task):
    exchangis.fault("failed-task:1")
    with pytest.raises(JobFailedError, match=r"reached Failed: .*ERROR.* / \[orders\] .*ERROR"):
        run_task(airflow, task)


def test_an_execution_whose_answer_is_lost_is_found(airflow, exchangis, task, shop, mirror):
    before = len(executions())
    exchangis.fault("lost-submit-answer:1")
    assert run_task(airflow, task)["records"] == ROWS
    assert len(executions()) == before + 1
    assert rows_in(mirror) == rows_in(shop)


def test_an_execution_that_did_not_arrive_is_asked_for_again(airflow, exchangis, task, shop, mirror):
    before = len(executions())
    exchangis.fault("lost-submit:1")
    assert run_task(airflow, task)["records"] == ROWS
    assert len(executions()) == before + 1
    assert rows_in(mirror) == rows_in(shop)


@pytest.mark.parametrize(
    "fault", ["expired-session:2", "dropped:1@4", "html:1@6", "unavailable:2@6", "log-failure:3", "task-log-gone:2"]
)
def test_what_passes_does_no_harm(airflow, exchangis, job_id, mirror, shop, fault):
    exchangis.fault(fault)
    assert run_task(airflow, partial(move, job_id=job_id, deferrable=True))["records"] == ROWS
    assert rows_in(mirror) == rows_in(shop)


def test_figures_that_are_lost_cost_nothing_else(airflow, exchangis, job_id, mirror):
    exchangis.fault("lost-metrics:1")
    result = run_task(airflow, partial(move, job_id=job_id))
    assert (result["status"], result["records"]) == ("Success", None)
    assert rows_in(mirror)[0] == ROWS


def test_a_refused_execution_is_said_at_once(airflow, exchangis, job_id):
    exchangis.fault("queue-full:1")
    with pytest.raises(RefusedError, match="Exchangis refused"):
        run_task(airflow, partial(move, job_id=job_id))


def test_a_source_that_is_gone_fails_the_job_with_its_reason(airflow, exchangis, job_id, shop):
    hidden = shop.rename(shop.with_suffix(".hidden"))
    try:
        with pytest.raises(JobFailedError, match="reached Failed"):
            run_task(airflow, partial(move, job_id=job_id))
        with pytest.raises(RefusedError):
            run_task(airflow, partial(source, "shop", "SQLITE", {"path": str(shop)}))
    finally:
        hidden.rename(shop)


def test_a_sensor_waits_for_an_execution_and_another_for_a_table(airflow, exchangis, job_id, mirror):
    exchangis.fault("slow-start:500")
    with ExchangisHook() as hook:
        execution = hook.execute_job(job_id)
    sensor = partial(in_dag, ExchangisJobSensor, job_execution_id=execution, poke_interval=0.1, deferrable=True)
    run_task(airflow, sensor)
    assert rows_in(mirror)[0] == ROWS
    table = {"data_source": "mirror", "database": "main", "table": "late", "poke_interval": 0.05, "timeout": 20}
    waiting = InThread(lambda: run_task(airflow, partial(in_dag, ExchangisDataSourceSensor, **table)))
    with sqlite3.connect(mirror) as database:
        database.execute("create table late (id integer)")
    waiting.result()


@pytest.mark.parametrize("paths", ["real", "documented"])
def test_a_server_with_one_set_of_paths_is_recognised_and_works(airflow, shop, mirror, tmp_path, monkeypatch, paths):
    with ExchangisServer(data_dir=tmp_path / "exchangis", options=["--paths", paths]) as server:
        for chosen in ("real", "documented"):
            connect(monkeypatch, server, auth="token", paths=chosen, labels="dev")
            good, text = ExchangisHook().test_connection()
            assert good == (chosen == paths), text
            assert f"at the {paths} paths" in text
        connect(monkeypatch, server, auth="token", paths=paths, labels="dev")
        run_task(airflow, partial(source, "shop", "SQLITE", {"path": str(shop)}))
        run_task(airflow, partial(source, "mirror", "SQLITE", {"path": str(mirror)}))
        job_id = define("orders", Side("mirror", "main", "orders"))
        assert run_task(airflow, partial(move, job_id=job_id))["records"] == ROWS
        with ExchangisHook() as hook:
            assert hook.params_ui("DATAX", "MYSQL", "source")
            server.fault("slow-transfer:500")
            execution = hook.execute_job(job_id)
            assert hook.run(lambda api: api.cancel(JobRef(execution))).raw == "Cancelled"


@pytest.mark.parametrize("version", ["1.0.0", "1.1.3"])
def test_older_servers_run_jobs_too(airflow, shop, mirror, tmp_path, monkeypatch, version):
    with ExchangisServer(data_dir=tmp_path / "old", options=["--exchangis-version", version]) as server:
        connect(monkeypatch, server)
        run_task(airflow, partial(source, "shop", "SQLITE", {"path": str(shop)}))
        run_task(airflow, partial(source, "mirror", "SQLITE", {"path": str(mirror)}))
        with ExchangisHook() as hook:
            good, text = hook.test_connection()
            assert good, text
            sides = {"source_id": "SQLITE.1.main.orders", "sink_id": "SQLITE.2.main.orders"}
            content = json.dumps([{"subJobName": "orders", "dataSources": sides}])
            body = {"projectId": int(hook.ensure_project("sales")), "jobName": "orders", "jobType": "OFFLINE"}
            body |= {"engineType": "DATAX", "jobDesc": "", "content": content}
            hook.create_job(body)
            with pytest.raises(RefusedError):
                hook.create_job(body)
        result = run_task(airflow, partial(move, job_name="orders", project="sales"))
        assert result["records"] == ROWS
        assert rows_in(mirror) == rows_in(shop)
