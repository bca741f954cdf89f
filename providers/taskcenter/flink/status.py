"""Flink's words for a state, turned into ours in this one place."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from taskcenter.core.flink.endpoints import JobRow
from taskcenter.core.flink.exceptions import explain, trace_of
from taskcenter.core.flink.states import FLINK_STATES
from taskcenter.core.job import JobRef
from taskcenter.core.status import JobState, JobStatus

log = logging.getLogger(__name__)

RUNNING_FOR = "running_for"
"""In a reference's handle: the job counts as succeeded once it has been running for so many seconds."""

_seen_unknown: set[str] = set()


def parse_state(raw: object) -> JobState:
    """Our state for Flink's word; a word that is not known is ``UNKNOWN``, logged once."""
    text = str(raw)
    state = FLINK_STATES.get(text)
    if state is None:
        if text not in _seen_unknown:
            _seen_unknown.add(text)
            log.warning("Flink says that a job is %r, which is not known here; it is taken as not ended.", text)
        return JobState.UNKNOWN
    return state


@lru_cache(maxsize=256)
def _plain(raw: str) -> JobStatus:
    return JobStatus(parse_state(raw), raw)


def parse_row(row: JobRow, ref: JobRef) -> JobStatus:
    """The status of a job of ``/jobs/overview``, as the one who waits for ``ref`` sees it.

    Nearly all rows say the same as the last time: those share one status.
    """
    status = _plain(row.state)
    if RUNNING_FOR not in ref.handle:
        return status
    return _seen_as_running(status, row, float(ref.handle[RUNNING_FOR]))


def _seen_as_running(status: JobStatus, row: JobRow, seconds: float) -> JobStatus:
    """A job that is to run for some time: it has succeeded when every task has run for so long.

    A job that has finished by itself has succeeded, too. All times are the JobManager's.
    """
    return JobStatus(JobState.SUCCEEDED, row.state) if row.runs_well(seconds) else status


def parse_operation(answer: Mapping[str, Any]) -> JobStatus:
    """The status of a savepoint that is asked for under its trigger id."""
    status = answer.get("status")
    raw = str(status.get("id") if isinstance(status, Mapping) else status)
    if raw != "COMPLETED":
        return JobStatus(JobState.RUNNING, raw)
    operation = answer.get("operation")
    operation = operation if isinstance(operation, Mapping) else {}
    if operation.get("location"):
        return JobStatus(JobState.SUCCEEDED, raw, details={"location": str(operation["location"])})
    reason = explain(trace_of(operation.get("failure-cause")))
    return JobStatus(JobState.FAILED, "FAILED", reason=reason)
