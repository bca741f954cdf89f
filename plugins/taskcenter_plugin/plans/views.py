"""Plans as answers show them (执行计划结构说明): every documented field, for a page of plans in a handful of queries."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.status import is_cancelled, status_of
from taskcenter_plugin.models import Context, Entity, Plan, PlanItem, PlanRevision
from taskcenter_plugin.plans.frequency import Frequency
from taskcenter_plugin.plans.item_views import item_view
from taskcenter_plugin.plans.items import kept_items, upstream_of
from taskcenter_plugin.plans.quartz import QuartzError, quartz_cron
from taskcenter_plugin.plans.readable import MayRead, readable_detail
from taskcenter_plugin.times import seconds_between, text_of
from taskcenter_plugin.users import user_names

View = dict[str, Any]


@dataclass(frozen=True)
class LastRun:
    """The newest run of a plan."""

    run: DagRun
    cancelled: bool


def entity_fields(entity: Entity | None) -> View:
    """What plans and contexts both tell about what they run."""
    return {
        "path": entity.path if entity else None,
        "importType": entity.import_type if entity else None,
        "diskUsage": entity.disk_usage if entity else None,
        "datasetCount": entity.dataset_count if entity else None,
    }


def entities_of(plans: Sequence[Plan], session: Session) -> dict[tuple[str, str], Entity]:
    """By group and key, the stored entities of some plans."""
    names = [(plan.entity_group, plan.entity_key) for plan in plans]
    query = select(Entity).where(tuple_(Entity.entity_group, Entity.entity_key).in_(names))
    return {(entity.entity_group, entity.entity_key): entity for entity in session.scalars(query)}


def last_runs(dag_ids: Sequence[str], session: Session) -> dict[str, LastRun]:
    """By ``dag_id``, the newest runs."""
    newest = select(func.max(DagRun.id)).where(DagRun.dag_id.in_(dag_ids)).group_by(DagRun.dag_id)
    rows = session.execute(
        select(DagRun, Context).outerjoin(Context, Context.dag_run_id == DagRun.id).where(DagRun.id.in_(newest))
    )
    return {run.dag_id: LastRun(run, is_cancelled(run, context)) for run, context in rows}


def frequency_of(items: Sequence[PlanItem]) -> str | None:
    """How often a plan runs (执行频率): the one cronType of its items, CRON if they differ, null without any."""
    types = {item.cron_type for item in items if item.trigger_type == "CRON_JOB"}
    return None if not types else types.pop() if len(types) == 1 else Frequency.CRON.value


def plan_views(
    plans: Sequence[Plan], session: Session, may_read: MayRead, *, context_id: int | None = None
) -> list[View]:
    """A page of plans.

    :param may_read: what the reader may read
    :param context_id: of a plan that has just been run
    """
    kept: dict[int, list[PlanItem]] = {}
    for item in kept_items([plan.id for plan in plans], session):
        kept.setdefault(item.plan_id, []).append(item)
    upstream = upstream_of([item.id for its_items in kept.values() for item in its_items], session)
    entities = entities_of(plans, session)
    dag_ids = [plan.dag_id for plan in plans]
    dags = {dag.dag_id: dag for dag in session.scalars(select(DagModel).where(DagModel.dag_id.in_(dag_ids)))}
    runs = last_runs(dag_ids, session)
    numbers = [plan.revision for plan in plans]
    details: dict[int, Any] = dict(
        session.execute(select(PlanRevision.id, PlanRevision.exec_detail).where(PlanRevision.id.in_(numbers))).all()
    )
    creators = {plan.id: _creator(plan, entities.get((plan.entity_group, plan.entity_key))) for plan in plans}
    names = user_names(creators.values(), session)
    views = []
    for plan in plans:
        entity = entities.get((plan.entity_group, plan.entity_key))
        its_items = kept.get(plan.id, [])
        dag = dags.get(plan.dag_id)
        views.append(
            {
                "id": plan.id,
                "entityGroup": plan.entity_group,
                "entityKey": plan.entity_key,
                "execDetail": readable_detail(
                    (plan.entity_group, plan.entity_key), details.get(plan.revision), may_read
                ),
                "createdAt": text_of(plan.created_at),
                "createdBy": plan.created_by,
                "updatedAt": text_of(plan.updated_at),
                "updatedBy": plan.updated_by,
                "enabled": dag is not None and not dag.is_paused,
                "entityCreatedBy": creators[plan.id],
                "execFrequency": frequency_of(its_items),
                **_last_run_fields(runs.get(plan.dag_id)),
                "contextId": context_id,
                "title": (entity.title if entity else None) or f"{plan.entity_group} {plan.entity_key}",
                "entityCreatedByName": names.get(creators[plan.id]),
                "nextStartAt": text_of(next_start(dag, its_items)),
                "planItems": [item_view(item, upstream.get(item.id, ())) for item in its_items],
                **entity_fields(entity),
                "datasetType": entity.dataset_type if entity else None,
                "isVirtual": entity.is_virtual if entity else None,
                "updateMethod": entity.update_method if entity else None,
                "updateMethodSwitchable": entity.update_method_switchable if entity else None,
                "dagId": plan.dag_id,
            }
        )
    return views


def _creator(plan: Plan, entity: Entity | None) -> int:
    return entity.created_by if entity is not None else plan.created_by


def _last_run_fields(last: LastRun | None) -> View:
    run = last.run if last else None
    return {
        "startAt": text_of(run.start_date) if run else None,
        "stopAt": text_of(run.end_date) if run else None,
        "jobStatus": status_of(str(run.state) if run else None, cancelled=bool(last and last.cancelled)).value,
        "costTime": seconds_between(run.start_date, run.end_date) if run else None,
    }


def next_start(dag: DagModel | None, items: Sequence[PlanItem]) -> datetime | None:
    """When a plan fires next: Airflow's record; where that is behind or busy, what its expressions say."""
    if dag is None or dag.is_paused:
        return None
    now = time.time()
    recorded = dag.next_dagrun_create_after
    if recorded is not None and recorded.timestamp() > now:
        return recorded
    fires = []
    for item in items:
        if item.trigger_type == "CRON_JOB" and item.cron_desc:
            try:
                fires.append(quartz_cron(item.cron_desc, item.time_zone or "UTC").next_after(now))
            except QuartzError:
                continue
    first = min((fire for fire in fires if fire is not None), default=None)
    return None if first is None else datetime.fromtimestamp(first, timezone.utc)
