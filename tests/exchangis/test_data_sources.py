"""Data sources that are as they should be, however often a task says so."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from support.airflow_task import in_dag
from support.exchangis_stub import ROOT, ExchangisStub
from support.job_task import run_task
from support.scripted_server import LOSE
from taskcenter.core.errors import ConfigurationError, NotFoundError, RefusedError
from taskcenter.exchangis.data_source_operators import ExchangisDataSourceOperator
from taskcenter.exchangis.hook import ExchangisHook

PASSWORD = "Sesam-Oeffne-Dich-7"


def make_task(**arguments: Any) -> ExchangisDataSourceOperator:
    defaults = {"name": "shop", "type": "mysql", "connect_params": {"host": "db1", "password": PASSWORD}}
    task: ExchangisDataSourceOperator = in_dag(ExchangisDataSourceOperator, **{**defaults, **arguments})
    return task


def changes(stub: ExchangisStub) -> list[str]:
    """What was changed on the server, in order; a look, though it be a POST, is none."""
    looks = ("/query", "/connect")
    return [
        asked.endpoint.replace(f"{ROOT}/datasources", "")
        for asked in stub.asked
        if asked.method != "GET" and not asked.path.endswith(looks)
    ]


def test_a_data_source_that_is_not_there_is_created_tested_and_published(airflow, stub: ExchangisStub):
    assert run_task(airflow, make_task) == {
        "id": 1,
        "name": "shop",
        "type": "MYSQL",
        "version": 1,
        "published": True,
        "created": True,
        "updated": False,
    }
    assert changes(stub) == ["POST ", "PUT /1/1/publish"]
    assert len(stub.asked_for("PUT /1/1/connect")) == 1
    assert stub.shelf.sources[1].published == 1


@pytest.mark.parametrize("encrypts", [True, False])
def test_saying_so_again_changes_nothing(airflow, stub: ExchangisStub, encrypts):
    stub.shelf.encrypts = encrypts
    run_task(airflow, make_task)
    before = changes(stub)
    result = run_task(airflow, make_task)
    assert (result["version"], result["created"], result["updated"]) == (1, False, False)
    assert changes(stub) == before


def test_other_parameters_become_a_new_version_which_is_published(airflow, stub: ExchangisStub):
    run_task(airflow, make_task)
    result = run_task(airflow, partial(make_task, connect_params={"host": "db2", "password": PASSWORD}))
    assert (result["version"], result["updated"]) == (2, True)
    assert stub.shelf.sources[1].published == 2


def test_what_does_not_connect_is_not_published_and_shows_no_password(airflow, stub: ExchangisStub):
    stub.shelf.unreachable = f"Connect datasource failed for root/{PASSWORD}"
    with pytest.raises(RefusedError, match="Connect datasource failed") as caught:
        run_task(airflow, make_task)
    assert PASSWORD not in str(caught.value)
    assert stub.shelf.sources[1].published is None
    stub.shelf.unreachable = ""
    assert run_task(airflow, make_task)["published"] is True


def test_a_creation_whose_answer_was_lost_is_found(airflow, stub: ExchangisStub):
    stub.script(f"POST {ROOT}/datasources", LOSE)
    assert run_task(airflow, make_task)["id"] == 1
    assert len(stub.shelf.sources) == 1


def test_a_name_that_contains_another_is_another_data_source(airflow, stub: ExchangisStub):
    stub.shelf.put("shop_old")
    assert run_task(airflow, make_task)["id"] == 2


def test_it_can_be_left_untested_and_unpublished(airflow, stub: ExchangisStub):
    result = run_task(airflow, partial(make_task, test=False, publish=False))
    assert result["published"] is False
    assert stub.asked_for("PUT /connect") == []


def test_host_user_and_password_can_come_from_an_airflow_connection(airflow, stub: ExchangisStub, monkeypatch):
    connection = {"conn_type": "mysql", "host": "db9", "port": 3306, "login": "u", "password": "p", "schema": "shop"}
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_DB", json.dumps(connection))
    run_task(airflow, partial(make_task, connect_params={"host": "db10"}, source_conn_id="shop_db"))
    [params] = stub.shelf.sources[1].versions
    assert params == {"host": "db10", "port": "3306", "username": "u", "password": "p", "databaseName": "shop"}


def test_what_other_types_want_can_come_from_the_connections_extra(airflow, stub: ExchangisStub, monkeypatch):
    connection = {"conn_type": "generic", "extra": {"connect_params": {"path": "/data/shop.db"}}}
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_DB", json.dumps(connection))
    run_task(airflow, partial(make_task, connect_params=None, source_conn_id="shop_db"))
    assert stub.shelf.sources[1].versions == [{"path": "/data/shop.db"}]


def test_an_extra_with_something_else_for_connection_parameters_is_refused(airflow, stub: ExchangisStub, monkeypatch):
    connection = {"conn_type": "generic", "extra": {"connect_params": ["path"]}}
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_DB", json.dumps(connection))
    with pytest.raises(ConfigurationError, match="extra of connection 'shop_db' is no JSON object"):
        run_task(airflow, partial(make_task, connect_params=None, source_conn_id="shop_db"))
    assert stub.shelf.sources == {}


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"type": "DB2"}, NotFoundError, "no data source type 'DB2'; it has HIVE, MYSQL"),
        ({"type": ""}, ConfigurationError, "has no type"),
        ({"name": ""}, ConfigurationError, "has 0 characters"),
        ({"name": "x" * 101}, ConfigurationError, "has 101 characters"),
        ({"description": "x" * 201}, ConfigurationError, "has 201 characters"),
        (
            {"connect_params": None},
            ConfigurationError,
            r"Give connect_params \(which may be empty\), source_conn_id, or both",
        ),
        ({"source_conn_id": "nowhere"}, ConfigurationError, "no connection 'nowhere'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_made(airflow, stub: ExchangisStub, arguments, kind, text):
    with pytest.raises(kind, match=text):
        run_task(airflow, partial(make_task, **arguments))
    assert stub.shelf.sources == {}


def test_a_data_source_of_another_type_is_left_alone(airflow, stub: ExchangisStub):
    stub.shelf.put("shop", "4")
    with pytest.raises(RefusedError, match="is not of type MYSQL"):
        run_task(airflow, make_task)
    assert changes(stub) == []


def test_an_expired_data_source_is_said_to_be_so(airflow, stub: ExchangisStub):
    stub.shelf.put("shop").expire = True
    with pytest.raises(RefusedError, match="has expired, and there is no way back"):
        run_task(airflow, make_task)


async def test_passwords_in_answers_are_taken_out_of_airflows_logs(stub: ExchangisStub, airflow, monkeypatch):
    from airflow.sdk.log import redact

    stub.shelf.put("shop", host="db1", password="Sync-Secret-1")
    with ExchangisHook() as hook:
        assert hook.connect_params(1)["password"] == "Sync-Secret-1"
        assert "Sync-Secret-1" not in str(redact("it is Sync-Secret-1"))
        stub.shelf.sources[1].versions[0]["password"] = "Async-Secret-2"
        assert (await hook.aconnect_params(1))["password"] == "Async-Secret-2"
        assert "Async-Secret-2" not in str(redact("it is Async-Secret-2"))
