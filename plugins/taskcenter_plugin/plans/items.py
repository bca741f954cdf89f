"""The trigger items of a plan: checked, compared with those it has, stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from airflow.configuration import conf
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from taskcenter_plugin.errors import BAD_CRON, BAD_ZONE, BadRequest
from taskcenter_plugin.models import Plan, PlanDependency, PlanItem
from taskcenter_plugin.plans.datamodels import PlanItemIn, TriggerType
from taskcenter_plugin.plans.frequency import Frequency
from taskcenter_plugin.plans.quartz import QuartzError, quartz_cron, zone

Upstream = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CheckedItem:
    """A trigger item whose fields fit its type."""

    id: int | None
    trigger_type: TriggerType
    cron_desc: str | None = None
    cron_type: str | None = None
    time_zone: str | None = None
    upstream: Upstream = ()

    @property
    def content(self) -> tuple[object, ...]:
        """What it says, whatever its id."""
        return (self.trigger_type.value, self.cron_desc, self.cron_type, self.time_zone, frozenset(self.upstream))


def default_zone() -> str:
    """The deployment's time zone."""
    name = str(conf.get("core", "default_timezone", fallback="utc"))
    if name.lower() == "system":
        from airflow._shared.timezones.timezone import local_timezone  # type: ignore[import-not-found,unused-ignore]

        return str(local_timezone())
    return "UTC" if name.lower() == "utc" else name


def check_items(items: Sequence[PlanItemIn]) -> list[CheckedItem]:
    """Look at each item.

    :raises BadRequest: one does not fit its type; the message says which and why.
    """
    return [check_item(number, item) for number, item in enumerate(items)]


def check_item(number: int, item: PlanItemIn) -> CheckedItem:
    """Look at one item.

    :param number: which of the request's, for the message
    :raises BadRequest: it does not fit its type.
    """
    where = f"planItems[{number}]"
    if item.triggerType is TriggerType.ONCE:
        return CheckedItem(item.id, item.triggerType)
    if item.triggerType is TriggerType.DEPENDENCY:
        if not item.triggerByJobs:
            raise BadRequest(f"{where}: a DEPENDENCY item needs triggerByJobs, the plans that it waits for")
        upstream = dict.fromkeys((each.entityGroup, each.entityKey) for each in item.triggerByJobs)
        return CheckedItem(item.id, item.triggerType, upstream=tuple(upstream))
    if not item.cronDesc:
        raise BadRequest(f"{where}: a CRON_JOB item needs cronDesc, a Quartz cron expression", BAD_CRON)
    cron_type = item.cronType or Frequency.CRON.value
    if cron_type not in {each.value for each in Frequency}:
        known = ", ".join(each.value for each in Frequency)
        raise BadRequest(f"{where}: {cron_type!r} is no cronType. Known: {known}")
    time_zone = item.timeZone or default_zone()
    try:
        zone(time_zone)
    except QuartzError as error:
        raise BadRequest(f"{where}: {error}", BAD_ZONE) from error
    try:
        quartz_cron(item.cronDesc, time_zone)
    except QuartzError as error:
        raise BadRequest(f"{where}: {error}", BAD_CRON) from error
    return CheckedItem(item.id, item.triggerType, item.cronDesc, cron_type, time_zone)


def kept_items(plan_ids: Sequence[int], session: Session) -> list[PlanItem]:
    """The items of some plans that are in force, in their order."""
    query = select(PlanItem).where(PlanItem.plan_id.in_(plan_ids), PlanItem.kept)
    return list(session.scalars(query.order_by(PlanItem.plan_id, PlanItem.position, PlanItem.id)))


def upstream_of(item_ids: Sequence[int], session: Session) -> dict[int, Upstream]:
    """By item, the plans that it waits for."""
    if not item_ids:
        return {}
    found: dict[int, list[tuple[str, str]]] = {}
    query = select(PlanDependency).where(PlanDependency.item_id.in_(item_ids)).order_by(PlanDependency.id)
    for row in session.scalars(query):
        found.setdefault(row.item_id, []).append((row.entity_group, row.entity_key))
    return {item_id: tuple(upstream) for item_id, upstream in found.items()}


def add_item(plan: Plan, item: CheckedItem, position: int, user_id: int, now: datetime, session: Session) -> PlanItem:
    """Store a new item, and flush, so that it has its id; one of type ONCE is not kept."""
    row = PlanItem(
        plan_id=plan.id,
        position=position,
        kept=item.trigger_type is not TriggerType.ONCE,
        created_at=now,
        created_by=user_id,
    )
    session.add(row)
    _fill(row, item, user_id, now)
    session.flush()
    if item.upstream:
        _wait_for(plan, row, item.upstream, now, session)
    return row


def replace_items(plan: Plan, items: Sequence[CheckedItem], user_id: int, now: datetime, session: Session) -> bool:
    """Make these the plan's items; an id given, or else the same content, keeps its row. Return whether anything changed.

    :raises BadRequest: an id belongs to no item of this plan, or is given twice.
    """
    present = {item.id: item for item in kept_items([plan.id], session)}
    upstream = upstream_of(list(present), session)
    contents = {number: content_of(row, upstream.get(number, ())) for number, row in present.items()}
    matched = match_items(items, contents)
    changed = set(present) != set(filter(None, matched))
    for item_id, row in present.items():
        if item_id not in matched:
            row.kept = False
            session.execute(delete(PlanDependency).where(PlanDependency.item_id == item_id))
    for position, (item, number) in enumerate(zip(items, matched, strict=True)):
        if number is None:
            add_item(plan, item, position, user_id, now, session)
            changed = True
            continue
        present[number].position = position
        if contents[number] != item.content:
            _fill(present[number], item, user_id, now)
            _wait_for(plan, present[number], item.upstream, now, session)
            changed = True
    session.flush()
    return changed


def match_items(items: Sequence[CheckedItem], contents: Mapping[int, tuple[object, ...]]) -> list[int | None]:
    """For each item the id of the present one that it is, or None.

    :param contents: by id, what the present ones say
    :raises BadRequest: an id belongs to no item of this plan, or is given twice.
    """
    free = dict(contents)
    matched: list[int | None] = []
    for item in items:
        if item.id is not None:
            if item.id not in contents:
                raise BadRequest(f"planItems: this plan has no item {item.id}. Leave the id out to add a new item.")
            if item.id not in free:
                raise BadRequest(f"planItems: item {item.id} is there twice")
            del free[item.id]
        matched.append(item.id)
    for index, item in enumerate(items):
        if matched[index] is None:
            same = next((number for number, content in free.items() if content == item.content), None)
            if same is not None:
                del free[same]
            matched[index] = same
    return matched


def content_of(row: PlanItem, upstream: Upstream) -> tuple[object, ...]:
    """What a stored item says, comparable with :attr:`CheckedItem.content`."""
    return (row.trigger_type, row.cron_desc, row.cron_type, row.time_zone, frozenset(upstream))


def _fill(row: PlanItem, item: CheckedItem, user_id: int, now: datetime) -> None:
    row.trigger_type = item.trigger_type.value
    row.cron_desc, row.cron_type, row.time_zone = item.cron_desc, item.cron_type, item.time_zone
    row.updated_at, row.updated_by = now, user_id


def _wait_for(plan: Plan, row: PlanItem, upstream: Upstream, now: datetime, session: Session) -> None:
    """Replace what an item waits for; what it has waited for already goes on without a break."""
    present = {
        (each.entity_group, each.entity_key): each
        for each in session.scalars(select(PlanDependency).where(PlanDependency.item_id == row.id))
    }
    for name, dependency in present.items():
        if name not in upstream:
            session.delete(dependency)
    for group, key in upstream:
        if (group, key) not in present:
            session.add(PlanDependency(item_id=row.id, plan_id=plan.id, entity_group=group, entity_key=key, since=now))
