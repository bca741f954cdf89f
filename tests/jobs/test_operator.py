"""What becomes of a task by what becomes of its job; the same in a worker and in the triggerer."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest

from support.airflow_task import InMemoryAirflow
from support.job_task import InThread, make_task, run_task
from support.linkis_replies import PREFIX, envelope, queue_full
from support.linkis_stub import LinkisStub, StubJob
from support.scripted_server import DROP, LOSE, Answer, html_answer
from taskcenter.core.errors import (
    AuthenticationError,
    JobCancelledError,
    JobError,
    JobExpiredError,
    JobFailedError,
    JobLostError,
    RefusedError,
    RemoteError,
)
from taskcenter.jobs.links import XCOM_JOB_PAGE
from taskcenter.jobs.record import XCOM_JOB, JobRecord
from taskcenter.linkis.links import XCOM_JOB_URL

SUBMIT = f"POST {PREFIX}/entrance/submit"
HISTORY = f"GET {PREFIX}/jobhistory/1/get"
LIST_IDS = f"GET {PREFIX}/jobhistory/list-taskids"


@pytest.fixture(params=[False, True], ids=["blocking", "deferrable"])
def task(request: pytest.FixtureRequest) -> Any:
    """Makes the task; each test runs it in both ways."""
    return partial(make_task, deferrable=request.param)


def begin(airflow: InMemoryAirflow, linkis: LinkisStub, make: Any, **start: Any) -> tuple[InThread, StubJob]:
    """Start the task; give back the job once it has been asked for."""
    running = InThread(lambda: run_task(airflow, make, **start))
    linkis.wait_for(lambda: bool(linkis.jobs) and len(linkis.asked) >= 3)
    return running, linkis.jobs[max(linkis.jobs)]


def test_a_job_that_succeeds_gives_its_ids(airflow: InMemoryAirflow, linkis: LinkisStub, task, task_log):
    running, job = begin(airflow, linkis, task)
    job.log = ["first line", "second line"]
    linkis.wait_for(lambda: bool(linkis.asked_for("GET /log")))
    job.log.append("third line")
    job.status = "Succeed"
    assert running.result() == {"task_id": 1, "exec_id": job.exec_id, "status": "Succeed", "result_sets": []}
    assert [line for line in task_log.lines if line.endswith("line")] == ["first line", "second line", "third line"]
    record = JobRecord.from_json(airflow.xcoms["job", XCOM_JOB, -1])
    assert (record.conn_type, record.conn_id, record.ref.id, record.attempt) == ("linkis", "linkis_default", "1", 1)
    assert airflow.xcoms["job", XCOM_JOB_PAGE, -1].startswith("/task-center/jobs?dag_id=dag&run_id=manual__1&")
    assert airflow.xcoms["job", XCOM_JOB_URL, -1].endswith("/#/console/viewHistory?taskID=1")


def test_a_job_that_has_ended_before_the_first_look_needs_no_waiting(airflow: InMemoryAirflow, linkis, task):
    linkis.first_status = "Succeed"
    assert run_task(airflow, task)["status"] == "Succeed"


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        ("Failed", JobFailedError, "Job 1 reached Failed: Table not found"),
        ("Cancelled", JobCancelledError, "was cancelled on linkis, not by this task: Table not found"),
        ("Timeout", JobFailedError, "Job 1 reached Timeout: Table not found"),
    ],
)
def test_a_job_that_ends_badly_fails_the_task_with_the_servers_reason(
    airflow: InMemoryAirflow, linkis: LinkisStub, task, status, kind, text, task_log
):
    running, job = begin(airflow, linkis, task)
    job.log = ["ERROR the reason why"]
    job.error = (11012, "Table not found")
    job.status = status
    with pytest.raises(JobError) as caught:
        running.result()
    assert type(caught.value) is kind
    assert text in str(caught.value)
    assert "code 11012" in str(caught.value)
    assert task_log.lines.count("ERROR the reason why") == 1


def test_a_state_that_we_do_not_know_is_waited_out(airflow: InMemoryAirflow, linkis: LinkisStub, task, task_log):
    running, job = begin(airflow, linkis, task)
    job.status = "Suspended"
    before = len(linkis.asked)
    linkis.wait_for(lambda: len(linkis.asked) >= before + 4)
    job.status = "succeed"
    assert running.result()["status"] == "succeed"


def test_a_job_that_takes_too_long_is_cancelled_and_said_to_be_expired(airflow, linkis: LinkisStub, task):
    with pytest.raises(JobExpiredError, match=r"still Running.*was cancelled.*Raise timeout_seconds"):
        run_task(airflow, partial(task, timeout_seconds=0.3))
    assert linkis.jobs[1].status == "Cancelled"
    assert len(linkis.asked_for("GET /kill")) == 1


def test_airflows_execution_timeout_holds_too(airflow, linkis: LinkisStub, task):
    with pytest.raises(JobExpiredError):
        run_task(airflow, partial(task, execution_timeout=dt.timedelta(seconds=0.3)))
    assert linkis.running() == []


def test_a_job_that_succeeds_while_it_is_being_cancelled_has_succeeded(airflow, linkis: LinkisStub, task):
    kill = linkis._kill

    def too_late(job: StubJob) -> Answer:
        job.status = "Succeed"
        return kill(job)

    linkis._kill = too_late  # type: ignore[method-assign]
    assert run_task(airflow, partial(task, timeout_seconds=0.3))["status"] == "Succeed"


def test_a_job_that_will_not_be_cancelled_is_said_to_run_on(airflow, linkis: LinkisStub, task, monkeypatch):
    monkeypatch.setattr("taskcenter.linkis.system.CONFIRM_SECONDS", (0.01, 0.01))
    linkis._kill = lambda job: envelope({"execID": job.exec_id})  # type: ignore[method-assign]
    with pytest.raises(RemoteError, match="stop it by hand"):
        run_task(airflow, partial(task, timeout_seconds=0.3))
    assert linkis.running() == [1]


def test_a_server_that_is_gone_when_time_is_up_is_said_to_be_left_with_the_job(airflow, linkis: LinkisStub, task):
    running, _ = begin(airflow, linkis, partial(task, timeout_seconds=1.0))
    linkis.always("*", DROP)
    with pytest.raises(RemoteError, match="could not be cancelled; stop it by hand") as caught:
        running.result(60)
    assert caught.value.context.job_id == "1"


def test_an_outage_is_waited_for_and_told(airflow, linkis: LinkisStub, task, task_log):
    running, job = begin(airflow, linkis, task)
    for trouble in (DROP, html_answer(502), Answer(200, b'{"status": 0')):
        linkis.always("*", trouble)
        before = len(linkis.asked)
        linkis.wait_for(lambda before=before: len(linkis.asked) >= before + 6, 30)
    linkis.always("*", None)
    job.status = "Succeed"
    assert running.result(60)["status"] == "Succeed"
    assert "Job 1 may still be running, and the server gives no answer; waiting" in task_log
    assert "The server answers again after" in task_log


@pytest.mark.usefixtures("impatient")
def test_a_job_that_is_gone_from_the_history_is_lost(airflow, linkis: LinkisStub, task):
    running, job = begin(airflow, linkis, task)
    job.visible = False
    with pytest.raises(RemoteError, match=r"Job 1 is not known to linkis any more") as caught:
        running.result()
    assert isinstance(caught.value, JobLostError) or "may not see it" in str(caught.value)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("try_number", "left"), [(1, [1]), (2, [])], ids=["a try is left", "the last try"])
def test_a_task_that_gives_up_waiting_leaves_its_job_to_the_next_try_and_stops_it_after_the_last(
    airflow, linkis: LinkisStub, task, try_number, left
):
    make = partial(task, retries=1)
    running, _ = begin(airflow, linkis, make, try_number=try_number)
    # Two polls of four attempts each.
    linkis.script(LIST_IDS if make().deferrable else HISTORY, *[html_answer(200)] * 8)
    with pytest.raises(RemoteError, match="HTML page"):
        running.result()
    assert linkis.running() == left


def test_a_refused_submit_fails_the_task_and_leaves_nothing(airflow, linkis: LinkisStub, task):
    linkis.script(SUBMIT, queue_full())
    with pytest.raises(RefusedError, match="Airflow pool"):
        run_task(airflow, task)
    assert linkis.jobs == {}


def test_a_submit_whose_answer_is_lost_is_made_once(airflow, linkis: LinkisStub, task, task_log):
    linkis.script(SUBMIT, LOSE)
    linkis.first_status = "Succeed"
    assert run_task(airflow, task)["task_id"] == 1
    assert len(linkis.jobs) == 1
    assert "Adopted job 1" in task_log


def test_a_submit_that_never_arrived_is_made_again(airflow, linkis: LinkisStub, task):
    linkis.script(SUBMIT, DROP)
    linkis.first_status = "Succeed"
    assert run_task(airflow, task)["task_id"] == 1
    assert len(linkis.asked_for("POST /submit")) == 2


def test_wrong_credentials_fail_at_once(airflow, linkis: LinkisStub, task, monkeypatch):
    connection = linkis.connection().replace("SECRET-TOKEN-1", "Wrong-Token-9")
    monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", connection)
    with pytest.raises(AuthenticationError) as caught:
        run_task(airflow, task)
    assert "Wrong-Token-9" not in str(caught.value)
    assert linkis.jobs == {}
