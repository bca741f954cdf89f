"""Entities as job types look them up."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from taskcenter_plugin.job_types.base import EntityView
from taskcenter_plugin.models import Entity


class StoredEntities:
    """The entities in the database, in one session; one that has been looked up stays as it was then."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[tuple[str, str], EntityView | None] = {}

    def get(self, group: str, key: str) -> EntityView | None:
        """One entity; None if there is none."""
        name = (group, key)
        if name not in self._found:
            entity = find_entity(group, key, self._session)
            self._found[name] = None if entity is None else _view(entity)
        return self._found[name]

    def with_prefix(self, group: str, prefix: str) -> list[EntityView]:
        """All entities of a group whose key begins so, in the order of their keys."""
        query = select(Entity).where(
            Entity.entity_group == group, Entity.entity_key.startswith(prefix, autoescape=True)
        )
        return [_view(entity) for entity in self._session.scalars(query.order_by(Entity.entity_key))]


def find_entity(group: str, key: str, session: Session) -> Entity | None:
    """One stored entity; None if there is none."""
    return session.scalar(select(Entity).where(Entity.entity_group == group, Entity.entity_key == key))


def _view(entity: Entity) -> EntityView:
    return EntityView(
        entity.entity_group,
        entity.entity_key,
        entity.title,
        entity.definition or {},
        update_method=entity.update_method,
        is_virtual=bool(entity.is_virtual),
    )
