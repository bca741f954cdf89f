"""Cancelling, jars, and waiting for a job that somebody else runs."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from support.airflow_task import in_dag
from support.job_task import InThread, run_task
from taskcenter.core.errors import ConfigurationError, JobFailedError, NotFoundError
from taskcenter.core.job import JobRef
from taskcenter.hlink.sensors import HlinkJobSensor
from taskcenter.hlink.stop_operators import HlinkCancelJobOperator, HlinkJarUploadOperator

anywhere = pytest.mark.parametrize("deferrable", [False, True], ids=["worker", "triggerer"])


def make(kind: type[Any], **arguments: Any) -> Any:
    """Makes a task, as often as it is needed."""
    return partial(in_dag, kind, **arguments)


def cancel(job: dict[str, Any], **arguments: Any) -> Any:
    return make(HlinkCancelJobOperator, **{"job_id": job["id"], "poll_interval_seconds": 0.05, **arguments})


def sense(job: dict[str, Any], **arguments: Any) -> Any:
    return make(HlinkJobSensor, **{"job_id": job["id"], "poke_interval": 0.05, "timeout": 10, **arguments})


@anywhere
def test_a_cancel_waits_for_the_savepoint_and_returns_its_path(airflow, hook, flink, make_job, server, deferrable):
    job = make_job(stateSavepointsDir="file:///savepoints")
    hook.run_job(job["id"])
    server.fault("slow-savepoint:500")
    result = run_task(airflow, cancel(job, deferrable=deferrable))
    assert result["status"] == "CANCELED"
    assert [result["savepoint_path"]] == list(flink.savepoints.values())
    assert set(flink.jobs.values()) == {"CANCELED"}


def test_a_cancel_without_a_directory_for_savepoints_ends_at_once(airflow, hook, flink, make_job):
    job = make_job()
    hook.run_job(job["id"])
    result = run_task(airflow, cancel(job, deferrable=False))
    assert (result["status"], result["savepoint_path"]) == ("CANCELED", None)
    assert set(flink.jobs.values()) == {"CANCELED"}


@pytest.mark.parametrize("state", [None, "FAILED", "FINISHED"])
def test_a_job_that_does_not_run_is_left_as_it_is(airflow, hook, flink, make_job, server, state):
    job = make_job()
    if state is not None:
        hook.run_job(job["id"])
        [flink_job] = flink.jobs
        flink.jobs[flink_job] = state
    kills = server.stats()["kills"]
    assert run_task(airflow, cancel(job, deferrable=False))["status"] == (state or "UNCOMMITTED")
    assert server.stats()["kills"] == kills


def test_a_cancel_whose_savepoint_fails_while_the_job_goes_on_says_so(airflow, hook, flink, make_job, server):
    job = make_job(stateSavepointsDir="file:///savepoints")
    hook.run_job(job["id"])
    [flink_job] = flink.jobs
    server.fault("failed-savepoint:1", "slow-savepoint:300")
    task = InThread(lambda: run_task(airflow, cancel(job, deferrable=False)))
    flink.wait_for(lambda: bool(flink.savepoints))
    flink.jobs[flink_job] = "RUNNING"
    with pytest.raises(JobFailedError, match="with a savepoint, which failed; the job goes on at its cluster"):
        task.result()


def test_a_job_that_hlink_does_not_know_to_run_is_cancelled_at_its_cluster(hook, flink, make_job):
    job = make_job()
    hook.run_job(job["id"])
    hook.update_job({"id": job["id"], "jobType": 1, "jobStatus": 5})
    status = hook.run(lambda api: api.cancel(JobRef(str(job["id"]))))
    assert status.raw == "CANCELED"
    assert set(flink.jobs.values()) == {"CANCELED"}


def test_an_uploaded_jar_is_found_in_the_list(airflow, hook, flink, cluster_id, jar):
    hook.upload_jar(jar, cluster_id)
    name = next(each["name"] for each in hook.cluster_choices() if each["id"] == cluster_id)
    result = run_task(airflow, make(HlinkJarUploadOperator, path=str(jar), cluster_name=name))
    newest = max(hook.list_jars(cluster_id), key=lambda each: each["id"])
    assert result == {
        "jar_id": newest["id"],
        "use_jar": flink.jars[1],
        "name": "program.jar",
        "cluster_id": str(cluster_id),
    }


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"path": "x.jar"}, ConfigurationError, "either cluster_id or cluster_name"),
        ({"path": "x.jar", "cluster_name": "nowhere"}, NotFoundError, "no cluster named 'nowhere'"),
        ({"path": "/no/such.jar", "cluster_id": 1}, ConfigurationError, "no file"),
        ({"path": "x.zip", "cluster_id": 1}, ConfigurationError, "is no jar"),
    ],
)
def test_a_jar_that_cannot_be_uploaded_says_why(airflow, hook, arguments, kind, text):
    with pytest.raises(kind, match=text):
        run_task(airflow, make(HlinkJarUploadOperator, **arguments))


@anywhere
def test_the_sensor_waits_until_the_job_is_healthy(airflow, hook, flink, make_job, deferrable):
    job = make_job()
    flink.tasks_run = False
    hook.run_job(job["id"])
    task = InThread(lambda: run_task(airflow, sense(job, statuses=["RUNNING"], deferrable=deferrable)))
    flink.wait_for(lambda: len(flink.asked_for("GET /jobs/overview")) > 3)
    flink.tasks_run = True
    assert task.result() in (None, True)
    assert set(flink.jobs.values()) == {"RUNNING"}


@anywhere
def test_the_sensor_fails_when_the_job_ends_otherwise(airflow, hook, flink, make_job, deferrable):
    job = make_job()
    hook.run_job(job["id"])
    task = InThread(lambda: run_task(airflow, sense(job, deferrable=deferrable)))
    flink.wait_for(lambda: len(flink.asked_for("GET /jobs/overview")) > 3)
    hook.cancel_job(job["id"])
    with pytest.raises(AirflowFailException, match="waited for until it is FINISHED"):
        task.result()


def test_the_sensor_may_wait_for_a_failure(airflow, hook, flink, make_job):
    job = make_job()
    hook.run_job(job["id"])
    [flink_job] = flink.jobs
    flink.jobs[flink_job] = "FAILED"
    run_task(airflow, sense(job, statuses=["FAILED", "CANCELED"], deferrable=False))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [({"statuses": ["DONE"]}, "statuses has DONE"), ({"job_id": "x"}, "it is a number"), ({"statuses": []}, "nothing")],
)
def test_a_sensor_for_something_that_is_none_says_so(airflow, server, arguments, text):
    with pytest.raises(ConfigurationError, match=text):
        run_task(airflow, make(HlinkJobSensor, **{"job_id": 1, "poke_interval": 0.05, **arguments}))
