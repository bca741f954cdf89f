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
DEEP = 5000
"""From there on, a page is looked for from the nearer end of the order: to count takes less time than to go there."""


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
_HAS_NEXT = and_(DagModel.is_paused.is_(False), DagModel.next_dagrun_create_after.is_not(None))
_NEXT = (DagModel.next_dagrun_create_after, DagModel.dag_id)


def page_of(plans: Select[Any], sort: Sort, offset: int, limit: int, session: Session, *, narrowed: bool) -> list[Plan]:
    """A page of plans.

    :param plans: a query of ``Plan``
    :param narrowed: whether it leaves out some that are not deleted
    """
    if sort.field in _COLUMNS:
        total = count_of(plans, session) if offset >= DEEP else None
        return part_of(plans, _COLUMNS[sort.field], offset, limit, session, descending=sort.descending, total=total)
    if sort.field is SortField.NEXT_START_AT:
        return _by_next_start(plans, sort, offset, limit, session, narrowed=narrowed)
    return _by_runs(plans, sort, offset, limit, session, narrowed=narrowed)


def ids_in_order(plans: Select[Any], sort: Sort, session: Session, *, most: int | None = None) -> list[int]:
    """The plans that a query finds, by their ids.

    :param most: the first so many are enough, if it finds all plans; there may be more
    """
    every = _only_ids(plans)
    if sort.field in _COLUMNS:
        order = _directed(_COLUMNS[sort.field], descending=sort.descending)
        return _numbers(every.order_by(*order).limit(most), session)
    if sort.field is SortField.NEXT_START_AT:
        due = every.join(DagModel, DagModel.dag_id == Plan.dag_id).where(_HAS_NEXT)
        first = _numbers(due.order_by(*_directed(_NEXT, descending=sort.descending)).limit(most), session)
    else:
        by_cost = sort.field is SortField.COST_TIME
        first = RUN_ORDER.ids(session, by_cost=by_cost, descending=sort.descending, limit=most)
    if most is not None and len(first) == most:
        return first
    wanted = set(_numbers(every, session))
    return [*(plan_id for plan_id in first if plan_id in wanted), *sorted(wanted.difference(first))]


def _numbers(query: Select[Any], session: Session) -> list[int]:
    """Many of them: rows of the mapped class would take twice as long."""
    return list(session.connection().execute(query).scalars().all())


def plans_of(ids: Sequence[int], session: Session) -> list[Plan]:
    """The plans with these ids, in their order; one that has just been deleted is left out."""
    found = {plan.id: plan for plan in session.scalars(_live(Plan.id.in_(ids)))}
    return [found[plan_id] for plan_id in ids if plan_id in found]


def _directed(columns: Sequence[Any], *, descending: bool) -> list[Any]:
    return [column.desc() if descending else column for column in columns]


def part_of(
    query: Select[Any],
    columns: Sequence[Any],
    offset: int,
    limit: int,
    session: Session,
    *,
    descending: bool = False,
    total: int | None = None,
) -> list[Any]:
    """A part of what a query finds in an order.

    :param total: how many it finds in all, if that is known
    """
    if total is not None and offset > total // 2:
        limit = max(0, min(limit, total - offset))
        offset = max(0, total - offset - limit)
        backwards = part_of(query, columns, offset, limit, session, descending=not descending) if limit else []
        return backwards[::-1]
    order = _directed(columns, descending=descending)
    return list(session.scalars(query.order_by(*order).offset(offset).limit(limit)))


def _by_next_start(
    plans: Select[Any], sort: Sort, offset: int, limit: int, session: Session, *, narrowed: bool
) -> list[Plan]:
    """First those that have a next run, then, by their ids, those that have none."""
    every = plans.with_only_columns(Plan.dag_id, maintain_column_froms=True)
    if narrowed:
        due = every.join(DagModel, DagModel.dag_id == Plan.dag_id).where(_HAS_NEXT)
    else:  # SQLite would read all plans before it looks for their DAGs
        due = select(DagModel.dag_id).where(_HAS_NEXT, DagModel.bundle_name == BUNDLE_NAME)
    number = count_of(due, session) if offset >= DEEP else None
    page = part_of(due, _NEXT, offset, limit, session, descending=sort.descending, total=number)
    if len(page) < limit:
        if number is None:
            number = offset + len(page) if page or not offset else count_of(due, session)
        other = every.outerjoin(DagModel, DagModel.dag_id == Plan.dag_id).where(
            or_(DagModel.is_paused.is_not(False), DagModel.next_dagrun_create_after.is_(None))
        )
        begin = max(0, offset - number)
        total = count_of(every, session) - number if begin >= DEEP else None
        page += part_of(other, (Plan.id,), begin, limit - len(page), session, total=total)
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
            return plans_of(page, session)
    return _by_ids(plans, RUN_ORDER.ids(session, **by), offset, limit, session, narrowed=narrowed)


def _by_ids(
    plans: Select[Any], ids: Sequence[int], offset: int, limit: int, session: Session, *, narrowed: bool
) -> list[Plan]:
    """First the plans with these ids, in their order, then, by their ids, the others."""
    every = _only_ids(plans)
    if not narrowed:
        found = ids
    elif len(found := _first_of(ids, every, offset + limit, session)) < offset + limit:
        wanted = set(session.scalars(every))
        found = [plan_id for plan_id in ids if plan_id in wanted]
    page = list(found[offset : offset + limit])
    if len(page) < limit:
        known = set(found)
        begin = max(0, offset - len(found))
        end = begin + limit - len(page)
        some = session.scalars(every.order_by(Plan.id).limit(end + len(known)))
        page += islice((plan_id for plan_id in some if plan_id not in known), begin, end)
    return plans_of(page, session)


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


def count_of(plans: Select[Any], session: Session) -> int:
    """How many plans a query finds."""
    return session.scalar(plans.with_only_columns(func.count(), maintain_column_froms=True)) or 0


def _only_ids(plans: Select[Any]) -> Select[Any]:
    """To sort and to skip whole rows would take much longer."""
    return plans.with_only_columns(Plan.id, maintain_column_froms=True)


def _live(condition: ColumnElement[bool]) -> Select[Any]:
    return cast("Select[Any]", select(Plan).where(condition, Plan.deleted_at.is_(None)))
