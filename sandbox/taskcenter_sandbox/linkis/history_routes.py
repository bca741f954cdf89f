"""``/jobhistory``: get, list, list-taskids, undone tasks (facts section 10)."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from taskcenter_sandbox.gateway.envelope import PUBLIC_SERVICE, BadRequest, ControllerError, LinkisError, spring_error
from taskcenter_sandbox.gateway.java_numbers import java_long
from taskcenter_sandbox.linkis.service import Call, Function, Json, Services, service
from taskcenter_sandbox.linkis.store import Filter, Job, now_ms
from taskcenter_sandbox.linkis.views import running_time, task_view

DAY_MS = 86_400_000
MAX_IDS = 30
LONG_DIGITS = 19
DEFAULT_PAGE, DEFAULT_PAGE_ROWS = 1, 20
UNDONE = ("Running", "Inited", "Scheduled")

NOT_FOUND = (
    "The corresponding job was not found, or there may be no permission to view the job"
    "(没有找到对应的job，也可能是没有查看该job的权限)"
)

_NAME = re.compile(r"[a-zA-Z\-\d_.]+")
_INSTANCE = re.compile(r"[a-zA-Z\-\d_.:]+")
_INVALID = 21304


def get(services: Services, call: Call) -> Json:
    """GET /jobhistory/{id}/get; not found and not allowed look the same."""
    try:
        job = services.store.get(java_long(call.path["id"]))
    except ValueError:
        raise BadRequest("id") from None
    if job is None or not _may_see(call, job):
        raise ControllerError(NOT_FOUND)
    view = task_view(job, with_code=False)
    if job.status == "Running":
        view |= {"errCode": None, "errDesc": None}
    return {"task": view}


def list_jobs(services: Services, call: Call) -> Json:
    """GET /jobhistory/list; ``totalPage`` is the number of rows."""
    statuses = [each for each in call.query.get("status", "").split(",") if each]
    wanted = _filter(call, statuses)
    user: str | None = call.user
    if call.is_administrator and call.flag("isAdminView"):
        user = call.query.get("proxyUser") or None
    if user is not None:
        wanted.equal["submit_user"] = user
    for name, column, says in (
        ("creator", "creator", "Invalid creator : "),
        ("executeApplicationName", "engine", "Invalid applicationName : "),
    ):
        value = call.query.get(name, "").strip()
        if value and not _NAME.fullmatch(value):
            raise _invalid(says + value)
        if value:
            wanted.equal[column] = value
    instance = call.query.get("instance", "").strip()
    if instance and not _INSTANCE.fullmatch(instance):
        raise _invalid(f"Invalid instances : {instance}")
    if call.query.get("taskID", "").strip():
        wanted.equal["id"] = call.number("taskID", 0)
    return _page(services, call, wanted)


def list_taskids(services: Services, call: Call) -> Json:
    """GET /jobhistory/list-taskids; unknown and foreign ids are just missing."""
    given = call.query.get("taskID", "")
    if not given.strip():
        raise ControllerError("Invalid taskID cannot be empty")
    if not re.fullmatch(r"[0-9,]*", given):
        raise ControllerError("TaskID contains illegal characters")
    wanted = {each for each in given.split(",") if each}
    if len(wanted) > MAX_IDS:
        raise ControllerError(f"TaskID size cannot exceed {MAX_IDS}")
    numbers = [int(each) for each in wanted if len(each) < LONG_DIGITS]
    jobs = services.store.many(numbers, None if call.is_administrator else call.user)
    return {"jobHistoryList": [task_view(job, with_code=True) for job in jobs]}


def undone_tasks(services: Services, call: Call) -> Json:
    """GET /jobhistory/listundonetasks: of the last day, unless it is asked for more."""
    statuses = [each for each in call.query.get("status", "").split(",") if each]
    return _page(services, call, _undone(call, statuses or list(UNDONE)))


def undone_count(services: Services, call: Call) -> Json:
    """GET /jobhistory/listundone: how many there are."""
    return {"totalPage": services.store.count(_undone(call, list(UNDONE)))}


def extra_info(services: Services, call: Call) -> Json:
    """GET /jobhistory/job-extra-info: metrics, code and running time."""
    job_id = call.number("jobId", 0)
    if not job_id:
        raise ControllerError("Invalid jobId cannot be empty")
    job = services.store.get(job_id)
    if job is None or not _may_see(call, job):
        raise ControllerError(NOT_FOUND)
    metrics: dict[str, Any] = json.loads(job.metrics or "{}")
    return {"metricsMap": {**metrics, "executionCode": job.code, "runtime": running_time(metrics)}}


def _filter(call: Call, statuses: list[str], *, last_day: bool = False) -> Filter:
    until = call.number("endDate", now_ms())
    since = call.number("startDate", 0)
    if last_day and since == 0:
        since = until - DAY_MS
    if since == until:
        until += DAY_MS
    return Filter(since, until, statuses)


def _undone(call: Call, statuses: list[str]) -> Filter:
    wanted = _filter(call, statuses, last_day=True)
    wanted.equal["submit_user"] = call.user
    for name, column, says in (
        ("creator", "creator", "Invalid creator : "),
        ("engineType", "engine", "Invalid engienType: "),
    ):
        value = call.query.get(name, "").strip()
        if value and not _NAME.fullmatch(value):
            raise ControllerError(says + value)
        if value:
            wanted.equal[column] = value
    return wanted


def _page(services: Services, call: Call, wanted: Filter) -> Json:
    size = max(1, call.number("pageSize", DEFAULT_PAGE_ROWS))
    jobs, total = services.store.page(wanted, call.number("pageNow", DEFAULT_PAGE), size)
    return {"tasks": [task_view(job, with_code=True) for job in jobs], "totalPage": total}


def _may_see(call: Call, job: Job) -> bool:
    return call.is_administrator or call.user == job.submit_user


def _invalid(text: str) -> ControllerError:
    return ControllerError(LinkisError(_INVALID, text, PUBLIC_SERVICE).java_message())


def routes(services: Services) -> list[Route]:
    """The routes below ``/api/rest_j/v1``."""

    def route(name: str, function: Function) -> Route:
        return Route(f"/jobhistory/{name}", service(services, function), methods=["GET"])

    by_ids = service(services, list_taskids)

    async def list_by_ids(request: Request) -> Response:
        if services.faults.amount("no-list-taskids"):
            return spring_error(request.url.path, 404, "Not Found")
        response: Response = await by_ids(request)
        return response

    return [
        route("list", list_jobs),
        Route("/jobhistory/list-taskids", list_by_ids, methods=["GET"]),
        route("listundonetasks", undone_tasks),
        route("listundone", undone_count),
        route("job-extra-info", extra_info),
        route("{id}/get", get),
    ]
