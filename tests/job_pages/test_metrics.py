"""The figures of a transfer on Exchangis while it goes on, over all its tasks and of each."""

from __future__ import annotations

import json
import re

import pytest

from support.exchangis_stub import ExchangisStub, StubTask


@pytest.fixture
def exchangis(monkeypatch):
    with ExchangisStub() as stub:
        monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", stub.connection())
        yield stub


def measured(name: str, records: int, flow: float) -> StubTask:
    metrics = {
        "indicator": {"exchangedRecords": records, "errorRecords": 1, "ignoredRecords": 0},
        "traffic": {"flow": flow},
        "resourceUsed": {"cpu": 0.5, "memory": 512},
    }
    return StubTask(name, name, metrics=metrics)


def test_the_figures_are_the_sum_over_the_tasks_and_those_of_each(task, exchangis):
    execution = exchangis.add(
        tasks=[measured("orders", 500, 12.5), measured("users", 20, 0.5), StubTask("late", "late")]
    )
    task.record("exchangis", execution.id)
    told = task.ok("/jobs/metrics")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["at"])
    assert (told["system"], [part["name"] for part in told["parts"]]) == ("Exchangis", ["orders", "users", "late"])
    assert told["figures"] == {
        "records": 520,
        "bytes": None,
        "recordsPerSecond": 13.0,
        "bytesPerSecond": None,
        "errorRecords": 2,
        "ignoredRecords": 0,
        "cpuCores": 1.0,
        "memoryMb": 1024,
    }
    assert [part["figures"]["records"] for part in told["parts"]] == [500, 20, None]
    assert set(told["parts"][2]["figures"].values()) == {None}


def test_they_grow_with_the_transfer(task, exchangis):
    part = measured("orders", 1, 1.0)
    task.record("exchangis", exchangis.add(tasks=[part]).id)
    assert task.ok("/jobs/metrics")["figures"]["records"] == 1
    part.metrics["indicator"]["exchangedRecords"] = 7
    assert task.ok("/jobs/metrics")["figures"]["records"] == 7


def test_what_is_no_figure_counts_as_none(task, exchangis):
    odd = [measured("nan", float("nan"), float("inf")), measured("endless", 10**400, 1e300)]
    task.record("exchangis", exchangis.add(tasks=[*odd, measured("users", 20, 0.5)]).id)
    told = task.ok("/jobs/metrics")["figures"]
    assert (told["records"], told["recordsPerSecond"], told["memoryMb"]) == (20, 0.5, 1536)


def test_other_systems_have_none_and_neither_has_a_task_without_a_job(task):
    assert task.ask("/jobs/metrics")[0] == 404
    task.record("linkis", "7")
    status, _, message = task.ask("/jobs/metrics")
    assert (status, message) == (404, "Linkis tells no figures of its jobs; only Exchangis does.")


def test_an_exchangis_that_is_down_is_named(task, monkeypatch):
    fields = {"conn_type": "exchangis", "host": "127.0.0.1", "port": 9, "login": "a", "password": "b"}
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", json.dumps(fields))
    task.record("exchangis", "7")
    status, _, message = task.ask("/jobs/metrics")
    assert (status, "Exchangis cannot be reached" in message) == (502, True)
