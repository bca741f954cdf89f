"""``/entrance``: execute, submit, status, log, progress (facts sections 4 to 8)."""

from __future__ import annotations

from starlette.routing import Route

from taskcenter_sandbox.gateway.envelope import ControllerError, JavaError
from taskcenter_sandbox.gateway.java_numbers import java_long
from taskcenter_sandbox.linkis import kill_routes
from taskcenter_sandbox.linkis.job import LiveJob
from taskcenter_sandbox.linkis.logs import by_level
from taskcenter_sandbox.linkis.lookup import Found, find
from taskcenter_sandbox.linkis.service import Call, Function, Json, Services, service
from taskcenter_sandbox.linkis.submission import parse_execute, parse_submit

MAX_LOG_LINES = 10_000
DEFAULT_LOG_LINES = 100

ENDED = (
    "The job you just executed has ended. This interface no longer provides a query. It is recommended that you "
    "download the log file for viewing.(您刚刚执行的job已经结束，本接口不再提供查询，建议您下载日志文件进行查看)"
)
NO_STATUS = (
    "Get job by ID error and cannot obtain the corresponding task status.(获取job时发生异常，不能获取相应的任务状态)"
)
EMPTY_STATUS = (
    "ID The corresponding job is empty and cannot obtain the corresponding task status."
    "(ID 对应的job为空，不能获取相应的任务状态)"
)
EMPTY_PROGRESS = (
    "The job corresponding to the ID is empty, and the corresponding task progress cannot be obtained."
    "(ID 对应的job为空，不能获取相应的任务进度)"
)
NO_PROGRESS = (
    "Can not get the corresponding progress information, it may be that the corresponding progress information has not "
    "been generated(不能获取相应的进度信息,可能是相应的进度信息还未生成)"
)


def submit(services: Services, call: Call) -> Json:
    """POST /entrance/submit."""
    job = services.entrance.submit(parse_submit(call.body, call.user, token=call.token))
    return {"execID": job.exec_id, "taskID": job.id}


def execute(services: Services, call: Call) -> Json:
    """POST /entrance/execute."""
    job = services.entrance.submit(parse_execute(call.body, call.user))
    return {"execID": job.exec_id, "taskID": job.id}


def status(services: Services, call: Call) -> Json:
    """GET /entrance/{id}/status; anybody may ask, by execID or taskID."""
    given = call.path["id"]
    found = find(services, given)
    if found.ended is not None:
        return {"status": found.ended.status, "execID": "", "taskID": given}
    if found.orphan is not None:
        return {"status": "Inited", "execID": "", "taskID": given}
    if found.lost:
        task_id = call.query.get("taskID", "")
        if not task_id:
            raise ControllerError(NO_STATUS)
        row = services.store.get(number(task_id))
        return {"status": row.status if row else "Cancelled", "execID": given}
    if found.job is None:
        raise ControllerError(EMPTY_STATUS)
    found.job.touch()
    return {"status": found.job.state, "execID": found.job.exec_id}


def log(services: Services, call: Call) -> Json:
    """GET /entrance/{id}/log; anybody may ask. ``fromLine`` of the answer is for the next call."""
    given = call.path["id"]
    first = max(0, number(call.query.get("fromLine") or "0"))
    size = number(call.query.get("size") or str(DEFAULT_LOG_LINES))
    by_levels = call.query.get("distinctLevel") != "false"
    found = find(services, given)
    if found.orphan is not None:
        text = "The job will failover soon, please try again later.(job很快就会failover，请稍后再试)"
        return {"log": [None, None, text, text] if by_levels else text, "execID": "", "taskID": given, "fromLine": 0}
    if found.ended is not None or found.lost:
        raise ControllerError(ENDED)
    if found.job is None:
        text = f"Can't find execID(不能找到execID): {given}Corresponding job, can not get the corresponding log(对应的job，不能获得对应的日志)"
        raise ControllerError(text)
    if services.faults.take("blank-log"):
        return {"log": "", "execID": found.job.exec_id, "fromLine": first}
    if services.faults.take("log-failure"):
        unread = {"log": "", "execID": found.job.exec_id, "fromLine": first}
        raise ControllerError("Failed to get log information(获取日志信息失败)", unread)
    lines, count = found.job.log.read(first, MAX_LOG_LINES if size < 0 else size)
    if by_levels:
        return {"log": by_level(lines), "execID": found.job.exec_id, "fromLine": first + count}
    return {"log": "\n".join(lines), "execID": found.job.exec_id, "fromLine": first + count}


def progress(services: Services, call: Call) -> Json:
    """GET /entrance/{id}/progress; of an ended job asked for by taskID it is a text."""
    given = call.path["id"]
    found = find(services, given)
    if found.ended is not None:
        return {"progress": "1.0", "execID": "", "taskID": given, "progressInfo": []}
    if found.orphan is not None:
        return {"progress": 0, "execID": "", "taskID": given, "progressInfo": []}
    if found.job is None:
        raise ControllerError(EMPTY_PROGRESS)
    job = found.job
    if not job.ended and services.faults.take("no-progress"):
        raise ControllerError(NO_PROGRESS)
    return {"progress": job.current_progress(), "execID": job.exec_id, "progressInfo": _progress_info(job)}


def progress_with_resource(services: Services, call: Call) -> Json:
    """GET /entrance/{id}/progressWithResource; there is no Yarn here."""
    return {"yarnResource": None, **progress(services, call)}


def pause(services: Services, call: Call) -> Json:
    """GET /entrance/{id}/pause, which does nothing."""
    given = call.path["id"]
    found: Found = find(services, given)
    if found.job is None:
        raise ControllerError(
            f"can not find the job of exexID :{given} can not pause (不能找到execID: {given}对应的job，不能进行pause)"
        )
    return {"execID": given}


def number(text: str) -> int:
    """A number that the controller reads itself.

    :raises JavaError: it is none.
    """
    try:
        return java_long(text)
    except ValueError as error:
        raise JavaError("NumberFormatException", str(error)) from None


def _progress_info(job: LiveJob) -> list[Json]:
    if job.ended or job.run is None:
        return []
    done, count = job.run.steps()
    return [
        {
            "id": f"jobId-{job.id}",
            "succeedTasks": done,
            "failedTasks": 0,
            "runningTasks": min(1, count - done),
            "totalTasks": count,
        }
    ]


def routes(services: Services) -> list[Route]:
    """The routes below ``/api/rest_j/v1``."""

    def get(name: str, function: Function) -> Route:
        return Route(f"/entrance/{{id}}/{name}", service(services, function), methods=["GET"])

    def post(path: str, function: Function) -> Route:
        return Route(path, service(services, function, has_body=True, slow=True), methods=["POST"])

    return [
        post("/entrance/submit", submit),
        post("/entrance/execute", execute),
        get("status", status),
        get("log", log),
        get("progress", progress),
        get("progressWithResource", progress_with_resource),
        get("pause", pause),
        get("kill", kill_routes.kill),
        post("/entrance/{id}/killJobs", kill_routes.kill_jobs),
    ]
