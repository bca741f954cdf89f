"""What the page wants to know of plans beside the documented fields: their newest runs, the rights, the plan of a DAG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.status import is_cancelled, status_of
from taskcenter_plugin.models import Context, Plan, PlanItem
from taskcenter_plugin.plans.items import kept_items
from taskcenter_plugin.plans.views import next_start
from taskcenter_plugin.routes.access import Access, Right
from taskcenter_plugin.times import seconds_between
from taskcenter_plugin.ui.plan_answers import PlanExtrasOut, PlanMayOut, PlanOfDagOut, ShortRunOut
from taskcenter_plugin.ui.run_answers import moment_of

RUNS_EACH = 12


def extras_of(ids: Sequence[int], access: Access, session: Session) -> list[PlanExtrasOut]:
    """Of some plans, in the order of their ids; those that there are not, or that one may not see, are left out."""
    plans = [
        plan
        for plan in session.scalars(select(Plan).where(Plan.id.in_(ids), Plan.deleted_at.is_(None)).order_by(Plan.id))
        if access.may(plan.dag_id, Right.READ)
    ]
    may = {plan.id: _may(plan.dag_id, access) for plan in plans}
    runs = _newest_runs([plan.dag_id for plan in plans if may[plan.id].read_runs], session)
    dag_ids = [plan.dag_id for plan in plans]
    dags = {dag.dag_id: dag for dag in session.scalars(select(DagModel).where(DagModel.dag_id.in_(dag_ids)))}
    items: dict[int, list[PlanItem]] = {}
    for item in kept_items([plan.id for plan in plans], session):
        items.setdefault(item.plan_id, []).append(item)
    shown = []
    for plan in plans:
        its_runs = runs.get(plan.dag_id, [])
        shown.append(
            PlanExtrasOut(
                id=plan.id,
                next_start_at=moment_of(next_start(dags.get(plan.dag_id), items.get(plan.id, []))),
                last_start_at=next((run.start_at for run in its_runs if run.start_at is not None), None),
                runs=its_runs,
                may=may[plan.id],
            )
        )
    return shown


def _may(dag_id: str, access: Access) -> PlanMayOut:
    return PlanMayOut(
        edit=access.may(dag_id, Right.EDIT),
        run=access.may(dag_id, Right.EDIT, Right.RUN),  # a POST with an item of type ONCE
        cancel=access.may(dag_id, Right.CANCEL),
        delete=access.may(dag_id, Right.DELETE),
        read_runs=access.may(dag_id, Right.READ_RUNS),
    )


def _newest_runs(dag_ids: Sequence[str], session: Session) -> dict[str, list[ShortRunOut]]:
    """By DAG, its newest runs, the newest first."""
    if not dag_ids:
        return {}
    # One look into the index a DAG: a window over all runs of these DAGs would read them all.
    each = (
        select(DagRun.id).where(DagRun.dag_id == dag_id).order_by(DagRun.id.desc()).limit(RUNS_EACH).subquery()
        for dag_id in dag_ids
    )
    newest = union_all(*(select(ids.c.id) for ids in each)).subquery()
    rows: Any = session.execute(
        select(
            DagRun.id,
            DagRun.dag_id,
            DagRun.state,
            DagRun.queued_at,
            DagRun.start_date,
            DagRun.end_date,
            Context.cancelled_at,
        )
        .outerjoin(Context, Context.dag_run_id == DagRun.id)
        .where(DagRun.id.in_(select(newest.c.id)))
        .order_by(DagRun.id.desc())
    )
    found: dict[str, list[ShortRunOut]] = {}
    for row in rows:
        found.setdefault(row.dag_id, []).append(_short(row))
    return found


def _short(run: Any) -> ShortRunOut:
    """A run from a row that has what is needed of the run and of its context."""
    return ShortRunOut(
        context_id=run.id,
        job_status=status_of(str(run.state), cancelled=is_cancelled(run, run)),
        start_at=moment_of(run.start_date),
        stop_at=moment_of(run.end_date),
        cost_time=seconds_between(run.start_date, run.end_date),
    )


def plan_of_dag(dag_id: str, run_id: str | None, session: Session) -> PlanOfDagOut:
    """The plan of a DAG; of a plan that was deleted, its executions are still there."""
    plan = session.scalar(select(Plan).where(Plan.dag_id == dag_id))
    if plan is None:
        return PlanOfDagOut(plan_id=None, context_id=None)
    context_id = None
    if run_id is not None:
        context_id = session.scalar(select(DagRun.id).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
    return PlanOfDagOut(plan_id=None if plan.deleted_at is not None else plan.id, context_id=context_id)
