"""A plan as a YAML file says it: the body of ``POST /api/schedules``, less what is no lasting state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from airflow.models.dag import DagModel
from pydantic import field_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from taskcenter_plugin.models import Plan, PlanItem
from taskcenter_plugin.plans.datamodels import PlanIn, PlanItemIn, TriggerType
from taskcenter_plugin.plans.items import CheckedItem, check_items, kept_items, upstream_of

_BATCH = 500
Thing = TypeVar("Thing")


class PlanSpec(PlanIn):
    """An object of a file of plans; without ``enabled``, a plan stays switched on or off as it is."""

    enabled: bool | None = None

    @field_validator("planItems")
    @classmethod
    def _lasting(cls, items: list[PlanItemIn] | None) -> list[PlanItemIn] | None:
        if any(item.triggerType is TriggerType.ONCE for item in items or []):
            raise ValueError("ONCE runs a plan now; a file says what lasts. Use POST /api/schedules")
        return items

    @field_validator("sync")
    @classmethod
    def _no_waiting(cls, sync: bool | None) -> None:
        if sync is not None:
            raise ValueError("sync waits for a run; a file starts none. Leave it out")


@dataclass(frozen=True)
class StoredSpec:
    """What a file would have to say for a plan to be as it is."""

    enabled: bool
    exec_detail: dict[str, Any] | None
    items: list[CheckedItem] = field(default_factory=list)

    def as_data(self, group: str, key: str) -> dict[str, Any]:
        """As an object of a file."""
        detail = {"execDetail": self.exec_detail} if self.exec_detail else {}
        items = [_item_data(item) for item in self.items]
        return {"entityGroup": group, "entityKey": key, "enabled": self.enabled, **detail, "planItems": items}


def specs_of(plans: Sequence[Plan], session: Session) -> dict[int, StoredSpec]:
    """By the ids of plans, what they are."""
    found = {}
    for batch in _batches(plans):
        rows = kept_items([plan.id for plan in batch], session)
        upstream = upstream_of([row.id for row in rows], session)
        items: dict[int, list[CheckedItem]] = {}
        for row in rows:
            items.setdefault(row.plan_id, []).append(_stored_item(row, upstream.get(row.id, ())))
        paused = set(
            session.scalars(
                select(DagModel.dag_id).where(DagModel.dag_id.in_([plan.dag_id for plan in batch]), DagModel.is_paused)
            )
        )
        for plan in batch:
            found[plan.id] = StoredSpec(plan.dag_id not in paused, plan.exec_detail, items.get(plan.id, []))
    return found


def changes(request: PlanSpec, present: StoredSpec) -> bool:
    """Whether a request would change a plan.

    :raises BadRequest: one of its items is wrong.
    """
    if request.enabled is not None and request.enabled != present.enabled:
        return True
    detail = request.execDetail.model_dump(exclude_unset=True, exclude_none=True) if request.execDetail else {}
    stored = present.exec_detail or {}
    if any(name not in stored or stored[name] != value for name, value in detail.items()):
        return True
    if request.planItems is None:
        return False
    return [item.content for item in check_items(request.planItems)] != [item.content for item in present.items]


def _stored_item(row: PlanItem, upstream: tuple[tuple[str, str], ...]) -> CheckedItem:
    return CheckedItem(None, TriggerType(row.trigger_type), row.cron_desc, row.cron_type, row.time_zone, upstream)


def _item_data(item: CheckedItem) -> dict[str, Any]:
    if item.trigger_type is TriggerType.DEPENDENCY:
        jobs = [{"entityGroup": group, "entityKey": key} for group, key in item.upstream]
        return {"triggerType": item.trigger_type.value, "triggerByJobs": jobs}
    return {
        "triggerType": item.trigger_type.value,
        "cronDesc": item.cron_desc,
        "cronType": item.cron_type,
        "timeZone": item.time_zone,
    }


def _batches(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    for start in range(0, len(things), _BATCH):
        yield things[start : start + _BATCH]
