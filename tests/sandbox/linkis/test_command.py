"""The command as people type it: it says what it does, and Ctrl-C ends it and its jobs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest
import requests

from support.processes import is_alive
from taskcenter_sandbox.linkis.server import LinkisServer, LinkisStartError
from taskcenter_sandbox.waiting import wait_until

TOKEN = {"Token-User": "hadoop", "Token-Code": "SANDBOX-TOKEN"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def by_hand(tmp_path):
    """A server as typed into a terminal, and its address."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "taskcenter_sandbox",
        "linkis",
        "--port",
        str(port),
        "--data-dir",
        str(tmp_path / "d"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None
        try:
            return requests.get(f"{url}/sandbox/health", timeout=5).ok
        except requests.ConnectionError:
            return False

    wait_until(answers, what="the server", timeout_seconds=30, poll_seconds=0.05)
    yield process, url
    process.kill()
    process.wait()


def start_sleeper(url, tmp_path) -> int:
    """A job that sleeps in a session of its own; its pid."""
    pid = tmp_path / "pid"
    code = f"setsid bash -c 'echo $$ > {pid}.part; mv {pid}.part {pid}; exec sleep 300'"
    body = {
        "executionContent": {"code": code, "runType": "shell"},
        "labels": {"engineType": "shell-1", "userCreator": "hadoop-hand"},
    }
    requests.post(f"{url}/api/rest_j/v1/entrance/submit", json=body, headers=TOKEN, timeout=10).raise_for_status()
    wait_until(pid.exists, what="the job", timeout_seconds=20, poll_seconds=0.05)
    return int(pid.read_text())


def test_it_says_at_start_that_it_runs_what_it_is_sent(by_hand, tmp_path):
    process, url = by_hand
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    assert f"Local Linkis at {url}/api/rest_j/v1" in said
    assert "RUNS THE CODE IT IS SENT" in said
    assert str(tmp_path / "d") in said
    assert "hadoop" in said
    assert "SANDBOX-TOKEN" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_good_order_and_its_jobs_with_it(by_hand, tmp_path, number):
    process, url = by_hand
    pid = start_sleeper(url, tmp_path)
    process.send_signal(number)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in said
    wait_until(lambda: not is_alive(pid), what="the end of the job", timeout_seconds=5, poll_seconds=0.05)


def test_when_it_is_killed_its_jobs_end_without_anybody_starting_it_again(by_hand, tmp_path):
    process, url = by_hand
    pid = start_sleeper(url, tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), what="the end of the job", timeout_seconds=10, poll_seconds=0.05)


def test_help_tells_the_faults():
    told = subprocess.run(
        [sys.executable, "-m", "taskcenter_sandbox", "linkis", "--help"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    assert "lost-submit-answer" in told
    assert "NAME:N@K" in told


def test_a_port_that_is_taken_is_said(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = LinkisServer(data_dir=tmp_path, port=taken.getsockname()[1])
        with pytest.raises(LinkisStartError, match="address already in use"):
            server.start()


def test_a_data_directory_may_have_any_name(tmp_path, api_of):
    with LinkisServer(data_dir=tmp_path / "a #b 100% ü", port=0) as server:
        api = api_of(server)
        row = api.run("select 1 as n")
        assert api.results(row)[0]["fileContent"] == [["1"]]
        assert "Succe" in api.log_of(row)
