"""What is asked of a job's Flink cluster itself, since Hlink's stored status goes stale (facts, "Job status").

Paths are those of Flink's REST API, the same from Flink 1.10 to 2.x.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from taskcenter.core.endpoint import Endpoint, Reply
from taskcenter.core.errors import ErrorContext, MalformedReplyError, NotFoundError, RefusedError

MAX_REASON_CHARS = 600

_OK, _NOT_FOUND, _SERVER_ERROR = 200, 404, 500
_MS = 1000


def parse_flink(reply: Reply, context: ErrorContext) -> dict[str, Any]:
    """A JSON object.

    :raises NotFoundError: the cluster does not know it.
    :raises RefusedError: the cluster says no.
    :raises MalformedReplyError: it is not Flink's answer, or Flink is not well.
    """
    context = replace(context, http_status=reply.status, reply=reply.text)
    if reply.status == _NOT_FOUND:
        raise NotFoundError("The Flink cluster does not know it.", context)
    if reply.status >= _SERVER_ERROR:
        raise MalformedReplyError("The Flink cluster of the job is not well; see the JobManager's log.", context)
    if reply.status >= _OK + 100:
        raise RefusedError(f"The Flink cluster of the job refused, with HTTP {reply.status}.", context)
    return reply.json_object(context)


def _flink(name: str, path: str, method: str = "GET", **more: Any) -> Endpoint:
    return Endpoint(name, method, path, parse_flink, prefixed=False, **more)


JOBS_OVERVIEW = _flink("Flink's jobs", "/jobs/overview")
EXCEPTIONS = _flink("Flink's exceptions", "/jobs/{flink_job_id}/exceptions")
CANCEL = _flink("cancel at Flink", "/jobs/{flink_job_id}", "PATCH", changes=True)


@dataclass(frozen=True)
class FlinkRun:
    """A job on a cluster: which, and at which address."""

    flink_job_id: str
    address: str


@dataclass(frozen=True)
class FlinkJob:
    """A job as its cluster tells of it; all times are the JobManager's.

    :param state: Flink's word.
    :param all_run: whether each of its tasks runs, or has finished.
    :param unchanged_seconds: for how long nothing has changed about it.
    """

    state: str
    all_run: bool
    unchanged_seconds: float


def parse_jobs(answer: Mapping[str, Any], context: ErrorContext) -> dict[str, FlinkJob]:
    """The jobs of ``/jobs/overview`` by their id.

    :raises MalformedReplyError: it is no such answer.
    """
    try:
        return {str(row["jid"]): _job(row) for row in answer["jobs"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        message = "The address of the job's cluster does not answer as Flink does. Check it in Hlink."
        raise MalformedReplyError(message, context) from None


def _job(row: Mapping[str, Any]) -> FlinkJob:
    tasks = row.get("tasks") or {}
    total, live = tasks.get("total") or 0, (tasks.get("running") or 0) + (tasks.get("finished") or 0)
    now = (row.get("start-time") or 0) + (row.get("duration") or 0)
    return FlinkJob(str(row["state"]), 0 < total <= live, (now - (row.get("last-modification") or now)) / _MS)


@dataclass(frozen=True)
class FlinkException:
    """One exception of a job: when (epoch ms), in which task, and its stack trace."""

    timestamp: int
    task: str
    trace: str

    @property
    def key(self) -> str:
        """What tells it from others."""
        return f"{self.timestamp}/{self.task}"

    @property
    def reason(self) -> str:
        """The lines of the trace that say what happened, without the stack."""
        lines = [line.strip() for line in self.trace.splitlines()]
        told = [line for line in lines if line and not line.startswith(("at ", "... "))]
        first, causes = told[:1], [line.removeprefix("Caused by: ") for line in told if line.startswith("Caused by: ")]
        return " / ".join(dict.fromkeys(first + causes[-1:]))[:MAX_REASON_CHARS]


def parse_exceptions(answer: Mapping[str, Any]) -> list[FlinkException]:
    """The exceptions of a job, the oldest first, as Flink 1.10 to 2.x tell of them."""
    history = answer.get("exceptionHistory")
    entries = history.get("entries") if isinstance(history, Mapping) else None
    if not entries:
        entries = answer.get("all-exceptions") or []
    found = [
        FlinkException(
            int(entry.get("timestamp") or 0),
            str(entry.get("taskName") or entry.get("task") or ""),
            str(entry.get("stacktrace") or entry.get("exception") or ""),
        )
        for entry in entries
        if isinstance(entry, Mapping)
    ]
    root = answer.get("root-exception")
    if not found and root:
        found = [FlinkException(int(answer.get("timestamp") or 0), "", str(root))]
    return sorted(found, key=lambda each: each.timestamp)
