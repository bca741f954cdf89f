"""What the page's endpoints about plans take and answer; all fields of an answer are always there. Moments are ISO 8601 in UTC."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from taskcenter_plugin.contexts.status import ContextStatus
from taskcenter_plugin.entities.datamodels import EntityIn
from taskcenter_plugin.job_types.base import ParamKind
from taskcenter_plugin.plans.datamodels import MAX_ITEMS, Items, PlanIn

MAX_FIRES = 50


def _in_json(name: str) -> str:
    """The name of a field in JSON; one that Python keeps for itself has an underscore behind it here."""
    return to_camel(name.rstrip("_"))


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=_in_json, populate_by_name=True)

    def shown(self) -> dict[str, Any]:
        """As it is sent."""
        return self.model_dump(mode="json", by_alias=True)


class GatewayUseOut(_Shown):
    """A system behind the gateway: whether it is served, and whether the user may look and have jobs run there."""

    on: bool
    read: bool
    run: bool


class GatewaysOut(_Shown):
    """The systems."""

    linkis: GatewayUseOut
    exchangis: GatewayUseOut
    hlink: GatewayUseOut


class ParamOut(_Shown):
    """What one of the jobParams takes; ``default`` and ``choices`` are null where there are none."""

    name: str
    kind: ParamKind
    required: bool
    default: str | int | float | bool | None
    choices: list[str] | None


class GroupOut(_Shown):
    """A job type. ``stored``: the documents have its plans run a stored entity, which the entityKey names; ``keyParams`` name its parts.

    ``params``: what its definition, in jobParams or in the entity, takes; null of a group that does not tell.
    """

    group: str
    stored: bool
    job_classes: list[str]
    key_params: list[str]
    params: list[ParamOut] | None


class RemoteJobOut(_Shown):
    """A job of a remote system, or a project that has some, to choose from; ``detail``: what tells it from others, may be empty."""

    id: int
    name: str
    detail: str


class MayOut(_Shown):
    """What the user may do, whatever the plan."""

    create: bool


class MeOut(_Shown):
    """Who asks, and what there is for them. ``timeZone``: the one that the documented endpoints' times are in."""

    name: str
    time_zone: str
    may: MayOut
    gateways: GatewaysOut
    groups: list[GroupOut]


class ShortRunOut(_Shown):
    """A run in the short history of a plan; ``costTime`` in seconds."""

    context_id: int
    job_status: ContextStatus
    start_at: str | None
    stop_at: str | None
    cost_time: int | None


class PlanMayOut(_Shown):
    """What the user may do with a plan."""

    edit: bool
    run: bool
    cancel: bool
    delete: bool
    read_runs: bool


class PlanExtrasOut(_Shown):
    """What the list shows of a plan beside the documented fields: its newest runs first, none without the right to read them."""

    id: int
    next_start_at: str | None
    last_start_at: str | None
    runs: list[ShortRunOut]
    may: PlanMayOut


class PlanOfDagOut(_Shown):
    """The plan of a DAG and the execution of a DAG run; null where there is none."""

    plan_id: int | None
    context_id: int | None


class FiresIn(BaseModel):
    """Items as a plan has them; ``after``: from when on their fires are asked for, now unless given."""

    model_config = ConfigDict(strict=True, extra="ignore")

    planItems: Items  # noqa: N815 (the document's name)
    count: Annotated[int, Field(ge=1, le=MAX_FIRES)] = 10
    after: Annotated[AwareDatetime, Field(strict=False)] | None = None


class LooseFiresIn(FiresIn):
    """The same, as it is read: so that each wrong item gets its own message."""

    planItems: Annotated[list[Any], Field(max_length=MAX_ITEMS)]  # noqa: N815


class ItemVerdictOut(_Shown):
    """Whether an item would be taken; if not, the message that a POST would be refused with."""

    index: int
    valid: bool
    message: str | None


class FireOut(_Shown):
    """A run to come: the first of the items that fire then, its zone, and the time of day there, with its offset."""

    at: str
    index: int
    zone: str
    local: str


class FiresOut(_Shown):
    """The verdicts on all items, and the next fires of those that are right."""

    items: list[ItemVerdictOut]
    fires: list[FireOut]


class PreviewIn(PlanIn):
    """A plan as POST /api/schedules takes it; ``entity``: what it is to run, as it would be stored before."""

    entity: EntityIn | None = None


class StepOut(_Shown):
    """A task of a plan's DAG.

    ``jobType``: the group whose kind of job it runs, null of a task that runs none. ``detail``: what it runs, e.g. its code, cut
    short. ``mapped``: as many of it as a task before finds.
    """

    task_id: str
    job_type: str | None
    title: str
    detail: str | None
    mapped: bool
    downstream: list[str]


class WarningKind(str, Enum):
    """What a plan could be sent with by mistake."""

    NO_TRIGGER = "NO_TRIGGER"
    """Nothing starts it but a user."""
    NEVER_FIRES = "NEVER_FIRES"
    """An item never fires again."""
    NO_SUCH_PLAN = "NO_SUCH_PLAN"
    """It waits for a plan that there is not yet."""
    DISABLED_PLAN = "DISABLED_PLAN"
    """It waits for a plan that is switched off."""
    DISABLED = "DISABLED"
    """It would be switched off."""


class WarningOut(_Shown):
    """Something that is allowed, but may not be meant. ``index``: of the item; ``name``: of the other plan, as group/key."""

    kind: WarningKind
    message: str
    index: int | None
    name: str | None


class PreviewOut(_Shown):
    """The DAG that a plan would be; ``exists``: there is such a plan, which would be changed."""

    dag_id: str
    exists: bool
    tasks: list[StepOut]
    warnings: list[WarningOut]


class GraphNodeOut(_Shown):
    """A plan that waits or is waited for; ``key`` is group/key.

    ``planId``, ``title``, ``enabled`` and ``jobStatus`` are null of a plan that there is not, or that the user may not see.
    ``distance``: how many steps from the plan that was asked for; negative: it runs before.
    """

    key: str
    plan_id: int | None
    entity_group: str
    entity_key: str
    title: str | None
    enabled: bool | None
    job_status: ContextStatus | None
    distance: int


class GraphEdgeOut(_Shown):
    """Each end of ``from`` starts ``to``, by this item."""

    from_: str
    to: str
    plan_item_id: int


class GraphOut(_Shown):
    """What a plan depends on and what depends on it. ``more``: there are further plans, too many or too far away."""

    nodes: list[GraphNodeOut]
    edges: list[GraphEdgeOut]
    more: bool
