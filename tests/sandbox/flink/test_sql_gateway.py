"""A real SQL Gateway beside a real cluster: it starts, answers on this machine alone, and leaves nothing behind."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from support.flink_cluster import flink_cluster, skip_without_gateway, sql_gateway
from taskcenter_sandbox.deployment.settings import free_ports
from taskcenter_sandbox.flink.cluster import FlinkStartError
from taskcenter_sandbox.flink.sql_gateway import SqlGateway
from taskcenter_sandbox.waiting import wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with flink_cluster(tmp_path_factory.mktemp("flink"), slots=1) as running:
        yield running


def gateways(directory: Path) -> list[psutil.Process]:
    """The living processes of gateways that keep their things below a directory."""
    return [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "java"
        and SqlGateway.main_class in (process.info["cmdline"] or [])
        and any(str(directory) in word for word in process.info["cmdline"])
    ]


@contextmanager
def command(directory: Path, port: int, gateway_port: int) -> Iterator[subprocess.Popen[str]]:
    """The command, once it has said that it runs."""
    skip_without_gateway()
    words = [sys.executable, "-m", "taskcenter_sandbox", "flink", "--port", str(port), "--slots", "1",
        "--data-dir", str(directory), "--sql-gateway", "--sql-gateway-port", str(gateway_port)]  # fmt: skip
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline() + process.stdout.readline()
            assert f"Local Flink at http://127.0.0.1:{port}" in said
            assert f"SQL Gateway at http://127.0.0.1:{gateway_port}" in said
            yield process
        finally:
            process.terminate()


def test_a_gateway_answers_on_this_machine_alone_and_leaves_nothing(tmp_path, cluster):
    with sql_gateway(tmp_path / "gateway", cluster) as gateway:
        answer = requests.get(f"{gateway.url}/v2/info", headers={"Origin": "http://elsewhere"}, timeout=10)
        assert answer.json() == {"productName": "Apache Flink", "version": "2.3.0"}
        # A browser shows the answer to pages of the gateway itself only.
        assert answer.headers["Access-Control-Allow-Origin"] == gateway.url
        [process] = gateways(tmp_path)
        listening = {each.laddr.ip for each in process.net_connections("tcp") if each.status == "LISTEN"}
        assert listening <= {"127.0.0.1", "::ffff:127.0.0.1"}
        session = requests.post(f"{gateway.url}/v2/sessions", json={}, timeout=10).json()["sessionHandle"]
        options = requests.get(f"{gateway.url}/v2/sessions/{session}", timeout=10).json()["properties"]
        assert options["rest.port"] == str(cluster.port)

        gateway.kill()
        gateway.start()
        assert requests.get(f"{gateway.url}/v2/info", timeout=10).ok
    assert not process.is_running()
    assert gateway.pid is None
    assert not (gateway.data_dir / "tmp").exists()


def test_a_port_that_is_taken_is_an_error_with_what_flink_said(tmp_path, cluster):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with (
            pytest.raises(FlinkStartError, match=r"(?s)did not start.*(BindException|Could not start|in use)"),
            sql_gateway(tmp_path / "gateway", cluster, port=taken.getsockname()[1]),
        ):
            pass


def test_the_command_takes_its_gateway_with_it_even_when_it_is_killed(tmp_path):
    port, gateway_port = free_ports(2)
    with command(tmp_path, port, gateway_port) as process:
        assert requests.get(f"http://127.0.0.1:{gateway_port}/v2/info", timeout=10).ok
        assert len(gateways(tmp_path)) == 1
        process.kill()
        process.wait(30)
    wait_until(lambda: not gateways(tmp_path), what="the gateway to be gone", timeout_seconds=20)


def test_the_command_ends_with_its_gateway(tmp_path):
    port, gateway_port = free_ports(2)
    with command(tmp_path, port, gateway_port) as process:
        [gateway] = gateways(tmp_path)
        gateway.kill()
        _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "the local SQL Gateway has ended" in said
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/overview", timeout=5)
