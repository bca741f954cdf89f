"""A guarded process leaves nothing behind: not what it started, and not when its starter is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from taskcenter_sandbox.processes.guarded import GuardedProcess
from taskcenter_sandbox.waiting import DeadlineExceeded, wait_until

# Starts a grandchild in a session of its own, of which it loses sight, as Airflow's tasks do.
ESCAPING = [
    sys.executable,
    "-c",
    "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True).wait()",
]
IGNORES_SIGTERM = ["sh", "-c", "trap '' TERM; echo ready; while true; do sleep 0.1; done"]


@pytest.fixture
def launch(tmp_path):
    launched = []

    def start(command, **options):
        launched.append(GuardedProcess("probe", command, env=os.environ, directory=tmp_path, **options))
        return launched[-1]

    yield start
    for process in launched:
        process.kill()


def sleeping(process):
    return wait_until(
        lambda: [p for p in process.tree() if p.name() == "sleep"], what="the grandchild to run", timeout_seconds=10
    )


def test_a_kill_reaches_a_grandchild_in_a_session_of_its_own(launch):
    process = launch(ESCAPING)
    (grandchild,) = sleeping(process)
    process.kill()
    assert not psutil.pid_exists(grandchild.pid)
    assert process.ended


def test_a_kill_of_the_main_process_only_leaves_an_orphan_that_can_still_be_killed(launch):
    process = launch(ESCAPING)
    (orphan,) = sleeping(process)
    process.kill(whole=False)
    assert process.pid is None
    assert process.tree() == [orphan]
    process.kill()
    assert not psutil.pid_exists(orphan.pid)


def test_nothing_is_left_when_the_starter_is_killed(tmp_path):
    starter = textwrap.dedent(f"""
        import os, pathlib, time
        from taskcenter_sandbox.processes.guarded import GuardedProcess
        process = GuardedProcess("probe", {ESCAPING!r}, env=os.environ, directory=pathlib.Path({str(tmp_path)!r}))
        while len(process.tree()) < 2:
            time.sleep(0.05)
        print(*[p.pid for p in process.tree()], flush=True)
        time.sleep(600)
    """)
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as running:
        pids = [int(pid) for pid in running.stdout.readline().split()]
        assert len(pids) == 2
        running.send_signal(signal.SIGKILL)
    wait_until(lambda: not [pid for pid in pids if psutil.pid_exists(pid)], what="all to be gone", timeout_seconds=10)


def test_stop_lets_the_command_end_by_itself(launch):
    process = launch(["sh", "-c", "trap 'echo bye; exit 3' TERM; echo ready; while true; do sleep 0.1; done"])
    wait_until(lambda: "ready" in process.log_tail(), what="the trap", timeout_seconds=10)
    process.stop()
    assert process.exit_code == 3
    assert process.log_tail().splitlines() == ["ready", "bye", "[guard] the process ended with exit code 3"]


def test_stop_kills_a_command_that_does_not_end_in_time(launch):
    process = launch(IGNORES_SIGTERM, grace_seconds=0.3)
    wait_until(lambda: "ready" in process.log_tail(), what="the trap", timeout_seconds=10)
    process.stop()
    assert process.exit_code == 128 + signal.SIGKILL


def test_the_directory_may_be_given_relative_to_ours(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("below").mkdir()
    process = GuardedProcess("probe", ["pwd"], env=os.environ, directory=Path("below"))
    wait_until(lambda: process.ended, what="the end", timeout_seconds=10)
    assert process.log_tail().splitlines()[0] == str(tmp_path / "below")


def test_a_command_that_does_not_exist_is_named_in_the_log(launch):
    process = launch(["no-such-program"])
    assert process.exit_code == 127
    assert "cannot run no-such-program" in process.log_tail()


def test_a_wait_that_fails_says_what_for_how_long_and_what_was_seen():
    with pytest.raises(DeadlineExceeded, match=r"Waited 0 s for the moon; clouds"):
        wait_until(lambda: None, what="the moon", timeout_seconds=0, last_seen=lambda: "clouds")
