"""``/entrance``: execute, submit, status, log, progress, kill (facts sections 4 to 9)."""

from __future__ import annotations

from starlette.routing import Route

from taskcenter_sandbox.linkis import ids
from taskcenter_sandbox.linkis.entrance import LiveJob
from taskcenter_sandbox.linkis.envelope import PlainError
from taskcenter_sandbox.linkis.service import Call, Json, Reply, Services, service
from taskcenter_sandbox.linkis.store import TERMINAL, Job
from taskcenter_sandbox.linkis.submission import parse_execute, parse_submit

ADMIN = "hadoop"
MAX_LOG_LINES = 10_000

ENDED = (
    "The job you just executed has ended. This interface no longer provides a query. It is recommended that you download "
    "the log file for viewing.(您刚刚执行的job已经结束，本接口不再提供查询，建议您下载日志文件进行查看)"
)


def submit(services: Services, call: Call) -> Json:
    """POST /entrance/submit."""
    job = services.entrance.submit(parse_submit(call.body, call.user), call.user)
    return {"execID": ids.exec_id(job.short_id), "taskID": job.id}


def execute(services: Services, call: Call) -> Json:
    """POST /entrance/execute."""
    job = services.entrance.submit(parse_execute(call.body, call.user), call.user)
    return {"execID": ids.exec_id(job.short_id), "taskID": job.id}


def status(services: Services, call: Call) -> Json:
    """GET /entrance/{id}/status; anybody may ask."""
    given = call.path["id"]
    if given.isdigit():
        row = _row(services, given)
        live = services.entrance.find_task(row.id)
        if row.status in TERMINAL:
            return {"status": row.status, "execID": "", "taskID": given}
        return {"status": live.status if live else "Inited", "execID": ids.exec_id(live.short_id) if live else ""}
    try:
        job = _find(services, given)
    except KeyError:
        task_id = call.query.get("taskID")
        if not task_id:
            raise PlainError(
                "Get job by ID error and cannot obtain the corresponding task status.(获取任务状态时，获取job失败)"
            ) from None
        row_or_none = services.entrance.store.get(int(task_id))
        return {"status": row_or_none.status if row_or_none else "Cancelled", "execID": given}
    if job is None:
        raise PlainError(
            "ID The corresponding job is empty and cannot obtain the corresponding task status.(ID对应的job为空)"
        )
    return {"status": job.status, "execID": given}


def log(services: Services, call: Call) -> Json:
    """GET /entrance/{id}/log; anybody may ask."""
    given = call.path["id"]
    job: LiveJob | None
    if given.isdigit():
        row = _row(services, given)
        job = None if row.status in TERMINAL else services.entrance.find_task(row.id)
        if job is None:
            raise PlainError(ENDED)
    else:
        try:
            job = _find(services, given)
        except KeyError:
            raise PlainError(ENDED) from None
        if job is None:
            raise PlainError(f"Can't find execID(不能找到execID): {given} corresponding job, can't get log")
    first = max(0, call.number("fromLine", 0))
    size = call.number("size", 100)
    parts, next_line = job.log.read(first, MAX_LOG_LINES if size < 0 else size)
    if call.query.get("distinctLevel") == "false":
        return {"log": parts[3], "fromLine": next_line, "execID": given}
    return {"log": parts, "fromLine": next_line, "execID": given}


def progress(services: Services, call: Call) -> Json:
    """GET /entrance/{id}/progress."""
    given = call.path["id"]
    if given.isdigit():
        row = _row(services, given)
        if row.status in TERMINAL:
            return {"progress": "1.0", "execID": "", "taskID": given, "progressInfo": []}
        job = services.entrance.find_task(row.id)
    else:
        try:
            job = _find(services, given)
        except KeyError:
            job = None
    if job is None:
        raise PlainError("The job corresponding to the ID is empty and cannot obtain the corresponding task progress.")
    ended = job.status in TERMINAL
    done = round(job.progress * 100)
    step = {"id": f"job-{job.id}", "succeedTasks": done, "failedTasks": 0, "runningTasks": 1, "totalTasks": 100}
    return {"progress": 1.0 if ended else job.progress, "execID": given, "progressInfo": [] if ended else [step]}


def progress_with_resource(services: Services, call: Call) -> Json:
    """GET /entrance/{id}/progressWithResource; there is no Yarn here."""
    return {**progress(services, call), "yarnResource": None}


def kill(services: Services, call: Call) -> Reply:
    """GET /entrance/{id}/kill; only the owner or an administrator may."""
    return _kill(services, call.path["id"], call.query.get("taskID"), call.user)


def kill_jobs(services: Services, call: Call) -> Reply:
    """POST /entrance/{id}/killJobs."""
    executions, task_ids = call.body.get("idList") or [], call.body.get("taskIDList") or []
    if len(executions) != len(task_ids):
        raise PlainError(
            "The length of the ID list does not match the length of the TASKID list(id列表长度与taskid列表长度不一致)"
        )
    messages = []
    for execution, task_id in zip(executions, task_ids, strict=True):
        try:
            reply = _kill(services, str(execution), str(task_id), call.user)
            messages.append({"method": "", "status": 0, "message": reply.message, "data": reply.data})
        except PlainError as error:
            messages.append({"method": None, "status": 1, "message": str(error), "data": {}})
    return Reply({"messages": messages}, "success")


def _kill(services: Services, given: str, task_id: str | None, user: str) -> Reply:
    entrance = services.entrance
    if given.isdigit():
        row = _row(services, given)
        if row.status in TERMINAL:
            raise PlainError("The job already completed. Do not support kill.(任务已经结束，不支持kill)")
        job = entrance.find_task(row.id)
        if job is None:
            return _forced(services, row.id, {"execID": "", "taskID": row.id})
    else:
        try:
            job = _find(services, given)
        except KeyError:
            job = None
        if job is None:
            if not task_id:
                raise PlainError("Get job by ID error, kill failed.(获取job时，获取job失败，kill失败)")
            return _forced(services, int(task_id), {})
    if user not in (job.user, ADMIN):
        raise PlainError(f"You have no permission to kill this job, excecute by user:{job.user}")
    if job.status in ("Succeed", "Failed"):
        raise PlainError(
            f"An exception occurred while killing the job, kill failed(kill job的时候出现异常，kill失败) with error:"
            f"Task status flip error! Cause: Failed to flip from {job.status} to Cancelled."
        )
    entrance.kill(job)
    return Reply({"execID": given}, "Successfully killed the job(成功kill了job)")


def _forced(services: Services, task_id: int, data: Json) -> Reply:
    services.entrance.store.update(task_id, status="Cancelled", err_code=20032, err_desc="Forced kill(强制杀死任务)")
    return Reply(data, "Forced Kill task (强制杀死任务)")


def _find(services: Services, execution: str) -> LiveJob | None:
    """The job of an execID.

    :raises PlainError: the gateway cannot read it.
    :raises KeyError: the entrance does not know its group.
    """
    try:
        ids.parse_short(execution)
    except ValueError as error:
        raise PlainError(str(error), {"stack": repr(error)}, http_status=200) from None
    try:
        return services.entrance.find(execution)
    except ValueError as error:
        raise KeyError(execution) from error


def _row(services: Services, task_id: str) -> Job:
    row = services.entrance.store.get(int(task_id))
    if row is None:
        raise PlainError(f"taskId {task_id} is not exists.", http_status=200)
    return row


def routes(services: Services) -> list[Route]:
    """The routes below ``/api/rest_j/v1``."""

    def get(name: str, function: object) -> Route:
        path = "/entrance/{id}/" + name
        return Route(path, service(services, f"/api{path}", function), methods=["GET"])  # type: ignore[arg-type]

    return [
        Route("/entrance/submit", service(services, "/api/entrance/submit", submit, has_body=True), methods=["POST"]),
        Route(
            "/entrance/execute", service(services, "/api/entrance/execute", execute, has_body=True), methods=["POST"]
        ),
        get("status", status),
        get("log", log),
        get("progress", progress),
        get("progressWithResource", progress_with_resource),
        get("kill", kill),
        Route(
            "/entrance/{id}/killJobs",
            service(services, "/api/entrance/{id}/killJobs", kill_jobs, has_body=True),
            methods=["POST"],
        ),
    ]
