"""A remote system that answers from lists; for the flows that all systems share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from taskcenter.core.errors import RemoteError
from taskcenter.core.flow import Flow
from taskcenter.core.job import JobRef, JobTag, LogChunk, LogCursor, TaggedJob
from taskcenter.core.status import JobState, JobStatus

RUNNING = JobStatus(JobState.RUNNING, "Running", 0.5)
SUCCEEDED = JobStatus(JobState.SUCCEEDED, "Succeed", 1.0)
FAILED = JobStatus(JobState.FAILED, "Failed", reason="no such table", code=11012)
CANCELLED = JobStatus(JobState.CANCELLED, "Cancelled")
UNKNOWN = JobStatus(JobState.UNKNOWN, "Suspended")


def job(number: int, status: JobStatus = RUNNING, attempt: int = 1) -> TaggedJob:
    """A job that carries the tag."""
    return TaggedJob(JobRef(str(number)), status, attempt)


class ScriptedSystem:
    """Each method takes the next value from its list, and raises it if it is an error; the last value stays.

    :ivar asked: the methods that were called, in order.
    """

    name = "linkis"
    connection = "linkis_default"
    batch_size = 30

    def __init__(
        self,
        *,
        submits: Iterable[JobRef | RemoteError] = (),
        finds: Iterable[list[TaggedJob] | RemoteError] = (),
        statuses: Iterable[JobStatus | RemoteError] = (),
        logs: Iterable[LogChunk | RemoteError] = (),
        cancels: Iterable[JobStatus | RemoteError] = (),
    ) -> None:
        self._values: dict[str, list[Any]] = {
            "submit": list(submits),
            "find": list(finds),
            "status": list(statuses),
            "log": list(logs) or [LogChunk([], LogCursor())],
            "cancel": list(cancels),
        }
        self.asked: list[str] = []
        self.cursors: list[LogCursor] = []

    def _next(self, what: str) -> Flow[Any]:
        yield from ()
        self.asked.append(what)
        values = self._values[what]
        value = values[0] if len(values) == 1 and what != "submit" else values.pop(0)
        if isinstance(value, RemoteError):
            raise value
        return value

    def submit_job(self, request: Any, tag: JobTag) -> Flow[JobRef]:
        return self._next("submit")

    def find(self, request: Any, tag: JobTag, since: float) -> Flow[list[TaggedJob]]:
        return self._next("find")

    def job_status(self, ref: JobRef) -> Flow[JobStatus]:
        return self._next("status")

    def statuses(self, refs: Sequence[JobRef]) -> Flow[dict[str, JobStatus]]:
        status = yield from self._next("status")
        return {ref.id: status for ref in refs}

    def cancel(self, ref: JobRef) -> Flow[JobStatus]:
        return self._next("cancel")

    def read_log(self, ref: JobRef, cursor: LogCursor) -> Flow[LogChunk]:
        self.cursors.append(cursor)
        return self._next("log")

    def final_log(self, ref: JobRef, status: JobStatus, cursor: LogCursor) -> Flow[LogChunk]:
        return self._next("log")
