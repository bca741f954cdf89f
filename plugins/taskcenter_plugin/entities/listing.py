"""Finds entities for lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.service import Filters
from taskcenter_plugin.models import Entity, Plan


def list_entities(filters: Filters, offset: int, limit: int, session: Session) -> list[Entity]:
    """A page of entities, by group and key."""
    query = _narrow(select(Entity), filters).order_by(Entity.entity_group, Entity.entity_key)
    return list(session.scalars(query.offset(offset).limit(limit)))


def all_entities(filters: Filters, session: Session) -> Iterator[Entity]:
    """Every entity, by group and key."""
    query = _narrow(select(Entity), filters).order_by(Entity.entity_group, Entity.entity_key)
    yield from session.scalars(query)


def count_entities(filters: Filters, session: Session) -> int:
    """How many entities there are."""
    return session.scalar(_narrow(select(func.count(Entity.id)), filters)) or 0


def _narrow(query: Select[Any], filters: Filters) -> Select[Any]:
    """Who may not see every plan sees the entities of the plans that they may."""
    if filters.group is not None:
        query = query.where(Entity.entity_group == filters.group)
    if filters.key is not None:
        query = query.where(Entity.entity_key == filters.key)
    if filters.text:
        columns = (Entity.entity_key, Entity.entity_group, Entity.title)
        query = query.where(or_(*(column.icontains(filters.text, autoescape=True) for column in columns)))
    if filters.dag_ids is not None:
        same = (Plan.entity_group == Entity.entity_group) & (Plan.entity_key == Entity.entity_key)
        query = query.where(select(Plan.id).where(same, Plan.dag_id.in_(filters.dag_ids)).exists())
    return query
