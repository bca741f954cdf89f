"""DEPENDENCY items: when a run of a plan ends, the plans that wait for it get a run each, in the same transaction.

Airflow's assets would merge events; here one finish makes one run of every waiting plan. ``taskcenter_dependency_fire`` has a row for
each, written with the run, so that what a failed listener has missed can be found and done once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.state import DagRunState
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from taskcenter.jobs.metrics import count
from taskcenter_plugin import settings
from taskcenter_plugin.airflow_internals.registration import start_run
from taskcenter_plugin.contexts.status import is_cancelled
from taskcenter_plugin.errors import CYCLE, BadRequest
from taskcenter_plugin.metrics import FIRES, FIRES_RECOVERED
from taskcenter_plugin.models import Context, DependencyFire, Plan, PlanDependency
from taskcenter_plugin.plans.readable import MayRead, Name

if TYPE_CHECKING:
    from sqlalchemy import Select

log = logging.getLogger(__name__)
UNSEEN = "a plan that you may not see"
_LOOK_BACK = timedelta(hours=24)
_GRACE = timedelta(seconds=30)
"""A run that ended so recently may still be in the scheduler's open transaction."""


def refuse_cycle(plan: Name, upstream: Iterable[Name], session: Session, may_read: MayRead) -> None:
    """Look whether a plan would wait for itself.

    :param may_read: what plans the user may know of who wants it to wait for these
    :raises BadRequest: it would; the message names the path, but for plans that the user may not know of.
    """
    paths: dict[Name, tuple[Name, ...]] = {name: (name, plan) for name in upstream}
    given = {plan, *paths}
    while paths:
        if plan in paths:
            path = " -> ".join(" ".join(each) if each in given or may_read(each) else UNSEEN for each in paths[plan])
            raise BadRequest(f"The dependencies would go round in a circle: {path}. Remove one of them.", CYCLE)
        paths = _one_step_up(paths, session)


def _one_step_up(paths: dict[Name, tuple[Name, ...]], session: Session) -> dict[Name, tuple[Name, ...]]:
    rows = session.execute(
        select(Plan.entity_group, Plan.entity_key, PlanDependency.entity_group, PlanDependency.entity_key)
        .join(PlanDependency, PlanDependency.plan_id == Plan.id)
        .where(Plan.deleted_at.is_(None), Plan.entity_key.in_([key for _, key in paths]))
    )
    found: dict[Name, tuple[Name, ...]] = {}
    for group, key, upstream_group, upstream_key in rows:
        path = paths.get((group, key))
        step = (upstream_group, upstream_key)
        if path is not None and step not in path[:-1]:
            found.setdefault(step, (step, *path))
    return found


def fire(run: DagRun, session: Session) -> int:
    """Start a run of every plan that waits for the plan of this run, which has just ended; return how many.

    Nothing here commits, or opens a savepoint: the session is the scheduler's.
    """
    if run.state == DagRunState.FAILED and settings.success_only():
        return 0
    cancelled = is_cancelled(run, session.get(Context, run.id))
    started = 0
    for plan, paused in session.execute(_waiting_for(run)).all():
        key = (run.id, run.clear_number or 0, plan.id)
        if session.get(DependencyFire, key) is not None:
            continue
        # A cancelled run has not finished, and who is switched off misses it: noted, so that it is not taken for lost.
        dag_run_id = None if cancelled or paused else _start(run, plan, session)
        started += dag_run_id is not None
        session.add(
            DependencyFire(
                upstream_run_id=key[0],
                clear_number=key[1],
                plan_id=key[2],
                dag_run_id=dag_run_id,
                created_at=datetime.now(timezone.utc),
            )
        )
    session.flush()
    count(FIRES, started, kind="dependency")
    return started


def _start(run: DagRun, plan: Plan, session: Session) -> int:
    conf = {"upstream": {"dag_id": run.dag_id, "run_id": run.run_id}}
    started = start_run(plan.dag_id, conf=conf, upstream=True, session=session)
    session.flush()
    session.add(
        Context(dag_run_id=started.id, plan_id=plan.id, item_id=_item(run, plan, session), upstream_run_id=run.id)
    )
    return started.id


def _upstream_plan(run_dag_id: str) -> Select[Any]:
    return select(Plan).where(Plan.dag_id == run_dag_id)


def _waiting_for(run: DagRun) -> Select[Any]:
    """Plans that wait for the plan of this run, and whether each is switched off."""
    upstream = _upstream_plan(run.dag_id).subquery()
    waiting = (
        select(PlanDependency.plan_id)
        .join(
            upstream,
            and_(
                upstream.c.entity_group == PlanDependency.entity_group,
                upstream.c.entity_key == PlanDependency.entity_key,
            ),
        )
        .where(PlanDependency.plan_id != upstream.c.id)
    )
    query: Select[Any] = select(Plan, DagModel.is_paused)  # type: ignore[assignment]
    return (
        query.join(DagModel, DagModel.dag_id == Plan.dag_id)
        .where(Plan.deleted_at.is_(None), Plan.id.in_(waiting))
        .order_by(Plan.id)
    )


def _item(run: DagRun, plan: Plan, session: Session) -> int | None:
    """The item of the plan that names the plan of this run."""
    upstream = _upstream_plan(run.dag_id).subquery()
    return session.scalar(
        select(PlanDependency.item_id)
        .where(
            PlanDependency.plan_id == plan.id,
            PlanDependency.entity_group == upstream.c.entity_group,
            PlanDependency.entity_key == upstream.c.entity_key,
        )
        .limit(1)
    )


def fire_what_was_lost(session: Session) -> None:
    """Start the runs that a listener should have started in the last day and has not."""
    now = datetime.now(timezone.utc)
    states = [DagRunState.SUCCESS] if settings.success_only() else [DagRunState.SUCCESS, DagRunState.FAILED]
    ended = session.scalars(
        select(DagRun)
        .join(Plan, Plan.dag_id == DagRun.dag_id)
        .join(
            PlanDependency,
            and_(PlanDependency.entity_group == Plan.entity_group, PlanDependency.entity_key == Plan.entity_key),
        )
        .outerjoin(
            DependencyFire,
            and_(
                DependencyFire.upstream_run_id == DagRun.id,
                DependencyFire.plan_id == PlanDependency.plan_id,
                DependencyFire.clear_number == DagRun.clear_number,
            ),
        )
        .where(
            DagRun.state.in_(states),
            DagRun.end_date.between(now - _LOOK_BACK, now - _GRACE),
            DagRun.end_date > PlanDependency.since,
            DependencyFire.plan_id.is_(None),
        )
        .order_by(DagRun.end_date)
        .limit(1000)
    ).unique()
    for run in ended.all():
        started = fire(run, session)
        count(FIRES_RECOVERED, started)
        if started:
            log.warning(
                "Run %s of %s had ended without its %d dependents; they are started now",
                run.run_id,
                run.dag_id,
                started,
            )
