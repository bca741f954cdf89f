"""What becomes of a task by what becomes of its Hlink job; the same in a worker and in the triggerer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from airflow.sdk.execution_time import comms

from support.airflow_task import InMemoryAirflow, in_dag
from support.hlink_connection import connection
from support.hlink_flink_stub import FlinkStub
from support.job_task import InThread, run_task
from taskcenter.core.errors import (
    ConfigurationError,
    JobCancelledError,
    JobExpiredError,
    JobFailedError,
    NotFoundError,
    RefusedError,
)
from taskcenter.hlink import runs, starts
from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.links import XCOM_FLINK_URL, XCOM_HLINK_URL
from taskcenter.hlink.operators import HlinkJobOperator
from taskcenter.jobs.record import XCOM_JOB, JobRecord
from taskcenter_sandbox.hlink.server import HlinkServer
from taskcenter_sandbox.waiting import wait_until

has_store = hasattr(comms, "SetTaskStateStore")
anywhere = pytest.mark.parametrize("deferrable", [False, True], ids=["worker", "triggerer"])


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts, "STALE_SECONDS", (0.02,) * 5)
    monkeypatch.setattr(starts, "POLL_SECONDS", 0.02)


def make(kind: type[HlinkJobOperator] = HlinkJobOperator, **arguments: Any) -> Callable[[], HlinkJobOperator]:
    """Makes a task that looks often, as often as it is needed."""
    return partial(in_dag, kind, **{"poll_interval_seconds": 0.05, "deferrable": False, **arguments})


def started(flink: FlinkStub, count: int = 1) -> str:
    """Wait until a job is on the cluster; its id."""
    wait_until(lambda: len(flink.jobs) >= count, what="the job to start", timeout_seconds=10, poll_seconds=0.02)
    return list(flink.jobs)[count - 1]


def followed(flink: FlinkStub) -> str:
    """Wait until a job is waited for, in the triggerer if the task defers itself; its id."""
    flink.wait_for(lambda: len(flink.asked_for("GET /jobs/overview")) > 4)
    return started(flink)


@anywhere
def test_a_batch_job_is_followed_to_its_end_which_hlink_does_not_notice(
    airflow: InMemoryAirflow, hook: HlinkHook, flink: FlinkStub, make_job, deferrable
):
    job = make_job()
    task = InThread(lambda: run_task(airflow, make(job_id=job["id"], deferrable=deferrable)))
    flink_job = followed(flink)
    flink.jobs[flink_job] = "FINISHED"
    assert task.result() == {
        "job_id": str(job["id"]),
        "job_name": job["jobName"],
        "status": "FINISHED",
        "flink_job_id": flink_job,
        "cluster_id": job["clusterId"],
        "savepoint_path": None,
    }
    assert hook.job(job["id"])["jobStatus"] == 3, "Hlink has it as running still"


@anywhere
def test_a_job_that_fails_says_why_and_shows_its_log_once(airflow, flink, make_job, capsys, deferrable):
    job = make_job()
    task = InThread(lambda: run_task(airflow, make(job_name=job["jobName"], deferrable=deferrable)))
    flink.jobs[followed(flink)] = "FAILED"
    with pytest.raises(JobFailedError, match=r"reached FAILED: IOException: disk full"):
        task.result()
    said = capsys.readouterr().out
    assert said.count("[Flink] java.lang.Boom: it broke") == 1
    assert said.count("JAR作业启动") == 1


@anywhere
def test_a_streaming_job_is_left_running_once_all_its_tasks_have_run_for_the_time(airflow, flink, make_job, deferrable):
    flink.age_seconds = 5
    job = make_job()
    arguments = {"job_code": job["jobCode"], "wait_until": "running", "stable_seconds": 30, "deferrable": deferrable}
    task = InThread(lambda: run_task(airflow, make(**arguments)))
    flink_job = started(flink)
    seen = len(flink.asked_for("GET /jobs/overview"))
    flink.wait_for(lambda: len(flink.asked_for("GET /jobs/overview")) > seen + 1)
    flink.tasks_run = False
    flink.age_seconds = 31
    seen = len(flink.asked_for("GET /jobs/overview"))
    flink.wait_for(lambda: len(flink.asked_for("GET /jobs/overview")) > seen + 1)
    flink.tasks_run = True
    assert task.result()["status"] == "RUNNING"
    assert flink.jobs == {flink_job: "RUNNING"}


def test_a_task_that_is_killed_cancels_its_job(airflow, flink, make_job):
    task = make(job_id=make_job()["id"])()
    context = airflow.start(task)
    running = InThread(lambda: task.execute(context))
    flink_job = started(flink)
    wait_until(lambda: task._ref is not None, what="the answer", timeout_seconds=10, poll_seconds=0.02)
    task.on_kill()
    with pytest.raises(JobCancelledError):
        running.result()
    assert flink.jobs == {flink_job: "CANCELED"}


@anywhere
def test_a_job_whose_time_is_up_is_cancelled(airflow, flink, make_job, deferrable):
    job = make_job()
    with pytest.raises(JobExpiredError, match="was still RUNNING"):
        run_task(airflow, make(job_id=job["id"], timeout_seconds=0.5, deferrable=deferrable))
    assert set(flink.jobs.values()) == {"CANCELED"}


def test_a_cancel_by_somebody_else_is_told_as_such(airflow, hook, flink, make_job):
    job = make_job()
    task = InThread(lambda: run_task(airflow, make(job_id=job["id"])))
    started(flink)
    hook.cancel_job(job["id"])
    with pytest.raises(JobCancelledError, match="not by this task"):
        task.result()


def test_a_job_that_its_restarted_cluster_has_forgotten_is_lost(airflow, flink, make_job):
    task = InThread(lambda: run_task(airflow, make(job_id=make_job()["id"])))
    started(flink)
    flink.jobs.clear()
    with pytest.raises(
        JobFailedError, match=r"reached LOST.*does not know the Flink job .* any more; it was restarted"
    ):
        task.result()


def test_hlinks_word_is_taken_where_the_cluster_cannot_be_reached(airflow, hook, flink, make_job, monkeypatch, server):
    value = connection(server.port, server, flink_address="http://127.0.0.1:1")
    monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", value)
    job = make_job()
    arguments = {"job_id": job["id"], "wait_until": "running", "stable_seconds": 0.2}
    assert run_task(airflow, make(**arguments))["status"] == "RUNNING"
    assert flink.asked_for("GET /jobs/overview") == []


def test_credentials_for_hlink_do_not_reach_flink(airflow, flink, make_job, monkeypatch, server):
    value = connection(server.port, server, auth="basic", headers={"X-Key": "secret"})
    monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", value)
    flink.age_seconds = 100
    for deferrable in (False, True):
        job = make_job()
        run_task(airflow, make(job_id=job["id"], wait_until="running", deferrable=deferrable))
    asked = flink.asked_for("GET /jobs/overview")
    assert asked
    assert not any({"x-key", "authorization", "cookie"} & set(each.headers) for each in asked)


# Once


@pytest.mark.parametrize("fault", ["lost-submit-answer:1", "lost-submit:1"])
def test_a_start_whose_answer_is_lost_makes_one_run(airflow, flink, make_job, server: HlinkServer, fault):
    job = make_job()
    server.fault(fault)
    assert run_task(airflow, make(job_id=job["id"], wait_until="running"))["status"] == "RUNNING"
    assert len(flink.jobs) == 1


def test_a_retry_adopts_the_run_of_a_try_that_was_killed(airflow, flink, make_job):
    job = make_job()
    factory = make(job_id=job["id"], retries=1)
    first = factory()
    context = airflow.start(first)
    first._context = context
    first._obtain(context, first.build_request())
    flink_job = started(flink)
    task = InThread(lambda: run_task(airflow, factory, try_number=2))
    flink.wait_for(lambda: len(flink.asked_for("GET /jobs/overview")) > 2)
    flink.jobs[flink_job] = "FINISHED"
    assert task.result()["flink_job_id"] == flink_job
    assert list(flink.jobs) == [flink_job]


@pytest.mark.skipif(not has_store, reason="Airflow 3.2 keeps nothing between tries")
def test_a_retry_after_a_failure_starts_the_job_anew_although_hlink_has_it_as_running(airflow, flink, make_job):
    factory = make(job_id=make_job()["id"], retries=1)
    task = InThread(lambda: run_task(airflow, factory))
    flink.jobs[started(flink)] = "FAILED"
    with pytest.raises(JobFailedError):
        task.result()
    again = InThread(lambda: run_task(airflow, factory, try_number=2))
    second = started(flink, 2)
    flink.jobs[second] = "FINISHED"
    assert again.result()["flink_job_id"] == second


def test_a_job_that_runs_already_is_refused_or_adopted(airflow, hook, flink, make_job):
    job = make_job()
    hook.run_job(job["id"])
    with pytest.raises(RefusedError, match=r"runs already: it is RUNNING\. Cancel it first"):
        run_task(airflow, make(job_id=job["id"]))
    assert set(flink.jobs.values()) == {"RUNNING"}
    adopted = run_task(airflow, make(job_id=job["id"], if_running="adopt", wait_until="running"))
    assert [adopted["flink_job_id"]] == list(flink.jobs)


# Which job


def test_a_definition_creates_a_job_then_changes_it_then_leaves_it_alone(airflow, hook, flink, make_job):
    like = make_job()
    name = like["jobName"] + " defined"
    definition = {"jobName": name, "jobType": 1, "clusterId": like["clusterId"], "useJar": like["useJar"]}
    ids, changed = set(), []
    for description in ("first", "second", "second"):
        task = InThread(lambda d=description: run_task(airflow, make(definition={**definition, "jobDesc": d})))
        flink_job = started(flink, len(flink.jobs) + 1)
        flink.jobs[flink_job] = "FINISHED"
        ids.add(task.result()["job_id"])
        [stored] = hook.iter_jobs(jobName=name)
        changed.append(stored["jobDesc"])
        hook.cancel_job(stored["id"])
        flink.jobs[flink_job] = "FINISHED"
    assert len(ids) == 1
    assert changed == ["first", "second", "second"]


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({}, ConfigurationError, "Give exactly one of"),
        ({"job_id": "1", "job_name": "x"}, ConfigurationError, "not job_id and job_name"),
        ({"job_id": "nightly"}, ConfigurationError, "it is a number"),
        ({"job_id": "987654"}, NotFoundError, "does not know it"),
        ({"job_name": "no such job"}, NotFoundError, "no job whose jobName"),
        ({"definition": {"jobName": "x"}}, ConfigurationError, "lacks jobType, clusterId"),
        ({"job_id": "1", "wait_until": "ever"}, ConfigurationError, "it can be finished or running"),
        ({"job_id": "1", "if_running": "panic"}, ConfigurationError, "it can be fail or adopt"),
        ({"job_id": "1", "stable_seconds": -1}, ConfigurationError, "must not be less than 0"),
    ],
)
def test_wrong_arguments_are_said_before_anything_is_started(airflow, server, arguments, kind, text):
    before = server.stats()["submissions"]
    with pytest.raises(kind, match=text):
        run_task(airflow, make(**arguments))
    assert server.stats()["submissions"] == before


def test_what_hlink_does_not_start_is_said_in_its_words_and_in_ours(airflow, make_job):
    with pytest.raises(RefusedError, match=r"集群中jar缺失.*useJar must be the resUname"):
        run_task(airflow, make(job_id=make_job(useJar="gone.jar")["id"]))


def test_a_sql_job_without_a_sink_is_refused(airflow, hook, cluster_id):
    job = hook.add_job({"jobName": "no sink", "jobType": 0, "clusterId": cluster_id, "jobDsVOS": []})
    with pytest.raises(RefusedError, match="An SQL job needs a data source of type source"):
        run_task(airflow, make(job_id=job["id"]))


# Dialects, links


def test_numbers_are_read_in_the_dialect_of_the_connection(airflow, flink, make_job, server, monkeypatch):
    server.fault("documented-status:-1")
    monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", connection(server.port, server, status_dialect="documented"))
    task = InThread(lambda: run_task(airflow, make(job_id=make_job()["id"])))
    flink.jobs[started(flink)] = "FINISHED"
    assert task.result()["status"] == "FINISHED"


def test_links_lead_to_hlink_and_to_flink(airflow, flink, make_job, server):
    job = make_job()
    run_task(airflow, make(job_id=job["id"], wait_until="running"))
    [flink_job] = flink.jobs
    assert airflow.xcoms["job", XCOM_HLINK_URL, -1] == f"{server.url}/"
    assert airflow.xcoms["job", XCOM_FLINK_URL, -1] == f"{flink.url}/#/job/running/{flink_job}/overview"


def test_each_run_is_on_record_with_its_connection(airflow, flink, make_job):
    job = make_job()
    for _ in range(2):  # when the second one follows the first its cluster is asked at once
        run_task(airflow, make(job_id=job["id"], wait_until="running", if_running="adopt"))
        record = JobRecord.from_json(airflow.xcoms["job", XCOM_JOB, -1])
        assert (record.conn_type, record.conn_id, record.ref.id) == ("hlink", "hlink_default", str(job["id"]))


def test_many_jobs_of_a_cluster_take_one_request_an_interval(hook, flink, make_job):
    jobs = [make_job() for _ in range(5)]
    for job in jobs:
        hook.run_job(job["id"])
    known = [runs.JobRef(str(job["id"])) for job in jobs]
    assert len(hook.run(lambda api: api.statuses(known))) == 5
    before = len(flink.asked)
    statuses = hook.run(lambda api: api.statuses(known))
    assert {status.raw for status in statuses.values()} == {"RUNNING"}
    assert [asked.endpoint for asked in flink.asked[before:]] == ["GET /jobs/overview"]
