"""Entities as answers show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic.alias_generators import to_camel
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from taskcenter_plugin.entities.datamodels import FIELDS
from taskcenter_plugin.models import Entity, Plan
from taskcenter_plugin.times import text_of
from taskcenter_plugin.users import user_names


def content(entity: Entity) -> dict[str, Any]:
    """What a request sets, as the request names it."""
    return {to_camel(name): getattr(entity, name) for name in FIELDS}


def entity_views(entities: Sequence[Entity], session: Session) -> list[dict[str, Any]]:
    """A page of entities; ``planId`` is the plan that runs it, if there is one."""
    names = user_names((entity.created_by for entity in entities), session)
    plans = _plan_ids(entities, session)
    return [
        {
            "id": entity.id,
            "entityGroup": entity.entity_group,
            "entityKey": entity.entity_key,
            **content(entity),
            "createdAt": text_of(entity.created_at),
            "createdBy": entity.created_by,
            "createdByName": names.get(entity.created_by),
            "updatedAt": text_of(entity.updated_at),
            "updatedBy": entity.updated_by,
            "planId": plans.get((entity.entity_group, entity.entity_key)),
        }
        for entity in entities
    ]


def _plan_ids(entities: Sequence[Entity], session: Session) -> dict[tuple[str, str], int]:
    names = [(entity.entity_group, entity.entity_key) for entity in entities]
    query = select(Plan.id, Plan.entity_group, Plan.entity_key).where(
        Plan.deleted_at.is_(None), tuple_(Plan.entity_group, Plan.entity_key).in_(names)
    )
    return {(row.entity_group, row.entity_key): row.id for row in session.execute(query)}
