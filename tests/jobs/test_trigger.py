"""The trigger: one event on every path, and no job stopped that nobody asked to stop."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from airflow.sdk import BaseOperator

from support.airflow_task import InMemoryAirflow, in_dag
from support.job_task import events_of, recreate
from support.linkis_replies import not_logged_in
from support.linkis_stub import LinkisStub
from support.scripted_server import DROP, Answer, html_answer
from taskcenter.core.job import JobRef, LogCursor
from taskcenter.jobs import compat
from taskcenter.jobs.events import ENDED, ERROR, EXPIRED, JobEvent
from taskcenter.linkis.triggers import LinkisTrigger

FAR = 4e9


def make(job: int = 1, **arguments: Any) -> LinkisTrigger:
    fields = {"conn_id": "linkis_default", "deadline": FAR, "poll_interval_seconds": 0.05, **arguments}
    return LinkisTrigger(job=JobRef(str(job)).to_json(), **fields)


async def until(condition: Any, seconds: float = 10.0) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not come about"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def running(trigger: LinkisTrigger, linkis: LinkisStub) -> AsyncIterator[asyncio.Task[list[Any]]]:
    """The trigger at work, after its first poll."""
    asked = len(linkis.asked)
    task = asyncio.create_task(events_of(trigger))
    try:
        await until(lambda: len(linkis.asked) > asked or task.done())
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def one_event(task: asyncio.Task[list[Any]]) -> JobEvent:
    [payload] = await asyncio.wait_for(task, 20)
    return JobEvent.from_json(json.loads(json.dumps(payload)))


@pytest.mark.parametrize("status", ["Succeed", "Failed", "Cancelled", "Timeout"])
async def test_the_end_of_a_job_is_one_event(linkis: LinkisStub, status):
    job = linkis.add_job()
    async with running(make(), linkis) as task:
        job.status = status
        event = await one_event(task)
    assert (event.outcome, event.ref.id, event.message) == (ENDED, "1", None)


async def test_log_and_progress_are_shown_on_the_way_and_the_event_says_how_far(linkis: LinkisStub, task_log):
    job = linkis.add_job(log=["one", "two"])
    async with running(make(), linkis) as task:
        await until(lambda: "two" in task_log.lines)
        job.progress = "0.75"
        await until(lambda: "Job 1 is Running, 75%" in task_log)
        job.status = "Succeed"
        event = await one_event(task)
    assert event.cursor == LogCursor(3, "two", 2)
    assert [line for line in task_log.lines if line in ("one", "two")] == ["one", "two"]
    assert task_log.lines.count("Job 1 is Running, 10%") == 1


async def test_a_deadline_is_one_event_and_the_job_is_left_to_the_operator(linkis: LinkisStub):
    linkis.add_job()
    [payload] = await asyncio.wait_for(events_of(make(deadline=time.time() + 0.3)), 20)
    assert JobEvent.from_json(payload).outcome == EXPIRED
    assert linkis.running() == [1]


async def test_a_job_that_is_lost_is_one_event(linkis: LinkisStub):
    linkis.add_job(visible=False)
    [payload] = await asyncio.wait_for(events_of(make()), 20)
    event = JobEvent.from_json(payload)
    assert event.outcome == ERROR
    assert "not known to linkis any more" in str(event.message)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("trouble", [html_answer(200), not_logged_in(), Answer(200, b"{")], ids=["page", "401", "cut"])
async def test_what_does_not_mend_itself_is_one_event(linkis: LinkisStub, trouble):
    linkis.add_job()
    linkis.always("*", trouble)
    [payload] = await asyncio.wait_for(events_of(make()), 20)
    event = JobEvent.from_json(payload)
    assert event.outcome == ERROR
    assert "linkis_default" in str(event.message)


async def test_a_connection_that_is_gone_is_one_event(linkis: LinkisStub):
    [payload] = await events_of(make(conn_id="linkis_lost"))
    event = JobEvent.from_json(payload)
    assert event.outcome == ERROR
    assert "There is no connection 'linkis_lost'" in str(event.message)


async def test_an_outage_is_waited_out_and_told(linkis: LinkisStub, task_log):
    job = linkis.add_job()
    async with running(make(), linkis) as task:
        linkis.always("*", DROP)
        await until(lambda: "the server gives no answer; waiting" in task_log, 20)
        linkis.always("*", None)
        await until(lambda: "The server answers again after" in task_log, 20)
        job.status = "Succeed"
        assert (await one_event(task)).outcome == ENDED


async def test_many_triggers_share_a_session_and_leave_none(linkis: LinkisStub):
    jobs = [linkis.add_job() for _ in range(40)]
    tasks = [asyncio.create_task(events_of(make(job.id))) for job in jobs]
    await until(
        lambda: len({i for a in linkis.asked_for("GET /list-taskids") for i in a.query["taskID"].split(",")}) == 40
    )
    for job in jobs:
        job.status = "Succeed"
    events = await asyncio.wait_for(asyncio.gather(*tasks), 20)
    assert [len(payloads) for payloads in events] == [1] * 40
    assert linkis.connections <= 16
    assert [task for task in asyncio.all_tasks() if "poll" in repr(task)] == []


async def test_an_event_of_a_job_that_ended_before_the_trigger_began(linkis: LinkisStub):
    linkis.add_job("Succeed")
    [payload] = await asyncio.wait_for(events_of(make()), 20)
    assert JobEvent.from_json(payload).outcome == ENDED


# Being cancelled and being killed


async def test_a_triggerer_that_shuts_down_kills_no_job(linkis: LinkisStub, airflow: InMemoryAirflow):
    linkis.add_job()
    airflow.states["job"] = "deferred"
    trigger = make()
    trigger.task_instance = airflow.start(in_dag(BaseOperator))["ti"]
    async with running(trigger, linkis) as task:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert linkis.running() == [1]
    assert linkis.asked_for("GET /kill") == []


async def test_a_trigger_taken_up_by_another_triggerer_goes_on(linkis: LinkisStub):
    job = linkis.add_job()
    first = make()
    async with running(first, linkis):
        pass
    async with running(recreate(first), linkis) as task:
        job.status = "Succeed"
        assert (await one_event(task)).outcome == ENDED


@pytest.mark.skipif(compat.TRIGGER_HAS_ON_KILL, reason="Airflow 3.3 and later tell the trigger themselves")
async def test_on_airflow_3_2_a_user_who_acts_on_the_task_stops_the_job(linkis: LinkisStub, airflow: InMemoryAirflow):
    linkis.add_job()
    trigger = make()
    trigger.task_instance = airflow.start(in_dag(BaseOperator))["ti"]
    async with running(trigger, linkis) as task:
        airflow.states["job"] = "failed"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert linkis.running() == []


async def test_a_trigger_that_is_killed_stops_its_job(linkis: LinkisStub, task_log):
    linkis.add_job()
    await make().on_kill()
    assert linkis.running() == []
    assert "Job 1 is Cancelled after the task was killed" in task_log


async def test_a_sensors_trigger_never_stops_a_job(linkis: LinkisStub):
    linkis.add_job()
    await make(owns_job=False).on_kill()
    assert linkis.running() == [1]


async def test_a_kill_that_fails_is_told_and_raises_nothing(linkis: LinkisStub, task_log):
    linkis.add_job()
    linkis.always("*", DROP)
    await make().on_kill()
    assert "Job 1 could not be stopped; stop it by hand" in task_log


async def test_a_kill_of_a_job_that_has_ended_changes_nothing(linkis: LinkisStub):
    linkis.add_job("Succeed")
    await make().on_kill()
    assert linkis.asked_for("GET /kill") == []
