"""Cancels executions: their DAG runs are failed by Airflow, and marked here as cancelled."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone

from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.state import DagRunState, TaskInstanceState
from sqlalchemy import select
from sqlalchemy.orm import Session

from taskcenter_plugin.airflow_internals.registration import stop_run
from taskcenter_plugin.contexts.status import ContextStatus, has_status
from taskcenter_plugin.models import Context, Plan
from taskcenter_plugin.users import user_number

log = logging.getLogger(__name__)
_LOOK_BACK = timedelta(hours=24)
_GOING_ON = (
    TaskInstanceState.SCHEDULED,
    TaskInstanceState.QUEUED,
    TaskInstanceState.RUNNING,
    TaskInstanceState.DEFERRED,
    TaskInstanceState.UP_FOR_RETRY,
)


def cancel_plan(plan: Plan, user: str, session: Session) -> int:
    """Cancel all queued and running runs of a plan, for a user; return how many."""
    return cancel_runs(plan, user_number(user, session), datetime.now(timezone.utc), session)


def cancel_runs(plan: Plan, user_id: int, now: datetime, session: Session) -> int:
    """Cancel all queued and running runs of a plan; return how many.

    Workers and triggers notice that their task has been failed, and kill the job that it runs on the remote system.
    """
    runs = session.scalars(
        select(DagRun)
        .where(DagRun.dag_id == plan.dag_id, DagRun.state.in_([DagRunState.QUEUED, DagRunState.RUNNING]))
        .with_for_update()
    ).all()
    for run in runs:
        _cancel(run, plan, user_id, now, session)
    return len(runs)


def cancel_run(run_id: int, plan: Plan, user: str, session: Session) -> bool:
    """Cancel one run of a plan, for a user; return whether it was queued or running."""
    run = session.scalar(
        select(DagRun).where(DagRun.id == run_id).with_for_update().execution_options(populate_existing=True)
    )
    if run is None or run.state not in (DagRunState.QUEUED, DagRunState.RUNNING):
        return False
    _cancel(run, plan, user_number(user, session), datetime.now(timezone.utc), session)
    return True


def _cancel(run: DagRun, plan: Plan, user_id: int, now: datetime, session: Session) -> None:
    context = session.get(Context, run.id)
    if context is None:
        context = Context(dag_run_id=run.id, plan_id=plan.id)
        session.add(context)
    # Not before it was queued, even if another machine's clock is ahead: that would mean that it was cleared since.
    context.cancelled_at, context.cancelled_by = max(now, run.queued_at or now), user_id
    session.flush()
    stop_run(run, session)


def stop_what_was_cancelled(session: Session) -> int:
    """Stop the tasks of cancelled runs that go on all the same; return of how many runs.

    On a database without locks of rows (SQLite), the scheduler may queue a task that it has read just before its run was cancelled.
    """
    going_on = select(TaskInstance.id).where(
        TaskInstance.dag_id == DagRun.dag_id, TaskInstance.run_id == DagRun.run_id, TaskInstance.state.in_(_GOING_ON)
    )
    runs = session.scalars(
        select(DagRun)
        .join(Context, Context.dag_run_id == DagRun.id)
        .where(Context.cancelled_at > datetime.now(timezone.utc) - _LOOK_BACK, has_status({ContextStatus.CANCELLED}))
        .where(going_on.exists())
    ).all()
    for run in runs:
        log.warning("Run %s of %s was cancelled but goes on; it is stopped again", run.run_id, run.dag_id)
        stop_run(run, session)
    return len(runs)
