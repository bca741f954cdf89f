"""Finds executions: DAG runs of plans, deleted ones included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from airflow.models.dagrun import DagRun
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.revisions import Row
from taskcenter_plugin.contexts.status import ContextStatus, has_status
from taskcenter_plugin.errors import NotFound
from taskcenter_plugin.models import Context, Entity, Plan
from taskcenter_plugin.totals import Totals

_TOTALS = Totals()


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
    if filters.text or filters.creators:
        query = query.outerjoin(
            Entity, (Entity.entity_group == Plan.entity_group) & (Entity.entity_key == Plan.entity_key)
        )
    if filters.text:
        columns = (Plan.entity_key, Plan.entity_group, Entity.title)
        query = query.where(or_(*(column.icontains(filters.text, autoescape=True) for column in columns)))
    if filters.creators:
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


def list_contexts(filters: Filters, offset: int, limit: int, session: Session) -> list[Row]:
    """A page of executions, newest first."""
    query = narrow_contexts(_contexts(), filters).order_by(DagRun.id.desc()).offset(offset).limit(limit)
    return [tuple(row) for row in session.execute(query)]


def count_contexts(filters: Filters, session: Session) -> int:
    """How many executions there are."""

    def count(session: Session, after: int) -> tuple[int, int]:
        query: Select[Any] = select(func.count(DagRun.id), func.max(DagRun.id))  # type: ignore[assignment]
        query = query.select_from(Plan).join(DagRun, DagRun.dag_id == Plan.dag_id).where(DagRun.id > after)
        number, newest = session.execute(narrow_contexts(query, filters, joined=False)).one()
        return number, newest or after

    # An execution's status changes without its id, so that what was counted before would be wrong.
    return count(session, 0)[0] if filters.statuses else _TOTALS.total(filters, count, session)


def _contexts() -> Select[Any]:
    query: Select[Any] = select(DagRun, Plan, Context)  # type: ignore[assignment]
    return query.join(Plan, Plan.dag_id == DagRun.dag_id).outerjoin(Context, Context.dag_run_id == DagRun.id)


def narrow_contexts(query: Select[Any], filters: Filters, *, joined: bool = True) -> Select[Any]:
    """Apply to a query of ``DagRun`` and ``Plan``; ``joined``: it has ``Context``, too."""
    query = narrow_plans(query, filters)
    if filters.statuses:
        if not joined:
            query = query.outerjoin(Context, Context.dag_run_id == DagRun.id)
        query = query.where(has_status(set(filters.statuses)))
    return query
