"""``/api/entities``: what plans run. A resource of our own, in the style of the documented ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.service import Filters
from taskcenter_plugin.entities import listing, service
from taskcenter_plugin.entities.datamodels import EntityIn
from taskcenter_plugin.entities.views import entity_views
from taskcenter_plugin.models import GROUP_LENGTH, KEY_LENGTH, Entity
from taskcenter_plugin.plans.datamodels import TRIMMED, trimmed
from taskcenter_plugin.plans.service import dag_id_of
from taskcenter_plugin.routes.access import Access, Requires, Right
from taskcenter_plugin.routes.answers import Answer, EntityOut, Page, answers
from taskcenter_plugin.routes.bodies import body_schema, check_storable, json_body
from taskcenter_plugin.routes.envelope import answer
from taskcenter_plugin.routes.filters import Limit, Offset, Text
from taskcenter_plugin.routes.transactions import in_transaction

router = APIRouter(prefix="/api/entities", tags=["entities"])


class EntityName:
    """A dependency: the group and key of the path; a key may have slashes in it."""

    def __init__(
        self,
        entityGroup: Annotated[str, Path(min_length=1, max_length=GROUP_LENGTH)],
        entityKey: Annotated[
            str,
            Path(min_length=1, max_length=KEY_LENGTH, json_schema_extra={"pattern": TRIMMED}),
            AfterValidator(trimmed),
        ],
    ) -> None:
        check_storable("entityGroup", entityGroup)
        check_storable("entityKey", entityKey)
        self.group, self.key = entityGroup, entityKey
        self.dag_id = dag_id_of(entityGroup, entityKey)


Name = Annotated[EntityName, Depends()]


@router.get("", summary="Entities", responses=answers(Page[list[EntityOut]]))
def list_entities(
    access: Annotated[Access, Depends(Requires(Right.READ))],
    entityGroup: Text = None,
    q: Text = None,
    offset: Offset = 0,
    limit: Limit = 10,
) -> JSONResponse:
    """By group and key; ``q`` is searched for in keys, groups and titles."""
    check_storable("entityGroup", entityGroup)
    check_storable("q", q)

    def work(session: Session) -> JSONResponse:
        wanted = Filters(group=entityGroup or None, text=q or None).within(access.visible(session))
        return answer(
            entity_views(listing.list_entities(wanted, offset, limit, session), session),
            totalHits=listing.count_entities(wanted, session),
            offset=offset,
        )

    return in_transaction(work)


@router.get("/{entityGroup}/{entityKey:path}", summary="One entity", responses=answers(Answer[EntityOut]))
def get_entity(name: Name, access: Annotated[Access, Depends(Requires(Right.READ))]) -> JSONResponse:
    """What is stored about it, and ``planId``, the plan that runs it."""
    access.check(name.dag_id)
    return answer(in_transaction(lambda session: entity_views([_entity(name, session)], session)[0]))


@router.put(
    "/{entityGroup}/{entityKey:path}",
    summary="Create or replace an entity",
    openapi_extra=body_schema(EntityIn),
    responses=answers(Answer[EntityOut]),
)
def put_entity(
    access: Annotated[Access, Depends(Requires(Right.EDIT))],  # first: who is not logged in learns nothing of the body
    name: Name,
    body: Annotated[EntityIn, Depends(json_body(EntityIn))],
) -> JSONResponse:
    """The whole entity: what the body leaves out becomes null. The plans that run it change with it."""
    access.check(name.dag_id)

    def work(session: Session) -> JSONResponse:
        entity, _ = service.put_entity(name.group, name.key, body, access.name, session)
        return answer(entity_views([entity], session)[0])

    return in_transaction(work)


@router.delete("/{entityGroup}/{entityKey:path}", summary="Delete an entity", responses=answers(Answer[None]))
def delete_entity(name: Name, access: Annotated[Access, Depends(Requires(Right.DELETE))]) -> JSONResponse:
    """Refused while a plan runs it."""
    access.check(name.dag_id)
    in_transaction(lambda session: service.delete_entity(_entity(name, session), session))
    return answer()


def _entity(name: EntityName, session: Session) -> Entity:
    return service.entity_by_name(name.group, name.key, session)
