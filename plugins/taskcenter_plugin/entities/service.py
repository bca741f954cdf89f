"""Creates, replaces and deletes entities; the plans that run them follow in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from airflow.sdk import DAG
from sqlalchemy import select
from sqlalchemy.orm import Session

from taskcenter_plugin.entities.datamodels import FIELDS, EntityIn
from taskcenter_plugin.entities.lookup import StoredEntities, find_entity
from taskcenter_plugin.errors import BAD_DEFINITION, BadRequest, Conflict, NotFound
from taskcenter_plugin.job_types.base import JobDefinitionError
from taskcenter_plugin.job_types.registry import job_type, resolved
from taskcenter_plugin.models import Entity, Plan
from taskcenter_plugin.plans.service import plan_by_name, publish_plan, register_dags, renew_dag
from taskcenter_plugin.plans.shards import publish_all
from taskcenter_plugin.secrets import refuse_secrets
from taskcenter_plugin.users import user_number

DATASET = "DATASET"
APP_REFRESH = "APP_REFRESH"


class Outcome(str, Enum):
    """What has become of an entity or a plan that was sent."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def entity_by_name(group: str, key: str, session: Session) -> Entity:
    """An entity.

    :raises NotFound: there is none.
    """
    entity = find_entity(group, key, session)
    if entity is None:
        raise NotFound(f"There is no entity {group} {key}. GET /api/entities lists those there are.")
    return entity


def put_entity(group: str, key: str, body: EntityIn, user: str, session: Session) -> tuple[Entity, Outcome]:
    """Create an entity or replace it whole; a plan that runs it, and the refresh of its app, change with it.

    :raises BadRequest: the group is unknown, the definition is wrong or has a credential in it, or a plan could not run with it.
    """
    entity, outcome = store_entity(group, key, body, user, session)
    if outcome is not Outcome.UNCHANGED:
        plans = plans_that_run(group, key, session)
        now = datetime.now(timezone.utc)
        register_dags([(plan, follow(plan, now, session)) for plan in plans], session)
        publish_all(plans, session)
    return entity, outcome


def store_entity(group: str, key: str, body: EntityIn, user: str, session: Session) -> tuple[Entity, Outcome]:
    """The same without the plans, which the caller has to make follow: many entities in a transaction change each plan once.

    An empty definition is taken: the plan's jobParams then have to say all.

    :raises BadRequest: the group is unknown, the definition is wrong or has a credential in it.
    """
    values = body.model_dump()
    values["definition"] = body.definition or {}
    refuse_secrets("definition", values["definition"])
    entity = session.scalar(
        select(Entity).where(Entity.entity_group == group, Entity.entity_key == key).with_for_update()
    )
    if entity is not None and all(getattr(entity, name) == values[name] for name in FIELDS):
        return entity, Outcome.UNCHANGED
    now = datetime.now(timezone.utc)
    user_id = user_number(user, session)
    outcome = Outcome.CREATED if entity is None else Outcome.UPDATED
    if entity is None:
        entity = Entity(entity_group=group, entity_key=key, created_at=now, created_by=user_id)
        session.add(entity)
    for name in FIELDS:
        setattr(entity, name, values[name])
    entity.updated_at, entity.updated_by = now, user_id
    session.flush()
    _check_definition(group, key, values["definition"], session)
    return entity, outcome


def delete_entity(entity: Entity, session: Session) -> None:
    """Remove an entity.

    :raises Conflict: a plan needs it.
    """
    group, key = entity.entity_group, entity.entity_key
    plan = plan_by_name(group, key, session)
    if plan is not None:
        raise Conflict(
            f"Plan {plan.id} runs {group} {key}. Delete it first: DELETE /api/schedules/{plan.id}, then this entity."
        )
    session.delete(entity)
    session.flush()
    for other in plans_that_run(group, key, session):
        try:
            publish_plan(other, session, now=datetime.now(timezone.utc))
        except BadRequest as error:
            raise Conflict(
                f"Plan {other.id} ({other.entity_group} {other.entity_key}) cannot run without {group} {key}: "
                f"{error.message}. Delete it first: DELETE /api/schedules/{other.id}"
            ) from error


def plans_that_run(group: str, key: str, session: Session) -> list[Plan]:
    """The plans whose DAGs are built from an entity: its own, and of a data set the refresh of its app."""
    names = [(group, key)]
    app, dash, _ = key.partition("-")
    if group == DATASET and dash:
        names.append((APP_REFRESH, app))
    plans = (plan_by_name(*name, session) for name in names)
    return [plan for plan in plans if plan is not None]


def follow(plan: Plan, now: datetime, session: Session) -> DAG:
    """Build a plan's DAG anew from a changed entity; the caller has to register it, and publish the plan's shard.

    :raises BadRequest: the plan could not run any more.
    """
    try:
        return renew_dag(plan, session, now=now)
    except BadRequest as error:
        raise BadRequest(
            f"Plan {plan.id} ({plan.entity_group} {plan.entity_key}) could not run with it: {error.message}", error.code
        ) from error


def _check_definition(group: str, key: str, definition: Mapping[str, Any], session: Session) -> None:
    try:
        kind = job_type(group)
        if definition:
            resolved(kind, key, {}, StoredEntities(session))
    except JobDefinitionError as error:
        raise BadRequest(str(error), BAD_DEFINITION) from error
