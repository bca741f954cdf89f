"""FlinkJobSensor: waits for a job of somebody else, and never stops it."""

from __future__ import annotations

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout
from tests.flink.tasks import JOB, sensor_task

from support.job_task import run_task
from support.scripted_server import DROP
from taskcenter.core.errors import ConfigurationError


@pytest.fixture(params=[False, True], ids=["blocking", "deferrable"])
def deferrable(request):
    return request.param


def test_a_job_that_finishes(airflow, flink, deferrable):
    flink.add_job(JOB, "CREATED", "RUNNING", "RUNNING", "RUNNING", "FINISHED")
    run_task(airflow, lambda: sensor_task(deferrable=deferrable))
    assert flink.jobs[JOB]["plan"] == ["FINISHED"]


def test_a_job_that_runs_well_for_a_while(airflow, flink, deferrable):
    flink.add_job(JOB, "CREATED", "CREATED", "RUNNING")
    run_task(airflow, lambda: sensor_task(deferrable=deferrable, wait_until="running", stable_seconds=30))
    assert flink.jobs[JOB]["plan"] == ["RUNNING"]


@pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
def test_a_job_that_does_not_succeed_fails_the_task_without_retries(airflow, flink, deferrable, state):
    flink.add_job(JOB, "RUNNING", "RUNNING", state)
    with pytest.raises(AirflowFailException, match="reached FAILED" if state == "FAILED" else "was cancelled"):
        run_task(airflow, lambda: sensor_task(deferrable=deferrable))


def test_a_job_that_goes_on_for_too_long_is_left_alone(airflow, flink, deferrable):
    flink.add_job(JOB, "RUNNING")
    with pytest.raises(AirflowSensorTimeout):
        run_task(airflow, lambda: sensor_task(deferrable=deferrable, timeout=0.3))
    assert flink.asked_for(f"PATCH /jobs/{JOB}") == []


def test_a_cluster_that_is_away_for_a_moment_is_waited_for(airflow, flink):
    flink.script(f"GET /jobs/{JOB}", *[DROP] * 5)
    flink.add_job(JOB, "FINISHED")
    run_task(airflow, sensor_task)


@pytest.mark.parametrize("arguments", [{"job_id": "x"}, {"wait_until": "soon"}, {"stable_seconds": -2}])
def test_a_mistake_is_said_before_anything_is_sent(airflow, flink, arguments):
    with pytest.raises(ConfigurationError):
        run_task(airflow, lambda: sensor_task(**arguments))
    assert flink.asked == []
