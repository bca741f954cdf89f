"""Finds the processes of jobs wherever they have gone: each carries a mark in its environment.

A process group is not enough: a job can start a session of its own, and a server that was killed with SIGKILL knows no
groups any more.
"""

from __future__ import annotations

import time
from contextlib import suppress

import psutil

VARIABLE = "TASKCENTER_SANDBOX_JOB"

_ROUNDS = 50
_PAUSE_SECONDS = 0.02


def kill_marked(mark: str) -> int:
    """SIGKILL every process whose mark begins so; returns how many there were.

    :param mark: ``<data directory's id>:`` for all jobs of a server, ``<id>:<taskID>;`` for those of one job.
    """
    killed = 0
    for _ in range(_ROUNDS):
        # A process can fork between our look and its end, so look until there is none.
        found = [process for process in psutil.process_iter() if _is_marked(process, mark)]
        if not found:
            break
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        killed += len(found)
        # Not waited for by pid: that would take the exit code of a child of ours from whoever started it.
        time.sleep(_PAUSE_SECONDS)
    return killed


def _is_marked(process: psutil.Process, mark: str) -> bool:
    try:
        # A zombie has no environment any more; reading it fails like that of somebody else's process.
        return str(process.environ().get(VARIABLE, "")).startswith(mark)
    except (psutil.Error, OSError):
        return False
