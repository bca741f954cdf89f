"""The same page for jobs on Exchangis, Hlink and Flink."""

from __future__ import annotations

import json
from functools import partial

import pytest

from support.exchangis_stub import ExchangisStub, StubTask
from support.flink_stub import FlinkStub
from support.hlink_connection import connection as hlink_connection
from support.hlink_flink_stub import FlinkStub as FlinkBehindHlink
from taskcenter.core import gateway
from taskcenter.core.flow import RetryPolicy
from taskcenter.exchangis import system as exchangis_system
from taskcenter.hlink.hook import HlinkHook
from taskcenter_sandbox.hlink.server import HlinkServer
from taskcenter_sandbox.waiting import wait_until

JOB_ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch) -> None:
    monkeypatch.setattr(gateway, "RetryPolicy", partial(RetryPolicy, attempts=2, first_delay_seconds=0.02))
    monkeypatch.setattr(exchangis_system, "CONFIRM_SECONDS", (0.05,) * 6)


@pytest.fixture
def exchangis(monkeypatch):
    with ExchangisStub() as stub:
        monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", stub.connection())
        yield stub


@pytest.fixture
def flink(monkeypatch):
    with FlinkStub() as stub:
        monkeypatch.setenv("AIRFLOW_CONN_FLINK_REST_DEFAULT", stub.connection())
        yield stub


def lines(task, place=None) -> tuple[list[str], str, bool]:
    answer = task.ok("/jobs/log", **{"from": place})
    return answer["lines"], answer["next"], answer["done"]


def test_an_execution_of_exchangis_with_the_merged_log_of_its_tasks_and_their_figures(task, exchangis):
    metrics = {"indicator": {"exchangedRecords": 500, "errorRecords": 1}, "traffic": {"flow": 12.5}}
    part = StubTask("t1", "orders", log=["read 1", "read 2"], metrics=metrics)
    execution = exchangis.add(log=["begun"], tasks=[part], progress=0.25)
    task.record("exchangis", execution.id, job_id="7", job_name="orders_daily")
    job = task.ok("/jobs/state")["job"]
    assert (job["system"], job["id"], job["state"], job["progress"]) == ("Exchangis", execution.id, "running", 0.25)
    first, place, done = lines(task)
    assert (set(first), done) == ({"begun", "[orders] read 1", "[orders] read 2"}, False)
    part.log.append("read 3")
    second, place, done = lines(task, place)
    assert (second, done) == (["[orders] read 3"], False)
    execution.status, part.status, execution.all_ended = "Success", "Success", True
    part.log.append("written")
    assert lines(task, place)[0] == ["[orders] written"]
    assert lines(task, lines(task, place)[1]) == ([], lines(task, place)[1], True)
    assert task.ok("/jobs/results") == [{"number": 0, "name": "1"}]
    page = task.ok("/jobs/results/0")
    row = dict(zip([column["name"] for column in page["columns"]], page["rows"][0], strict=True))
    assert (row["name"], row["records"], row["error_records"], row["cpu_cores"]) == ("orders", "500", "1", None)
    assert task.raw("/jobs/results/0/download").text.splitlines()[0].startswith("task_id,name,status")


def test_an_execution_of_exchangis_is_stopped(task, exchangis):
    execution = exchangis.add(tasks=[StubTask("t1")])
    task.record("exchangis", execution.id)
    status, data, message = task.cancel()
    assert status == 200, message
    assert (data["job"]["state"], exchangis.running()) == ("cancelled", [])


def test_a_job_of_flink_with_its_figures_and_what_the_task_has_returned(task, flink):
    flink.add_job(JOB_ID, "RUNNING", "RUNNING", "RUNNING", "FINISHED")
    task.record("flink_rest", JOB_ID)
    assert task.ok("/jobs/state")["job"]["remoteState"] == "RUNNING"
    first, place, done = lines(task)
    assert (len(first), "records in 10, out 30" in first[0], done) == (1, True, False)
    wait_until(lambda: lines(task, place)[2], what="the end", timeout_seconds=10)
    assert task.ok("/jobs/results") == []
    task.push("return_value", {"columns": [], "job_id": JOB_ID, "records_in": 10, "name": None})
    page = task.ok("/jobs/results/0")
    assert [column["name"] for column in page["columns"]] == ["columns", "job_id", "records_in", "name"]
    assert page["rows"] == [["[]", JOB_ID, "10", None]]


def test_a_streaming_job_whose_task_is_done_while_it_runs_is_shown_as_running_and_can_be_stopped(task, flink):
    flink.add_job(JOB_ID, "RUNNING")
    task.record("flink_rest", JOB_ID, running_for="5")
    task.change(state="success")
    assert task.ok("/jobs/state")["job"]["state"] == "running"
    status, data, message = task.cancel()
    assert status == 200, message
    assert (data["job"]["state"], data["taskStopped"]) == ("cancelled", False)


def test_a_job_of_flink_that_failed_says_why(task, flink):
    flink.exceptions = [
        {"timestamp": 1_700_000_000_000, "stacktrace": "java.lang.Error: no room\n\tat x", "exceptionName": "E"}
    ]
    flink.add_job(JOB_ID, "FAILED")
    task.record("flink_rest", JOB_ID)
    job = task.ok("/jobs/state")["job"]
    assert (job["state"], "no room" in job["reason"]) == ("failed", True)
    assert any("no room" in line for line in lines(task)[0])


def test_a_job_of_hlink_confirmed_with_its_cluster(task, tmp_path, monkeypatch):
    with (
        HlinkServer(data_dir=tmp_path / "hlink", options=["--sync-seconds", "0"]) as server,
        FlinkBehindHlink() as flink,
    ):
        monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", hlink_connection(server.port, server))
        jar = tmp_path / "program.jar"
        jar.write_bytes(b"PK\x03\x04 a jar")
        with HlinkHook() as hook:
            hook.add_cluster("cluster", flink.url)
            [cluster] = hook.cluster_choices()
            hook.upload_jar(jar, cluster["id"])
            [uploaded] = hook.list_jars(cluster["id"])
            body = {"jobName": "orders", "jobType": 1, "clusterId": cluster["id"], "useJar": uploaded["resUname"]}
            job_id = str(hook.add_job(body)["id"])
            hook.run_job(job_id)
            wait_until(lambda: flink.jobs, what="the job on its cluster", timeout_seconds=20)
        task.record("hlink", job_id, stable_seconds="1", name="orders")
        wait_until(lambda: task.ok("/jobs/state")["job"]["state"] == "running", what="it to run", timeout_seconds=20)
        assert task.ok("/jobs/state")["job"]["system"] == "Hlink"
        first, place, done = lines(task)
        assert (bool(first), done) == (True, False), json.dumps(first)
        [flink_job] = flink.jobs
        flink.jobs[flink_job] = "FINISHED"
        assert task.when_ended()["job"]["state"] == "succeeded"
        assert lines(task, place)[2] is True
