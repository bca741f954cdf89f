"""Flink jobs under a whole Airflow, on a real Flink, with Hlink and without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from support.flink_cluster import flink_cluster
from support.hlink_connection import connection
from support.hlink_jobs import counting_job
from support.plans_over_http import BUNDLES as PLAN_BUNDLES
from support.plans_over_http import TaskCenter
from taskcenter.hlink.hook import HlinkHook
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings, wait_until
from taskcenter_sandbox.flink.sql_jar import write_sql_jar
from taskcenter_sandbox.hlink.server import HlinkServer

pytestmark = pytest.mark.e2e
DAGS = Path(__file__).parent / "flink_dags"
EXAMPLES = Path(__file__).parents[2] / "dags" / "flink"
DAG_IDS = ["flink_direct", "flink_long", "flink_impatient", "hlink_long", "example_hlink_streaming"]
BUNDLES = [
    *PLAN_BUNDLES,
    *(
        {
            "name": name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(path), "refresh_interval": 3},
        }
        for name, path in (("tests", DAGS), ("examples", EXAMPLES))
    ),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with flink_cluster(tmp_path_factory.mktemp("flink"), slots=4) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def hlink(tmp_path_factory):
    with HlinkServer(data_dir=tmp_path_factory.mktemp("hlink"), port=0, options=["--sync-seconds", "5"]) as server:
        yield server


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, cluster, hlink):
    flink = {"conn_type": "flink_rest", "schema": "http", "host": "127.0.0.1", "port": cluster.port}
    settings = DeploymentSettings(
        home=tmp_path_factory.mktemp("airflow"),
        dags_folder=DAGS,
        environment={
            "AIRFLOW_CONN_FLINK_DEFAULT": json.dumps(flink),
            "AIRFLOW_CONN_HLINK_DEFAULT": connection(hlink.port, hlink),
        },
        config={"dag_processor": {"dag_bundle_config_list": json.dumps(BUNDLES)}},
    )
    with AirflowDeployment(settings) as deployment:
        deployment.client.wait_for_dags(DAG_IDS)
        for dag_id in DAG_IDS:
            deployment.client.set_paused(dag_id, paused=False)
        yield deployment


@pytest.fixture(scope="module")
def jar(tmp_path_factory) -> Path:
    return write_sql_jar(tmp_path_factory.mktemp("jar") / "program.jar")


def jobs_of(cluster) -> list[dict]:
    return requests.get(f"{cluster.url}/jobs/overview", timeout=20).json()["jobs"]


def rows_in(directory: Path) -> list[int]:
    files = [path for path in directory.rglob("part-*") if not path.name.startswith(".")]
    return sorted(json.loads(line)["n"] for path in files for line in path.read_text().splitlines())


def test_a_streaming_job_is_started_saved_stopped_and_goes_on(airflow, cluster, jar, tmp_path):
    run_id = airflow.client.trigger("flink_direct", conf={"jar": str(jar), "directory": str(tmp_path / "out")})
    assert airflow.client.wait_for_run("flink_direct", run_id, timeout_seconds=480) == "success"
    started, stopped, resumed, ended = (
        airflow.client.xcom("flink_direct", run_id, task_id) for task_id in ("start", "stop", "resume", "end")
    )
    assert started["status"] == resumed["status"] == "RUNNING"
    assert started["job_id"] == stopped["job_id"] != resumed["job_id"] == ended["job_id"]
    assert "savepoint" in airflow.client.xcom("flink_direct", run_id, "save")["savepoint_path"]
    states = {job["jid"]: job["state"] for job in jobs_of(cluster)}
    assert [states[started["job_id"]], states[resumed["job_id"]]] == ["FINISHED", "FINISHED"]
    # Exactly once over both jobs: the second went on where the first had been stopped.
    rows = rows_in(tmp_path / "out")
    assert rows == [2 * number for number in range(1, len(rows) + 1)]
    assert len(rows) > 200
    lines = [entry["event"] for entry in airflow.client.task_log("flink_direct", run_id, "start")]
    assert any("tasks: " in line and "running" in line for line in lines)
    assert started["job_id"] in airflow.client.xcom("flink_direct", run_id, "start", key="flink_job_url")


def test_hlink_runs_a_job_from_its_definition_to_its_result(airflow, cluster, jar, tmp_path):
    conf = {"jar": str(jar), "directory": str(tmp_path / "out"), "cluster": cluster.url}
    run_id = airflow.client.trigger("example_hlink_streaming", conf=conf)
    assert airflow.client.wait_for_run("example_hlink_streaming", run_id, timeout_seconds=480) == "success"
    start, save, restart, stop, read, upload = (
        airflow.client.xcom("example_hlink_streaming", run_id, task_id)
        for task_id in ("start", "save", "restart", "stop", "read", "upload")
    )
    assert start["job_id"] == restart["job_id"] == stop["job_id"]
    assert start["flink_job_id"] != restart["flink_job_id"]
    assert "savepoint" in save["savepoint_path"]
    assert stop["savepoint_path"] not in (None, save["savepoint_path"])
    assert read["each once"] is True
    assert read["rows"] > 200
    assert upload["name"] == jar.name

    # A plan of the task center runs the job that Hlink now has.
    params = {"jobName": "numbers", "waitUntil": "running", "stableSeconds": 1}
    plan = run_plan(airflow, "numbers", params)
    assert (plan["jobStatus"], plan["result"]["status"]) == ("SUCCESSFUL", "RUNNING")
    requests.patch(f"{cluster.url}/jobs/{plan['result']['flink_job_id']}", timeout=20).raise_for_status()


def test_a_plan_runs_a_jar_on_the_cluster(airflow, cluster, jar, tmp_path):
    with jar.open("rb") as file:
        uploaded = requests.post(f"{cluster.url}/jars/upload", files={"jarfile": (jar.name, file)}, timeout=60).json()
    source = (
        "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '100', "
        "'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100')"
    )
    sink = f"CREATE TABLE copies (n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{tmp_path}')"
    params = {
        "jarId": Path(uploaded["filename"]).name,
        "arguments": [source, sink, "INSERT INTO copies SELECT n FROM numbers"],
    }
    plan = run_plan(airflow, "copies", params)
    assert (plan["jobStatus"], plan["result"]["status"]) == ("SUCCESSFUL", "FINISHED")
    assert rows_in(tmp_path) == list(range(1, 101))


def run_plan(airflow, key: str, params: dict) -> dict:
    """Run a FLINK plan to its end; the answer, and what its task has returned."""
    center = TaskCenter(airflow)
    body = {
        "entityGroup": "FLINK",
        "entityKey": key,
        "planItems": [{"triggerType": "ONCE"}],
        "execDetail": {"jobParams": params},
        "sync": True,
    }
    plan = center("POST", "/api/schedules", body)["data"]
    [only] = center("GET", f"/api/contexts/{plan['contextId']}/results")["data"]
    names = [column["name"] for column in only["result"]["schema"]]
    return {**plan, "result": dict(zip(names, only["result"]["data"][0], strict=True))}


def test_a_task_that_is_marked_failed_cancels_its_job(airflow, cluster, jar, tmp_path):
    run_id = airflow.client.trigger("flink_long", conf={"jar": str(jar), "directory": str(tmp_path / "out")})

    def running() -> list[str]:
        return [job["jid"] for job in jobs_of(cluster) if job["state"] == "RUNNING"]

    wait_until(running, what="the job to run", timeout_seconds=90)
    [job_id] = running()
    # Airflow calls on_kill only on a trigger that has started, and this one says so.
    wait_until(
        lambda: any("is RUNNING" in line["event"] for line in airflow.client.task_log("flink_long", run_id, "job")),
        what="the trigger to report the job",
        timeout_seconds=60,
    )
    airflow.client.set_task_state("flink_long", run_id, "job", "failed")

    def state() -> str:
        return {job["jid"]: job["state"] for job in jobs_of(cluster)}[job_id]

    wait_until(lambda: state() == "CANCELED", what="the job to be cancelled", timeout_seconds=60, last_seen=state)


@pytest.fixture
def never_run(hlink, cluster, tmp_path, monkeypatch) -> str:
    """A job of Hlink's that has no savepoint, whose files would have to be there still."""
    monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", connection(hlink.port, hlink))
    name = "never run"
    with HlinkHook() as hook:
        counting_job(hook, cluster, name, tmp_path / "hlink", rows=1_000_000, each_second=100)
    return name


def events(airflow, dag_id: str, run_id: str, task_id: str) -> list[str]:
    return [line["event"] for line in airflow.client.task_log(dag_id, run_id, task_id)]


def test_a_cluster_that_dies_while_tasks_wait_is_one_clear_error_each(airflow, cluster, jar, tmp_path, never_run):
    conf = {"jar": str(jar), "directory": str(tmp_path / "out")}
    patient = airflow.client.trigger("flink_long", conf=conf)
    through_hlink = airflow.client.trigger("hlink_long", conf={"job": never_run})

    def running() -> list[str]:
        return [job["jid"] for job in jobs_of(cluster) if job["state"] == "RUNNING"]

    wait_until(lambda: len(running()) == 2, what="the jobs to run", timeout_seconds=120)
    sensed = running()[0]
    direct = airflow.client.trigger("flink_impatient", conf={**conf, "job_id": sensed})
    waiting = [
        ("flink_long", patient, "job"),
        ("hlink_long", through_hlink, "job"),
        *(("flink_impatient", direct, task_id) for task_id in ("blocking", "deferred", "sensor")),
    ]
    for task in waiting:
        wait_until(
            lambda task=task: any("is RUNNING" in line for line in events(airflow, *task)),
            what=f"{task} to report the job",
            timeout_seconds=60,
        )
    cluster.kill()

    assert airflow.client.wait_for_run("hlink_long", through_hlink, timeout_seconds=180) == "failed"
    text = json.dumps(airflow.client.task_log("hlink_long", through_hlink, "job"), ensure_ascii=False)
    assert "It is not known what has become of job" in text
    assert f"Flink at {cluster.url} has not answered for" in text
    assert "does not reach the cluster either" in text

    assert airflow.client.wait_for_run("flink_impatient", direct, timeout_seconds=120) == "failed"
    for task_id in ("blocking", "deferred", "sensor"):
        lines = events(airflow, "flink_impatient", direct, task_id)
        assert sum("the server gives no answer; waiting" in line for line in lines) == 1, task_id
        job_id = sensed if task_id == "sensor" else job_of(airflow, "flink_impatient", direct, task_id)
        text = json.dumps(airflow.client.task_log("flink_impatient", direct, task_id), ensure_ascii=False)
        told = f"It is not known what has become of job {job_id}: Flink at {cluster.url} has not answered for "
        assert told in text, task_id
        assert "a retry of the task goes on with it when Flink answers again" in text, task_id

    cluster.start()
    # A session cluster forgets its jobs when it dies.
    assert airflow.client.wait_for_run("flink_long", patient, timeout_seconds=180) == "failed"
    text = json.dumps(airflow.client.task_log("flink_long", patient, "job"), ensure_ascii=False)
    assert "is not known to flink any more" in text


def job_of(airflow, dag_id: str, run_id: str, task_id: str) -> str:
    """The Flink job that a task has started."""
    url = airflow.client.xcom(dag_id, run_id, task_id, key="flink_job_url")
    return url.rpartition("/overview")[0].rpartition("/")[2]
