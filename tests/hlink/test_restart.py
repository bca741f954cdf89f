"""Starting a job anew from its state: stopped with a savepoint, waited for, and started from there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from airflow.sdk.execution_time import comms

from support.airflow_task import InMemoryAirflow, in_dag
from support.hlink_flink_stub import FlinkStub
from support.job_task import InThread, events_of, recreate, run_task
from support.scripted_server import DROP
from taskcenter.core.errors import JobFailedError, RemoteError
from taskcenter.hlink import starts
from taskcenter.hlink.restart_operator import HlinkRestartJobOperator

has_store = hasattr(comms, "SetTaskStateStore")
anywhere = pytest.mark.parametrize("deferrable", [False, True], ids=["worker", "triggerer"])


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts, "STALE_SECONDS", (0.02,) * 5)
    monkeypatch.setattr(starts, "POLL_SECONDS", 0.02)


@pytest.fixture
def job(hook, make_job) -> dict[str, Any]:
    """A job that runs and has a directory for savepoints."""
    job = make_job(stateSavepointsDir="file:///savepoints")
    hook.run_job(job["id"])
    return job


def make(**arguments: Any) -> Callable[[], HlinkRestartJobOperator]:
    """Makes a task that looks often, as often as it is needed."""
    given = {"poll_interval_seconds": 0.05, "deferrable": False, **arguments}
    return partial(in_dag, HlinkRestartJobOperator, **given)


def starts_of(flink: FlinkStub) -> list[Any]:
    """The requests that start something on the cluster."""
    return [asked for asked in list(flink.asked) if asked.path.endswith("/run")]


@anywhere
def test_a_restart_waits_for_the_savepoint_and_starts_from_it(airflow, flink, job, server, deferrable):
    server.fault("slow-savepoint:300")
    result = run_task(airflow, make(job_id=job["id"], deferrable=deferrable))
    first, second = flink.jobs
    assert flink.jobs == {first: "CANCELED", second: "RUNNING"}
    assert (result["flink_job_id"], result["status"]) == (second, "RUNNING")
    assert result["savepoint_path"] in flink.savepoints.values()
    [_, run] = starts_of(flink)
    assert result["savepoint_path"] in f"{run.query} {run.body.decode()}"


def test_a_worker_waits_for_neither_the_stop_nor_the_start(airflow: InMemoryAirflow, flink, job, server):
    server.fault("slow-savepoint:400")
    flink.age_seconds = 0
    task = make(job_id=job["id"], deferrable=True)()
    with pytest.raises(TaskDeferred) as stopping:
        task.execute(airflow.start(task))
    assert stopping.value.method_name == "execute_stopped"
    assert len(starts_of(flink)) == 1, "it is not started again yet"
    trigger = recreate(stopping.value.trigger)
    assert not trigger.owns_job, "a task that is killed now leaves the job to its savepoint"
    [event] = asyncio.run(events_of(trigger))
    resumed = make(job_id=job["id"], deferrable=True)()
    context = airflow.start(resumed, resumed=True)
    with pytest.raises(TaskDeferred) as starting:
        resumed.execute_stopped(context, json.loads(json.dumps(event)), **stopping.value.kwargs)
    assert starting.value.method_name == "execute_complete"
    assert len(starts_of(flink)) == 2


@anywhere
def test_a_restart_whose_savepoint_fails_does_not_start_from_an_older_one(airflow, flink, job, server, deferrable):
    server.fault("failed-savepoint:1")
    with pytest.raises(JobFailedError, match=r"told to stop with a savepoint, and is FAILED.*it was not started again"):
        run_task(airflow, make(job_id=job["id"], deferrable=deferrable))
    assert len(starts_of(flink)) == 1


@anywhere
def test_a_stop_that_takes_too_long_is_told_and_nothing_is_started(airflow, flink, job, server, deferrable):
    server.fault("slow-savepoint:3000")
    with pytest.raises(JobFailedError, match=r"is still CANCELLING when its time was up; it was not started again"):
        run_task(airflow, make(job_id=job["id"], deferrable=deferrable, timeout_seconds=0.5))
    assert len(starts_of(flink)) == 1


@anywhere
def test_a_cluster_that_goes_down_while_the_job_stops_is_told(airflow, flink, job, server, deferrable):
    server.fault("slow-savepoint:15000")
    arguments = {"job_id": job["id"], "deferrable": deferrable, "cluster_patience_seconds": 0.4}
    task = InThread(lambda: run_task(airflow, make(**arguments)))
    flink.wait_for(lambda: bool(flink.savepoints))
    before = len(flink.asked_for("GET /jobs/overview"))
    flink.wait_for(lambda: len(flink.asked_for("GET /jobs/overview")) > before + 3)
    flink.always("*", DROP)
    with pytest.raises(RemoteError, match="Hlink has the job as CANCELLING"):
        task.result()


@anywhere
def test_a_job_that_does_not_run_is_only_started(airflow, flink, make_job, deferrable):
    job = make_job()
    assert run_task(airflow, make(job_id=job["id"], deferrable=deferrable))["status"] == "RUNNING"
    assert len(starts_of(flink)) == 1


@anywhere
def test_a_definition_is_applied_while_the_job_is_stopped(airflow, hook, flink, job, deferrable):
    names = ("jobName", "jobType", "clusterId", "useJar", "stateSavepointsDir")
    definition = {**{name: job[name] for name in names}, "jobDesc": "changed"}
    result = run_task(airflow, make(definition=definition, deferrable=deferrable))
    assert hook.job(job["id"])["jobDesc"] == "changed"
    assert result["savepoint_path"] in flink.savepoints.values()


@pytest.mark.skipif(not has_store, reason="Airflow 3.2 keeps nothing between tries")
@anywhere
def test_a_retry_does_not_restart_what_an_earlier_try_has_started(airflow, flink, job, deferrable):
    factory = make(job_id=job["id"], deferrable=deferrable, retries=1, wait_until="finished")
    killed = factory()
    killed.deferrable = False
    context = airflow.start(killed)
    running = InThread(lambda: killed.execute(context))
    flink.wait_for(lambda: len(starts_of(flink)) == 2)
    again = InThread(lambda: run_task(airflow, factory, try_number=2))
    before = len(flink.asked_for("GET /jobs/overview"))
    flink.wait_for(lambda: len(flink.asked_for("GET /jobs/overview")) > before + 10)
    flink.jobs[list(flink.jobs)[-1]] = "FINISHED"
    assert again.result()["status"] == "FINISHED"
    assert running.result()["status"] == "FINISHED"
    assert len(starts_of(flink)) == 2


@pytest.mark.parametrize("event", [None, {}, {"outcome": "fine"}])
def test_an_event_that_is_none_of_ours_starts_nothing(airflow, flink, job, event):
    task = make(job_id=job["id"], deferrable=True)()
    with pytest.raises(RemoteError):
        task.execute_stopped(airflow.start(task), event, deadline=0.0)
    assert len(starts_of(flink)) == 1
