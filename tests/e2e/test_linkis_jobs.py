"""Linkis jobs under a whole Airflow: each runs exactly once, whatever is killed while it runs."""

from __future__ import annotations

import json
import os
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest

from taskcenter.linkis.request import TAG_KEY
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings, wait_until
from taskcenter_sandbox.linkis.server import LinkisServer

pytestmark = pytest.mark.e2e
DAGS = Path(__file__).parent / "linkis_dags"
DAG_IDS = ["linkis_deferred", "linkis_blocking", "linkis_deferred_retry", "linkis_blocking_once"]


class Jobs:
    """What the local Linkis has been sent, by Airflow run."""

    def __init__(self, hook) -> None:
        self.hook = hook

    def of_run(self, run_id: str) -> list[dict]:
        tasks = self.hook.jobhistory_list(pageSize=500)["tasks"]
        return [task for task in tasks if f"/{run_id}/" in json.loads(task["sourceJson"] or "{}").get(TAG_KEY, "")]

    def wait_until(self, run_id: str, *states: str) -> dict:
        def in_state():
            return next((job for job in self.of_run(run_id) if job["status"] in states), None)

        return wait_until(in_state, what=f"a job of {run_id} to be {states}", timeout_seconds=60)


@pytest.fixture(scope="module")
def linkis(tmp_path_factory):
    with LinkisServer(data_dir=tmp_path_factory.mktemp("linkis"), port=0) as server:
        yield server


@pytest.fixture(scope="module")
def connection(linkis) -> str:
    fields = {
        "conn_type": "linkis",
        "schema": "http",
        "host": "127.0.0.1",
        "port": linkis.port,
        "login": "hadoop",
        "password": "hadoop",
    }
    return json.dumps(fields)


@pytest.fixture(scope="module")
def jobs(connection):
    from taskcenter.linkis.hook import LinkisHook

    with environment("AIRFLOW_CONN_LINKIS_DEFAULT", connection), LinkisHook() as hook:
        yield Jobs(hook)


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, connection):
    settings = DeploymentSettings(
        home=tmp_path_factory.mktemp("airflow"),
        dags_folder=DAGS,
        parallelism=4,
        environment={"AIRFLOW_CONN_LINKIS_DEFAULT": connection},
    )
    with AirflowDeployment(settings) as deployment:
        deployment.client.wait_for_dags(DAG_IDS)
        for dag_id in DAG_IDS:
            deployment.client.set_paused(dag_id, paused=False)
        yield deployment


@contextmanager
def environment(name: str, value: str):
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


def log_lines(airflow, dag_id: str, run_id: str, **options) -> list[str]:
    """The try's log, an error with its details in one piece."""
    return [
        json.dumps(entry, ensure_ascii=False) for entry in airflow.client.task_log(dag_id, run_id, "job", **options)
    ]


@pytest.mark.parametrize("dag_id", ["linkis_deferred", "linkis_blocking"])
def test_a_job_runs_and_its_log_and_result_come_back(airflow, jobs, dag_id):
    run_id = airflow.client.trigger(dag_id, conf={"seconds": 3})
    assert airflow.client.wait_for_run(dag_id, run_id) == "success"
    result = airflow.client.xcom(dag_id, run_id, "job")
    assert result["status"] == "Succeed"
    assert result["result_sets"][0]["rows"][-1] != []
    [job] = jobs.of_run(run_id)
    assert job["taskID"] == result["task_id"]

    def ticks() -> list[int]:
        # Airflow logs the trigger's event as well, which holds the last line shown: only whole lines count.
        lines = [entry["event"] for entry in airflow.client.task_log(dag_id, run_id, "job")]
        return [lines.count(f"tick {tick}") for tick in range(3)]

    # The triggerer's part of the log may reach its file after the run has ended.
    wait_until(lambda: ticks() == [1, 1, 1], what="each line once", timeout_seconds=30, last_seen=lambda: str(ticks()))
    assert str(job["taskID"]) in airflow.client.xcom(dag_id, run_id, "job", key="linkis_job_url")


@pytest.mark.parametrize("dag_id", ["linkis_deferred", "linkis_blocking_once"])
def test_marking_the_task_failed_kills_the_job(airflow, jobs, dag_id):
    run_id = airflow.client.trigger(dag_id, conf={"seconds": 120})
    jobs.wait_until(run_id, "Running")
    if dag_id == "linkis_deferred":
        # Airflow calls on_kill only on a trigger that has started, and this one says so.
        wait_until(
            lambda: any("is Running" in line for line in log_lines(airflow, dag_id, run_id)),
            what="the trigger to report the job",
            timeout_seconds=60,
        )
    airflow.client.set_task_state(dag_id, run_id, "job", "failed")
    assert jobs.wait_until(run_id, "Cancelled")
    assert len(jobs.of_run(run_id)) == 1


def test_a_cleared_task_runs_its_job_anew(airflow, jobs):
    run_id = airflow.client.trigger("linkis_blocking", conf={"seconds": 1})
    assert airflow.client.wait_for_run("linkis_blocking", run_id) == "success"
    airflow.client.clear("linkis_blocking", run_id, ["job"])
    wait_until(lambda: len(jobs.of_run(run_id)) == 2, what="a second job", timeout_seconds=60)
    assert airflow.client.wait_for_run("linkis_blocking", run_id) == "success"


@pytest.mark.parametrize("dag_id", ["linkis_blocking"])
def test_a_job_outlives_its_worker_and_the_next_try_adopts_it(airflow, jobs, dag_id):
    run_id = airflow.client.trigger(dag_id, conf={"seconds": 40})
    job = jobs.wait_until(run_id, "Running")
    victims = [*airflow.worker_pids(busy=True), *airflow.task_pids()]
    assert victims
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    assert airflow.client.wait_for_run(dag_id, run_id, timeout_seconds=180) == "success"
    assert [task["taskID"] for task in jobs.of_run(run_id)] == [job["taskID"]]
    assert airflow.client.task_instance(dag_id, run_id, "job")["try_number"] == 2
    assert any("Adopted job" in line for line in log_lines(airflow, dag_id, run_id, try_number=2))


def test_a_deferred_job_outlives_the_triggerer(airflow, jobs):
    run_id = airflow.client.trigger("linkis_deferred", conf={"seconds": 15})
    jobs.wait_until(run_id, "Running")
    airflow.client.wait_for_task("linkis_deferred", run_id, "job", states=["deferred"])
    airflow.restart("triggerer")
    assert airflow.client.wait_for_run("linkis_deferred", run_id, timeout_seconds=180) == "success"
    assert len(jobs.of_run(run_id)) == 1


@pytest.mark.parametrize("whole", [True, False], ids=["with its workers", "its workers live on"])
def test_jobs_outlive_the_scheduler(airflow, jobs, whole):
    runs = {
        dag_id: airflow.client.trigger(dag_id, conf={"seconds": 45})
        for dag_id in ("linkis_blocking", "linkis_deferred_retry")
    }
    ids = {dag_id: jobs.wait_until(run_id, "Running")["taskID"] for dag_id, run_id in runs.items()}
    airflow.kill("scheduler", whole=whole)
    airflow.start_component("scheduler")
    airflow.wait_healthy()
    for dag_id, run_id in runs.items():
        assert airflow.client.wait_for_run(dag_id, run_id, timeout_seconds=180) == "success", log_lines(
            airflow, dag_id, run_id
        )
        assert [task["taskID"] for task in jobs.of_run(run_id)] == [ids[dag_id]]


def test_a_job_that_linkis_loses_in_a_restart_fails_its_task_and_is_not_run_twice(airflow, jobs, linkis):
    run_id = airflow.client.trigger("linkis_deferred", conf={"seconds": 20})
    job = jobs.wait_until(run_id, "Running")
    linkis.kill()
    linkis.start()
    # A restart of the entrance cancels what ran on it (facts section 3): the task says so, and runs no second job.
    assert airflow.client.wait_for_run("linkis_deferred", run_id, timeout_seconds=120) == "failed"
    assert [task["taskID"] for task in jobs.of_run(run_id)] == [job["taskID"]]
    assert any("was cancelled" in line and "restart" in line for line in log_lines(airflow, "linkis_deferred", run_id))
