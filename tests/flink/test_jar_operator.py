"""FlinkJarOperator: a job runs once, whatever happens to the task."""

from __future__ import annotations

import asyncio

import pytest
from tests.flink.tasks import JAR, jar_task

from support.airflow_task import InMemoryAirflow
from support.flink_stub import DUPLICATE, PROGRAM_FAILED, FlinkStub, errors
from support.job_task import InThread, events_of, recreate, run_task
from support.scripted_server import DROP, LOSE
from taskcenter.core.errors import (
    ConfigurationError,
    JobCancelledError,
    JobExpiredError,
    JobFailedError,
    RefusedError,
)
from taskcenter.flink.identity import id_for
from taskcenter.flink.links import XCOM_JOB_URL
from taskcenter.flink.triggers import FlinkTrigger
from taskcenter.jobs.identity import job_tag

FAILURE = {
    "exceptionName": "java.lang.RuntimeException",
    "stacktrace": "java.lang.RuntimeException: boom\n\tat a.B.c(B.java:7)\nCaused by: java.io.IOException: disk full\n",
    "timestamp": 1_790_000_000_000,
    "taskName": "Source: orders (1/2)",
}


@pytest.fixture(autouse=True)
def _jar(flink: FlinkStub) -> None:
    flink.jars[JAR] = "orders.jar"


@pytest.fixture(params=[False, True], ids=["blocking", "deferrable"])
def deferrable(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def only_job(flink: FlinkStub) -> str:
    [job_id] = flink.jobs
    return job_id


def runs(flink: FlinkStub) -> int:
    return len(flink.asked_for("POST /run"))


def test_a_job_runs_to_its_end(airflow: InMemoryAirflow, flink: FlinkStub, deferrable: bool, capsys):
    flink.plan = ["CREATED", "RUNNING", "RUNNING", "RUNNING", "FINISHED"]
    arguments = {
        "entry_class": "shop.Orders",
        "arguments": ["--day", "{{ run_id }}"],
        "parallelism": 2,
        "savepoint_path": "s3://b/savepoint-1",
        "allow_non_restored_state": True,
        "configuration": {"pipeline.name": "orders", "parallelism.default": 2, "table.dml-sync": False},
    }
    result = run_task(airflow, lambda: jar_task(deferrable=deferrable, **arguments))
    job_id = only_job(flink)
    assert result == {"job_id": job_id, "name": "orders", "status": "FINISHED", "records_in": 10, "records_out": 30}
    [asked] = flink.asked_for("POST /run")
    assert asked.json == {
        "jobId": job_id,
        "entryClass": "shop.Orders",
        "programArgsList": ["--day", "manual__1"],
        "parallelism": 2,
        "savepointPath": "s3://b/savepoint-1",
        "allowNonRestoredState": True,
        "flinkConfiguration": {"pipeline.name": "orders", "parallelism.default": "2", "table.dml-sync": "false"},
    }
    assert airflow.xcoms["job", XCOM_JOB_URL, -1] == f"{flink.url}/#/job/running/{job_id}/overview"
    log = capsys.readouterr().out
    assert f"Submitted job {job_id}" in log
    assert "tasks: 2 finished; records in 10, out 30; checkpoints: 4 completed, 1 failed, the last one (#4) 512 bytes in 36 ms" in log  # fmt: skip


def test_a_jar_of_the_worker_is_uploaded_once(airflow: InMemoryAirflow, flink: FlinkStub, tmp_path):
    (tmp_path / "shop.jar").write_bytes(b"PK")
    for number in (1, 2):
        run_task(airflow, lambda: jar_task(jar_id=None, jar=str(tmp_path / "shop.jar")), max_tries=number)
        flink.jobs.clear()
    assert len(flink.asked_for("POST /jars/upload")) == 1
    assert flink.asked_for("POST /run")[0].path.startswith("/jars/1-shop-")


def test_a_job_that_is_to_run_goes_on_when_it_has_run_for_a_while(airflow, flink, deferrable):
    flink.plan = ["INITIALIZING", "CREATED", "RUNNING"]
    flink.stable_ms = 31_000
    make = lambda: jar_task(deferrable=deferrable, wait_until="running", stable_seconds=30)  # noqa: E731
    assert run_task(airflow, make)["status"] == "RUNNING"
    assert flink.asked_for("PATCH " + only_job(flink)) == []


def test_a_job_that_has_not_run_for_long_enough_is_waited_for(airflow, flink, deferrable):
    flink.plan = ["RUNNING"]
    flink.stable_ms = 29_000
    task = InThread(lambda: run_task(airflow, lambda: jar_task(deferrable=deferrable, wait_until="running", stable_seconds=30)))  # fmt: skip
    looks = ("/overview", "/jobs/")
    flink.wait_for(lambda: sum(asked.method == "GET" and any(look in asked.path for look in looks) for asked in flink.asked) > 5)  # fmt: skip
    flink.stable_ms = 31_000
    assert task.result()["status"] == "RUNNING"


def test_a_job_that_is_to_run_and_fails_fails_the_task(airflow, flink, deferrable):
    flink.plan = ["RUNNING", "FAILED"]
    flink.stable_ms = 100
    with pytest.raises(JobFailedError, match="reached FAILED"):
        run_task(airflow, lambda: jar_task(deferrable=deferrable, wait_until="running"))


def test_a_failure_has_its_reason_and_each_exception_once(airflow, flink, deferrable, capsys):
    flink.exceptions = [FAILURE]
    flink.plan = ["RUNNING", "RESTARTING", "RUNNING", "RUNNING", "RUNNING", "FAILED"]
    with pytest.raises(JobFailedError, match=r"reached FAILED: IOException: disk full\. Its log is above"):
        run_task(airflow, lambda: jar_task(deferrable=deferrable))
    log = capsys.readouterr().out
    assert log.count(": java.lang.RuntimeException: boom") == 1
    assert log.count("Caused by: java.io.IOException: disk full") == 1
    assert "exception in Source: orders (1/2)" in log


def test_a_job_that_somebody_cancels(airflow, flink, deferrable):
    flink.plan = ["RUNNING", "CANCELLING", "CANCELED"]
    with pytest.raises(JobCancelledError, match="not by this task"):
        run_task(airflow, lambda: jar_task(deferrable=deferrable))


def test_a_job_whose_time_is_up_is_cancelled(airflow, flink, deferrable):
    flink.plan = ["RUNNING"]
    with pytest.raises(JobExpiredError, match="still RUNNING when its time was up, and was cancelled"):
        run_task(airflow, lambda: jar_task(deferrable=deferrable, timeout_seconds=0.4))
    assert flink.jobs[only_job(flink)]["plan"] == ["CANCELED"]


def test_a_lost_answer_makes_no_second_job(airflow, flink, deferrable):
    for fault in (LOSE, DROP):
        flink.jobs.clear()
        flink.script(f"POST /jars/{JAR}/run", fault)
        flink.plan = ["RUNNING", "FINISHED"]
        assert run_task(airflow, lambda: jar_task(deferrable=deferrable))["job_id"] == only_job(flink)


def test_a_retry_adopts_the_job_of_a_try_that_was_killed(airflow, flink, deferrable):
    flink.plan = ["RUNNING"]
    job_id = first_ref(airflow, jar_task(retries=1))
    airflow.stored.clear()  # as on Airflow 3.2
    flink.jobs[job_id]["plan"] = ["RUNNING", "RUNNING", "FINISHED"]
    result = run_task(airflow, lambda: jar_task(retries=1, deferrable=deferrable), try_number=2)
    assert result["job_id"] == job_id
    assert runs(flink) == 1


def first_ref(airflow: InMemoryAirflow, task) -> str:
    """Submit as a try does that is killed right after."""
    context = airflow.start(task)
    task._context = context
    return task._obtain(context, task.build_request()).id


def test_a_retry_after_a_failure_runs_a_new_job(airflow, flink, deferrable):
    flink.plan = ["FAILED"]
    with pytest.raises(JobFailedError):
        run_task(airflow, lambda: jar_task(retries=1, deferrable=deferrable))
    flink.plan = ["FINISHED"]
    assert run_task(airflow, lambda: jar_task(retries=1, deferrable=deferrable), try_number=2)["status"] == "FINISHED"
    assert len(flink.jobs) == 2


def test_a_program_that_fails_fails_the_task_at_once(airflow, flink):
    flink.script(f"POST /jars/{JAR}/run", errors(400, PROGRAM_FAILED))
    with pytest.raises(RefusedError, match="ValidationException: Object 'orders' not found"):
        run_task(airflow, jar_task)
    assert runs(flink) == 1


def test_a_program_that_fails_after_it_started_its_job_leaves_none_running(airflow, flink):
    task = jar_task()
    context = airflow.start(task)
    task._context = context
    flink.plan = ["RUNNING"]
    flink.script(f"POST /jars/{JAR}/run", errors(400, PROGRAM_FAILED))
    tag = job_tag(context)
    job_id = flink.add_job(id_for(tag, tag.attempt, task.seed), "RUNNING")
    with pytest.raises(RefusedError, match="had started a job before, which is cancelled"):
        task.execute(context)
    assert len(flink.asked_for(f"PATCH /jobs/{job_id}")) == 1


def test_a_duplicate_of_a_job_that_is_not_there_is_an_error(airflow, flink):
    flink.script(f"POST /jars/{JAR}/run", errors(400, DUPLICATE))
    with pytest.raises(RefusedError, match="already been submitted"):
        run_task(airflow, jar_task)


def test_a_killed_task_cancels_its_job(airflow, flink):
    flink.plan = ["RUNNING"]
    task = jar_task()
    ref = first_ref(airflow, task)
    task.on_kill()
    assert len(flink.asked_for(f"PATCH /jobs/{ref}")) == 1
    assert flink.jobs[ref]["plan"] == ["CANCELED"]


async def test_a_trigger_that_is_killed_cancels_its_job(flink):
    flink.add_job("b2" * 16, "RUNNING")
    trigger = FlinkTrigger(conn_id="flink_default", job={"id": "b2" * 16, "handle": {"running_for": "1"}}, deadline=9e9, poll_interval_seconds=1)  # fmt: skip
    await recreate(trigger).on_kill()
    assert flink.jobs["b2" * 16]["plan"] == ["CANCELED"]


async def test_a_job_that_the_cluster_has_forgotten_is_lost(flink):
    trigger = FlinkTrigger(conn_id="flink_default", job={"id": "b2" * 16, "handle": {}}, deadline=9e9, poll_interval_seconds=0.05)  # fmt: skip
    [event] = await events_of(trigger)
    assert event["outcome"] == "error"
    assert "not known to flink any more" in event["message"]


async def test_many_jobs_are_asked_for_in_one_request(flink):
    ids = [f"{number:032x}" for number in range(200)]
    for job_id in ids:
        flink.add_job(job_id, *["RUNNING"] * 6, "FINISHED")
    triggers = [FlinkTrigger(conn_id="flink_default", job={"id": job_id, "handle": {}}, deadline=9e9, poll_interval_seconds=0.5) for job_id in ids]  # fmt: skip
    events = await asyncio.gather(*(events_of(trigger) for trigger in triggers))
    assert {event["outcome"] for [event] in events} == {"ended"}
    assert len(flink.asked_for("GET /jobs/overview")) < 40


BAD = {
    "no jar": ({"jar_id": None}, "either jar or jar_id"),
    "two jars": ({"jar": "/x.jar"}, "either jar or jar_id"),
    "a jar that is not there": ({"jar_id": None, "jar": "/none/x.jar"}, "cannot be read here"),
    "another kind of file": ({"jar_id": None, "jar": "/none/x.zip"}, r"must end in \.jar"),
    "a text for arguments": ({"arguments": "--a b"}, "give a list"),
    "no parallelism": ({"parallelism": 0}, "parallelism is 0"),
    "another wait": ({"wait_until": "done"}, "can be 'finished' or 'running'"),
    "a negative time": ({"stable_seconds": -1}, "stable_seconds is -1"),
    "a nested option": ({"configuration": {"a": {"b": 1}}}, "configuration: a is"),
    "options in a text": ({"configuration": "a=b"}, "give a dict"),
}


@pytest.mark.parametrize(("arguments", "words"), BAD.values(), ids=BAD)
def test_a_mistake_is_said_before_anything_is_sent(airflow, flink, arguments, words):
    with pytest.raises(ConfigurationError, match=words):
        run_task(airflow, lambda: jar_task(**arguments))
    assert flink.asked == []
