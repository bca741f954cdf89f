"""What requests about plans may hold (执行计划结构, 任务触发结构): strict types, so that nothing is guessed.

Fields that the documents show in answers only (``id`` of a plan, ``createdAt``...) are taken and ignored, so that a script can send back
what it has read.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from taskcenter_plugin.models import GROUP_LENGTH, KEY_LENGTH

MAX_ITEMS = 100
MAX_UPSTREAM = 200
MAX_RETRIES = 100
MAX_ID = 2**31 - 1


class TriggerType(str, Enum):
    """What starts a plan (任务触发类型)."""

    CRON_JOB = "CRON_JOB"
    """A Quartz cron expression."""
    DEPENDENCY = "DEPENDENCY"
    """The end of any one of some other plans (被其他任务触发)."""
    ONCE = "ONCE"
    """Now, by hand (人工触发)."""


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


Group = Annotated[str, StringConstraints(min_length=1, max_length=GROUP_LENGTH)]


def trimmed(key: str) -> str:
    """The key itself.

    :raises ValueError: it begins or ends with white space, which MySQL does not tell apart.
    """
    if key != key.strip():
        raise ValueError("it must not begin or end with white space")
    return key


TRIMMED = r"^\S([\s\S]*\S)?$"
Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=KEY_LENGTH),
    AfterValidator(trimmed),
    Field(json_schema_extra={"pattern": TRIMMED}),
]
Id = Annotated[int, Field(ge=1, le=MAX_ID)]


class PlanName(_Request):
    """A plan, by what it runs."""

    entityGroup: Group
    entityKey: Key


class PlanItemIn(_Request):
    """A trigger item (任务触发条目)."""

    id: Id | None = None
    triggerType: Annotated[TriggerType, Field(strict=False)]
    cronDesc: Annotated[str, StringConstraints(max_length=250)] | None = None
    cronType: Annotated[str, StringConstraints(max_length=20)] | None = None
    timeZone: Annotated[str, StringConstraints(max_length=100)] | None = None
    triggerByJobs: Annotated[list[PlanName], Field(max_length=MAX_UPSTREAM)] | None = None


Items = Annotated[list[PlanItemIn], Field(max_length=MAX_ITEMS)]


class ExecDetail(_Request):
    """How a plan's entity is run (任务详细信息)."""

    jobClass: Annotated[str, StringConstraints(max_length=250)] | None = None
    jobParams: dict[str, Any] | None = None
    retryTimes: Annotated[int, Field(ge=0, le=MAX_RETRIES)] | None = None


def _on_unless_false(enabled: bool | None) -> bool:
    return enabled is not False


class PlanIn(PlanName):
    """The body of ``POST /api/schedules``; ``enabled`` is true where it is left out or null (默认是true), also for a plan that is off."""

    planItems: Items | None = None
    enabled: Annotated[bool | None, AfterValidator(_on_unless_false)] = True
    execDetail: ExecDetail | None = None
    sync: bool | None = None


class PlanChange(_Request):
    """The body of ``PUT /api/schedules/{id}``: what is not named stays; null or empty ``planItems`` remove all."""

    planItems: Items | None = None
    enabled: bool | None = None
