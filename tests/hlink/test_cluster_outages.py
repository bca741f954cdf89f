"""A Flink cluster that gives no answer while a task waits for a job on it; the same in a worker and in the triggerer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.execution_time import comms

from support.airflow_task import InMemoryAirflow, in_dag
from support.hlink_connection import connection
from support.hlink_flink_stub import FlinkStub
from support.job_task import InThread, run_rescheduled, run_task
from support.scripted_server import DROP, ScriptedServer, json_answer
from taskcenter.core.errors import ConfigurationError, JobFailedError, JobUnknownError, RemoteError
from taskcenter.core.flink.outages import CLUSTER_PATIENCE
from taskcenter.core.job import JobRef
from taskcenter.core.status import JobState
from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.operators import HlinkJobOperator
from taskcenter.hlink.sensors import HlinkJobSensor
from taskcenter.hlink.stop_operators import HlinkCancelJobOperator
from taskcenter_sandbox.waiting import wait_until

has_store = hasattr(comms, "SetTaskStateStore")
remembers = pytest.mark.skipif(not has_store, reason="Airflow 3.2 keeps nothing between tries and looks")
anywhere = pytest.mark.parametrize("deferrable", [False, True], ids=["worker", "triggerer"])
OVERVIEW = "GET /jobs/overview"


def make(kind: type[Any] = HlinkJobOperator, **arguments: Any) -> Callable[[], Any]:
    """Makes a task that looks often, as often as it is needed."""
    given = {"poll_interval_seconds": 0.05, "deferrable": False, "cluster_patience_seconds": 0.4, **arguments}
    return partial(in_dag, kind, **given)


def sense(job: dict[str, Any], **arguments: Any) -> Callable[[], Any]:
    given = {"job_id": job["id"], "poke_interval": 0.05, "timeout": 20, "cluster_patience_seconds": 0.4, **arguments}
    return partial(in_dag, HlinkJobSensor, **given)


def waited_for(flink: ScriptedServer, jobs: FlinkStub) -> str:
    """Wait until a job is waited for, in the triggerer if the task defers itself; the job's id."""
    before = len(flink.asked_for(OVERVIEW))
    flink.wait_for(lambda: len(flink.asked_for(OVERVIEW)) > before + 4)
    wait_until(lambda: bool(jobs.jobs), what="the job to start", timeout_seconds=10, poll_seconds=0.02)
    return list(jobs.jobs)[-1]


def said_until(capsys: pytest.CaptureFixture[str], line: str) -> str:
    """Wait until something is in the log; the log until then."""
    said = ""

    def there() -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return line in said

    wait_until(there, what=line, timeout_seconds=20, poll_seconds=0.02)
    return said


@pytest.fixture
def way(flink: FlinkStub, server, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """Airflow's own way to the cluster, which Hlink does not take."""
    with ScriptedServer(flink.answer) as way:
        value = connection(server.port, server, flink_address=way.url, **{CLUSTER_PATIENCE: 0.4})
        monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", value)
        yield way


@anywhere
def test_a_cluster_that_stays_down_is_one_error_that_says_what_is_not_known(airflow, flink, make_job, deferrable):
    job = make_job()
    task = InThread(lambda: run_task(airflow, make(job_id=job["id"], deferrable=deferrable, retries=1)))
    flink_job = waited_for(flink, flink)
    flink.always("*", DROP)
    with pytest.raises(RemoteError) as error:
        task.result()
    said = str(error.value)
    assert f"not known what has become of job {job['id']} (Flink job {flink_job})" in said
    assert f"Flink at {flink.url} has not answered for" in said
    assert "Hlink has the job as RUNNING" in said
    assert "does not reach the cluster either" in said
    assert "a retry of the task goes on with it" in said
    assert isinstance(error.value, JobUnknownError) is not deferrable, "the triggerer's events carry the text"
    assert flink.jobs == {flink_job: "RUNNING"}


@anywhere
def test_a_cluster_that_comes_back_in_time_is_one_line_in_the_log(airflow, flink, make_job, capsys, deferrable):
    job = make_job()
    arguments = {"job_id": job["id"], "deferrable": deferrable, "cluster_patience_seconds": 60}
    task = InThread(lambda: run_task(airflow, make(**arguments)))
    flink_job = waited_for(flink, flink)
    flink.always("*", DROP)
    line = f"RUNNING by Hlink's account; its cluster {flink.url} gives no answer, which may last 60 s"
    said = said_until(capsys, line)
    flink.always("*", None)
    waited_for(flink, flink)
    flink.jobs[flink_job] = "FINISHED"
    assert task.result()["status"] == "FINISHED"
    assert (said + capsys.readouterr().out).count(line) == 1


def test_a_retry_goes_on_with_the_job_when_the_cluster_is_back(airflow, flink, make_job):
    factory = make(job_id=make_job()["id"], retries=2)
    task = InThread(lambda: run_task(airflow, factory))
    flink_job = waited_for(flink, flink)
    flink.always("*", DROP)
    with pytest.raises(JobUnknownError):
        task.result()
    with pytest.raises(JobUnknownError):
        run_task(airflow, factory, try_number=2)
    flink.always("*", None)
    again = InThread(lambda: run_task(airflow, factory, try_number=3))
    waited_for(flink, flink)
    flink.jobs[flink_job] = "FINISHED"
    assert again.result()["flink_job_id"] == flink_job
    assert list(flink.jobs) == [flink_job]


def test_what_hlink_says_of_jobs_of_a_silent_cluster_is_not_believed(airflow, hook, flink, make_job):
    job = make_job()
    arguments = {"job_id": job["id"], "cluster_patience_seconds": 60}
    task = InThread(lambda: run_task(airflow, make(**arguments)))
    flink_job = waited_for(flink, flink)
    flink.always("*", DROP)
    hook.update_job({"id": job["id"], "jobType": 1, "jobStatus": 5})  # as its own look at its clusters does
    waited_for(flink, flink)
    flink.always("*", None)
    waited_for(flink, flink)
    flink.jobs[flink_job] = "FINISHED"
    assert task.result()["status"] == "FINISHED"


# Airflow and Hlink do not reach the same


@anywhere
def test_a_cluster_that_only_hlink_reaches_any_longer_is_told_as_such(airflow, flink, way, make_job, deferrable):
    job = make_job()
    arguments = {"job_id": job["id"], "deferrable": deferrable, "cluster_patience_seconds": None, "retries": 1}
    task = InThread(lambda: run_task(airflow, make(**arguments)))
    waited_for(way, flink)
    way.always("*", DROP)
    with pytest.raises(RemoteError, match=r"reaches the cluster itself\. See what keeps Airflow from reaching it"):
        task.result()


@remembers
@anywhere
def test_another_process_knows_that_the_cluster_was_reached_before(airflow, flink, way, make_job, deferrable):
    factory = make(job_id=make_job()["id"], cluster_patience_seconds=None, deferrable=deferrable, retries=1)
    task = InThread(lambda: run_task(airflow, factory))
    waited_for(way, flink)
    way.always("*", DROP)
    with pytest.raises(RemoteError, match="reaches the cluster itself"):
        task.result()
    with pytest.raises(RemoteError, match="reaches the cluster itself"):
        run_task(airflow, factory, try_number=2)


@anywhere
def test_a_cluster_that_airflow_never_reached_is_known_by_hlinks_word(
    airflow, hook, flink, way, make_job, capsys, deferrable
):
    way.always("*", DROP)
    job = make_job()
    task = InThread(lambda: run_task(airflow, make(job_id=job["id"], deferrable=deferrable)))
    line = f"RUNNING by Hlink's account alone, since Airflow does not reach its cluster {way.url}"
    said = said_until(capsys, line)
    before = len(way.asked_for(OVERVIEW))
    way.wait_for(lambda: len(way.asked_for(OVERVIEW)) > before + 10)
    hook.update_job({"id": job["id"], "jobType": 1, "jobStatus": 8})
    assert task.result()["status"] == "FINISHED"
    said += capsys.readouterr().out
    assert said.count(line) == 1


def test_a_cluster_that_airflow_never_reached_and_hlink_does_not_either_is_down(airflow, flink, way, make_job):
    way.always("*", DROP)
    job = make_job()
    task = InThread(lambda: run_task(airflow, make(job_id=job["id"])))
    way.wait_for(lambda: len(way.asked_for(OVERVIEW)) > 4)
    flink.always("*", DROP)
    with pytest.raises(JobUnknownError, match="does not reach the cluster either"):
        task.result()


def test_a_hlink_that_cannot_tell_of_its_cluster_leaves_its_word_on_jobs(airflow, hook, flink, way, make_job):
    """A server that fails at it says nothing about the cluster."""
    way.always("*", DROP)
    job = make_job()
    hook.run_job(job["id"])
    # A cluster that answers Hlink with something that it cannot read.
    flink.always("GET /overview", json_answer({"unexpected": True}))
    status = hook.run(lambda api: api.look(JobRef(str(job["id"]), {CLUSTER_PATIENCE: "0.001"})))
    assert (status.state, status.error) == (JobState.RUNNING, None)


# Others that wait


@anywhere
def test_a_sensor_says_the_same(airflow, hook, flink, make_job, deferrable):
    job = make_job()
    hook.run_job(job["id"])
    task = InThread(lambda: run_task(airflow, sense(job, deferrable=deferrable)))
    flink_job = waited_for(flink, flink)
    flink.always("*", DROP)
    with pytest.raises(RemoteError, match=rf"of job {job['id']} \(Flink job {flink_job}\).*does not reach the cluster"):
        task.result()


@remembers
def test_a_sensor_that_leaves_its_worker_between_looks_says_the_same(airflow, hook, flink, way, make_job):
    job = make_job()
    hook.run_job(job["id"])
    task = InThread(lambda: run_rescheduled(airflow, sense(job, mode="reschedule")))
    flink_job = waited_for(way, flink)
    way.always("*", DROP)
    with pytest.raises(RemoteError, match=rf"of job {job['id']} \(Flink job {flink_job}\).*reaches the cluster itself"):
        task.result()


@remembers
def test_a_sensor_that_leaves_its_worker_goes_on_when_the_cluster_is_back(airflow, hook, flink, make_job, capsys):
    job = make_job()
    hook.run_job(job["id"])
    task = InThread(lambda: run_rescheduled(airflow, sense(job, mode="reschedule", cluster_patience_seconds=60)))
    flink_job = waited_for(flink, flink)
    flink.always("*", DROP)
    said_until(capsys, "gives no answer, which may last 60 s")
    stored = airflow.stored
    wait_until(
        lambda: flink_job in stored["taskcenter_pokes"]["learnt"].get("learnt", ""),
        what="what it has learnt to be kept",
        timeout_seconds=20,
    )
    flink.always("*", None)
    waited_for(flink, flink)
    wait_until(
        lambda: set(stored["taskcenter_pokes"]["learnt"]) == {"cluster_seen"}, what="its end", timeout_seconds=20
    )
    flink.jobs[flink_job] = "FINISHED"
    task.result()


@remembers
def test_a_sensor_that_leaves_its_worker_finds_a_run_lost_as_well(airflow, hook, flink, make_job):
    job = make_job()
    hook.run_job(job["id"])
    task = InThread(lambda: run_rescheduled(airflow, sense(job, mode="reschedule")))
    waited_for(flink, flink)
    flink.jobs.clear()
    with pytest.raises(AirflowFailException, match=r"reached LOST.*it was restarted, or has forgotten the job"):
        task.result()


@remembers
def test_a_sensor_that_leaves_its_worker_learns_by_hlinks_word_alone_how_long_a_job_runs(
    airflow, hook, flink, way, make_job
):
    way.always("*", DROP)
    job = make_job()
    hook.run_job(job["id"])
    looks = run_rescheduled(airflow, sense(job, mode="reschedule", statuses=["RUNNING"], stable_seconds=0.2))
    assert looks > 1


@remembers
@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"flink_job_id": "x", "more": 1}'])
def test_what_is_no_note_of_an_earlier_look_is_nothing(airflow, hook, flink, make_job, text):
    job = make_job()
    hook.run_job(job["id"])
    known = JobRef(str(job["id"]), {"learnt": text})
    assert hook.run(lambda api: api.job_status(known)).raw == "RUNNING"


def test_a_cancel_whose_cluster_goes_down_says_the_same(airflow, hook, flink, make_job, server):
    job = make_job(stateSavepointsDir="file:///savepoints")
    hook.run_job(job["id"])
    server.fault("slow-savepoint:15000")
    task = InThread(lambda: run_task(airflow, make(HlinkCancelJobOperator, job_id=job["id"])))
    flink.wait_for(lambda: bool(flink.savepoints))
    waited_for(flink, flink)
    flink.always("*", DROP)
    with pytest.raises(JobUnknownError, match="Hlink has the job as CANCELLING"):
        task.result()


def test_one_clusters_silence_does_not_end_the_waiting_for_the_jobs_of_another(hook, flink, make_job):
    job = make_job()
    hook.run_job(job["id"])
    with FlinkStub() as second:
        hook.add_cluster("second", second.url)
        [cluster_id] = [each["id"] for each in hook.cluster_choices() if each["name"] == "second"]
        other = make_job()
        hook.update_job({"id": other["id"], "jobType": 1, "clusterId": cluster_id})
        second.jars = list(flink.jars)
        hook.run_job(other["id"])
        refs = [JobRef(str(each["id"]), {CLUSTER_PATIENCE: "0.001"}) for each in (job, other)]
        hook.run(lambda api: api.statuses(refs))
        second.always("*", DROP)
        hook.run(lambda api: api.statuses(refs))
        statuses = hook.run(lambda api: api.statuses(refs))
    assert (statuses[refs[0].id].raw, statuses[refs[0].id].error) == ("RUNNING", None)
    assert isinstance(statuses[refs[1].id].error, JobUnknownError)


def test_a_cluster_that_comes_back_without_its_jobs_has_lost_them(airflow, hook, flink, make_job):
    job = make_job()
    task = InThread(lambda: run_task(airflow, make(job_id=job["id"], cluster_patience_seconds=60)))
    waited_for(flink, flink)
    flink.always("*", DROP)
    waited_for(flink, flink)
    flink.jobs.clear()
    flink.always("*", None)
    with pytest.raises(JobFailedError, match=r"reached LOST.*it was restarted, or has forgotten the job"):
        task.result()


# Settings


@pytest.mark.parametrize("value", [0, -1, "soon", float("inf"), float("nan")])
def test_a_patience_that_is_none_is_refused(airflow: InMemoryAirflow, hook: HlinkHook, server, monkeypatch, value):
    with pytest.raises(ConfigurationError, match=r"cluster_patience_seconds is .* more than 0"):
        run_task(airflow, make(job_id=1, cluster_patience_seconds=value))
    with pytest.raises(ConfigurationError, match=r"cluster_patience_seconds is .* more than 0"):
        run_task(airflow, sense({"id": 1}, cluster_patience_seconds=value))
    text = connection(server.port, server, **{CLUSTER_PATIENCE: str(value)})
    monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", text)
    with (
        HlinkHook() as wrong,
        pytest.raises(ConfigurationError, match="hlink_default: cluster_patience_seconds in extra"),
    ):
        wrong.check()
