"""What trigger items would do before they are stored: the verdict on each, and the next fires of all together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from pydantic import ValidationError

from taskcenter_plugin.errors import BadRequest
from taskcenter_plugin.plans.datamodels import PlanItemIn, TriggerType
from taskcenter_plugin.plans.items import CheckedItem, check_item
from taskcenter_plugin.plans.quartz import quartz_cron, zone
from taskcenter_plugin.plans.timetable import next_of
from taskcenter_plugin.routes.envelope import explain
from taskcenter_plugin.ui.plan_answers import FireOut, FiresOut, ItemVerdictOut, LooseFiresIn

_EARLIEST, _LATEST = 0.0, 32503680000.0
"""Epoch seconds: from 1970 to 3000, so that a moment is one in every zone; Quartz fires in neither of what is beyond."""


def fires_of(request: LooseFiresIn) -> FiresOut:
    """The verdict on every item, and the next fires of the right ones."""
    verdicts, crons = [], {}
    for index, raw in enumerate(request.planItems):
        try:
            item = _read(index, raw)
        except BadRequest as error:
            verdicts.append(ItemVerdictOut(index=index, valid=False, message=error.message))
            continue
        verdicts.append(ItemVerdictOut(index=index, valid=True, message=None))
        if item.trigger_type is TriggerType.CRON_JOB:
            crons[index] = (item.cron_desc or "", item.time_zone or "UTC")
    after = time.time() if request.after is None else request.after.timestamp()
    return FiresOut(items=verdicts, fires=next_fires(crons, min(max(after, _EARLIEST), _LATEST), request.count))


def next_fires(crons: Mapping[int, tuple[str, str]], after: float, count: int) -> list[FireOut]:
    """The next fires of some schedules together, as their timetable has them: a second in which several fire is one.

    :param crons: by number, pairs of expression and time zone
    :param after: epoch seconds
    """
    schedules = {index: quartz_cron(*cron) for index, cron in crons.items()}
    upcoming = {index: fire for index, cron in schedules.items() if (fire := next_of(cron, after)) is not None}
    fires: list[FireOut] = []
    while upcoming and len(fires) < count:
        first = min(upcoming.values())
        due = [index for index, fire in upcoming.items() if fire == first]
        fires.append(_fire(first, due[0], crons[due[0]][1]))
        for index in due:
            following = next_of(schedules[index], first)
            if following is None:
                del upcoming[index]
            else:
                upcoming[index] = following
    return fires


def _read(index: int, raw: Any) -> CheckedItem:
    """An item as a POST would take it.

    :raises BadRequest: it would not, in the words of a POST.
    """
    try:
        item = PlanItemIn.model_validate(raw)
    except ValidationError as error:
        raise BadRequest(explain(_within(index, error.errors(include_url=False)))) from error
    return check_item(index, item)


def _within(index: int, problems: Sequence[Any]) -> list[dict[str, Any]]:
    return [{**problem, "loc": ("planItems", index, *problem["loc"])} for problem in problems]


def _fire(epoch: int, index: int, zone_name: str) -> FireOut:
    return FireOut(
        at=datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        index=index,
        zone=zone_name,
        local=datetime.fromtimestamp(epoch, zone(zone_name)).isoformat(),
    )
