"""``/exchangis``: the projects and jobs of Exchangis to choose from, through the gateway and within its rights.

The documents have no list of jobs, so the gateway's own paths have none either; the page asks here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from taskcenter.core.endpoint import Endpoint
from taskcenter.core.view import ForwardedRequest
from taskcenter.exchangis.endpoints import LIST_JOBS, LIST_PROJECTS
from taskcenter_plugin.errors import (
    BadGateway,
    BadRequest,
    Forbidden,
    GatewayTimeout,
    NotFound,
    TaskCenterError,
    Unavailable,
)
from taskcenter_plugin.gateway.choice import chosen_connection
from taskcenter_plugin.gateway.errors import GatewayError
from taskcenter_plugin.gateway.forwarding import forward
from taskcenter_plugin.gateway.masking import mask_body
from taskcenter_plugin.gateway.rights import Use
from taskcenter_plugin.gateway.views import Served, served_views
from taskcenter_plugin.job_pages.answers import answers
from taskcenter_plugin.routes.access import Access, Requires, Right
from taskcenter_plugin.routes.answers import Answer
from taskcenter_plugin.routes.bodies import check_storable
from taskcenter_plugin.routes.envelope import answer
from taskcenter_plugin.ui.plan_answers import RemoteJobOut

ROWS = 50
"""The most that are answered; who looks for another gives more of its name."""

_NUMBER = re.compile("[0-9]{1,19}")
_BY_STATUS: Mapping[int, type[TaskCenterError]] = {
    400: BadRequest,
    403: Forbidden,
    404: NotFound,
    503: Unavailable,
    504: GatewayTimeout,
}
router = APIRouter(prefix="/exchangis", tags=["page"])
Reader = Annotated[Access, Depends(Requires(Right.READ))]
Part = Annotated[str, Query(max_length=200, description="a part of the name")]


@router.get("/projects", summary="Exchangis projects to choose from", responses=answers(Answer[list[RemoteJobOut]]))
async def projects(request: Request, access: Reader, q: Part = "") -> JSONResponse:
    """The projects that the gateway's connection sees, at most 50. A header ``X-Airflow-Connection`` names another one."""
    rows = await _rows(request, access, LIST_PROJECTS, "list", {"name": q})
    return _answer([_out(row, "name", "description") for row in rows])


@router.get("/jobs", summary="Exchangis jobs to choose from", responses=answers(Answer[list[RemoteJobOut]]))
async def jobs(
    request: Request,
    access: Reader,
    projectId: Annotated[int, Query(ge=0, le=2**63 - 1)],  # noqa: N803 # as Exchangis names it
    q: Part = "",
) -> JSONResponse:
    """The jobs of a project, likewise."""
    rows = await _rows(request, access, LIST_JOBS, "result", {"projectId": str(projectId), "name": q})
    return _answer([_out(row, "jobName", "engineType") for row in rows])


def _answer(found: list[RemoteJobOut]) -> JSONResponse:
    return answer([each.shown() for each in found])


async def _rows(
    request: Request, access: Access, endpoint: Endpoint, name: str, query: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The first rows of a list of Exchangis'.

    :param name: the field of the answer that has them
    :raises TaskCenterError: the user may not read there, or Exchangis does not answer.
    """
    check_storable("q", query.get("name"))
    served = next(each for each in served_views() if each.view.name == "exchangis")
    try:
        served.check_on()
        if not await run_in_threadpool(served.permissions[Use.READ], access.user, "GET"):
            raise GatewayError(403, f"User {access.name} may not read on {served.view.title}. Ask an administrator.")
        conn_id = await chosen_connection(served, request, access.user)
        acting = access.name if served.as_airflow_user else None
        asked = {**query, "current": "1", "size": str(ROWS)}
        passed = ForwardedRequest(endpoint, {}, {key: [value] for key, value in asked.items()}, user=acting)
        reply = await forward(served, conn_id, passed)
    except GatewayError as error:
        raise _BY_STATUS.get(error.status, BadGateway)(error.message) from error
    await reply.held.aclose()
    return _list_in(served, reply.reply.status, mask_body(reply.reply.body, reply.secrets), name)


def _list_in(served: Served, status: int, body: bytes, name: str) -> list[Mapping[str, Any]]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise BadGateway(f"{served.view.title} answers with HTTP {status} and something that is no answer.")
    data = told.get("data")
    found = data.get(name) if isinstance(data, dict) else None
    if status >= 400 or told.get("status") or not isinstance(found, list):
        raise BadGateway(f"{served.view.title}: {told.get('message') or f'HTTP {status}'}")
    rows: list[Mapping[str, Any]] = [row for row in found if isinstance(row, dict)]
    return [row for row in rows if _NUMBER.fullmatch(str(row.get("id")))][:ROWS]


def _out(row: Mapping[str, Any], name: str, detail: str) -> RemoteJobOut:
    return RemoteJobOut(id=int(row["id"]), name=str(row.get(name) or row["id"]), detail=str(row.get(detail) or ""))
