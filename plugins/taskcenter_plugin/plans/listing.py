"""Finds plans for lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow.models.dag import DagModel
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.service import Filters, narrow_plans
from taskcenter_plugin.models import Entity, Plan
from taskcenter_plugin.plans.ordering import RUN_ORDER, Sort, SortField, count_of, ids_in_order, page_of, plans_of
from taskcenter_plugin.plans.run_order import InStates
from taskcenter_plugin.totals import Totals

PLAN_TOTALS = Totals()
_DATASET = "DATASET"
_BY_ID = Sort()
_ATTEMPTS = 3
_LOOKED_THROUGH, _FURTHER = 1000, 8
"""How many of an order are looked through at first, and how many times as many then."""


@dataclass(frozen=True)
class PlanPage:
    """A page of plans, and what is told of all plans that it is a page of.

    :param disk_usage: the bytes that their data sets take
    """

    plans: list[Plan]
    total: int
    disk_usage: int
    datasets: int


def page_of_plans(filters: Filters, offset: int, limit: int, session: Session, sort: Sort = _BY_ID) -> PlanPage:
    """A page of plans, in the order of their ids unless another is given, and the totals."""
    if filters.statuses:
        return _page_in_states(filters, offset, limit, session, sort)
    page = page_of(_plans(filters), sort, offset, limit, session, narrowed=filters != Filters())
    end = _end(page, offset, limit)
    total = _count(filters, session) if end is None else end
    return PlanPage(page, total, *_data_sets(filters, None, session))


def list_plans(filters: Filters, offset: int, limit: int, session: Session) -> list[Plan]:
    """A page of plans by their ids, without the totals.

    :param filters: without ``statuses``
    """
    return page_of(_plans(filters), _BY_ID, offset, limit, session, narrowed=filters != Filters())


def narrow_live_plans(query: Select[Any], filters: Filters) -> Select[Any]:
    """Apply to a query of ``Plan``, but for ``statuses``; deleted ones are left out."""
    query = narrow_plans(query.where(Plan.deleted_at.is_(None)), filters)
    if filters.enabled is not None:
        # Most plans are on: these are looked at one by one, up to the end of the page; the others are gathered.
        switches = select(DagModel.dag_id).where(DagModel.is_paused.is_(not filters.enabled))
        on = switches.where(DagModel.dag_id == Plan.dag_id).correlate(Plan).exists()
        query = query.where(on if filters.enabled else Plan.dag_id.in_(switches))
    return query


def _plans(filters: Filters) -> Select[Any]:
    return narrow_live_plans(select(Plan), filters)


def _page_in_states(filters: Filters, offset: int, limit: int, session: Session, sort: Sort) -> PlanPage:
    """The same of those whose newest runs are in the wanted states.

    Which ones they are is known in memory. Those that are to be shown are looked at again, and if one of them is in another state
    meanwhile, the page is made anew.
    """
    plans = _plans(filters)
    for _ in range(_ATTEMPTS):
        wanted = RUN_ORDER.in_states(filters.statuses, session)
        if wanted.are_few:
            found = plans.where(wanted.condition())
            page = page_of(found, sort, offset, limit, session, narrowed=True)
            end = _end(page, offset, limit)
            total = count_of(found, session) if end is None else end
        elif filters == Filters(statuses=filters.statuses):
            total = count_of(plans, session) - len(wanted.ids) if wanted.others else len(wanted.ids)
            page = plans_of(_first_of(wanted, min(offset + limit, total), sort, session)[offset:], session)
        else:
            ids = wanted.of(ids_in_order(plans, sort, session))
            page, total = plans_of(ids[offset : offset + limit], session), len(ids)
        if not RUN_ORDER.put_right(page, session):
            break
    return PlanPage(page, total, *_data_sets(filters, wanted, session))


def _first_of(wanted: InStates, count: int, sort: Sort, session: Session) -> list[int]:
    """The first so many of the plans that are in the wanted states: in an order, they are seldom far."""
    if sort.field is SortField.ID and not wanted.others:
        return sorted(wanted.ids, reverse=sort.descending)[:count]
    most = None if count > _LOOKED_THROUGH else _LOOKED_THROUGH
    while True:
        some = ids_in_order(_plans(Filters()), sort, session, most=most)
        ids = wanted.of(some)
        if most is None or len(ids) >= count or len(some) != most:  # these were all
            return ids[:count]
        most *= _FURTHER


def _end(page: list[Plan], offset: int, limit: int) -> int | None:
    """How many there are in all, if a page tells."""
    return offset + len(page) if len(page) < limit and (page or not offset) else None


def _count(filters: Filters, session: Session) -> int:
    """How many plans there are.

    :param filters: without ``statuses``: these change without the ids, so that what was counted before would be wrong
    """

    def count(session: Session, after: int) -> tuple[int, int]:
        plans = narrow_live_plans(select(Plan.id), filters).where(Plan.id > after).subquery()
        number, newest = session.execute(select(func.count(), func.max(plans.c.id))).one()
        return number, newest or after

    return PLAN_TOTALS.total(filters, count, session)


def _data_sets(filters: Filters, wanted: InStates | None, session: Session) -> tuple[int, int]:
    """The bytes that the data sets of these plans take, and how many data sets there are."""
    if filters.group not in (None, _DATASET):
        return 0, 0
    query: Select[Any] = select(Plan.id, Plan.entity_key)  # type: ignore[assignment]
    query = narrow_live_plans(query, filters).where(Plan.entity_group == _DATASET)
    if wanted is not None and wanted.are_few:
        query, wanted = query.where(wanted.condition()), None
    plans = query.subquery()
    same = (Entity.entity_group == _DATASET) & (Entity.entity_key == plans.c.entity_key)
    if wanted is None:
        sums = select(func.sum(Entity.disk_usage), func.count(Entity.id)).join(plans, same)
        disk_usage, count = session.execute(sums).one()
        return int(disk_usage or 0), count
    sizes: dict[int, int | None] = dict(session.execute(select(plans.c.id, Entity.disk_usage).join(Entity, same)).all())
    found = wanted.of(sizes)
    return sum(sizes[plan_id] or 0 for plan_id in found), len(found)
