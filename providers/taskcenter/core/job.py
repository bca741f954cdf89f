"""What the shared lifecycle needs to know of a job and of the system that runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from taskcenter.core.flow import Flow
from taskcenter.core.status import JobStatus

RequestT = TypeVar("RequestT", contravariant=True)


@dataclass(frozen=True, slots=True)
class JobRef:
    """Names a remote job; goes through XCom, trigger arguments and the task state store.

    :param id: the durable id (Linkis: taskID).
    :param handle: further names that the system needs to reach it (Linkis: execID).
    """

    id: str
    handle: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {"id": self.id, "handle": dict(self.handle)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> JobRef:
        """The reverse of :meth:`to_json`; keeps the handle of ``value`` itself, which thousands of triggers hold anyway.

        :raises ValueError: it is not such an object.
        """
        if not isinstance(value, Mapping):
            raise ValueError(f"not a reference to a job: {value!r}")
        job_id, handle = value.get("id"), value.get("handle", {})
        if not isinstance(job_id, str) or not job_id or not isinstance(handle, Mapping):
            raise ValueError(f"not a reference to a job: {value!r}")
        return cls(job_id, handle)


@dataclass(frozen=True)
class JobTag:
    """The idempotency key under which a job is submitted, and by which it is found again.

    :param key: the same for all tries of one task instance that should share a job.
    :param attempt: the try that submits.
    """

    key: str
    attempt: int


@dataclass(frozen=True)
class TaggedJob:
    """A job found by its tag."""

    ref: JobRef
    status: JobStatus
    attempt: int


@dataclass(frozen=True, slots=True)
class LogCursor:
    """How far a job's log has been read.

    :param line: the server's number of the next line.
    :param last: text of the last line shown, to find the place again where line numbers shift.
    :param shown: how many lines have been shown, those without text not counted.
    """

    line: int = 1
    last: str = ""
    shown: int = 0

    def after(self, line: int, lines: Sequence[str]) -> LogCursor:
        """The cursor when these lines have been shown too and ``line`` is the next."""
        return LogCursor(line, lines[-1] if lines else self.last, self.shown + len(lines))


@dataclass(frozen=True)
class LogChunk:
    """Some lines of a job's log, without line ends, and where to go on."""

    lines: Sequence[str]
    cursor: LogCursor


class RemoteSystem(Protocol[RequestT]):
    """A remote system as the shared lifecycle sees it; every method is a flow."""

    @property
    def name(self) -> str:
        """For messages: ``linkis``."""

    @property
    def connection(self) -> str:
        """The Airflow connection id."""

    @property
    def batch_size(self) -> int:
        """How many jobs one status request may ask for."""

    def submit_job(self, request: RequestT, tag: JobTag) -> Flow[JobRef]:
        """Send a job, tagged. Never repeated when it may have arrived."""

    def find(self, request: RequestT, tag: JobTag, since: float) -> Flow[list[TaggedJob]]:
        """The jobs like ``request`` with the tag's key, created after ``since`` (epoch seconds), newest first."""

    def job_status(self, ref: JobRef) -> Flow[JobStatus]:
        """The durable status of one job."""

    def statuses(self, refs: Sequence[JobRef]) -> Flow[dict[str, JobStatus]]:
        """The status of up to :attr:`batch_size` jobs by id; one that is not known is missing."""

    def cancel(self, ref: JobRef) -> Flow[JobStatus]:
        """Stop a job and confirm it; one that has ended stays as it is."""

    def read_log(self, ref: JobRef, cursor: LogCursor) -> Flow[LogChunk]:
        """The lines after the cursor that a running job has written."""

    def final_log(self, ref: JobRef, status: JobStatus, cursor: LogCursor) -> Flow[LogChunk]:
        """All lines after the cursor of a job that has ended."""
