"""``/jobhistory``: get, list, list-taskids, undone tasks (facts section 10)."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from taskcenter_sandbox.linkis.envelope import PlainError, spring_error
from taskcenter_sandbox.linkis.service import Call, Endpoint, Json, Services, service
from taskcenter_sandbox.linkis.store import Job, now_ms
from taskcenter_sandbox.linkis.views import task_view

DAY_MS = 86_400_000
MAX_IDS = 30
UNDONE = ("Running", "Inited", "Scheduled")

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_NOT_FOUND = "The corresponding job was not found, or there may be no permission to view the job(没有找到对应的job，也可能是没有查看该job的权限)"


def get(services: Services, call: Call) -> Json:
    """GET /jobhistory/{id}/get; the code is not shown (1.7 and later)."""
    job = services.entrance.store.get(int(call.path["id"]))
    if job is None or not _may_see(job, call.user):
        raise PlainError(_NOT_FOUND)
    return {"task": task_view(job, with_code=False)}


def list_jobs(services: Services, call: Call) -> Json:
    """GET /jobhistory/list; ``totalPage`` is the number of rows."""
    since, until = call.number("startDate", 0), call.number("endDate", now_ms())
    if since == until:
        until += DAY_MS
    filters: dict[str, Any] = {"since": since, "until": until, "submit_user": call.user}
    for name, column in (("creator", "creator"), ("executeApplicationName", "engine")):
        value = call.query.get(name)
        if value:
            if not _NAME.fullmatch(value):
                raise PlainError(f"{name} is invalid: {value}")
            filters[column] = value
    if call.query.get("taskID"):
        filters["id"] = int(call.query["taskID"])
    statuses = [status for status in call.query.get("status", "").split(",") if status]
    jobs, total = services.entrance.store.page(
        filters, statuses, call.number("pageNow", 1), max(1, call.number("pageSize", 20))
    )
    return {"tasks": [task_view(job, with_code=True) for job in jobs], "totalPage": total}


def list_taskids(services: Services, call: Call) -> Json:
    """GET /jobhistory/list-taskids; unknown and foreign ids are just missing."""
    given = call.query.get("taskID", "")
    if not given:
        raise PlainError("Invalid parameter: taskID(taskID为空)")
    if not re.fullmatch(r"[\d,]+", given):
        raise PlainError(f"Invalid parameter: taskID {given}")
    wanted = {int(task_id) for task_id in given.split(",") if task_id}
    if len(wanted) > MAX_IDS:
        raise PlainError(f"TaskID size cannot exceed {MAX_IDS}")
    jobs = [job for job in services.entrance.store.many(wanted) if _may_see(job, call.user)]
    return {"jobHistoryList": [task_view(job, with_code=False) for job in jobs]}


def undone_tasks(services: Services, call: Call) -> Json:
    """GET /jobhistory/listundonetasks: of the last day."""
    filters: dict[str, Any] = {
        "since": call.number("startDate", now_ms() - DAY_MS),
        "until": call.number("endDate", now_ms()),
        "submit_user": call.user,
    }
    jobs, total = services.entrance.store.page(filters, UNDONE, call.number("pageNow", 1), call.number("pageSize", 20))
    return {"tasks": [task_view(job, with_code=True) for job in jobs], "totalPage": total}


def _may_see(job: Job, user: str) -> bool:
    return user in (job.submit_user, "hadoop")


def routes(services: Services) -> list[Route]:
    """The routes below ``/api/rest_j/v1``."""

    def endpoint(name: str, function: Any) -> Endpoint:
        return service(services, f"/api/jobhistory/{name}", function)

    by_number = endpoint("{id}/get", get)

    async def get_one(request: Request) -> Response:
        if not request.path_params["id"].isdigit():
            return spring_error(request.url.path, 400, "Bad Request")
        response: Response = await by_number(request)
        return response

    by_ids = endpoint("list-taskids", list_taskids)

    async def list_by_ids(request: Request) -> Response:
        if services.faults.value("no-list-taskids"):
            return spring_error(request.url.path, 404, "Not Found")
        response: Response = await by_ids(request)
        return response

    return [
        Route("/jobhistory/{id}/get", get_one, methods=["GET"]),
        Route("/jobhistory/list", endpoint("list", list_jobs), methods=["GET"]),
        Route("/jobhistory/list-taskids", list_by_ids, methods=["GET"]),
        Route("/jobhistory/listundonetasks", endpoint("listundonetasks", undone_tasks), methods=["GET"]),
    ]
