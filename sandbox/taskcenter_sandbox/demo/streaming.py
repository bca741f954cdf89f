"""The part of the demo in which Hlink runs a streaming job on a real Flink, where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskcenter_sandbox.demo.display import Display
from taskcenter_sandbox.deployment.client import AirflowClient
from taskcenter_sandbox.deployment.settings import LOOPBACK
from taskcenter_sandbox.flink.cluster import FlinkCluster
from taskcenter_sandbox.flink.sql_jar import write_sql_jar
from taskcenter_sandbox.hlink.server import HlinkServer

DAG_ID = "example_hlink_streaming"
DAG_FILE = f"flink/{DAG_ID}.py"


@dataclass(frozen=True)
class Streaming:
    """A Flink and a Hlink that run.

    :param described: where they are.
    :param connection: fields of the Airflow connection to Hlink.
    :param conf: what the example is triggered with.
    """

    described: str
    connection: Mapping[str, Any]
    conf: Mapping[str, str]


@contextmanager
def hlink(directory: Path) -> Iterator[Streaming]:
    """A real Flink and a local Hlink.

    :raises ~taskcenter_sandbox.flink.distribution.FlinkMissing: Java or the distribution is not installed.
    """
    jar = write_sql_jar(directory / "program.jar")
    with (
        FlinkCluster(data_dir=directory / "flink") as flink,
        HlinkServer(data_dir=directory / "hlink", port=0) as server,
    ):
        yield Streaming(
            f"Flink's web page: {flink.url}; Hlink: {server.url}",
            {
                "conn_type": "hlink",
                "host": LOOPBACK,
                "port": server.port,
                "login": server.credentials.user,
                "password": server.credentials.password,
                "description": "The local Hlink of the demo",
            },
            {"cluster": flink.url, "directory": str(directory / "numbers"), "jar": str(jar)},
        )


def show_rows(client: AirflowClient, display: Display, run_id: str) -> bool:
    """Say what the job has written over both of its runs."""
    read = client.xcom(DAG_ID, run_id, "read")
    display.say(f"  the job has written {read['rows']} rows over both its runs, each number once: {read['each once']}")
    return bool(read["rows"] and read["each once"])
