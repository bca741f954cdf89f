"""The state of an execution (任务执行的状态), from Airflow's state of its DAG run."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from airflow.models.dagrun import DagRun
from airflow.utils.state import DagRunState
from sqlalchemy import ColumnElement, and_, or_

from taskcenter_plugin.models import Context


class ContextStatus(str, Enum):
    """jobStatus, as the document has it."""

    NONE = "NONE"
    """New, never run (全新任务,无状态)."""
    PENDING = "PENDING"
    """Waits to be run (已调度,等待执行)."""
    RUNNING = "RUNNING"
    """Runs (正在执行)."""
    SUCCESSFUL = "SUCCESSFUL"
    """Has run well (执行成功)."""
    FAILED = "FAILED"
    """Has failed (执行失败)."""
    CANCELLED = "CANCELLED"
    """Was cancelled (执行取消)."""


ENDED = frozenset({ContextStatus.SUCCESSFUL, ContextStatus.FAILED, ContextStatus.CANCELLED})
_STATES = {
    DagRunState.QUEUED: ContextStatus.PENDING,
    DagRunState.RUNNING: ContextStatus.RUNNING,
    DagRunState.SUCCESS: ContextStatus.SUCCESSFUL,
    DagRunState.FAILED: ContextStatus.FAILED,
}


def status_of(state: str | None, *, cancelled: bool) -> ContextStatus:
    """The status of a run; None is a plan without one."""
    if state is None:
        return ContextStatus.NONE
    status = _STATES.get(DagRunState(state), ContextStatus.NONE)
    return ContextStatus.CANCELLED if cancelled and status is ContextStatus.FAILED else status


def is_cancelled(run: DagRun, context: Context | None) -> bool:
    """Whether a run was cancelled, and has not been cleared since: then it is run anew, and ends as it ends."""
    return context is not None and was_cancelled(run.queued_at, context.cancelled_at)


def was_cancelled(queued_at: datetime | None, cancelled_at: datetime | None) -> bool:
    """The same, from when a run was queued, and when it was cancelled."""
    return cancelled_at is not None and (queued_at is None or queued_at <= cancelled_at)


def _cancelled() -> ColumnElement[bool]:
    """The same, in a query that has outer-joined ``Context``."""
    not_cleared = or_(DagRun.queued_at.is_(None), DagRun.queued_at <= Context.cancelled_at)
    return and_(Context.cancelled_at.is_not(None), not_cleared)


def has_status(statuses: set[ContextStatus]) -> ColumnElement[bool]:
    """The condition for runs in one of these states; the query has outer-joined ``Context`` (and ``DagRun`` for NONE)."""
    failed = DagRun.state == DagRunState.FAILED
    conditions: dict[ContextStatus, ColumnElement[bool]] = {
        status: DagRun.state == state for state, status in _STATES.items()
    }
    conditions[ContextStatus.FAILED] = and_(
        failed, or_(Context.cancelled_at.is_(None), DagRun.queued_at > Context.cancelled_at)
    )
    conditions[ContextStatus.CANCELLED] = and_(failed, _cancelled())
    conditions[ContextStatus.NONE] = DagRun.id.is_(None)
    return or_(*(conditions[status] for status in sorted(statuses)))
