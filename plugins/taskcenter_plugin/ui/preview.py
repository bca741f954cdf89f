"""What would become of a plan that has not been sent yet: checked as a POST checks it, its DAG built, nothing stored."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, NamedTuple

from airflow.models.dag import DagModel
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from taskcenter_plugin.entities.datamodels import EntityIn
from taskcenter_plugin.entities.lookup import StoredEntities, find_entity
from taskcenter_plugin.errors import Conflict
from taskcenter_plugin.job_types.base import EntityView
from taskcenter_plugin.models import Plan
from taskcenter_plugin.plans import service
from taskcenter_plugin.plans.datamodels import PlanIn, TriggerType
from taskcenter_plugin.plans.dependencies import refuse_cycle
from taskcenter_plugin.plans.document import PlanDocument
from taskcenter_plugin.plans.items import CheckedItem, check_items, content_of, kept_items, match_items, upstream_of
from taskcenter_plugin.plans.quartz import quartz_cron
from taskcenter_plugin.routes.access import Access
from taskcenter_plugin.secrets import refuse_secrets
from taskcenter_plugin.ui.plan_answers import PreviewIn, PreviewOut, WarningKind, WarningOut
from taskcenter_plugin.ui.plans_steps import readable_steps, steps_of_dag

Name = tuple[str, str]
_AT_ONCE = 500
"""How many plans are looked up by one query: SQLite has a limit."""


class _Switch(NamedTuple):
    dag_id: str
    is_off: bool


class _WithEntity(StoredEntities):
    """The stored entities, and one that would be stored before."""

    def __init__(self, entity: EntityView, session: Session) -> None:
        super().__init__(session)
        self._entity = entity

    def get(self, group: str, key: str) -> EntityView | None:
        """One entity; None if there is none."""
        return self._entity if (group, key) == (self._entity.group, self._entity.key) else super().get(group, key)


def preview_of(request: PreviewIn, access: Access, session: Session) -> PreviewOut:
    """Check a plan and build its DAG.

    :param access: of the user who asks, who is told nothing of other plans that they may not see

    :raises BadRequest: a POST of it would be refused so.
    :raises Conflict: likewise.
    :raises Unavailable: no plan can be stored.
    """
    service.need_bundle(session)
    items = check_items(request.planItems or [])
    once = [item for item in items if item.trigger_type is TriggerType.ONCE]
    scheduled = [item for item in items if item.trigger_type is not TriggerType.ONCE]
    present = service.plan_by_name(request.entityGroup, request.entityKey, session)
    dag_id = _dag_id(request, present, session)
    if once and not request.enabled:
        raise Conflict("The plan would be disabled, so it could not run. Do not send enabled: false.")
    before = None if present is None else present.exec_detail
    detail = before or {}
    if request.execDetail is not None:
        detail = service.exec_detail_of(request.execDetail, before)
    if request.planItems is None or (once and not scheduled):
        scheduled = _kept(present, session)  # the schedule stays
    else:
        _check_changes(request, present, scheduled, access, session)
    document = PlanDocument(
        plan_id=0 if present is None else present.id,
        dag_id=dag_id,
        group=request.entityGroup,
        key=request.entityKey,
        title=_title(request, session),
        owner=access.name,
        created=(now := datetime.now(timezone.utc)).timestamp(),
        since=now.timestamp(),
        retries=int(detail.get("retryTimes", 0)),
        crons=tuple((item.cron_desc, item.time_zone or "UTC") for item in scheduled if item.cron_desc),
        upstream=tuple(dict.fromkeys(name for item in scheduled for name in item.upstream)),
        definition=_definition(request, detail, session),
    )
    return PreviewOut(
        dag_id=dag_id,
        exists=present is not None,
        tasks=readable_steps(steps_of_dag(service.built(document), request.entityGroup), document, access.may_read),
        warnings=_warnings(request, scheduled, access, session, runs_now=bool(once)),
    )


def _dag_id(request: PlanIn, present: Plan | None, session: Session) -> str:
    if present is not None:
        dag_id = present.dag_id
    else:
        dag_id = service.new_dag_id(request.entityGroup, request.entityKey, session)
    service.is_unknown(dag_id, session)  # refuses the DAG of somebody else
    return dag_id


def _kept(plan: Plan | None, session: Session) -> list[CheckedItem]:
    rows = [] if plan is None else kept_items([plan.id], session)
    waits = upstream_of([row.id for row in rows], session)
    return [
        CheckedItem(
            row.id,
            TriggerType(row.trigger_type),
            row.cron_desc,
            row.cron_type,
            row.time_zone,
            waits.get(row.id, ()),
        )
        for row in rows
    ]


def _check_changes(
    request: PlanIn, present: Plan | None, items: list[CheckedItem], access: Access, session: Session
) -> None:
    rows = [] if present is None else kept_items([present.id], session)
    waits = upstream_of([row.id for row in rows], session)
    match_items(items, {row.id: content_of(row, waits.get(row.id, ())) for row in rows})
    upstream = {name for item in items for name in item.upstream}
    refuse_cycle((request.entityGroup, request.entityKey), upstream, session, access.may_read)


def _title(request: PreviewIn, session: Session) -> str:
    if request.entity is not None:
        title = request.entity.title
    else:
        stored = find_entity(request.entityGroup, request.entityKey, session)
        title = stored.title if stored is not None else None
    return title or f"{request.entityGroup} {request.entityKey}"


def _definition(request: PreviewIn, detail: dict[str, Any], session: Session) -> dict[str, Any]:
    group, key = request.entityGroup, request.entityKey
    if request.entity is None:
        return service.what_to_run(group, key, detail, StoredEntities(session))[1]
    entities = _WithEntity(_view(group, key, request.entity), session)
    if request.entity.definition:
        service.what_to_run(group, key, {}, entities)  # it is stored by itself, so has to be right by itself
    return service.what_to_run(group, key, detail, entities)[1]


def _view(group: str, key: str, entity: EntityIn) -> EntityView:
    definition = entity.definition or {}
    refuse_secrets("definition", definition)
    return EntityView(
        group,
        key,
        entity.title,
        definition,
        update_method=entity.update_method,
        is_virtual=bool(entity.is_virtual),
    )


def _warnings(
    request: PlanIn, items: list[CheckedItem], access: Access, session: Session, *, runs_now: bool
) -> list[WarningOut]:
    found = []
    if not request.enabled:
        found.append(_warning(WarningKind.DISABLED, "The plan would be disabled: nothing starts it."))
    if not items and not runs_now:
        found.append(_warning(WarningKind.NO_TRIGGER, "The plan has no trigger: it runs only when somebody runs it."))
    now = datetime.now(timezone.utc).timestamp()
    upstream = dict.fromkeys(name for item in items for name in item.upstream)
    known = _switches(list(upstream), session)
    # Whether there is such a plan is nothing for who may not see it either.
    visible = {name for name in upstream if access.may_read(name)}
    for index, item in enumerate(items):
        if item.cron_desc and quartz_cron(item.cron_desc, item.time_zone or "UTC").next_after(now) is None:
            text = f"{item.cron_desc} never fires again."
            found.append(_warning(WarningKind.NEVER_FIRES, text, index=index))
        for group, key in filter(visible.__contains__, item.upstream):
            if (group, key) not in known:
                text = f"There is no plan {group} {key} yet: it starts this one once it is there."
                found.append(_warning(WarningKind.NO_SUCH_PLAN, text, index=index, name=f"{group}/{key}"))
            elif known[group, key].is_off:
                text = f"Plan {group} {key} is disabled: it starts this one only when somebody runs it."
                found.append(_warning(WarningKind.DISABLED_PLAN, text, index=index, name=f"{group}/{key}"))
    return found


def _switches(names: list[Name], session: Session) -> dict[Name, _Switch]:
    """Of the plans that there are, whether each is switched off."""
    found = {}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        query = (
            select(Plan.entity_group, Plan.entity_key, Plan.dag_id, DagModel.is_paused)
            .outerjoin(DagModel, DagModel.dag_id == Plan.dag_id)
            .where(Plan.deleted_at.is_(None), tuple_(Plan.entity_group, Plan.entity_key).in_(some))
        )
        for group, key, dag_id, paused in session.execute(query):
            found[group, key] = _Switch(dag_id, bool(paused))
    return found


def _warning(kind: WarningKind, message: str, *, index: int | None = None, name: str | None = None) -> WarningOut:
    return WarningOut(kind=kind, message=message, index=index, name=name)
