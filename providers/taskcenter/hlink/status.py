"""Hlink's numbers and words, and Flink's words, turned into ours in this one place (facts, "Job status")."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from taskcenter.core.flink.states import FLINK_STATES
from taskcenter.core.status import JobState

log = logging.getLogger(__name__)

SOURCE, DOCUMENTED = "source", "documented"
DIALECTS: Mapping[str, Mapping[int, str]] = {
    SOURCE: dict(
        enumerate(
            (
                "UNCOMMITTED",
                "CREATED",
                "STARTING",
                "RUNNING",
                "FAILING",
                "FAILED",
                "CANCELLING",
                "CANCELED",
                "FINISHED",
                "RESTARTING",
                "SUSPENDING",
                "SUSPENDED",
                "RECONCILING",
            )
        )
    ),
    # The document has no number for a job that has finished; the numbers 3 and 9 mean another thing there.
    DOCUMENTED: {0: "UNCOMMITTED", 1: "RUNNING", 2: "CANCELED", 3: "FAILED", 9: "STARTING"},
}
"""What ``jobStatus`` means, by the ``status_dialect`` of the connection."""

_NAMES: Mapping[str, str] = {
    "未提交": "UNCOMMITTED",
    "已生成": "CREATED",
    "启动中": "STARTING",
    "运行中": "RUNNING",
    "失败中": "FAILING",
    "已失败": "FAILED",
    "停止中": "CANCELLING",
    "已停止": "CANCELED",
    "已完成": "FINISHED",
    "重启中": "RESTARTING",
    "挂起中": "SUSPENDING",
    "已挂起": "SUSPENDED",
    "调节中": "RECONCILING",
    # The document's own words
    "未运行": "UNCOMMITTED",
    "取消": "CANCELED",
    "失败": "FAILED",
    "提交中": "STARTING",
}

_STATES: Mapping[str, JobState] = {
    **FLINK_STATES,
    "UNCOMMITTED": JobState.PENDING,
    "STARTING": JobState.PENDING,
    "SUSPENDING": JobState.RUNNING,
}

NAMES = frozenset(_STATES)
"""All words for a status."""

STARTED = frozenset({"CREATED", "STARTING", "RUNNING", "FAILING", "CANCELLING", "RESTARTING", "RECONCILING"})
"""Words for a job of which a start is under way or has been made, and that has not ended."""

_seen_unknown: set[str] = set()


def stored_word(job: Mapping[str, Any], dialect: str) -> str:
    """Hlink's stored status as one of :data:`NAMES`, or what it is where it is none of them.

    ``jobStatusName`` is trusted where it is there; the number means what the dialect says.
    """
    name = job.get("jobStatusName")
    if name:
        return _NAMES.get(str(name).strip(), str(name))
    number = job.get("jobStatus")
    if number is None:
        return "UNCOMMITTED"
    return DIALECTS[dialect].get(number, f"jobStatus {number}")


def parse_state(word: str) -> JobState:
    """Our state for a word; one that is not known is ``UNKNOWN``, logged once."""
    state = _STATES.get(word)
    if state is None:
        if word not in _seen_unknown:
            _seen_unknown.add(word)
            log.warning(
                "Hlink says that a job is %r, which is not known here; it is taken as not ended. See whether "
                "status_dialect of the connection is right.",
                word,
            )
        return JobState.UNKNOWN
    return state
