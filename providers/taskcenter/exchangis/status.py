"""Exchangis' words for an execution's state, turned into ours in this one place (facts section 3.1)."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

from taskcenter.core.job import JobRef
from taskcenter.core.status import JobState, JobStatus

log = logging.getLogger(__name__)

PARTIAL_SUCCESS = "partial_success"
"""In the document only; no server says it (facts section 3.1)."""

PERMIT_PARTIAL = "permit_partial_failures"
"""Name in a reference's handle: a partial success is a success to this task."""

ALL_ENDED = "all_tasks_ended"
"""Name in a status' details: every task of the execution has ended too."""

_STATES = {
    "inited": JobState.PENDING,
    "scheduled": JobState.PENDING,
    "waitforretry": JobState.PENDING,
    "running": JobState.RUNNING,
    "success": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    "undefined": JobState.FAILED,
    "cancelled": JobState.CANCELLED,
    "timeout": JobState.TIMED_OUT,
}

_seen_unknown: set[str] = set()


def parse_state(raw: object, *, permit_partial: bool = False) -> JobState:
    """Our state for Exchangis' word, in any case; a word that is not known is ``UNKNOWN``, logged once."""
    text = str(raw)
    if text.lower() == PARTIAL_SUCCESS:
        return JobState.SUCCEEDED if permit_partial else JobState.FAILED
    state = _STATES.get(text.lower())
    if state is None:
        if text not in _seen_unknown:
            _seen_unknown.add(text)
            log.warning("Exchangis says that a job is %r, which is not known here; it is taken as not ended.", text)
        return JobState.UNKNOWN
    return state


def parse_status(data: Mapping[str, Any], ref: JobRef | None = None, reason: str | None = None) -> JobStatus:
    """The status of an execution, from an answer that has ``status``, ``progress`` and perhaps ``allTaskStatus``.

    :param ref: the execution, which knows whether a partial success is good enough.
    :param reason: why it failed; Exchangis says that in the log alone.
    """
    raw = data.get("status")
    permit = ref is not None and PERMIT_PARTIAL in ref.handle
    return JobStatus(
        state=parse_state(raw, permit_partial=permit),
        raw=str(raw),
        progress=parse_progress(data.get("progress")),
        reason=reason,
        details={ALL_ENDED: "yes"} if data.get("allTaskStatus") is True else {},
    )


def parse_progress(raw: object) -> float | None:
    """Progress as 0.0 to 1.0, None where it is none."""
    try:
        value = float(str(raw))
    except ValueError:
        return None
    return None if math.isnan(value) else min(1.0, max(0.0, value))
