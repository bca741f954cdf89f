"""``/entrance/{id}/kill`` and ``killJobs``: only the owner or an administrator may (facts section 9)."""

from __future__ import annotations

from taskcenter_sandbox.gateway.envelope import ControllerError, JavaError, body_of
from taskcenter_sandbox.gateway.java_numbers import java_long
from taskcenter_sandbox.linkis import ids
from taskcenter_sandbox.linkis.job import LiveJob
from taskcenter_sandbox.linkis.lookup import find
from taskcenter_sandbox.linkis.service import Call, Json, Reply, Services

KILLED = "Successfully killed the job(成功kill了job)"
FORCED = "Forced Kill task (强制杀死任务)"
NOT_FOUND = "Get job by ID error, kill failed.(获取job时发生异常，kill失败)"
ENDED = "The job already completed. Do not support kill.(任务已经结束，不支持kill)"
FAILED = "An exception occurred while killing the job, kill failed(kill job的时候出现了异常，kill失败)"
UNEQUAL = "The length of the ID list does not match the length of the TASKID list(id列表的长度与taskId列表的长度不一致)"
NO_ARRAY = "Request parameter error, please use array(请求参数错误，请使用数组)"

NO_TASK = 0


def kill(services: Services, call: Call) -> Reply:
    """GET /entrance/{id}/kill."""
    services.entrance.counts.add("kills")
    task_id = call.number("taskID", NO_TASK)
    found = find(services, call.path["id"])
    if found.ended is not None:
        raise ControllerError(ENDED)
    if found.orphan is not None:
        _force(services, found.orphan.id)
        return Reply({"execID": "", "taskID": call.path["id"]}, FORCED)
    if found.lost:
        if task_id <= 0:
            raise ControllerError(NOT_FOUND)
        _force(services, task_id)
        return Reply({}, FORCED)
    if found.job is None:
        if task_id == NO_TASK:
            raise JavaError("NullPointerException", "")
        _force(services, task_id)
        return Reply({}, FORCED)
    _kill(services, call, found.job, f" with error:{_refusal(found.job)}")
    return Reply({"execID": found.job.exec_id}, KILLED)


def kill_jobs(services: Services, call: Call) -> Reply:
    """POST /entrance/{id}/killJobs: an answer for each; jobs that are not in memory are cancelled in the history only."""
    executions, task_ids = call.body.get("idList"), call.body.get("taskIDList")
    if executions is None or task_ids is None:
        raise JavaError("NullPointerException", "")
    if not isinstance(executions, list) or not isinstance(task_ids, list):
        raise ControllerError(NO_ARRAY)
    if len(executions) != len(task_ids):
        raise ControllerError(UNEQUAL)
    messages: list[Json] = []
    forced: list[int] = []
    for execution, task_id in zip(executions, task_ids, strict=True):
        services.entrance.counts.add("kills")
        messages.append(_kill_one(services, call, str(execution), _as_long(task_id), forced))
    for task_id in forced:
        _force(services, task_id)
    return Reply({"messages": messages}, "success")


def _kill_one(services: Services, call: Call, execution: str, task_id: int, forced: list[int]) -> Json:
    method = f"/api/entrance/{execution}/kill"
    try:
        job = services.entrance.find(ids.parse_exec_id(execution))
    except (LookupError, ValueError):
        job = None
    if job is None:
        forced.append(task_id)
        return body_of(method, {}, message=FORCED)
    try:
        _kill(services, call, job, "")
    except KillError as error:
        return body_of(method, error.data, status=1, message=str(error))
    return body_of(method, {"execID": execution}, message=KILLED)


class KillError(ControllerError):
    """The job history refuses: the job has ended another way."""


def _kill(services: Services, call: Call, job: LiveJob, details: str) -> None:
    if call.user != job.user and not call.is_administrator:
        raise ControllerError(f"You have no permission to kill this job, excecute by user:{job.user}")
    services.entrance.kill(job)
    if job.ended and job.state != "Cancelled":
        raise KillError(f"{FAILED}{details}", {"stack": f"QueryFailedException: {_refusal(job)}"})


def _as_long(value: object) -> int:
    """A number, or 0, as Jackson reads it."""
    try:
        return java_long(str(value))
    except ValueError:
        return NO_TASK


def _refusal(job: LiveJob) -> str:
    return (
        f"errCode: 20011 ,desc: Request jobHistory failed,because:QueryException: errCode: 120001 ,desc: jobId:{job.id}，"
        f"oldStatus(在数据库中的task状态为)：{job.state}, newStatus(更新的task状态为)：Cancelled，update failed(更新失败)！"
    )


def _force(services: Services, task_id: int) -> None:
    """Cancel in the job history, if it has not ended there; what it says is not looked at."""
    services.store.update(task_id, "Cancelled", progress="1.0")
