"""SQL jobs, which Hlink submits behind its answer; on a real Flink where there is one."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from support.airflow_task import in_dag
from support.flink_cluster import flink_cluster
from support.job_task import run_task
from taskcenter.core.errors import JobFailedError, RefusedError
from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.operators import HlinkJobOperator
from taskcenter.hlink.restart_operator import HlinkRestartJobOperator
from taskcenter.hlink.savepoint_operator import HlinkSavepointOperator
from taskcenter.hlink.stop_operators import HlinkCancelJobOperator


def add_table(hook: HlinkHook, name: str, side: str, kind: str, **properties: str) -> str:
    """Add a data source with one column; its id."""
    fields = [{"fieldName": key, "fieldValue": value, "required": True} for key, value in properties.items()]
    column = {"name": "n", "flinkType": "BIGINT", "level": 1, "virtualId": "1", "virtualPid": "0"}
    return hook.add_data_source(
        {
            "dsName": name,
            "dsType": side,
            "tableType": kind,
            "tableName": name,
            "dsSchemaColumnVOS": [column],
            "jsonFieldVO": {"jsonValue": fields},
        }
    )


def definition(hook: HlinkHook, name: str, cluster_id: int, directory: Any, **fields: Any) -> dict[str, Any]:
    """A job that writes numbers for ever."""
    source = add_table(hook, f"{name}_in", "source", "datagen", rowsPerSecond="20")
    sink = add_table(hook, f"{name}_out", "sink", "filesystem", path=str(directory), format="json")
    parts = [
        {"dsId": source, "dsType": "source"},
        {"dsId": sink, "dsType": "sink", "runSql": f"SELECT n FROM {name}_in"},
    ]
    return {"jobName": name, "jobType": 0, "clusterId": cluster_id, "jobDsVOS": parts, "parallelism": 1, **fields}


def make(kind: type[Any], **arguments: Any) -> Any:
    """Makes a task, as often as it is needed."""
    return partial(in_dag, kind, **arguments)


@pytest.mark.parametrize("deferrable", [False, True], ids=["worker", "triggerer"])
def test_a_start_that_fails_behind_the_answer_is_told_from_hlinks_log(
    airflow, hook, cluster_id, server, tmp_path, deferrable
):
    body = definition(hook, f"failing_{deferrable}", cluster_id, tmp_path)
    server.fault("slow-start:300", "failed-start:1")
    task = make(HlinkJobOperator, definition=body, poll_interval_seconds=0.05, deferrable=deferrable)
    with pytest.raises(JobFailedError, match=r"reached FAILED: .*the fault failed-start is on"):
        run_task(airflow, task)


def test_a_statement_that_ends_in_a_semicolon_is_refused(airflow, hook, cluster_id, tmp_path):
    body = definition(hook, "semicolon", cluster_id, tmp_path)
    body["jobDsVOS"][1]["runSql"] += ";"
    with pytest.raises(RefusedError, match="must not end in a semicolon"):
        run_task(airflow, make(HlinkJobOperator, definition=body))


@pytest.mark.e2e
def test_on_a_real_flink_a_job_is_started_saved_restarted_and_stopped(airflow, server, tmp_path):
    with flink_cluster(tmp_path / "flink") as cluster, HlinkHook() as hook:
        hook.add_cluster("real", cluster.url)
        [cluster_id] = [each["id"] for each in hook.cluster_choices() if each["name"] == "real"]
        savepoints = (tmp_path / "savepoints").as_uri()
        body = definition(hook, "real", cluster_id, tmp_path / "out", stateSavepointsDir=savepoints)
        often = {"poll_interval_seconds": 0.3}
        start = make(
            HlinkJobOperator, definition=body, wait_until="running", stable_seconds=1, deferrable=True, **often
        )
        started = run_task(airflow, start)
        assert started["status"] == "RUNNING"
        saved = run_task(airflow, make(HlinkSavepointOperator, job_id=started["job_id"]))
        assert saved["savepoint_path"].startswith(savepoints.replace("file:///", "file:/"))
        again = make(HlinkRestartJobOperator, job_id=started["job_id"], stable_seconds=1, deferrable=False, **often)
        restarted = run_task(airflow, again)
        assert restarted["flink_job_id"] != started["flink_job_id"]
        stop = make(HlinkCancelJobOperator, job_id=started["job_id"], deferrable=True, **often)
        stopped = run_task(airflow, stop)
        assert stopped["status"] == "CANCELED"
        assert stopped["savepoint_path"] not in (saved["savepoint_path"], restarted["savepoint_path"], None)
