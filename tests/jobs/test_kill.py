"""What becomes of a job whose task is stopped: it is stopped too, unless another try goes on with it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowTaskTimeout

from support.airflow_task import InMemoryAirflow
from support.job_task import InThread, make_task
from support.linkis_replies import PREFIX
from support.linkis_stub import LinkisStub
from support.scripted_server import DROP, HANG, LOSE_SLOWLY
from taskcenter.core.errors import JobCancelledError, RemoteError
from taskcenter.core.job import JobRef, JobTag
from taskcenter.jobs import handover, operator
from taskcenter.jobs.identity import job_tag
from taskcenter.jobs.memory import remember

SUBMIT = f"POST {PREFIX}/entrance/submit"


def start(
    airflow: InMemoryAirflow, linkis: LinkisStub, *, retries: int = 0, try_number: int = 1
) -> tuple[Any, InThread]:
    """A task that waits for its job in a worker."""
    task = make_task(retries=retries)
    context = airflow.start(task, try_number=try_number)
    running = InThread(lambda: task.execute(context))
    linkis.wait_for(lambda: bool(linkis.asked_for("GET /get")))
    return task, running


def test_a_task_that_is_killed_before_it_has_begun_has_nothing_to_stop(linkis: LinkisStub):
    make_task().on_kill()
    assert linkis.asked == []


@pytest.mark.parametrize("state", ["failed", "success", "skipped", "removed", "restarting", "upstream_failed"])
def test_a_user_who_acts_on_a_task_stops_its_job(airflow: InMemoryAirflow, linkis: LinkisStub, state, task_log):
    task, running = start(airflow, linkis, retries=3)
    airflow.states["job"] = state
    task.on_kill()
    with pytest.raises(JobCancelledError):
        running.result()
    assert linkis.jobs[1].status == "Cancelled"
    assert "Job 1 is Cancelled: the task was killed" in task_log


def test_the_last_try_of_a_worker_that_is_stopped_stops_its_job(airflow: InMemoryAirflow, linkis: LinkisStub):
    task, running = start(airflow, linkis)
    task.on_kill()
    with pytest.raises(JobCancelledError):
        running.result()


HANDED_OVER = {
    "the next try will come": ("running", 1, "the next try will adopt the job"),
    "Airflow has queued it again": ("queued", 0, "Airflow has put the task back (queued)"),
    "Airflow has scheduled it again": ("scheduled", 0, "put the task back (scheduled)"),
    "Airflow waits to retry it": ("up_for_retry", 1, "put the task back (up_for_retry)"),
    "Airflow knows no state": (None, 0, "put the task back (none)"),
}


@pytest.mark.parametrize(("state", "retries", "text"), HANDED_OVER.values(), ids=HANDED_OVER)
def test_a_job_that_another_try_takes_over_goes_on(airflow, linkis: LinkisStub, task_log, state, retries, text):
    task, running = start(airflow, linkis, retries=retries)
    airflow.states["job"] = state
    task.on_kill()
    assert linkis.running() == [1]
    assert text in task_log
    linkis.jobs[1].status = "Succeed"
    running.result()


def test_a_job_that_a_later_try_has_adopted_is_not_taken_from_it(airflow, linkis: LinkisStub, task_log):
    task, running = start(airflow, linkis)
    # The same piece of work, adopted by try 2 (which a restarted scheduler has begun, although no retry was left).
    context = airflow.start(make_task(), try_number=2, max_tries=0, resumed=True)
    remember(context, JobTag(job_tag(task._context).key, 2), JobRef("1"), conn_type="linkis", conn_id="linkis_default")
    task.on_kill()
    assert "try 2 has adopted it" in task_log
    linkis.jobs[1].status = "Succeed"
    running.result()


def test_airflow_that_gives_no_answer_is_not_waited_for_long(airflow, linkis: LinkisStub, monkeypatch):
    task, running = start(airflow, linkis)
    monkeypatch.setattr(handover, "ASK_SECONDS", 0.1)
    never = threading.Event()
    monkeypatch.setattr(airflow, "send", lambda message: never.wait(30))
    began = time.monotonic()
    task.on_kill()
    assert time.monotonic() - began < 5
    assert linkis.jobs[1].status == "Cancelled", "when in doubt, nothing is left running"
    never.set()
    with pytest.raises(JobCancelledError):
        running.result()


def test_airflow_that_is_gone_is_no_reason_to_leave_the_job(airflow, linkis: LinkisStub):
    task, running = start(airflow, linkis)
    airflow.broken = True
    task.on_kill()
    assert linkis.running() == []
    with pytest.raises(JobCancelledError):
        running.result()


def test_a_task_that_ran_out_of_airflows_time_stops_its_job_although_a_retry_is_left(airflow, linkis: LinkisStub):
    task, running = start(airflow, linkis, retries=3)
    # Airflow calls on_kill while it handles the timeout.
    try:
        raise AirflowTaskTimeout("execution_timeout")
    except AirflowTaskTimeout:
        task.on_kill()
    assert linkis.running() == []
    with pytest.raises(JobCancelledError):
        running.result()


@pytest.mark.parametrize("when", ["before the server has it", "after the server has it"])
def test_a_task_that_is_killed_while_it_submits_leaves_no_job(airflow, linkis: LinkisStub, task_log, when):
    linkis.script(SUBMIT, HANG if when.startswith("before") else LOSE_SLOWLY)
    task = make_task()
    context = airflow.start(task)
    running = InThread(lambda: task.execute(context))
    linkis.wait_for(lambda: bool(linkis.asked_for("POST /submit")))
    linkis.wait_for(lambda: len(linkis.jobs) == (0 if when.startswith("before") else 1))
    task.on_kill()
    assert linkis.running() == []
    assert f"{0 if when.startswith('before') else 1} job(s) were stopped" in task_log
    linkis.always("*", DROP)
    linkis.close_connections()
    with pytest.raises(RemoteError):
        running.result(60)


@pytest.mark.parametrize("phase", ["waiting", "submitting"])
def test_a_kill_that_cannot_reach_the_server_never_raises_and_says_what_to_do(
    airflow, linkis: LinkisStub, monkeypatch, task_log, phase
):
    monkeypatch.setattr(operator, "KILL_TIMEOUT_SECONDS", 0.3)
    if phase == "submitting":
        linkis.script(SUBMIT, LOSE_SLOWLY)
    task = make_task()
    context = airflow.start(task)
    running = InThread(lambda: task.execute(context))
    endpoint = "POST /submit" if phase == "submitting" else "GET /get"
    linkis.wait_for(lambda: bool(linkis.asked_for(endpoint)))
    linkis.always("*", HANG)
    began = time.monotonic()
    task.on_kill()
    assert time.monotonic() - began < 10
    assert ("stop it by hand" if phase == "waiting" else "look for it on the server") in task_log
    linkis.always("*", None)
    linkis.jobs[1].status = "Succeed"
    linkis.close_connections()
    running.result(60)


def test_a_job_that_has_ended_already_is_not_killed(airflow, linkis: LinkisStub, task_log):
    task, running = start(airflow, linkis)
    linkis.jobs[1].status = "Succeed"
    running.result()
    task.on_kill()
    assert linkis.asked_for("GET /kill") == []
    assert "Job 1 is Succeed" in task_log
