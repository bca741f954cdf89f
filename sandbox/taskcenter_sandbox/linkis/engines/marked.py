"""Finds the processes of a job by a variable in their environment, also when they have left its group or lost their parent."""

from __future__ import annotations

from contextlib import suppress

import psutil

MARK = "LINKIS_SANDBOX_JOB"


def mark_of(directory: object, job_id: int | None = None) -> str:
    """The mark of a job, or what the marks of all jobs of a data directory begin with."""
    return f"{directory}#" if job_id is None else f"{directory}#{job_id};"


def kill_marked(start: str) -> int:
    """SIGKILL every process of this user whose mark begins so; returns how many."""
    killed = 0
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK, "").startswith(start):
                process.kill()
                killed += 1
    return killed
