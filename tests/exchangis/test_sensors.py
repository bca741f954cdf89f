"""Waiting for an execution, a data source or a table that somebody else brings about."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout, AirflowSkipException

from support.airflow_task import in_dag
from support.exchangis_stub import ROOT, ExchangisStub
from support.job_task import InThread, recreate, run_task
from support.scripted_server import DROP
from taskcenter.core.errors import ConfigurationError, RemoteError
from taskcenter.exchangis.data_source_sensors import ExchangisDataSourceSensor, ExchangisDataSourceTrigger
from taskcenter.exchangis.sensors import ExchangisJobSensor


@pytest.fixture(params=[False, True], ids=["blocking", "deferrable"])
def deferrable(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def job_sensor(deferrable) -> Any:
    return partial(in_dag, ExchangisJobSensor, deferrable=deferrable, poke_interval=0.05, timeout=20)


@pytest.fixture
def source_sensor(deferrable) -> Any:
    return partial(
        in_dag, ExchangisDataSourceSensor, data_source="shop", deferrable=deferrable, poke_interval=0.05, timeout=20
    )


def test_an_execution_is_waited_for(airflow, stub: ExchangisStub, job_sensor):
    execution = stub.add()
    running = InThread(lambda: run_task(airflow, partial(job_sensor, job_execution_id=execution.id)))
    stub.wait_for(lambda: len(stub.asked_for("GET /status")) >= 3)
    execution.status = "Success"
    running.result()


def test_an_execution_that_fails_fails_the_sensor_with_its_reason(airflow, stub: ExchangisStub, job_sensor):
    execution = stub.add(status="Failed", log=["ERROR no such table"])
    with pytest.raises(AirflowFailException, match="ERROR no such table"):
        run_task(airflow, partial(job_sensor, job_execution_id=execution.id))
    with pytest.raises(AirflowSkipException):
        run_task(airflow, partial(job_sensor, job_execution_id=execution.id, soft_fail=True))


@pytest.mark.parametrize("name", ["", "None", None])
def test_an_execution_must_be_named(airflow, stub: ExchangisStub, job_sensor, name):
    with pytest.raises(ConfigurationError, match="job_execution_id is empty"):
        run_task(airflow, partial(job_sensor, job_execution_id=name))


def test_a_data_source_is_waited_for_until_it_is_there_published_and_answers(airflow, stub, source_sensor):
    running = InThread(lambda: run_task(airflow, source_sensor))
    stub.wait_for(lambda: len(stub.asked_for("POST /query")) >= 2)
    stub.shelf.unreachable = "Connect datasource failed"
    source = stub.shelf.put("shop")
    stub.wait_for(lambda: len(stub.asked_for("GET /1/versions")) >= 2)
    assert stub.asked_for("PUT /1/1/connect") == []
    source.published = 1
    stub.wait_for(lambda: len(stub.asked_for("PUT /1/1/connect")) >= 2)
    stub.shelf.unreachable = ""
    running.result()


def test_a_table_is_waited_for(airflow, stub: ExchangisStub, source_sensor):
    source = stub.shelf.put("shop")
    source.published, source.tables = 1, ["orders_old"]
    running = InThread(lambda: run_task(airflow, partial(source_sensor, database="shop", table="orders")))
    stub.wait_for(lambda: len(stub.asked_for("GET /datasources/MYSQL/1/dbs/shop/tables")) >= 2)
    source.tables.append("orders")
    running.result()


def test_a_server_that_is_away_for_a_while_is_waited_for(airflow, stub: ExchangisStub, source_sensor):
    stub.shelf.put("shop").published = 1
    stub.always(f"POST {ROOT}/datasources/query", DROP)
    running = InThread(lambda: run_task(airflow, source_sensor))
    stub.wait_for(lambda: len(stub.asked_for("POST /query")) >= 6)
    stub.always(f"POST {ROOT}/datasources/query", None)
    running.result()


def test_an_expired_data_source_is_not_waited_for(airflow, stub: ExchangisStub, source_sensor):
    stub.shelf.put("shop").expire = True
    with pytest.raises(AirflowFailException, match="has expired"):
        run_task(airflow, source_sensor)


def test_what_does_not_come_in_time_is_a_timeout(airflow, stub: ExchangisStub, source_sensor):
    with pytest.raises(AirflowSensorTimeout):
        run_task(airflow, partial(source_sensor, timeout=0.2))


def test_a_table_needs_its_database(airflow, stub: ExchangisStub, source_sensor):
    with pytest.raises(ConfigurationError, match="database and table together"):
        run_task(airflow, partial(source_sensor, table="orders"))


@pytest.mark.parametrize("event", [None, {}, {"outcome": "else"}, "reached"])
def test_no_event_but_ours_is_taken_for_a_success(airflow, event):
    sensor = in_dag(ExchangisDataSourceSensor, data_source="shop")
    with pytest.raises(AirflowFailException, match="no event that is known here"):
        sensor.execute_complete(airflow.start(sensor), event)


def test_the_trigger_comes_back_from_the_database_as_it_was(airflow, stub: ExchangisStub):
    sensor = in_dag(ExchangisDataSourceSensor, data_source="shop", database="d", table="t", poke_interval=3)
    trigger = ExchangisDataSourceTrigger(**sensor._trigger_args(12.5))
    assert recreate(trigger).serialize() == trigger.serialize()
    assert trigger.serialize()[1] == {
        "conn_id": "exchangis_default",
        "data_source": "shop",
        "database": "d",
        "table": "t",
        "deadline": 12.5,
        "poll_interval_seconds": 3,
    }
    with pytest.raises(RemoteError):
        in_dag(ExchangisJobSensor, job_execution_id="x").execute_complete(airflow.start(sensor), None, 1.0)
