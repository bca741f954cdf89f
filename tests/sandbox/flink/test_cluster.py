"""A real Flink session cluster: it starts, runs, loses its parts, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest
import requests

from support.flink_cluster import flink_cluster, skip_without_flink
from taskcenter_sandbox.deployment.settings import free_ports
from taskcenter_sandbox.flink.cluster import FlinkCluster, FlinkStartError
from taskcenter_sandbox.gateway.directory import InUse
from taskcenter_sandbox.waiting import wait_until

pytestmark = pytest.mark.e2e


def overview(cluster: FlinkCluster) -> dict:
    return requests.get(f"{cluster.url}/overview", timeout=10).json()


def processes_of(directory) -> list[str]:
    """The living Java processes of a cluster."""
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        command = process.info["cmdline"] or []
        if process.info["name"] == "java" and str(directory / "conf") in command:
            found.append(command[-3])
    return found


def test_a_cluster_starts_listens_on_this_machine_alone_and_leaves_nothing(tmp_path):
    with flink_cluster(tmp_path / "flink", slots=3) as cluster:
        assert overview(cluster)["slots-total"] == 3
        assert overview(cluster)["flink-version"] == "2.3.0"
        assert len(processes_of(cluster.data_dir)) == 2
        for process in psutil.process_iter(["name", "cmdline"]):
            if str(cluster.data_dir / "conf") in (process.info["cmdline"] or []) and process.info["name"] == "java":
                listening = {each.laddr.ip for each in process.net_connections("tcp") if each.status == "LISTEN"}
                assert listening <= {"127.0.0.1", "::ffff:127.0.0.1"}, listening

        # A lost TaskManager is noticed, and another takes its place.
        cluster.kill_task_manager()
        wait_until(lambda: overview(cluster)["slots-total"] == 0, what="the loss to be noticed", timeout_seconds=30)
        cluster.start_task_manager()
        assert overview(cluster)["slots-total"] == 3

        with pytest.raises(InUse, match="in use by another local Flink"):
            FlinkCluster(data_dir=cluster.data_dir).start()
    assert processes_of(cluster.data_dir) == []
    assert not (cluster.data_dir / "tmp").exists()


def test_a_killed_cluster_is_gone_at_once_and_can_start_again(tmp_path):
    with flink_cluster(tmp_path / "flink") as cluster:
        cluster.kill()
        assert processes_of(cluster.data_dir) == []
        with pytest.raises(requests.ConnectionError):
            overview(cluster)
        cluster.start()
        assert overview(cluster)["slots-total"] == 4


def test_a_port_that_is_taken_is_an_error_with_what_flink_said(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with (
            pytest.raises(FlinkStartError, match=r"Could not start rest endpoint|Address already in use"),
            flink_cluster(tmp_path / "flink", port=taken.getsockname()[1]),
        ):
            pass
    assert processes_of(tmp_path / "flink") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_command_takes_its_cluster_with_it_however_it_ends(tmp_path, number):
    skip_without_flink()
    (port,) = free_ports(1)
    directory = tmp_path / "flink"
    command = [sys.executable, "-m", "taskcenter_sandbox", "flink", "--port", str(port), "--data-dir", str(directory)]
    with subprocess.Popen([*command, "--slots", "1"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert f"Local Flink at http://127.0.0.1:{port} with 1 slots. It RUNS CODE" in said
        os.kill(process.pid, number)
        process.wait(30)
    wait_until(lambda: processes_of(directory) == [], what="Flink to be gone", timeout_seconds=20)
    assert process.returncode == (0 if number == signal.SIGTERM else -signal.SIGKILL)
