"""SQL under a whole Airflow, on a real SQL Gateway beside a real Flink."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from support.flink_cluster import flink_cluster, skip_without_gateway, sql_gateway
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings, wait_until

pytestmark = pytest.mark.e2e
DAGS = Path(__file__).parent / "flink_sql_dags"
DAG_IDS = ["flink_sql", "flink_sql_long"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    skip_without_gateway()
    with flink_cluster(tmp_path_factory.mktemp("flink"), slots=2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, cluster):
    with sql_gateway(tmp_path_factory.mktemp("gateway"), cluster) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, cluster, gateway):
    flink = {"conn_type": "flink_rest", "host": cluster.url, "extra": {"sql_gateway": gateway.url}}
    settings = DeploymentSettings(
        home=tmp_path_factory.mktemp("airflow"),
        dags_folder=DAGS,
        environment={"AIRFLOW_CONN_FLINK_DEFAULT": json.dumps(flink)},
    )
    with AirflowDeployment(settings) as deployment:
        deployment.client.wait_for_dags(DAG_IDS)
        for dag_id in DAG_IDS:
            deployment.client.set_paused(dag_id, paused=False)
        yield deployment


def states(cluster) -> dict[str, str]:
    """Of all jobs, by their ids."""
    jobs = requests.get(f"{cluster.url}/jobs/overview", timeout=20).json()["jobs"]
    return {job["jid"]: job["state"] for job in jobs}


def test_what_one_task_writes_another_reads(airflow, cluster, tmp_path):
    run_id = airflow.client.trigger("flink_sql", conf={"directory": str(tmp_path / "out")})
    assert airflow.client.wait_for_run("flink_sql", run_id, timeout_seconds=240) == "success"
    written, read = (airflow.client.xcom("flink_sql", run_id, task_id) for task_id in ("write", "read"))
    assert (written["status"], written["name"]) == ("FINISHED", "doubled")
    assert [column["type"] for column in read["columns"]] == ["BIGINT"] * 4
    assert read["rows"] == [[200, 400, 20_100, None]]
    assert (read["row_count"], read["truncated"]) == (1, False)
    assert states(cluster) == {written["job_id"]: "FINISHED", read["job_id"]: "FINISHED"}
    assert written["job_id"] in airflow.client.xcom("flink_sql", run_id, "write", key="flink_job_url")
    lines = [entry["event"] for entry in airflow.client.task_log("flink_sql", run_id, "write")]
    assert any("records in" in line for line in lines)


def test_a_task_that_is_marked_failed_cancels_the_job_of_its_insert(airflow, cluster):
    run_id = airflow.client.trigger("flink_sql_long")

    def running() -> list[str]:
        return [job_id for job_id, state in states(cluster).items() if state == "RUNNING"]

    wait_until(running, what="the job to run", timeout_seconds=90)
    [job_id] = running()
    # Airflow calls on_kill only on a trigger that has started, and this one says so.
    wait_until(
        lambda: any("is RUNNING" in line["event"] for line in airflow.client.task_log("flink_sql_long", run_id, "job")),
        what="the trigger to report the job",
        timeout_seconds=60,
    )
    airflow.client.set_task_state("flink_sql_long", run_id, "job", "failed")
    wait_until(lambda: states(cluster)[job_id] == "CANCELED", what="the job to be cancelled", timeout_seconds=60)
