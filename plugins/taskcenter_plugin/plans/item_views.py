"""Trigger items as answers show them (任务触发结构), and as a plan's revision keeps them for the runs that they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy.orm import Session

from taskcenter_plugin.models import PlanItem
from taskcenter_plugin.plans.items import Upstream, upstream_of
from taskcenter_plugin.times import text_of

View = dict[str, Any]
_MOMENTS = ("createdAt", "updatedAt")


def item_record(item: PlanItem, upstream: Upstream) -> View:
    """An item as JSON that stays true: its moments are UTC in ISO 8601, for the deployment's zone may change."""
    waits = item.trigger_type == "DEPENDENCY"
    return {
        "id": item.id,
        "planId": item.plan_id,
        "triggerType": item.trigger_type,
        "cronDesc": item.cron_desc,
        "cronType": item.cron_type,
        "timeZone": item.time_zone,
        "triggerByJobs": [{"entityGroup": group, "entityKey": key} for group, key in upstream] if waits else None,
        "createdAt": item.created_at.astimezone(timezone.utc).isoformat(),
        "createdBy": item.created_by,
        "updatedAt": item.updated_at.astimezone(timezone.utc).isoformat(),
        "updatedBy": item.updated_by,
    }


def record_view(record: Mapping[str, Any]) -> View:
    """What a record shows in an answer."""
    return {**record, **{name: text_of(datetime.fromisoformat(record[name])) for name in _MOMENTS}}


def item_view(item: PlanItem, upstream: Upstream) -> View:
    """A trigger item."""
    return record_view(item_record(item, upstream))


def item_views(items: Sequence[PlanItem], session: Session) -> list[View]:
    """Some trigger items."""
    upstream = upstream_of([item.id for item in items], session)
    return [item_view(item, upstream.get(item.id, ())) for item in items]
