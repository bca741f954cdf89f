"""The operators on a real Flink session cluster: from a jar to a file, with savepoints in between."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.flink.tasks import jar_task, savepoint_task, sensor_task, stop_task

from support.flink_cluster import flink_cluster
from support.job_task import InThread, run_task
from taskcenter.core.errors import JobFailedError, RefusedError
from taskcenter.flink.hook import FlinkHook
from taskcenter.flink.operators import FlinkJarOperator
from taskcenter_sandbox.flink.sql_jar import write_sql_jar
from taskcenter_sandbox.waiting import wait_until

pytestmark = pytest.mark.e2e

ENDLESS = (
    (
        "CREATE TABLE source (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = "
        "'1', 'fields.n.end' = '1000000', 'rows-per-second' = '20')"
    ),
    "CREATE TABLE sink (n BIGINT) WITH ('connector' = 'blackhole')",
    "INSERT INTO sink SELECT n FROM source",
)
OPTIONS = {"execution.checkpointing.interval": "500ms"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with flink_cluster(tmp_path_factory.mktemp("flink") / "data", slots=4) as running:
        yield running


@pytest.fixture(autouse=True)
def connection(cluster, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", json.dumps({"conn_type": "flink_rest", "host": cluster.url}))


@pytest.fixture
def run_jar(tmp_path, request) -> Callable[..., FlinkJarOperator]:
    """Makes tasks that run SQL statements; named after the test, since a task's job has an id of its own."""
    jar = str(write_sql_jar(tmp_path / "sql.jar"))

    def make(*statements: str, task: str = "job", **arguments: Any) -> FlinkJarOperator:
        name = f"{re.sub(r'[^a-z]', '_', request.node.name)}_{task}"
        given = {"poll_interval_seconds": 0.5, "task_id": name, **arguments}
        return jar_task(jar_id=None, jar=jar, arguments=statements, **given)

    return make


@pytest.mark.parametrize("deferrable", [False, True], ids=["blocking", "deferrable"])
def test_a_program_writes_a_file(airflow, run_jar, tmp_path, deferrable, capsys):
    statements = (
        (
            "CREATE TABLE source (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', "
            "'fields.n.start' = '1', 'fields.n.end' = '100')"
        ),
        f"CREATE TABLE sink (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}/out', 'format' = 'csv')",
        "INSERT INTO sink SELECT n FROM source",
    )
    result = run_task(airflow, lambda: run_jar(*statements, configuration=OPTIONS, deferrable=deferrable))
    assert result["status"] == "FINISHED"
    rows = [line for path in Path(tmp_path / "out").glob("*") for line in path.read_text().split()]
    assert sorted(map(int, rows)) == list(range(1, 101))
    assert "tasks: " in capsys.readouterr().out
    with FlinkHook() as hook:
        assert len([file for file in hook.jars() if file["name"].startswith("sql-")]) == 1


def test_a_job_runs_is_saved_stopped_and_goes_on_from_its_savepoint(airflow, run_jar):
    options = {"configuration": OPTIONS, "wait_until": "running", "stable_seconds": 1}
    started = run_task(airflow, lambda: run_jar(*ENDLESS, **options))
    assert started["status"] == "RUNNING"
    run_task(airflow, lambda: sensor_task(job_id=started, wait_until="running", stable_seconds=2, deferrable=True))

    saved = run_task(airflow, lambda: savepoint_task(job_id=started["job_id"], task_id="save", deferrable=True))
    assert saved["savepoint_path"].startswith("file:")
    stopped = run_task(airflow, lambda: stop_task(job_id=started, task_id="stop", deferrable=True))
    with FlinkHook() as hook:
        wait_until(
            lambda: hook.job(started["job_id"])["state"] == "FINISHED", what="the job to end", timeout_seconds=20
        )

        again = run_task(airflow, lambda: run_jar(*ENDLESS, savepoint_path=stopped["savepoint_path"], task="again", **options))  # fmt: skip
        assert again["job_id"] != started["job_id"]
        assert hook.checkpoints(again["job_id"])["latest"]["restored"]["external_path"] == stopped["savepoint_path"]
        run_task(airflow, lambda: stop_task(job_id=again, task_id="cancel", savepoint=False))
        wait_until(lambda: hook.job(again["job_id"])["state"] == "CANCELED", what="the job to end", timeout_seconds=20)

        trigger = hook.dispose_savepoint(saved["savepoint_path"])
        wait_until(lambda: hook.disposal(trigger)["status"]["id"] == "COMPLETED", what="the savepoint to go", timeout_seconds=20)  # fmt: skip
    assert not Path(saved["savepoint_path"].removeprefix("file:")).exists()


def test_a_killed_task_leaves_no_job_and_a_lost_worker_no_second_one(airflow, run_jar):
    first = run_jar(*ENDLESS, retries=1)
    context = airflow.start(first)
    first._context = context
    job_id = first._obtain(context, first.build_request()).id
    airflow.stored.clear()  # nothing is left of the first try but its job

    second = run_jar(*ENDLESS, retries=1)
    following = InThread(lambda: run_task(airflow, lambda: second, try_number=2))
    wait_until(lambda: second._ref is not None, what="the job to be adopted", timeout_seconds=20)
    assert second._ref.id == job_id
    airflow.states[second.task_id] = "failed"
    second.on_kill()
    with pytest.raises(Exception, match="was cancelled"):
        following.result()
    with FlinkHook() as hook:
        assert hook.job(job_id)["state"] == "CANCELED"


def test_what_flink_refuses_is_said_with_its_reason(airflow, run_jar):
    with pytest.raises(RefusedError, match="Object 'nope' not found"):
        run_task(airflow, lambda: run_jar("SELECT * FROM nope", task="a"))
    with pytest.raises(RefusedError, match=r"no\.Such.*Give entry_class"):
        run_task(airflow, lambda: run_jar(*ENDLESS, entry_class="no.Such", task="b"))
    with pytest.raises(RefusedError, match="The program ended without executing a job"):
        run_task(airflow, lambda: run_jar("SHOW TABLES", task="c"))
    with pytest.raises(RefusedError, match=r"Cannot find checkpoint or savepoint.*Give the path"):
        run_task(airflow, lambda: run_jar(*ENDLESS, savepoint_path="/none/savepoint-1", task="restored"))


def test_a_job_that_has_ended_has_no_savepoint(airflow, run_jar):
    ended = run_task(airflow, lambda: run_jar(*(*ENDLESS[:2], "INSERT INTO sink VALUES (1)"), task="short"))
    with pytest.raises((JobFailedError, RefusedError), match=ended["job_id"]):
        run_task(airflow, lambda: savepoint_task(job_id=ended, task_id="late"))


def test_a_job_is_lost_with_its_cluster(airflow, run_jar, cluster):
    task = run_jar(*ENDLESS, deferrable=True)
    running = InThread(lambda: run_task(airflow, lambda: task))
    with FlinkHook() as hook:
        wait_until(lambda: task._ref is not None and hook.job(task._ref.id)["state"] == "RUNNING", what="the job to run", timeout_seconds=30)  # fmt: skip
    cluster.kill()
    cluster.start()
    with pytest.raises(Exception, match="not known to flink any more") as caught:
        running.result(60)
    assert not isinstance(caught.value, AssertionError)
