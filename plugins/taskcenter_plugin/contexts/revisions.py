"""What a plan was when a run of it started: the revision that the run is pinned to, and the item that started it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow.models.dagrun import DagRun
from airflow.utils.types import DagRunType
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from taskcenter_plugin.models import Context, Plan, PlanItem, PlanRevision
from taskcenter_plugin.plans.item_views import View, item_record, item_views, record_view
from taskcenter_plugin.plans.quartz import QuartzError, quartz_cron
from taskcenter_plugin.plans.versions import number_in

Row = tuple[DagRun, Plan, "Context | None"]


@dataclass(frozen=True)
class RunRevision:
    """A revision as its contexts show it.

    :param items: the records of the plan's items then (see ``plans/item_views.py``); none of older revisions
    """

    exec_detail: dict[str, Any]
    items: tuple[View, ...] = ()


def revisions_of(rows: Sequence[Row], session: Session) -> dict[int, RunRevision]:
    """By run, the newest revision of its plan up to the bundle version that the run started on."""
    valid = (
        select(DagRun.id.label("run_id"), func.max(PlanRevision.id).label("revision"))
        .join(Plan, Plan.dag_id == DagRun.dag_id)
        .join(PlanRevision, PlanRevision.plan_id == Plan.id)
        .where(DagRun.id.in_([run.id for run, _, _ in rows]))
        .where(PlanRevision.id <= func.coalesce(number_in(DagRun.bundle_version), Plan.revision))
        .group_by(DagRun.id)
        .subquery()
    )
    query = select(valid.c.run_id, PlanRevision.exec_detail, PlanRevision.items)
    found = session.execute(query.join(PlanRevision, PlanRevision.id == valid.c.revision))
    return {run_id: RunRevision(detail, tuple(items or ())) for run_id, detail, items in found}


def starting_items(rows: Sequence[Row], revisions: Mapping[int, RunRevision], session: Session) -> dict[int, View]:
    """By run, the item that started it, as it was then.

    It is noted for runs by hand and by dependency; of the schedule's it is the one that fires at the run's logical date.
    """
    found: dict[int, View] = {}
    noted: dict[int, int] = {}
    unknown: dict[int, tuple[int, float]] = {}
    for run, plan, context in rows:
        items = revisions[run.id].items if run.id in revisions else ()
        if context is not None and context.item_id is not None:
            then = next((item for item in items if item["id"] == context.item_id), None)
            noted |= {run.id: context.item_id} if then is None else {}
        elif run.run_type == DagRunType.SCHEDULED and run.logical_date is not None:
            then = _firing(items, run.logical_date.timestamp())
            unknown |= {run.id: (plan.id, run.logical_date.timestamp())} if then is None else {}
        else:
            continue
        if then is not None:
            found[run.id] = record_view(then)
    return {**found, **_noted_items(noted, session), **_items_firing_now(unknown, session)}


def _noted_items(noted: Mapping[int, int], session: Session) -> dict[int, View]:
    """Items that are in no revision: those of type ONCE, which never change; of older revisions, as the tables have them."""
    if not noted:
        return {}
    rows = session.scalars(select(PlanItem).where(PlanItem.id.in_(noted.values()))).all()
    shown = {view["id"]: view for view in item_views(rows, session)}
    return {run_id: shown[item_id] for run_id, item_id in noted.items() if item_id in shown}


def _items_firing_now(unknown: Mapping[int, tuple[int, float]], session: Session) -> dict[int, View]:
    """For runs on revisions without items: among all that their plans have or had, one that fires then."""
    if not unknown:
        return {}
    plans: dict[int, list[View]] = {}
    query = select(PlanItem).where(
        PlanItem.plan_id.in_({plan_id for plan_id, _ in unknown.values()}), PlanItem.trigger_type == "CRON_JOB"
    )
    for item in session.scalars(query.order_by(PlanItem.kept.desc(), PlanItem.position, PlanItem.id)):
        plans.setdefault(item.plan_id, []).append(item_record(item, ()))
    firing = {run_id: _firing(plans.get(plan_id, []), epoch) for run_id, (plan_id, epoch) in unknown.items()}
    return {run_id: record_view(item) for run_id, item in firing.items() if item is not None}


def _firing(items: Sequence[View], epoch: float) -> View | None:
    for item in items:
        if item["triggerType"] != "CRON_JOB":
            continue
        try:
            if quartz_cron(item["cronDesc"] or "", item["timeZone"] or "UTC").next_after(epoch - 1) == int(epoch):
                return item
        except QuartzError:
            continue
    return None
