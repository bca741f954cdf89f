"""A job in the entrance's memory. The job history is the truth; this is what the entrance believes (facts section 6)."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from taskcenter_sandbox.linkis import ids
from taskcenter_sandbox.linkis.store import TERMINAL
from taskcenter_sandbox.linkis.submission import Submission

if TYPE_CHECKING:
    from taskcenter_sandbox.linkis.engines.base import Run
    from taskcenter_sandbox.linkis.logs import JobLog

RUNNING_PROGRESS_MAX = 0.99
"""What a running job shows instead of 1.0 (``linkis.job.fake.progress``)."""


@dataclass(frozen=True)
class Interruption:
    """Why a job was stopped from outside; it becomes Cancelled.

    :param reason: for the log.
    :param code: for the job history.
    :param description: likewise.
    """

    reason: str
    code: int | None
    description: str


@dataclass
class LiveJob:
    """A job that the entrance knows.

    :param code: what runs: variables replaced, comments removed.
    :param results: the directory of its result sets.
    :param short_id: its place in its group, once it is queued.
    :param seen: when a client last asked for its status, ``time.monotonic()``.
    """

    id: int
    submission: Submission
    code: str
    log: JobLog
    results: Path
    metrics: dict[str, str]
    short_id: str = ""
    state: str = "Inited"
    progress: float = 0.0
    run: Run | None = None
    interruption: Interruption | None = None
    created: float = field(default_factory=time.monotonic)
    started: float | None = None
    seen: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def group(self) -> str:
        """The queue that it waits in."""
        return f"{self.submission.creator}_{self.submission.execute_user}_{self.submission.engine}"

    @property
    def user(self) -> str:
        """Who it runs as, and who may kill it."""
        return self.submission.execute_user

    @property
    def exec_id(self) -> str:
        """The full execID."""
        return ids.exec_id(self.short_id)

    @property
    def ended(self) -> bool:
        """Whether it is in a state that it does not leave."""
        return self.state in TERMINAL

    @property
    def waiting(self) -> bool:
        """Whether it is in the queue."""
        return self.state == "Inited"

    def touch(self) -> None:
        """A client has asked for its status; some jobs die when none does."""
        self.seen = time.monotonic()

    def current_progress(self) -> float:
        """How far it is, 0 to 0.99 while it runs, then 1."""
        if self.ended:
            return 1.0
        if self.run is not None:
            # It may go up only: what a client has seen stays true.
            self.progress = max(self.progress, min(RUNNING_PROGRESS_MAX, self.run.progress()))
        return self.progress
