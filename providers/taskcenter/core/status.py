"""The one status model, and the one decision that hook, operator, sensor and trigger take from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taskcenter.core.errors import JobError


class JobState(str, Enum):
    """What a remote job is doing, the same for every system."""

    PENDING = "pending"
    """Accepted, not running yet."""

    RUNNING = "running"
    """At work."""

    SUCCEEDED = "succeeded"
    """Ended well."""

    FAILED = "failed"
    """Ended badly."""

    CANCELLED = "cancelled"
    """Stopped by somebody or something."""

    TIMED_OUT = "timed_out"
    """Stopped by the server's own time limit."""

    UNKNOWN = "unknown"
    """The server said something that we do not know; not an end."""


TERMINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT})
SUCCESS = frozenset({JobState.SUCCEEDED})


_NO_DETAILS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A remote job's status as one answer told it.

    :param state: the state in our terms.
    :param raw: the server's own word for it.
    :param progress: 0.0 to 1.0, None when unknown.
    :param reason: why it failed or was cancelled, in the server's words.
    :param code: the server's error code of a failure.
    :param details: what else the system's own code needs later (log path, result location, ...).
    :param error: why there is no use in waiting any longer, of a job of which nobody knows whether it has ended.
    """

    state: JobState
    raw: str
    progress: float | None = None
    reason: str | None = None
    code: int | str | None = None
    details: Mapping[str, str] = field(default_factory=lambda: _NO_DETAILS)
    error: JobError | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended, one way or another."""
        return self.state in TERMINAL


class Decision(Enum):
    """What to do next about a job."""

    KEEP = "keep"
    """Go on waiting."""

    DONE = "done"
    """It succeeded."""

    FAILED = "failed"
    """It ended without success."""

    EXPIRED = "expired"
    """It has not ended and its time is up."""


def decide(state: JobState, now: float, deadline: float) -> Decision:
    """Decide about a job.

    :param state: the job's state.
    :param now: the time, epoch seconds.
    :param deadline: when to give up, epoch seconds. A job that has ended is never expired.
    """
    if state in SUCCESS:
        return Decision.DONE
    if state in TERMINAL:
        return Decision.FAILED
    return Decision.EXPIRED if now >= deadline else Decision.KEEP
