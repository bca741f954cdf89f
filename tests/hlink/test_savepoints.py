"""Taking a savepoint of a job that goes on: once, whatever happens to those who wait for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import requests
from airflow.sdk.exceptions import TaskDeferred
from airflow.sdk.execution_time import comms

from support.airflow_task import in_dag
from support.hlink_connection import connection
from support.hlink_flink_stub import FlinkStub
from support.job_task import InThread, events_of, recreate, run_task
from support.scripted_server import DROP, LOSE, Answer, Asked, Fault, ScriptedServer
from taskcenter.core.errors import ConfigurationError, JobFailedError, JobUnknownError, RefusedError, RemoteError
from taskcenter.hlink import savepoints
from taskcenter.hlink.savepoint_operator import HlinkSavepointOperator
from taskcenter.hlink.triggers import NOTE_ASKED, SAVEPOINTS_AT_ONCE, HlinkSavepointTrigger
from taskcenter_sandbox.hlink.server import HlinkServer
from taskcenter_sandbox.waiting import wait_until

has_store = hasattr(comms, "SetTaskStateStore")
anywhere = pytest.mark.parametrize("deferrable", [False, True], ids=["worker", "triggerer"])


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(savepoints, "LOOK_SECONDS", (0.02,))


@pytest.fixture
def job(hook, make_job) -> dict[str, Any]:
    """A job that runs and has a directory for savepoints."""
    job = make_job(stateSavepointsDir="file:///savepoints")
    hook.run_job(job["id"])
    return job


def make(job: dict[str, Any], **arguments: Any) -> Any:
    """Makes a task, as often as it is needed."""
    given = {"job_id": job["id"], "deferrable": False, **arguments}
    return partial(in_dag, HlinkSavepointOperator, **given)


def asked(flink: FlinkStub) -> int:
    """How many savepoints the cluster was asked for."""
    return sum(each.method == "POST" and each.path.endswith("/savepoints") for each in list(flink.asked))


def deferred(airflow, factory) -> tuple[HlinkSavepointTrigger, Any]:
    """The trigger that a task defers itself to, and the task instance; as the triggerer has them."""
    task = factory()
    context = airflow.start(task)
    with pytest.raises(TaskDeferred) as deferral:
        task.execute(context)
    trigger = recreate(deferral.value.trigger)
    trigger.task_instance = context["ti"]
    return trigger, context["ti"]


async def killed_when(trigger: HlinkSavepointTrigger, condition) -> None:
    """Run a trigger until something is so, then end it as a triggerer does that shuts down."""
    running = asyncio.ensure_future(events_of(trigger))
    await asyncio.to_thread(wait_until, condition, what="the savepoint", timeout_seconds=10, poll_seconds=0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@anywhere
def test_a_savepoint_is_taken_once_and_the_job_goes_on(airflow, flink, job, deferrable):
    factory = make({"id": None}, job_name=job["jobName"], deferrable=deferrable)
    result = run_task(airflow, factory)
    assert result == {"job_id": str(job["id"]), "savepoint_path": next(iter(flink.savepoints.values()))}
    assert set(flink.jobs.values()) == {"RUNNING"}
    assert asked(flink) == 1


@anywhere
def test_a_savepoint_of_a_job_that_does_not_run_or_has_no_directory_is_refused(airflow, hook, make_job, deferrable):
    job = make_job()
    with pytest.raises(RemoteError, match="does not run"):
        run_task(airflow, make(job, deferrable=deferrable))
    hook.run_job(job["id"])
    with pytest.raises(RemoteError, match="directory for savepoints") as error:
        run_task(airflow, make(job, deferrable=deferrable))
    assert isinstance(error.value, RefusedError) is not deferrable, "the triggerer's events carry the text"


@anywhere
def test_a_savepoint_that_fails_says_so(airflow, flink, job, deferrable):
    flink.savepoint_status = "FAILED"
    with pytest.raises(RemoteError, match="savepoint failed on the cluster; the job's log says why"):
        run_task(airflow, make(job, deferrable=deferrable))
    assert asked(flink) == 1


# The answer is lost


GATEWAY_TIMEOUT = Fault(handled=True, raw=b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def relay(server: HlinkServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """What stands between Airflow and Hlink, and may lose its answers."""

    def forward(asked: Asked) -> Answer:
        headers = {name: asked.headers[name] for name in ("content-type", "cookie") if name in asked.headers}
        url = f"{server.url}{asked.raw_path}"
        answer = requests.request(asked.method, url, data=asked.body, headers=headers, timeout=10)
        kept = ("content-type", "set-cookie")
        return Answer(answer.status_code, answer.content, {n: answer.headers[n] for n in kept if n in answer.headers})

    with ScriptedServer(forward) as relay:
        monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", connection(relay.port, server))
        yield relay


@anywhere
@pytest.mark.parametrize("fault", [LOSE, GATEWAY_TIMEOUT], ids=["no answer", "a proxy's answer"])
def test_a_savepoint_whose_answer_is_lost_is_found(airflow, flink, job, relay, deferrable, fault):
    relay.script(f"GET /jobs/savepoint/{job['id']}", fault)
    assert [run_task(airflow, make(job, deferrable=deferrable))["savepoint_path"]] == list(flink.savepoints.values())
    assert len(relay.asked_for(f"GET /jobs/savepoint/{job['id']}")) == 1


@anywhere
def test_a_request_for_a_savepoint_that_hlink_never_got_is_told_as_such(airflow, flink, job, relay, deferrable):
    relay.script(f"GET /jobs/savepoint/{job['id']}", DROP)
    with pytest.raises(RemoteError, match=r"No savepoint of job .* was made"):
        run_task(airflow, make(job, deferrable=deferrable))
    assert asked(flink) == 0


def test_a_savepoint_that_takes_longer_than_the_task_has_is_not_known_to_be_made(airflow, flink, job):
    flink.savepoint_status = "IN_PROGRESS"
    with pytest.raises(
        JobUnknownError, match=r"asked for it once, its answer was lost.*still being made.*savepoint 2 of"
    ):
        run_task(airflow, make(job, timeout_seconds=0.5))
    assert asked(flink) == 1
    flink.savepoint_status = "COMPLETED"


# A triggerer is restarted


async def test_another_triggerer_finds_the_savepoint_that_the_first_has_asked_for(airflow, flink, job):
    flink.savepoint_status = "IN_PROGRESS"
    trigger, ti = deferred(airflow, make(job, deferrable=True))
    await killed_when(trigger, lambda: asked(flink) == 1)
    assert airflow.xcoms["job", NOTE_ASKED, -1] is True
    other = recreate(trigger)
    other.task_instance = ti
    running = asyncio.ensure_future(events_of(other))
    before = len(flink.asked_for("GET /checkpoints"))
    await asyncio.to_thread(flink.wait_for, lambda: len(flink.asked_for("GET /checkpoints")) > before + 2)
    flink.savepoint_status = "COMPLETED"
    [event] = await running
    [path] = flink.savepoints.values()
    assert (event["outcome"], event["job"]["handle"]["savepoint_path"]) == ("ended", path)
    assert asked(flink) == 1


async def test_another_triggerer_tells_of_a_savepoint_that_has_failed_meanwhile(airflow, flink, job):
    flink.savepoint_status = "IN_PROGRESS"
    trigger, ti = deferred(airflow, make(job, deferrable=True))
    await killed_when(trigger, lambda: asked(flink) == 1)
    flink.savepoint_status = "FAILED"
    other = recreate(trigger)
    other.task_instance = ti
    [event] = await events_of(other)
    assert event["outcome"] == "error"
    assert "failed on its cluster: disk full" in event["message"]
    assert asked(flink) == 1


async def test_another_triggerer_says_that_none_was_made_when_the_cluster_says_so(airflow, flink, job):
    trigger, _ = deferred(airflow, make(job, deferrable=True))
    airflow.xcoms["job", NOTE_ASKED, -1] = True  # the first died before Hlink had the request
    [event] = await events_of(trigger)
    assert event["outcome"] == "error"
    assert "No savepoint of job" in event["message"]
    assert "has begun none since" in event["message"]
    assert asked(flink) == 0


async def test_another_triggerer_that_can_ask_nobody_says_what_is_not_known(airflow, flink, job):
    trigger, _ = deferred(airflow, make(job, deferrable=True, timeout_seconds=1.5))
    airflow.xcoms["job", NOTE_ASKED, -1] = True
    flink.always("*", DROP)
    [event] = await events_of(trigger)
    assert event["outcome"] == "error"
    assert f"not known whether the savepoint of job {job['id']} was made" in event["message"]
    assert f"its cluster at {flink.url} does not tell" in event["message"]
    assert asked(flink) == 0


async def test_without_a_cluster_that_tells_the_path_that_hlink_stores_is_waited_for(airflow, hook, flink, job):
    trigger, _ = deferred(airflow, make(job, deferrable=True))
    airflow.xcoms["job", NOTE_ASKED, -1] = True
    flink.always("*", DROP)
    running = asyncio.ensure_future(events_of(trigger))
    await asyncio.sleep(0)
    hook.update_job({"id": job["id"], "jobType": 1, "savepointPath": "file:///savepoints/new"})
    [event] = await running
    assert event["job"]["handle"]["savepoint_path"] == "file:///savepoints/new"


async def test_nothing_is_asked_for_where_airflow_keeps_no_note_of_it(airflow, flink, job):
    trigger, _ = deferred(airflow, make(job, deferrable=True))
    airflow.broken = True
    [event] = await events_of(trigger)
    assert event["outcome"] == "error"
    assert asked(flink) == 0


async def test_savepoints_leave_connections_for_those_who_wait_for_jobs(airflow, flink, hook, make_job, server):
    server.fault("slow-savepoint:300")
    triggers = []
    for _ in range(SAVEPOINTS_AT_ONCE + 2):
        job = make_job(stateSavepointsDir="file:///savepoints")
        hook.run_job(job["id"])
        trigger, _ = deferred(airflow, make(job, deferrable=True))
        trigger.task_instance = None
        triggers.append(trigger)
    began = time.monotonic()
    events = await asyncio.gather(*map(events_of, triggers))
    assert {event["outcome"] for [event] in events} == {"ended"}
    assert time.monotonic() - began > 0.6, "the last have waited for the first"
    assert asked(flink) == len(triggers)


# A try is killed


@pytest.mark.skipif(not has_store, reason="Airflow 3.2 keeps nothing between tries")
@anywhere
@pytest.mark.parametrize("status", ["IN_PROGRESS", "COMPLETED"])
def test_a_retry_takes_the_savepoint_of_a_try_that_was_killed(airflow, flink, job, deferrable, status):
    flink.savepoint_status = "IN_PROGRESS"
    factory = make(job, deferrable=deferrable, retries=1, timeout_seconds=20)
    killed = InThread(lambda: run_task(airflow, make(job, retries=1, timeout_seconds=20)))
    wait_until(lambda: asked(flink) == 1, what="the savepoint", timeout_seconds=10, poll_seconds=0.02)
    flink.savepoint_status = status
    again = InThread(lambda: run_task(airflow, factory, try_number=2))
    if status == "IN_PROGRESS":
        looks = len(flink.asked_for("GET /checkpoints"))
        flink.wait_for(lambda: len(flink.asked_for("GET /checkpoints")) > looks + 2)
    flink.savepoint_status = "COMPLETED"
    assert again.result()["savepoint_path"] in flink.savepoints.values()
    assert asked(flink) == 1
    killed.result()  # no thread outlives its test


@pytest.mark.skipif(not has_store, reason="Airflow 3.2 keeps nothing between tries")
def test_a_retry_after_a_savepoint_that_failed_takes_another(airflow, flink, job):
    flink.savepoint_status = "FAILED"
    factory = make(job, retries=1)
    with pytest.raises(RefusedError):
        run_task(airflow, factory)
    flink.savepoint_status = "FAILED"
    task = InThread(lambda: run_task(airflow, factory, try_number=2))
    with pytest.raises((RefusedError, JobFailedError)):
        task.result()
    assert asked(flink) == 2


# Wrong


@pytest.mark.parametrize(
    ("arguments", "text"),
    [({"job_id": None}, "exactly one of"), ({"job_id": "x"}, "is a number"), ({"timeout_seconds": 0}, "more than 0")],
)
def test_wrong_arguments_are_said(airflow, server, arguments, text):
    with pytest.raises(ConfigurationError, match=text):
        run_task(airflow, make({"id": 1}, **arguments))


@pytest.mark.parametrize("event", [None, {}, {"outcome": "ended", "job": {"id": "1"}, "cursor": [1, "", 0]}])
def test_an_event_without_a_savepoint_is_no_success(airflow, event):
    task = make({"id": 1})()
    with pytest.raises(RemoteError):
        task.execute_complete(airflow.start(task), event)


async def test_arguments_of_another_version_are_one_error(airflow):
    trigger = HlinkSavepointTrigger(conn_id="hlink_default", mark={"job_id": "7", "new": 1}, deadline=time.time() + 9)
    [event] = await events_of(trigger)
    assert event["outcome"] == "error"
    assert "another version" in event["message"]
