"""The local Airflow that the demo and the end-to-end tests stand on: it runs DAGs, and its parts can be killed."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psutil
import pytest

from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentError, DeploymentSettings, wait_until

pytestmark = pytest.mark.e2e
DAGS = Path(__file__).parent / "dags"
PROBES = ["probe_deferred", "probe_long", "probe_plain"]


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    settings = DeploymentSettings(home=tmp_path_factory.mktemp("airflow"), dags_folder=DAGS, parallelism=2)
    with AirflowDeployment(settings) as deployment:
        deployment.client.wait_for_dags(PROBES)
        for dag_id in PROBES:
            deployment.client.set_paused(dag_id, paused=False)
        yield deployment
        left = deployment.pids()
    assert left, "a running deployment has processes"
    assert not [pid for pid in left if psutil.pid_exists(pid)]


def test_runs_a_dag_and_shows_its_states_logs_and_results(airflow):
    client = airflow.client
    run_id = client.trigger("probe_plain")
    assert client.wait_for_run("probe_plain", run_id) == "success"
    assert client.task_states("probe_plain", run_id) == {"shell": "success", "add": "success"}
    assert client.xcom("probe_plain", run_id, "add") == 3
    assert "adding 1 and 2" in [entry["event"] for entry in client.task_log("probe_plain", run_id, "add")]


def test_a_killed_scheduler_takes_its_tasks_along_and_the_next_one_runs_them_again(airflow, tmp_path):
    run_id, hanging = start_hanging_task(airflow, tmp_path)
    airflow.kill("scheduler")
    assert not [pid for pid in hanging if psutil.pid_exists(pid)]
    assert not airflow.worker_pids()
    airflow.start_component("scheduler")
    airflow.wait_healthy()
    assert_second_try_succeeds(airflow, run_id)


def test_a_killed_worker_does_not_stop_the_scheduler_from_running_the_task_again(airflow, tmp_path):
    run_id, hanging = start_hanging_task(airflow, tmp_path)
    for pid in hanging:
        os.kill(pid, signal.SIGKILL)
    assert_second_try_succeeds(airflow, run_id)


def test_a_deferred_task_outlives_a_killed_triggerer(airflow):
    until = (datetime.now(timezone.utc) + timedelta(seconds=8)).isoformat()
    run_id = airflow.client.trigger("probe_deferred", conf={"until": until})
    airflow.client.wait_for_task("probe_deferred", run_id, "wait", states=["deferred"])
    airflow.restart("triggerer")
    assert airflow.client.wait_for_run("probe_deferred", run_id) == "success"


def test_a_component_that_has_ended_is_reported_with_its_log(airflow):
    os.kill(dag_processor_pid(airflow), signal.SIGKILL)
    wait_until(lambda: airflow.log_tail("dag-processor", 1).endswith("SIGKILL"), what="the end", timeout_seconds=20)
    with pytest.raises(DeploymentError, match=r"(?s)dag-processor has ended.*signal SIGKILL"):
        airflow.wait_healthy()
    airflow.restart("dag-processor")


def dag_processor_pid(airflow) -> int:
    return next(pid for pid in airflow.pids() if command_of(pid)[-1:] == ["dag-processor"])


def command_of(pid: int) -> list[str]:
    try:
        return psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return []


def start_hanging_task(airflow, tmp_path) -> tuple[str, list[int]]:
    """Start probe_long; return its run and the processes of its first try: worker, task, and what the task runs."""
    run_id = airflow.client.trigger("probe_long", conf={"marker": str(tmp_path / "started")})
    asleep = wait_until(
        lambda: [pid for pid in airflow.pids() if command_of(pid) == ["sleep", "600"]],
        what="the task's own program to run",
        timeout_seconds=60,
        last_seen=lambda: airflow.log_tail("scheduler"),
    )
    return run_id, [*airflow.worker_pids(busy=True), *airflow.task_pids(), *asleep]


def assert_second_try_succeeds(airflow, run_id: str) -> None:
    assert airflow.client.wait_for_run("probe_long", run_id) == "success"
    assert airflow.client.xcom("probe_long", run_id, "first_try_hangs") == "second try"
