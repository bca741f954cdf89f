"""Finds executions: DAG runs of plans, deleted ones included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from airflow.models.dagrun import DagRun
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.revisions import Row
from taskcenter_plugin.contexts.status import ContextStatus, has_status
from taskcenter_plugin.errors import NotFound
from taskcenter_plugin.models import Context, Entity, Plan
from taskcenter_plugin.plans.ordering import DEEP, part_of
from taskcenter_plugin.plans.search import has_text
from taskcenter_plugin.totals import Totals

_TOTALS = Totals()
_FEW = 1000
"""So many plans a query can name."""


@dataclass(frozen=True)
class Filters:
    """What lists of plans and of executions can be narrowed by.

    :param text: searched for in keys, groups and titles
    :param creators: numbers of users who created what is run
    :param dag_ids: what the user may see; None: everything
    :param enabled: of lists of plans: those that are switched on, or those that are not; None: both
    """

    group: str | None = None
    key: str | None = None
    text: str | None = None
    creators: frozenset[int] = frozenset()
    statuses: frozenset[ContextStatus] = frozenset()
    dag_ids: frozenset[str] | None = None
    enabled: bool | None = None

    def within(self, dag_ids: frozenset[str] | None) -> Filters:
        """The same, of what the user may see."""
        return replace(self, dag_ids=dag_ids)


def narrow_plans(query: Select[Any], filters: Filters) -> Select[Any]:
    """Apply to a query with ``Plan`` what concerns plans and their entities."""
    if filters.group is not None:
        query = query.where(Plan.entity_group == filters.group)
    if filters.key is not None:
        query = query.where(Plan.entity_key == filters.key)
    if filters.dag_ids is not None:
        query = query.where(Plan.dag_id.in_(filters.dag_ids))
    if filters.text:
        query = query.where(has_text(filters.text))
    if filters.creators:
        query = query.outerjoin(
            Entity, (Entity.entity_group == Plan.entity_group) & (Entity.entity_key == Plan.entity_key)
        )
        query = query.where(func.coalesce(Entity.created_by, Plan.created_by).in_(filters.creators))
    return query


def context_by_id(context_id: int, session: Session) -> Row:
    """One execution.

    :raises NotFound: there is none.
    """
    row = session.execute(_contexts().where(DagRun.id == context_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no context {context_id}. GET /api/contexts lists those there are.")
    return tuple(row)


def page_of_contexts(filters: Filters, offset: int, limit: int, session: Session) -> tuple[list[Row], int]:
    """A page of executions, newest first, and how many there are."""
    total = None
    if offset < DEEP:
        query = narrow_contexts(_contexts(), _by_name(filters, session)).order_by(DagRun.id.desc())
        rows = [tuple(row) for row in session.execute(query.offset(offset).limit(limit))]
        if len(rows) < limit and (rows or not offset):
            total = offset + len(rows)
    else:
        total = _count(filters, session)
        query = narrow_contexts(_runs(select(DagRun.id)), _by_name(filters, session), joined=False)
        # What is counted by states may have changed a little.
        known = None if filters.statuses else total
        found = part_of(query, (DagRun.id,), offset, limit, session, descending=True, total=known)
        query = _contexts().where(DagRun.id.in_(found)).order_by(DagRun.id.desc())
        rows = [tuple(row) for row in session.execute(query)]
    return rows, _count(filters, session) if total is None else total


def _count(filters: Filters, session: Session) -> int:
    def count(session: Session, after: int) -> tuple[int, int]:
        query = _runs(select(func.count(DagRun.id), func.max(DagRun.id))).where(DagRun.id > after)  # type: ignore[arg-type]
        number, newest = session.execute(narrow_contexts(query, _by_name(filters, session), joined=False)).one()
        return number, newest or after

    return _TOTALS.total(filters, count, session)


def _runs(query: Select[Any]) -> Select[Any]:
    return query.select_from(Plan).join(DagRun, DagRun.dag_id == Plan.dag_id)


def _by_name(filters: Filters, session: Session) -> Filters:
    """The same, with the plans named that they leave, if these are few: else their runs would be looked for among all runs."""
    others = Filters(statuses=filters.statuses, dag_ids=filters.dag_ids)
    if filters == others:
        return filters
    dag_ids = session.scalars(narrow_plans(select(Plan.dag_id), filters).limit(_FEW + 1)).all()
    return replace(others, dag_ids=frozenset(dag_ids)) if len(dag_ids) <= _FEW else filters


def _contexts() -> Select[Any]:
    query: Select[Any] = select(DagRun, Plan, Context)  # type: ignore[assignment]
    return query.join(Plan, Plan.dag_id == DagRun.dag_id).outerjoin(Context, Context.dag_run_id == DagRun.id)


def narrow_contexts(query: Select[Any], filters: Filters, *, joined: bool = True) -> Select[Any]:
    """Apply to a query of ``DagRun`` and ``Plan``; ``joined``: it has ``Context``, too."""
    query = narrow_plans(query, filters)
    if filters.dag_ids is not None and len(filters.dag_ids) <= _FEW:
        query = query.where(DagRun.dag_id.in_(filters.dag_ids))
    if filters.statuses:
        if not joined:
            query = query.outerjoin(Context, Context.dag_run_id == DagRun.id)
        query = query.where(has_status(set(filters.statuses)))
    return query
