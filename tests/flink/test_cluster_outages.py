"""A Flink cluster that gives no answer while a task waits on it; the same in a worker and in the triggerer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from airflow.sdk.execution_time import comms
from tests.flink.tasks import JAR, JOB, jar_task, savepoint_task, sensor_task, sql_task, stop_task

from support.flink_stub import FlinkStub, page
from support.job_task import InThread, events_of, run_rescheduled, run_task
from support.scripted_server import DROP, Answer, html_answer, json_answer
from taskcenter.core.errors import ConfigurationError, JobUnknownError, RemoteError
from taskcenter.core.flink.outages import CLUSTER_PATIENCE
from taskcenter.core.job import JobRef
from taskcenter.flink.hook import FlinkHook
from taskcenter.flink.triggers import FlinkTrigger
from taskcenter_sandbox.waiting import wait_until

has_store = hasattr(comms, "SetTaskStateStore")
remembers = pytest.mark.skipif(not has_store, reason="Airflow 3.2 keeps nothing between tries")
IN_PROGRESS = {"status": {"id": "IN_PROGRESS"}, "operation": None}
OUT_OF_REACH, BACK = "the server gives no answer; waiting", "The server answers again after"

TASKS: dict[str, tuple[Callable[..., Any], str]] = {
    "a program": (jar_task, "job {job}"),
    "SQL": (sql_task, "job {job}"),
    "a savepoint": (savepoint_task, "savepoint {trigger} of job {job}"),
    "a stop": (stop_task, "savepoint {trigger} of job {job}"),
    "a cancel": (partial(stop_task, savepoint=False), "the end of job {job}"),
    "a sensor": (sensor_task, "job {job}"),
}


@pytest.fixture(params=[False, True], ids=["worker", "triggerer"])
def deferrable(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(autouse=True)
def _busy(flink: FlinkStub) -> None:
    """Nothing that is waited for ends."""
    flink.jars[JAR] = "orders.jar"
    flink.plan = ["RUNNING"]
    flink.savepoints = [IN_PROGRESS]
    flink.always(f"PATCH /jobs/{JOB}", Answer(202, b"{}"))


def make(kind: str, flink: FlinkStub, **arguments: Any) -> Callable[[], Any]:
    """Makes a task of that kind, and the job that it is about where it starts none."""
    task, _ = TASKS[kind]
    if kind not in ("a program", "SQL"):
        flink.add_job(JOB)
    return partial(task, **{"cluster_patience_seconds": 0.2, **arguments})


def looks(flink: FlinkStub) -> int:
    """How often somebody has looked how it is getting on."""
    return sum(asked.method == "GET" and asked.path.startswith("/jobs/") for asked in list(flink.asked))


def looked_at(flink: FlinkStub) -> None:
    """Wait until it has been looked at some more times, in the triggerer if the task defers itself."""
    before = looks(flink)
    flink.wait_for(lambda: looks(flink) > before + 4)


def said_until(capsys: pytest.CaptureFixture[str], line: str) -> str:
    """Wait until something is in the log; the log until then."""
    said = ""

    def there() -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return line in said

    wait_until(there, what=line, timeout_seconds=20, poll_seconds=0.02)
    return said


@pytest.mark.parametrize("kind", TASKS)
def test_a_cluster_that_stays_down_is_one_error_that_says_what_is_not_known(airflow, flink, deferrable, kind, capsys):
    arguments = {} if kind == "a sensor" else {"retries": 1}
    task = InThread(lambda: run_task(airflow, make(kind, flink, deferrable=deferrable, **arguments)))
    looked_at(flink)
    [job] = flink.jobs
    state = list(flink.jobs[job]["plan"])
    flink.always("*", DROP)
    with pytest.raises(RemoteError) as error:
        task.result()
    said = str(error.value)
    what = TASKS[kind][1].format(job=job, trigger=next(iter(flink.operations), None))
    assert f"It is not known what has become of {what}: Flink at {flink.url} has not answered for" in said
    assert "See whether its JobManager runs" in said
    assert "a retry of the task goes on with it when Flink answers again" in said
    assert "connection flink_default" in said
    assert isinstance(error.value, JobUnknownError) is not deferrable, "the triggerer's events carry the text"
    assert flink.jobs[job]["plan"] == state, "nobody has stopped it"
    assert capsys.readouterr().out.count(OUT_OF_REACH) == 1


@pytest.mark.parametrize("kind", ["a program", "a savepoint", "a sensor"])
def test_a_cluster_that_comes_back_in_time_is_two_lines_in_the_log(airflow, flink, deferrable, kind, capsys):
    factory = make(kind, flink, deferrable=deferrable, cluster_patience_seconds=60)
    task = InThread(lambda: run_task(airflow, factory))
    looked_at(flink)
    flink.always("*", DROP)
    said = said_until(capsys, OUT_OF_REACH)
    looked_at(flink)
    flink.always("*", None)
    said += said_until(capsys, BACK)
    for job in flink.jobs.values():
        job["plan"] = ["FINISHED"]
    for answers in flink.operations.values():
        answers[:] = [{"status": {"id": "COMPLETED"}, "operation": {"location": "file:/s"}}]
    task.result()
    said += capsys.readouterr().out
    assert (said.count(OUT_OF_REACH), said.count(BACK)) == (1, 1)


def test_a_port_that_nobody_listens_on_and_a_proxy_without_flink_are_the_same(airflow, flink, deferrable, monkeypatch):
    with FlinkStub() as gone:
        gone.jars, gone.plan = flink.jars, flink.plan
        monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", gone.connection())
        task = InThread(lambda: run_task(airflow, make("a program", gone, deferrable=deferrable, retries=1)))
        looked_at(gone)
    with pytest.raises(RemoteError, match=rf"Flink at {gone.url} has not answered for \d+ s\. The last attempt: .+"):
        task.result()
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", flink.connection())
    task = InThread(lambda: run_task(airflow, make("a program", flink, deferrable=deferrable, retries=1)))
    looked_at(flink)
    flink.always("*", html_answer(502))
    with pytest.raises(
        RemoteError, match=r"has not answered for \d+ s\. The last attempt: The server in front of Flink"
    ):
        task.result()


# Tries


@pytest.mark.parametrize("kind", ["a program", "SQL", "a stop"])
def test_a_retry_goes_on_when_the_cluster_is_back(airflow, flink, deferrable, kind):
    factory = make(kind, flink, deferrable=deferrable, retries=1)
    task = InThread(lambda: run_task(airflow, factory))
    looked_at(flink)
    jobs, operations = list(flink.jobs), list(flink.operations)
    flink.always("*", DROP)
    with pytest.raises(RemoteError, match="It is not known what has become of"):
        task.result()
    flink.always("*", None)
    again = InThread(lambda: run_task(airflow, factory, try_number=2))
    looked_at(flink)
    for job in flink.jobs.values():
        job["plan"] = ["FINISHED"]
    for answers in flink.operations.values():
        answers[:] = [{"status": {"id": "COMPLETED"}, "operation": {"location": "file:/s"}}]
    assert again.result()["job_id"] == jobs[0]
    assert (list(flink.jobs), list(flink.operations)) == (jobs, operations), "nothing was started a second time"


@remembers
def test_a_retry_that_meets_the_cluster_still_down_waits_for_it(airflow, flink, deferrable, capsys, tmp_path):
    (tmp_path / "shop.jar").write_bytes(b"PK")
    arguments = {"jar_id": None, "jar": str(tmp_path / "shop.jar"), "deferrable": deferrable, "retries": 2}
    task = InThread(lambda: run_task(airflow, make("a program", flink, **arguments)))
    looked_at(flink)
    [job] = flink.jobs
    flink.always("*", DROP)
    with pytest.raises(RemoteError, match="has not answered for"):
        task.result()
    with pytest.raises(JobUnknownError, match=f"what has become of job {job}"):
        run_task(airflow, make("a program", flink, **arguments), try_number=2)
    capsys.readouterr()
    patient = make("a program", flink, **arguments, cluster_patience_seconds=60)
    last = InThread(lambda: run_task(airflow, patient, try_number=3))
    said = said_until(capsys, OUT_OF_REACH)
    flink.always("*", None)
    said += said_until(capsys, BACK)
    looked_at(flink)
    flink.jobs[job]["plan"] = ["FINISHED"]
    assert last.result()["job_id"] == job
    assert list(flink.jobs) == [job]
    said += capsys.readouterr().out
    assert (said.count(OUT_OF_REACH), said.count(BACK)) == (1, 1)


@remembers
def test_a_retry_starts_anew_on_a_cluster_that_has_come_back_without_the_job(airflow, flink):
    factory = make("a program", flink, retries=1)
    task = InThread(lambda: run_task(airflow, factory))
    looked_at(flink)
    [before] = flink.jobs
    flink.always("*", DROP)
    with pytest.raises(JobUnknownError):
        task.result()
    flink.jobs.clear()
    flink.always("*", None)
    flink.plan = ["RUNNING", "FINISHED"]
    assert run_task(airflow, factory, try_number=2)["status"] == "FINISHED"
    assert before not in flink.jobs


@remembers
def test_a_retry_has_no_more_time_than_the_task(airflow, flink):
    task = InThread(lambda: run_task(airflow, make("a program", flink, retries=1)))
    looked_at(flink)
    flink.always("*", DROP)
    with pytest.raises(JobUnknownError):
        task.result()
    hasty = make("a program", flink, retries=1, cluster_patience_seconds=3600, timeout_seconds=0.3)
    with pytest.raises(JobUnknownError):
        run_task(airflow, hasty, try_number=2)


def test_the_last_try_says_that_the_job_could_not_be_stopped(airflow, flink, deferrable, capsys):
    task = InThread(lambda: run_task(airflow, make("a program", flink, deferrable=deferrable)))
    looked_at(flink)
    [job] = flink.jobs
    flink.always("*", DROP)
    with pytest.raises(RemoteError, match="It is not known what has become of"):
        task.result()
    assert (
        f"Job {job} could not be stopped (the task gives up waiting for it); stop it by hand" in capsys.readouterr().out
    )


# Sensors that leave their worker between looks


def rescheduled(**arguments: Any) -> Callable[[], Any]:
    """Makes a sensor that does."""
    return partial(sensor_task, **{"mode": "reschedule", "cluster_patience_seconds": 0.5, **arguments})


@remembers
def test_a_sensor_that_leaves_its_worker_has_no_more_patience_than_another(airflow, flink, capsys):
    flink.add_job(JOB)
    running = InThread(lambda: run_rescheduled(airflow, rescheduled(retries=1)))
    looked_at(flink)
    assert airflow.stored == {}, "as long as all is well, nothing is kept"
    flink.always("*", DROP)
    with pytest.raises(JobUnknownError, match=f"what has become of job {JOB}: Flink at {flink.url} has not answered"):
        running.result()
    before = len(flink.asked)
    with pytest.raises(JobUnknownError):
        run_rescheduled(airflow, rescheduled(retries=1), try_number=2)
    assert len(flink.asked) > before + 4, "another try has patience of its own"
    assert capsys.readouterr().out.count(OUT_OF_REACH) == 2


@remembers
def test_a_sensor_that_leaves_its_worker_counts_each_outage_anew(airflow, flink, capsys):
    flink.add_job(JOB)
    running = InThread(lambda: run_rescheduled(airflow, rescheduled(cluster_patience_seconds=60)))
    said = ""
    for _ in range(2):
        looked_at(flink)
        flink.always("*", DROP)
        said += said_until(capsys, OUT_OF_REACH)
        looked_at(flink)
        flink.always("*", None)
        said += said_until(capsys, BACK)
    flink.jobs[JOB]["plan"] = ["FINISHED"]
    running.result()
    said += capsys.readouterr().out
    assert (said.count(OUT_OF_REACH), said.count(BACK)) == (2, 2)
    assert airflow.stored["taskcenter_pokes"]["since"] is None


@remembers
@pytest.mark.parametrize("kept", [None, "x", {"since": 1.0}, {"job": JOB, "attempt": 1, "since": "?", "learnt": 3}])
def test_what_somebody_else_has_put_into_the_store_is_nothing(airflow, flink, kept):
    flink.add_job(JOB, "RUNNING", "FINISHED")
    airflow.stored["taskcenter_pokes"] = kept
    assert run_rescheduled(airflow, rescheduled()) == 2


@pytest.mark.skipif(has_store, reason="Airflow 3.3 keeps what a look has told")
def test_on_airflow_3_2_a_sensor_that_leaves_its_worker_waits_as_long_as_it_may(airflow, flink):
    flink.add_job(JOB)
    flink.always("*", DROP)
    with pytest.raises(TimeoutError):
        run_rescheduled(airflow, rescheduled(cluster_patience_seconds=0.01), seconds=1)


# Queries, which the SQL Gateway runs


def querying(airflow, flink: FlinkStub, pages: list[Any], **arguments: Any) -> tuple[InThread, str]:
    """A task whose query runs on the cluster, and the query's job."""
    flink.results["FROM t"] = pages
    before = len(flink.asked_for("GET /overview"))
    task = sql_task(sql="SELECT * FROM t", **{"cluster_patience_seconds": 0.2, **arguments})
    running = InThread(lambda: run_task(airflow, lambda: task))
    flink.wait_for(lambda: len(flink.asked_for("GET /overview")) > before)
    job = flink.statements[-1]["executionConfig"]["$internal.pipeline.job-id"]
    return running, flink.add_job(job, "RUNNING")


def cluster_answers(flink: FlinkStub, answer: Any) -> None:
    """Have the cluster answer so, while the gateway goes on as before."""
    for endpoint in ("GET /overview", "GET /jobs/overview", *(f"GET /jobs/{job}" for job in flink.jobs)):
        flink.always(endpoint, answer)


NO_ROWS_YET = [page([], ["x"])] * 100_000


@pytest.mark.parametrize("begun", [True, False], ids=["its rows", "its job's beginning"])
def test_a_query_waits_for_a_cluster_no_longer_than_the_task_has_patience(airflow, flink, capsys, begun):
    if not begun:
        flink.always("GET /v2/sessions/session-1/operations/1/status", json_answer({"status": "RUNNING"}))
    task, job = querying(airflow, flink, NO_ROWS_YET)
    cluster_answers(flink, html_answer(503))
    with pytest.raises(JobUnknownError) as error:
        task.result()
    said = str(error.value)
    assert f"The query is not waited for any longer: Flink at {flink.url} has not answered for" in said
    assert "The last attempt: The server in front of Flink" in said
    assert "See whether its JobManager runs" in said
    assert "A retry of the task runs the query anew" in said
    assert f"Whether its job {job} runs is not known; stop it by hand if it does" in said
    assert "connection flink_default" in said
    assert flink.sessions == []
    assert capsys.readouterr().out.count(OUT_OF_REACH) == 1


def test_a_query_goes_on_when_the_cluster_is_back_in_time(airflow, flink, capsys):
    task, _ = querying(airflow, flink, NO_ROWS_YET, cluster_patience_seconds=60)
    cluster_answers(flink, DROP)
    said = said_until(capsys, OUT_OF_REACH)
    cluster_answers(flink, None)
    said += said_until(capsys, BACK)
    flink.results["FROM t"] = [page([], ["x"])]
    assert task.result()["row_count"] == 0
    said += capsys.readouterr().out
    assert (said.count(OUT_OF_REACH), said.count(BACK)) == (1, 1)


def test_a_gateway_that_gives_up_first_is_told_with_what_was_seen_of_the_cluster(airflow, flink, capsys):
    task, job = querying(airflow, flink, NO_ROWS_YET, cluster_patience_seconds=60)
    cluster_answers(flink, DROP)
    said_until(capsys, OUT_OF_REACH)
    flink.results["FROM t"] = [{"errors": ["java.net.ConnectException: Connection refused: /10.0.0.1:8081"]}]
    with pytest.raises(RemoteError, match="Connection refused") as error:
        task.result()
    assert f"Flink at {flink.url} has not answered for" in str(error.value)
    assert f"Whether its job {job} runs is not known" in str(error.value)


def test_a_cluster_that_answers_something_else_leaves_the_query_to_the_gateway(airflow, flink, capsys):
    task, _ = querying(airflow, flink, NO_ROWS_YET)
    flink.always("GET /overview", Answer(403, b"no"))
    looks = len(flink.asked_for("GET /overview"))
    flink.wait_for(lambda: len(flink.asked_for("GET /overview")) > looks + 8)
    flink.results["FROM t"] = [page([[1]], ["x"])]
    assert task.result()["truncated"] is False
    assert OUT_OF_REACH not in capsys.readouterr().out


def test_a_retry_ends_the_query_that_the_try_before_could_not_end(airflow, flink, capsys):
    task, job = querying(airflow, flink, NO_ROWS_YET, retries=2)
    cluster_answers(flink, DROP)
    with pytest.raises(JobUnknownError):
        task.result()
    flink.results["FROM t"] = [page([[1]], ["x"])]
    capsys.readouterr()
    again = partial(sql_task, sql="SELECT * FROM t", retries=2)
    assert run_task(airflow, again, try_number=2)["rows"] == [[1]]
    assert "Whether a query of an earlier try still runs could not be found out" in capsys.readouterr().out
    cluster_answers(flink, None)
    assert run_task(airflow, again, try_number=3)["rows"] == [[1]]
    assert flink.jobs[job]["plan"] == ["CANCELED"]
    assert "The query of an earlier try still ran; it is CANCELED" in capsys.readouterr().out


def test_a_gateway_that_goes_away_before_the_querys_job_is_seen_says_that_it_may_appear(airflow, flink):
    task, job = querying(airflow, flink, NO_ROWS_YET)
    del flink.jobs[job]
    session = flink.sessions[-1]
    flink.always(f"DELETE /v2/sessions/{session}", DROP)
    flink.results["FROM t"] = [{"errors": ["x.SqlGatewayException: out of memory"]}]
    with pytest.raises(RemoteError, match=f"should its job {job} appear, stop it by hand"):
        task.result()
    assert len(flink.asked_for(f"DELETE /v2/sessions/{session}")) == 1


# Who waits for how long


def test_the_connection_says_for_how_long_where_the_task_does_not(airflow, flink, deferrable, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", flink.connection(**{CLUSTER_PATIENCE: 0.2}))
    for kind in ("a program", "a sensor"):
        flink.jobs.clear()
        factory = make(kind, flink, deferrable=deferrable, cluster_patience_seconds=None, retries=1)
        task = InThread(lambda factory=factory: run_task(airflow, factory))
        looked_at(flink)
        flink.always("*", DROP)
        with pytest.raises(RemoteError, match="It is not known what has become of"):
            task.result()
        flink.always("*", None)


def test_ten_minutes_are_what_nobody_says_anything_of(hook):
    assert hook.system.outage_seconds(JobRef(JOB)) == 600


async def test_one_tasks_patience_does_not_end_the_waiting_of_another(flink):
    flink.add_job(JOB)

    def trigger(patience: float) -> FlinkTrigger:
        job = {"id": JOB, "handle": {CLUSTER_PATIENCE: str(patience)}}
        return FlinkTrigger(conn_id="flink_default", job=job, deadline=9e9, poll_interval_seconds=0.05)

    patient = asyncio.create_task(events_of(trigger(60)))
    flink.always("*", DROP)
    [event] = await events_of(trigger(0.2))
    assert event["outcome"] == "error"
    assert not patient.done()
    flink.jobs[JOB]["plan"] = ["FINISHED"]
    flink.always("*", None)
    [event] = await patient
    assert event["outcome"] == "ended"


@pytest.mark.parametrize("value", [0, -1, "soon", float("inf"), float("nan")])
def test_a_patience_that_is_none_is_refused(airflow, flink, monkeypatch, value):
    for task in (jar_task, sql_task, savepoint_task, stop_task, sensor_task):
        with pytest.raises(ConfigurationError, match=r"cluster_patience_seconds is .* more than 0"):
            run_task(airflow, partial(task, cluster_patience_seconds=value))
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", flink.connection(**{CLUSTER_PATIENCE: str(value)}))
    with (
        FlinkHook() as wrong,
        pytest.raises(ConfigurationError, match="flink_default: cluster_patience_seconds in extra"),
    ):
        wrong.check()
    assert flink.asked == []
