"""Finds plans for lists."""

from __future__ import annotations

from typing import Any, cast

from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.service import Filters, narrow_plans
from taskcenter_plugin.contexts.status import has_status
from taskcenter_plugin.models import Context, Entity, Plan
from taskcenter_plugin.plans.ordering import Sort, page_of
from taskcenter_plugin.totals import Totals

PLAN_TOTALS = Totals()
_BY_ID = Sort()


def list_plans(filters: Filters, offset: int, limit: int, session: Session, sort: Sort = _BY_ID) -> list[Plan]:
    """A page of plans, in the order of their ids unless another is given."""
    plans = narrow_live_plans(select(Plan), filters)
    return page_of(plans, sort, offset, limit, session, narrowed=filters != Filters())


def count_plans(filters: Filters, session: Session) -> int:
    """How many plans there are."""

    def count(session: Session, after: int) -> tuple[int, int]:
        plans = narrow_live_plans(select(Plan.id), filters).where(Plan.id > after).subquery()
        number, newest = session.execute(select(func.count(), func.max(plans.c.id))).one()
        return number, newest or after

    # A plan's status changes without its id, so that what was counted before would be wrong.
    return count(session, 0)[0] if filters.statuses else PLAN_TOTALS.total(filters, count, session)


def dataset_totals(filters: Filters, session: Session) -> tuple[int, int]:
    """The bytes that the data sets of these plans take, and how many data sets there are."""
    plans = narrow_live_plans(cast("Select[Any]", select(Plan.entity_group, Plan.entity_key)), filters).subquery()
    query = (
        select(func.coalesce(func.sum(Entity.disk_usage), 0), func.count(Entity.id))
        .join(plans, (plans.c.entity_group == Entity.entity_group) & (plans.c.entity_key == Entity.entity_key))
        .where(Entity.entity_group == "DATASET")
    )
    disk_usage, count = session.execute(query).one()
    return int(disk_usage or 0), int(count or 0)


def narrow_live_plans(query: Select[Any], filters: Filters) -> Select[Any]:
    """Apply to a query of ``Plan``; deleted ones are left out."""
    query = narrow_plans(query.where(Plan.deleted_at.is_(None)), filters)
    if filters.enabled is not None:
        # Most plans are on: these are looked at one by one, up to the end of the page; the others are gathered.
        switches = select(DagModel.dag_id).where(DagModel.is_paused.is_(not filters.enabled))
        on = switches.where(DagModel.dag_id == Plan.dag_id).correlate(Plan).exists()
        query = query.where(on if filters.enabled else Plan.dag_id.in_(switches))
    if filters.statuses:
        newest = select(func.max(DagRun.id)).where(DagRun.dag_id == Plan.dag_id).correlate(Plan).scalar_subquery()
        query = (
            query.outerjoin(DagRun, DagRun.id == newest)
            .outerjoin(Context, Context.dag_run_id == DagRun.id)
            .where(has_status(set(filters.statuses)))
        )
    return query
