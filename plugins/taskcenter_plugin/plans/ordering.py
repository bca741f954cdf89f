"""The orders that a list of plans can have. Each ends with what no two plans share, so that pages neither share nor skip a plan.

Plans without a value, e.g. never run, are last in both directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any, cast

from airflow.models.dag import DagModel
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from taskcenter_plugin.models import Plan
from taskcenter_plugin.plans.bundle import BUNDLE_NAME
from taskcenter_plugin.plans.run_order import RunOrder

RUN_ORDER = RunOrder()
_AT_ONCE = 100
_LOOKED_THROUGH = 1000
"""How many of an order are looked through for those that are wanted, before all that are wanted are put in order."""


class SortField(str, Enum):
    """What plans are put in order by."""

    ID = "id"
    """Their number, so when they were created."""
    NAME = "name"
    """Their title, whatever the case of its letters."""
    UPDATED_AT = "updatedAt"
    """When they were last changed, switched on or off included."""
    NEXT_START_AT = "nextStartAt"
    """When they are to run next, as Airflow has noted it."""
    START_AT = "startAt"
    """When their newest run has started."""
    COST_TIME = "costTime"
    """How long their newest run has taken."""


@dataclass(frozen=True)
class Sort:
    """An order."""

    field: SortField = SortField.ID
    descending: bool = False


_COLUMNS: dict[SortField, tuple[Any, ...]] = {
    SortField.ID: (Plan.id,),
    SortField.NAME: (Plan.sort_title, Plan.id),
    SortField.UPDATED_AT: (Plan.updated_at, Plan.id),
}


def page_of(plans: Select[Any], sort: Sort, offset: int, limit: int, session: Session, *, narrowed: bool) -> list[Plan]:
    """A page of plans.

    :param plans: a query of ``Plan``
    :param narrowed: whether it leaves out some that are not deleted
    """
    if sort.field in _COLUMNS:
        query = plans.order_by(*_directed(_COLUMNS[sort.field], sort)).offset(offset).limit(limit)
        return list(session.scalars(query))
    if sort.field is SortField.NEXT_START_AT:
        return _by_next_start(plans, sort, offset, limit, session, narrowed=narrowed)
    return _by_runs(plans, sort, offset, limit, session, narrowed=narrowed)


def _directed(columns: Sequence[Any], sort: Sort) -> list[Any]:
    return [column.desc() if sort.descending else column for column in columns]


def _by_next_start(
    plans: Select[Any], sort: Sort, offset: int, limit: int, session: Session, *, narrowed: bool
) -> list[Plan]:
    """First those that have a next run, then, by their ids, those that have none."""
    noted = and_(DagModel.is_paused.is_(False), DagModel.next_dagrun_create_after.is_not(None))
    every = plans.with_only_columns(Plan.dag_id, maintain_column_froms=True)
    if narrowed:
        due = every.join(DagModel, DagModel.dag_id == Plan.dag_id).where(noted)
    else:  # SQLite would read all plans before it looks for their DAGs
        due = select(DagModel.dag_id).where(noted, DagModel.bundle_name == BUNDLE_NAME)
    order = _directed((DagModel.next_dagrun_create_after, DagModel.dag_id), sort)
    page = list(session.scalars(due.order_by(*order).offset(offset).limit(limit)))
    if len(page) < limit:
        before = offset + len(page) if page or not offset else _count(due, session)
        other = every.outerjoin(DagModel, DagModel.dag_id == Plan.dag_id).where(
            or_(DagModel.is_paused.is_not(False), DagModel.next_dagrun_create_after.is_(None))
        )
        rest = other.order_by(Plan.id).offset(max(0, offset - before)).limit(limit - len(page))
        page += session.scalars(rest)
    found = {plan.dag_id: plan for plan in session.scalars(_live(Plan.dag_id.in_(page)))}
    return [found[dag_id] for dag_id in page if dag_id in found]


def _by_runs(
    plans: Select[Any], sort: Sort, offset: int, limit: int, session: Session, *, narrowed: bool
) -> list[Plan]:
    """First those whose newest run has a start, or a duration, then, by their ids, the others."""
    by = {"by_cost": sort.field is SortField.COST_TIME, "descending": sort.descending}
    if not narrowed:
        page = RUN_ORDER.ids(session, **by, offset=offset, limit=limit)
        if len(page) == limit:
            return _plans(page, session)
    return _by_ids(plans, RUN_ORDER.ids(session, **by), offset, limit, session, narrowed=narrowed)


def _by_ids(
    plans: Select[Any], ids: Sequence[int], offset: int, limit: int, session: Session, *, narrowed: bool
) -> list[Plan]:
    """First the plans with these ids, in their order, then, by their ids, the others."""
    # The ids alone: to sort and to skip whole rows would take much longer.
    every = plans.with_only_columns(Plan.id, maintain_column_froms=True)
    if not narrowed:
        found = ids
    elif len(found := _first_of(ids, every, offset + limit, session)) < offset + limit:
        wanted = set(session.scalars(every))
        found = [plan_id for plan_id in ids if plan_id in wanted]
    page = list(found[offset : offset + limit])
    if len(page) < limit:
        known = set(found)
        rest = (plan_id for plan_id in session.scalars(every.order_by(Plan.id)) if plan_id not in known)
        begin = max(0, offset - len(found))
        page += islice(rest, begin, begin + limit - len(page))
    return _plans(page, session)


def _first_of(ids: Sequence[int], every: Select[Any], count: int, session: Session) -> list[int]:
    """The first of these that a query finds, looked for among the first of them only; so there may be fewer than there are."""
    found: list[int] = []
    start, end = 0, _AT_ONCE
    while len(found) < count and start < min(len(ids), _LOOKED_THROUGH):
        some = ids[start:end]
        wanted = set(session.scalars(every.where(Plan.id.in_(some))))
        found += (plan_id for plan_id in some if plan_id in wanted)
        start, end = end, 3 * end
    return found


def _count(plans: Select[Any], session: Session) -> int:
    return session.scalar(select(func.count()).select_from(plans.subquery())) or 0


def _plans(ids: Sequence[int], session: Session) -> list[Plan]:
    """The plans with these ids, in their order; one that has just been deleted is left out."""
    found = {plan.id: plan for plan in session.scalars(_live(Plan.id.in_(ids)))}
    return [found[plan_id] for plan_id in ids if plan_id in found]


def _live(condition: ColumnElement[bool]) -> Select[Any]:
    return cast("Select[Any]", select(Plan).where(condition, Plan.deleted_at.is_(None)))
