"""Executions as answers show them (任务执行进度信息结构说明)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.revisions import Row, revisions_of, starting_items
from taskcenter_plugin.contexts.status import is_cancelled, status_of
from taskcenter_plugin.plans.readable import MayRead, readable_detail
from taskcenter_plugin.plans.views import entities_of, entity_fields
from taskcenter_plugin.times import seconds_between, text_of
from taskcenter_plugin.users import numbers_of, user_names

View = dict[str, Any]


def context_views(rows: Sequence[Row], session: Session, may_read: MayRead) -> list[View]:
    """A page of executions: each its DAG run, its plan and what the task center has noted of it.

    :param may_read: what the reader may read
    """
    plans = {plan.id: plan for _, plan, _ in rows}
    entities = entities_of(list(plans.values()), session)
    revisions = revisions_of(rows, session)
    items = starting_items(rows, revisions, session)
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
        detail = revisions[run.id].exec_detail if run.id in revisions else None
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
                "planItemId": item["id"] if item else None,
                "jobLogId": run.id,
                "jobResultId": run.id,
                "heartbeatTime": text_of(heartbeats.get(run.id)),
                "execDetail": readable_detail((plan.entity_group, plan.entity_key), detail, may_read),
                "entityGroup": plan.entity_group,
                "entityKey": plan.entity_key,
                "title": (entity.title if entity else None) or f"{plan.entity_group} {plan.entity_key}",
                "entityCreatedByName": names.get(creators[plan.id]),
                "planItem": item,
                "costTime": seconds_between(run.start_date, run.end_date),
                **entity_fields(entity),
                "dagId": run.dag_id,
                "dagRunId": run.run_id,
            }
        )
    return views


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
