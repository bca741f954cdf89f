"""What tests ask about processes that end while they look."""

from __future__ import annotations

import psutil

from taskcenter_sandbox.waiting import wait_until


def is_alive(pid: int) -> bool:
    """Whether the process runs: neither gone nor a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(*pids: int) -> None:
    """Wait until none of the processes runs."""
    wait_until(
        lambda: not any(is_alive(pid) for pid in pids),
        what=f"processes {pids} to be gone",
        timeout_seconds=15,
        poll_seconds=0.05,
    )
