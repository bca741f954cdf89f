"""Linkis' words for a job's state, turned into ours in this one place (facts section 3)."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from taskcenter.core.job import JobRef
from taskcenter.core.status import TERMINAL, JobState, JobStatus

log = logging.getLogger(__name__)

_STATES = {
    "inited": JobState.PENDING,
    "waitforretry": JobState.PENDING,
    "scheduled": JobState.PENDING,
    "running": JobState.RUNNING,
    "succeed": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    "cancelled": JobState.CANCELLED,
    "timeout": JobState.TIMED_OUT,
}

_seen_unknown: set[str] = set()


def parse_state(raw: object) -> JobState:
    """Our state for Linkis' word, in any case; a word that is not known is ``UNKNOWN``, logged once."""
    text = str(raw)
    state = _STATES.get(text.lower())
    if state is None:
        if text not in _seen_unknown:
            _seen_unknown.add(text)
            log.warning("Linkis says that a job is %r, which is not known here; it is taken as not ended.", text)
        return JobState.UNKNOWN
    return state


def parse_task(task: Mapping[str, Any]) -> JobStatus:
    """The status of a job history row (QueryTaskVO, facts section 10)."""
    raw = task.get("status")
    state = parse_state(raw)
    details: dict[str, str] = {}
    exec_id = _exec_id(task.get("strongerExecId"))
    if exec_id:
        details["exec_id"] = exec_id
    if state in TERMINAL:
        # Nobody asks before; thousands of jobs are waited for.
        for name, key in (("log_path", "logPath"), ("result_location", "resultLocation")):
            if task.get(key):
                details[name] = str(task[key])
    return JobStatus(
        state=state,
        raw=str(raw),
        progress=parse_progress(task.get("progress")),
        reason=str(task["errDesc"]) if task.get("errDesc") else None,
        code=task.get("errCode") or None,
        details=details,
    )


class PolledRow(
    msgspec.Struct,
    gc=False,
    rename={
        "task_id": "taskID",
        "exec_id": "strongerExecId",
        "code": "errCode",
        "reason": "errDesc",
        "log_path": "logPath",
        "result_location": "resultLocation",
    },
):
    """Of the 35 keys of a job history row those that waiting needs; the others are not even read."""

    task_id: int | str
    status: Any = None
    progress: Any = None
    exec_id: Any = None
    code: Any = None
    reason: Any = None
    log_path: Any = None
    result_location: Any = None


def parse_polled(row: PolledRow, known: JobRef) -> JobStatus:
    """As :func:`parse_task`, for the row of a job that is waited for, whose reference is known.

    Nearly all rows say what the last one said of some job or other: those share one status, without the execID that is
    known. Statuses of their own would be most of what a poll makes, and the garbage collector's work.
    """
    if not row.reason and not row.code:
        progress = row.progress
        status = _going_on(str(row.status), None if progress is None else str(progress))
        known_id = known.handle.get("exec_id")
        if not status.is_terminal and (row.exec_id == known_id or _exec_id(row.exec_id) in (known_id, None)):
            return status
    return parse_task(msgspec.to_builtins(row))


@lru_cache(maxsize=1024)
def _going_on(raw: str, progress: str | None) -> JobStatus:
    return JobStatus(state=parse_state(raw), raw=raw, progress=parse_progress(progress))


def _exec_id(exec_id: object) -> str | None:
    # Before a job is scheduled the id ends with the text "null".
    return str(exec_id) if exec_id and not str(exec_id).endswith("null") else None


def parse_progress(raw: object) -> float | None:
    """Progress as 0.0 to 1.0; Linkis says ``0.2``, ``"0.5"`` and, in the document, ``"10%"``."""
    if raw is None:
        return None
    text = str(raw).strip()
    try:
        value = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
    return None if math.isnan(value) else min(1.0, max(0.0, value))


def parse_ref(task: Mapping[str, Any], exec_id: str | None = None) -> JobRef:
    """The job that a history row or a submit's answer names.

    :param exec_id: the execID, where the answer gives it apart.
    """
    exec_id = exec_id or parse_task(task).details.get("exec_id")
    return JobRef(str(task["taskID"]), {"exec_id": exec_id} if exec_id else {})
