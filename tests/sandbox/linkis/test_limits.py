"""Jobs end when they have waited or run for too long, or when nobody cares for them any more."""

from __future__ import annotations

import time

import pytest

from taskcenter_sandbox.linkis.job import LiveJob
from taskcenter_sandbox.linkis.logs import JobLog
from taskcenter_sandbox.linkis.monitor import overdue
from taskcenter_sandbox.linkis.server import LinkisServer
from taskcenter_sandbox.linkis.settings import JobLimits
from taskcenter_sandbox.linkis.submission import parse_submit

LABELS = {"engineType": "shell-1", "userCreator": "hadoop-limits"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    options = ["--running", "1", "--job-seconds", "4", "--job-cpu-seconds", "1"]
    with LinkisServer(data_dir=tmp_path_factory.mktemp("linkis"), port=0, options=options) as server:
        yield server


def submit(api, code, run_type="shell", **labels):
    body = {"executionContent": {"code": code, "runType": run_type}, "labels": {**LABELS, **labels}}
    return api.post("/entrance/submit", body).json()["data"]


def test_a_running_time_by_label_cancels_the_job(api):
    row = api.wait(submit(api, "sleep 60", jobRunningTimeout="1")["taskID"])
    assert (row["status"], row["errCode"]) == ("Cancelled", None)
    assert row["errDesc"].startswith("Job run 1 seconds over max run time : 1 seconds.")
    assert "jobRunningTimeout:1" in row["labels"]


def test_a_queuing_time_by_label_cancels_a_job_that_never_ran(api):
    running = submit(api, "sleep 60", userCreator="hadoop-queuing")
    waiting = submit(api, "sleep 60", userCreator="hadoop-queuing", jobQueuingTimeout="1")
    row = api.wait(waiting["taskID"])
    assert row["status"] == "Cancelled"
    assert row["errDesc"].startswith("Job queued 1 seconds over max queue time : 1 seconds.")
    assert row["resultLocation"] is None
    api.get(f"/entrance/{running['execID']}/kill")


def test_the_server_has_a_limit_of_its_own(api):
    row = api.wait(submit(api, "sleep 60", userCreator="hadoop-own")["taskID"])
    assert row["status"] == "Cancelled"
    assert "lets a job run" in row["errDesc"]


def test_processor_time_is_limited_too(api):
    row = api.wait(submit(api, "while True: pass", "python", engineType="python-python3")["taskID"])
    assert row["status"] == "Failed"
    assert "processor time" in row["errDesc"]


@pytest.fixture
def job_of(tmp_path):
    """A job that has run for a while, by its creator."""

    def make(creator: str, seconds_ago: float) -> LiveJob:
        body = {
            "executionContent": {"code": "sleep 60", "runType": "shell"},
            "labels": {"engineType": "shell-1", "userCreator": f"hadoop-{creator}"},
        }
        job = LiveJob(1, parse_submit(body, "hadoop"), "sleep 60", JobLog(tmp_path / "log", 1000), tmp_path, {})
        job.started = job.created = job.seen = time.monotonic() - seconds_ago
        job.state = "Running"
        return job

    return make


@pytest.mark.parametrize("creator", ["LINKISCLI", "BdpClient"])
def test_jobs_of_command_line_clients_die_when_nobody_asks_for_30_seconds(job_of, creator):
    job = job_of(creator, 31)
    assert "heartbeat" in overdue(job, JobLimits(), time.monotonic())
    job.touch()
    assert overdue(job, JobLimits(), time.monotonic()) == ""


def test_jobs_of_others_are_not_waited_for(job_of):
    assert overdue(job_of("airflow", 3600), JobLimits(), time.monotonic()) == ""
