"""``/me``: who asks, what they may do, and what there is to choose from when a plan is made."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from taskcenter_plugin.gateway.rights import Use
from taskcenter_plugin.gateway.views import Served, served_views
from taskcenter_plugin.job_types.base import JobDefinitionError, Param
from taskcenter_plugin.job_types.registry import groups, job_type
from taskcenter_plugin.plans.items import default_zone
from taskcenter_plugin.routes.access import Access, Requires, Right
from taskcenter_plugin.routes.answers import Answer, answers
from taskcenter_plugin.routes.envelope import answer
from taskcenter_plugin.ui.plan_answers import GatewaysOut, GatewayUseOut, GroupOut, MayOut, MeOut, ParamOut

router = APIRouter(tags=["page"])


@router.get("/me", summary="Who asks, and what there is for them", responses=answers(Answer[MeOut]))
def me(access: Annotated[Access, Depends(Requires(Right.READ, Right.CREATE))]) -> JSONResponse:
    """The user, what they may do, the systems behind the gateway, and the job types."""
    uses = {served.view.name: _use(served, access) for served in served_views()}
    shown = MeOut(
        name=access.name,
        time_zone=default_zone(),
        may=MayOut(create=access.may(None, Right.CREATE)),
        gateways=GatewaysOut(linkis=uses["linkis"], exchangis=uses["exchangis"], hlink=uses["hlink"]),
        groups=[found for group in groups() if (found := _group(group)) is not None],
    )
    return answer(shown.shown())


def _use(served: Served, access: Access) -> GatewayUseOut:
    on = bool(served.default_connection)
    if not on:
        return GatewayUseOut(on=False, read=False, run=False)
    try:
        may = served.permissions
    except ValueError:  # the gateway itself says what is wrong with the option
        return GatewayUseOut(on=True, read=False, run=False)
    return GatewayUseOut(on=True, read=may[Use.READ](access.user, "GET"), run=may[Use.RUN](access.user, "POST"))


def _group(name: str) -> GroupOut | None:
    """A job type; None: its package cannot be loaded, so that no plan of it can be made."""
    try:
        kind = job_type(name)
    except JobDefinitionError:
        return None
    return GroupOut(
        group=name,
        stored=bool(kind.key_params),
        job_classes=list(kind.job_classes),
        key_params=list(kind.key_params),
        params=None if kind.params is None else [_param(param) for param in kind.params],
    )


def _param(param: Param) -> ParamOut:
    return ParamOut(
        name=param.name,
        kind=param.kind,
        required=param.required,
        default=param.default,
        choices=list(param.choices) or None,
    )
