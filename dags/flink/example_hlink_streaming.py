"""
### Hlink: a streaming SQL job from its definition to its result

A jar is brought to the cluster, the cluster, the data sources and the job are made in Hlink if they are not there, and
the job is started. Once it runs well a savepoint is taken, the job is restarted from its state, and stopped with a
savepoint. In the end the files that it has written are read, if the worker can see them: each number is there once.

It needs the connection `hlink_default`, of type `hlink`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Param, task

from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.operators import HlinkJobOperator
from taskcenter.hlink.restart_operator import HlinkRestartJobOperator
from taskcenter.hlink.savepoint_operator import HlinkSavepointOperator
from taskcenter.hlink.sensors import HlinkJobSensor
from taskcenter.hlink.stop_operators import HlinkCancelJobOperator, HlinkJarUploadOperator

JOB = "{{ ti.xcom_pull('start')['job_id'] }}"


def table(name: str, side: str, kind: str, **properties: str) -> dict[str, Any]:
    """A table with one column, as Hlink's form sends it.

    :param side: ``source`` or ``sink``
    :param kind: its connector
    :param properties: of the connector
    """
    fields = [{"fieldName": key, "fieldValue": value, "required": True} for key, value in properties.items()]
    return {
        "dsName": name,
        "dsType": side,
        "tableType": kind,
        "tableName": name,
        "dsSchemaColumnVOS": [{"name": "n", "flinkType": "BIGINT", "level": 1, "virtualId": "1", "virtualPid": "0"}],
        "jsonFieldVO": {"jsonValue": fields},
    }


with DAG(
    dag_id="example_hlink_streaming",
    schedule=None,
    params={
        "cluster": Param("http://127.0.0.1:8081", type="string", description="Address of Flink's REST API"),
        "directory": Param("/tmp/numbers", type="string", description="Where the cluster writes"),
        "jar": Param("/opt/jobs/functions.jar", type="string", description="Path of a jar on the workers"),
    },
    default_args={"poll_interval_seconds": 1},
    tags=["example", "hlink", "flink"],
    doc_md=__doc__,
):

    @task
    def prepare(params: dict[str, Any]) -> dict[str, Any]:
        """Have the cluster and the tables; the job's definition."""
        with HlinkHook() as hlink:
            if "numbers" not in {each["name"] for each in hlink.cluster_choices()}:
                hlink.add_cluster("numbers", params["cluster"])
            [cluster] = [each["id"] for each in hlink.cluster_choices() if each["name"] == "numbers"]
            counted = {"fields.n.kind": "sequence", "fields.n.start": "1", "fields.n.end": "1000000"}
            tables = {
                "source": table("counted", "source", "datagen", rowsPerSecond="200", **counted),
                "sink": table("doubled", "sink", "filesystem", path=params["directory"], format="json"),
            }
            parts = []
            for side, body in tables.items():
                known = {each["tableName"]: each["id"] for each in hlink.iter_data_sources(side)}
                parts.append({"dsId": known.get(body["tableName"]) or hlink.add_data_source(body), "dsType": side})
            parts[1]["runSql"] = "SELECT n * 2 FROM counted"
        return {
            "jobName": "numbers",
            "jobType": 0,
            "clusterId": cluster,
            "jobDsVOS": parts,
            "parallelism": 1,
            "checkpointInterval": 300,
        }

    # [START hlink_jar]
    upload = HlinkJarUploadOperator(task_id="upload", path="{{ params.jar }}", cluster_name="numbers")
    # [END hlink_jar]

    # [START hlink_job]
    start = HlinkJobOperator(
        task_id="start",
        definition=prepare(),
        wait_until="running",  # the task succeeds, and the job goes on, when it has run well for so long
        stable_seconds=3,
        deferrable=True,
    )
    # [END hlink_job]

    # [START hlink_savepoint]
    save = HlinkSavepointOperator(task_id="save", job_id=JOB, deferrable=True)
    # [END hlink_savepoint]

    # [START hlink_restart]
    restart = HlinkRestartJobOperator(task_id="restart", job_id=JOB, stable_seconds=3, deferrable=True)
    # [END hlink_restart]

    # [START hlink_sensor]
    healthy = HlinkJobSensor(task_id="healthy", job_id=JOB, statuses=["RUNNING"], stable_seconds=1, deferrable=True)
    # [END hlink_sensor]

    # [START hlink_cancel]
    stop = HlinkCancelJobOperator(task_id="stop", job_id=JOB, deferrable=True)
    # [END hlink_cancel]

    @task
    def read(params: dict[str, Any]) -> dict[str, Any]:
        """Count what the job has written."""
        files = [path for path in Path(params["directory"]).rglob("part-*") if not path.name.startswith(".")]
        numbers = sorted(json.loads(line)["n"] for path in files for line in path.read_text().splitlines())
        once = numbers == [2 * number for number in range(1, len(numbers) + 1)]
        if numbers and not once:
            raise ValueError(f"{len(numbers)} rows, and not each number once")
        return {"rows": len(numbers), "each once": once}

    start.upstream_list[0] >> upload >> start
    start >> save >> restart >> healthy >> stop >> read()
