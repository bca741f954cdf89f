"""FlinkSavepointOperator and FlinkStopOperator: a savepoint is triggered once and waited for."""

from __future__ import annotations

from functools import partial

import pytest
from tests.flink.tasks import JOB, savepoint_task, stop_task

from support.flink_stub import done, errors, failed
from support.job_task import run_task
from support.scripted_server import LOSE
from taskcenter.core import lifecycle
from taskcenter.core.errors import ConfigurationError, JobExpiredError, JobFailedError, JobLostError, RefusedError
from taskcenter.core.patience import Patience
from taskcenter.flink.links import XCOM_JOB_URL

IN_PROGRESS = {"status": {"id": "IN_PROGRESS"}, "operation": None}
PATH = "file:/savepoints/savepoint-1"
NO_SPACE = (
    "java.util.concurrent.CompletionException: org.apache.flink.runtime.checkpoint.CheckpointException: An Exception "
    "occurred while triggering the checkpoint. IO-problem detected.\n\tat a.b(C.java:1)\n"
    "Caused by: java.io.IOException: No space left on device\n"
)
OLD_SERVER = "x.RestHandlerException: Bad request received. Request did not match expected format SavepointTriggerRequestBody."  # fmt: skip


@pytest.fixture(params=[False, True], ids=["blocking", "deferrable"])
def deferrable(request):
    return request.param


def test_a_savepoint_is_taken_and_the_job_goes_on(airflow, flink, deferrable):
    flink.add_job(JOB, "RUNNING")
    flink.savepoints = [IN_PROGRESS, IN_PROGRESS, done(PATH)]
    make = lambda: savepoint_task(deferrable=deferrable, target_directory="s3://b/{{ ds }}", format_type="NATIVE")  # noqa: E731
    assert run_task(airflow, make) == {"job_id": JOB, "savepoint_path": PATH}
    [asked] = flink.asked_for("POST /savepoints")
    [trigger] = flink.operations
    assert asked.json == {
        "target-directory": "s3://b/2026-01-02",
        "formatType": "NATIVE",
        "cancel-job": False,
        "triggerId": trigger,
    }
    assert airflow.xcoms["job", XCOM_JOB_URL, -1].endswith(f"/{JOB}/overview")


def test_a_job_stops_with_a_savepoint(airflow, flink, deferrable):
    flink.add_job(JOB, "RUNNING")
    flink.savepoints = [IN_PROGRESS, done(PATH)]
    make = lambda: stop_task(deferrable=deferrable, job_id={"job_id": JOB.upper()}, drain=True)  # noqa: E731
    assert run_task(airflow, make) == {"job_id": JOB, "savepoint_path": PATH}
    [trigger] = flink.operations
    assert flink.asked_for("POST /stop")[0].json == {"drain": True, "triggerId": trigger}
    assert flink.jobs[JOB]["plan"] == ["FINISHED"]


def test_a_job_is_cancelled_without_one(airflow, flink, deferrable):
    flink.add_job(JOB, "RUNNING")
    make = lambda: stop_task(deferrable=deferrable, savepoint=False)  # noqa: E731
    assert run_task(airflow, make) == {"job_id": JOB, "savepoint_path": None}
    assert flink.jobs[JOB]["plan"] == ["CANCELED"]
    # A job that has ended is as good.
    assert run_task(airflow, make) == {"job_id": JOB, "savepoint_path": None}


@pytest.mark.parametrize("make", [savepoint_task, stop_task])
def test_a_savepoint_that_fails_says_why(airflow, flink, deferrable, make):
    flink.add_job(JOB, "RUNNING")
    flink.savepoints = [IN_PROGRESS, failed(NO_SPACE)]
    with pytest.raises(JobFailedError, match=rf"No savepoint of job {JOB} was made.*IOException: No space left"):
        run_task(airflow, lambda: make(deferrable=deferrable))


def test_a_lost_answer_triggers_no_second_savepoint(airflow, flink):
    flink.script(f"POST /jobs/{JOB}/savepoints", LOSE)
    assert run_task(airflow, savepoint_task)["savepoint_path"] == PATH
    assert len(flink.operations) == 1


def test_a_retry_waits_for_the_savepoint_of_a_try_that_was_killed(airflow, flink):
    first = savepoint_task(retries=1)
    context = airflow.start(first)
    first._context = context
    trigger = first._obtain(context, first.build_request()).id
    airflow.stored.clear()  # as on Airflow 3.2
    assert run_task(airflow, lambda: savepoint_task(retries=1), try_number=2)["savepoint_path"] == PATH
    assert list(flink.operations) == [trigger]


def test_an_older_cluster_chooses_the_trigger_id_itself(airflow, flink):
    for endpoint, make in (("savepoints", savepoint_task), ("stop", stop_task)):
        flink.operations.clear()
        flink.script(f"POST /jobs/{JOB}/{endpoint}", errors(400, OLD_SERVER))
        assert run_task(airflow, make)["savepoint_path"] == PATH
        assert list(flink.operations) == ["9" * 32]


def test_no_place_for_savepoints(airflow, flink):
    text = "x.RestHandlerException: Config key [state.savepoints.dir] is not set. Property [targetDirectory] must be provided; no savepoint directory."  # fmt: skip
    flink.script(f"POST /jobs/{JOB}/savepoints", errors(400, text))
    with pytest.raises(RefusedError, match=r"Give target_directory, or set execution\.checkpointing\.savepoint-dir"):
        run_task(airflow, savepoint_task)


def test_a_savepoint_whose_time_is_up(airflow, flink, deferrable):
    flink.savepoints = [IN_PROGRESS]
    with pytest.raises(JobExpiredError, match="still IN_PROGRESS"):
        run_task(airflow, lambda: savepoint_task(deferrable=deferrable, timeout_seconds=0.4))


def test_a_savepoint_that_the_cluster_has_forgotten(airflow, flink, monkeypatch):
    monkeypatch.setattr(lifecycle, "Patience", partial(Patience, grace_seconds=0.1))
    unknown = errors(404, "x.RestHandlerException: There is no savepoint operation with triggerId=x for job y.")
    flink.always(f"GET /jobs/{JOB}/savepoints/{'9' * 32}", unknown)
    flink.script(f"POST /jobs/{JOB}/savepoints", errors(400, OLD_SERVER))
    with pytest.raises(JobLostError, match="not known to flink any more"):
        run_task(airflow, savepoint_task)


@pytest.mark.parametrize(
    ("make", "arguments", "words"),
    [
        (savepoint_task, {"job_id": "orders"}, "not a Flink job id"),
        (savepoint_task, {"job_id": None}, "not a Flink job id"),
        (savepoint_task, {"format_type": "native"}, "can be CANONICAL or NATIVE"),
        (stop_task, {"job_id": {"id": JOB}}, "not a Flink job id"),
        (stop_task, {"savepoint": False, "drain": True}, "are for a savepoint"),
    ],
)
def test_a_mistake_is_said_before_anything_is_sent(airflow, flink, make, arguments, words):
    with pytest.raises(ConfigurationError, match=words):
        run_task(airflow, lambda: make(**arguments))
    assert flink.asked == []
