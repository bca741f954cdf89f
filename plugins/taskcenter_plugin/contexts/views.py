"""Executions as answers show them (任务执行进度信息结构说明)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.types import DagRunType
from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.status import is_cancelled, status_of
from taskcenter_plugin.models import Context, Plan, PlanItem, PlanRevision
from taskcenter_plugin.plans.quartz import QuartzError, quartz_cron
from taskcenter_plugin.plans.views import entities_of, entity_fields, item_views
from taskcenter_plugin.times import seconds_between, text_of
from taskcenter_plugin.users import numbers_of, user_names

View = dict[str, Any]
Row = tuple[DagRun, Plan, "Context | None"]


def context_views(rows: Sequence[Row], session: Session) -> list[View]:
    """A page of executions: each its DAG run, its plan and what the task center has noted of it."""
    plans = {plan.id: plan for _, plan, _ in rows}
    entities = entities_of(list(plans.values()), session)
    details = _exec_details(rows, session)
    items = _items(rows, session)
    shown = {view["id"]: view for view in item_views(list(items.values()), session)}
    heartbeats = _heartbeats(rows, session)
    triggered = numbers_of([run.triggering_user_name for run, _, _ in rows], session)
    creators = {
        plan.id: entity.created_by
        if (entity := entities.get((plan.entity_group, plan.entity_key)))
        else plan.created_by
        for plan in plans.values()
    }
    names = user_names(creators.values(), session)
    views = []
    for run, plan, context in rows:
        entity = entities.get((plan.entity_group, plan.entity_key))
        item = items.get(run.id)
        queued = text_of(run.queued_at or run.run_after)
        created_by = context.created_by if context is not None and context.created_by is not None else None
        views.append(
            {
                "id": run.id,
                "planId": plan.id,
                "jobStatus": status_of(str(run.state), cancelled=is_cancelled(run, context)).value,
                "createdAt": text_of(run.created_at or run.run_after),
                "createdBy": created_by or triggered.get(run.triggering_user_name or "") or plan.created_by,
                "scheduledAt": queued,
                "scheduleAt": queued,
                "startAt": text_of(run.start_date),
                "stopAt": text_of(run.end_date),
                "planItemId": item.id if item else None,
                "jobLogId": run.id,
                "jobResultId": run.id,
                "heartbeatTime": text_of(heartbeats.get(run.id)),
                "execDetail": details.get(run.id),
                "entityGroup": plan.entity_group,
                "entityKey": plan.entity_key,
                "title": (entity.title if entity else None) or f"{plan.entity_group} {plan.entity_key}",
                "entityCreatedByName": names.get(creators[plan.id]),
                "planItem": shown.get(item.id) if item else None,
                "costTime": seconds_between(run.start_date, run.end_date),
                **entity_fields(entity),
                "dagId": run.dag_id,
                "dagRunId": run.run_id,
            }
        )
    return views


def _exec_details(rows: Sequence[Row], session: Session) -> dict[int, Any]:
    """By run, the execDetail of the revision that it ran on: the newest one up to its bundle version."""
    valid = (
        select(DagRun.id.label("run_id"), func.max(PlanRevision.id).label("revision"))
        .join(Plan, Plan.dag_id == DagRun.dag_id)
        .join(PlanRevision, PlanRevision.plan_id == Plan.id)
        .where(DagRun.id.in_([run.id for run, _, _ in rows]))
        .where(PlanRevision.id <= func.coalesce(cast(DagRun.bundle_version, Integer), Plan.revision))
        .group_by(DagRun.id)
        .subquery()
    )
    query = select(valid.c.run_id, PlanRevision.exec_detail).join(PlanRevision, PlanRevision.id == valid.c.revision)
    return dict(session.execute(query).all())


def _items(rows: Sequence[Row], session: Session) -> dict[int, PlanItem]:
    """By run, the item that started it: noted for runs by hand and by dependency; for others, the one that fires then."""
    noted = {context.item_id for _, _, context in rows if context is not None and context.item_id is not None}
    plan_ids = {plan.id for _, plan, _ in rows}
    query = select(PlanItem).where(PlanItem.id.in_(noted))
    by_id = {item.id: item for item in session.scalars(query)}
    crons: dict[int, list[PlanItem]] = {}
    query = select(PlanItem).where(PlanItem.plan_id.in_(plan_ids), PlanItem.trigger_type == "CRON_JOB")
    for cron in session.scalars(query.order_by(PlanItem.kept.desc(), PlanItem.position, PlanItem.id)):
        crons.setdefault(cron.plan_id, []).append(cron)
    found = {}
    for run, plan, context in rows:
        item: PlanItem | None
        if context is not None and context.item_id is not None:
            item = by_id.get(context.item_id)
        elif run.run_type == DagRunType.SCHEDULED and run.logical_date is not None:
            item = _firing(crons.get(plan.id, []), run.logical_date.timestamp())
        else:
            item = None
        if item is not None:
            found[run.id] = item
    return found


def _firing(items: Sequence[PlanItem], epoch: float) -> PlanItem | None:
    for item in items:
        try:
            if quartz_cron(item.cron_desc or "", item.time_zone or "UTC").next_after(epoch - 1) == int(epoch):
                return item
        except QuartzError:
            continue
    return None


def _heartbeats(rows: Sequence[Row], session: Session) -> dict[int, Any]:
    """By run, when one of its tasks was last heard of."""
    run_ids = [run.id for run, _, _ in rows]
    query = (
        select(DagRun.id, func.max(TaskInstance.last_heartbeat_at))
        .join(TaskInstance, (TaskInstance.dag_id == DagRun.dag_id) & (TaskInstance.run_id == DagRun.run_id))
        .where(DagRun.id.in_(run_ids))
        .group_by(DagRun.id)
    )
    return dict(session.execute(query).all())
