"""Stopping a job: by those who may, from our own page, for good."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from taskcenter.core.job import JobRef
from taskcenter.linkis.hook import LinkisHook
from taskcenter_sandbox.waiting import wait_until

LONG = "import time\ntime.sleep(120)"


@pytest.fixture
def job(task, submit) -> Iterator[str]:
    """A job that runs, until the test is over."""
    job_id = submit(LONG, "python", "python-python3")
    wait_until(lambda: status_of(job_id) == "Running", what="the job to run", timeout_seconds=30)
    yield job_id
    with LinkisHook() as hook:
        hook.run(lambda system: system.cancel(JobRef(job_id)))


def status_of(job_id: str) -> str:
    with LinkisHook() as hook:
        return str(hook.jobhistory_get(job_id)["status"])


def audit_log() -> list[tuple[str, str, dict]]:
    from airflow.models.log import Log
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        found = session.scalars(select(Log).where(Log.event == "cancel_remote_job").order_by(Log.id)).all()
        return [(entry.owner, entry.task_id, json.loads(entry.extra)) for entry in found]


@pytest.mark.parametrize("state", ["running", "deferred", "up_for_retry"])
def test_the_job_stops_and_its_task_has_failed_for_good(task, job, state):
    task.change(state=state)
    status, data, message = task.cancel()
    assert status == 200, message
    assert (data["job"]["state"], data["taskStopped"]) == ("cancelled", True)
    assert status_of(job) == "Cancelled"
    assert task.state == "failed"
    assert audit_log()[-1] == ("ada", "orders", {"job_id": job, "connection_type": "linkis"})


def test_a_task_that_has_ended_stays_as_it_is_and_the_job_it_has_left_running_stops(task, job):
    task.change(state="success")
    _, data, _ = task.cancel()
    assert (data["job"]["state"], data["taskStopped"]) == ("cancelled", False)
    assert task.state == "success"


def test_a_job_that_has_ended_stays_as_it_is(task, submit):
    submit("SELECT 1")
    task.when_ended()
    _, data, _ = task.cancel()
    assert data["job"]["state"] == "succeeded"


def test_who_may_only_look_may_not(task, job):
    status, _, message = task.cancel("vera")
    assert (status, "may not cancel" in message) == (403, True)
    assert (status_of(job), task.state) == ("Running", "running")


def test_a_page_of_another_site_cannot(task, job):
    assert task.ask("/jobs/cancel", method="POST")[0] == 400
    assert task.ask("/jobs/cancel", method="POST", headers={"X-Requested-With": ""})[0] == 400
    for site in ("cross-site", "same-site"):
        assert task.cancel(**{"Sec-Fetch-Site": site})[0] == 403
    assert task.ask("/jobs/cancel", method="GET")[0] == 405
    assert (status_of(job), task.state) == ("Running", "running")
    assert task.cancel(**{"Sec-Fetch-Site": "same-origin"})[0] == 200


def test_a_page_that_is_about_an_earlier_try_does_not_stop_the_job_of_a_later_one(task, job):
    task.key["try"] = 1
    task.change(try_number=2)
    status, _, message = task.cancel()
    assert (status, "try 2, not 1" in message) == (404, True)
    assert status_of(job) == "Running"


def test_where_the_system_is_down_the_task_is_stopped_and_the_answer_says_what_is_not(task, job, monkeypatch):
    down = json.dumps({"conn_type": "linkis", "host": "127.0.0.1", "port": 9, "login": "u", "password": "p"})
    with monkeypatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", down)
        status, _, message = task.cancel()
    assert (status, "Linkis cannot be reached" in message) == (502, True)
    assert task.state == "failed"
