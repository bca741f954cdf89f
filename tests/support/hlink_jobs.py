"""Jobs of a Hlink, for tests that want one on a real cluster."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from support.hlink_connection import connection
from taskcenter.hlink.hook import HlinkHook
from taskcenter_sandbox.flink.cluster import FlinkCluster
from taskcenter_sandbox.hlink.server import HlinkServer

VARIABLE = "AIRFLOW_CONN_HLINK_DEFAULT"


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


def counting_job(
    hook: HlinkHook, cluster: FlinkCluster, name: str, directory: Path, *, rows: int, each_second: int
) -> int:
    """Make a job that writes the doubles of 1 to ``rows``; its tables have names of their own.

    :returns: its id
    """
    if name not in {each["name"] for each in hook.cluster_choices()}:
        hook.add_cluster(name, cluster.url)
    [cluster_id] = [each["id"] for each in hook.cluster_choices() if each["name"] == name]
    word = name.replace(" ", "_")
    counted = {"fields.n.kind": "sequence", "fields.n.start": "1", "fields.n.end": str(rows)}
    source = hook.add_data_source(table(f"{word}_in", "source", "datagen", rowsPerSecond=str(each_second), **counted))
    sink = hook.add_data_source(table(f"{word}_out", "sink", "filesystem", path=str(directory), format="json"))
    parts = [
        {"dsId": source, "dsType": "source"},
        {"dsId": sink, "dsType": "sink", "runSql": f"SELECT n * 2 FROM {word}_in"},
    ]
    hook.add_job({"jobName": name, "jobType": 0, "clusterId": cluster_id, "jobDsVOS": parts, "parallelism": 1})
    [job] = [each["id"] for each in hook.iter_jobs(jobName=name) if each["jobName"] == name]
    return int(job)


def make_bounded_job(server: HlinkServer, cluster: FlinkCluster, name: str, directory: Path, *, rows: int) -> int:
    """Make a job that ends after so many rows; its id."""
    os.environ[VARIABLE] = connection(server.port, server)
    try:
        with HlinkHook() as hook:
            return counting_job(hook, cluster, name, directory, rows=rows, each_second=1_000)
    finally:
        del os.environ[VARIABLE]
