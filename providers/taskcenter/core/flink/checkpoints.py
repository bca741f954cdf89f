"""A job's checkpoints and savepoints, which share one count (Flink documentation, "REST API": ``/jobs/{id}/checkpoints``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

COMPLETED, FAILED = "COMPLETED", "FAILED"


class Savepoint(NamedTuple):
    """A savepoint of a job.

    :param id: counts up over the job's checkpoints and savepoints.
    :param status: ``IN_PROGRESS``, :data:`COMPLETED` or :data:`FAILED`.
    :param path: where it is, empty until it is complete.
    :param reason: why it failed.
    """

    id: int
    status: str
    path: str
    reason: str


def last_id(answer: Mapping[str, Any]) -> int:
    """The highest number given so far, 0 without any."""
    return max((int(row["id"]) for row in _rows(answer)), default=0)


def savepoints_after(answer: Mapping[str, Any], number: int) -> list[Savepoint]:
    """The savepoints that have begun after that checkpoint, the oldest first."""
    found = {
        int(row["id"]): Savepoint(
            int(row["id"]),
            str(row.get("status") or ""),
            str(row.get("external_path") or ""),
            str(row.get("failure_message") or ""),
        )
        for row in _rows(answer)
        if row.get("is_savepoint") and int(row["id"]) > number
    }
    return [found[each] for each in sorted(found)]


def _rows(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All that are told of; the history is short, and has lost what ``latest`` still has."""
    latest = answer.get("latest")
    rows = [*(latest.values() if isinstance(latest, Mapping) else ()), *(answer.get("history") or ())]
    return [row for row in rows if isinstance(row, Mapping) and str(row.get("id")).isdigit()]
