"""``/job/.../execute`` and ``/job/execution``, ``/task/execution``: running jobs (facts sections 3 and 3.2)."""

from __future__ import annotations

import json
from typing import Any

from taskcenter_sandbox.exchangis.database import Row
from taskcenter_sandbox.exchangis.errors import Refused, Unforeseen, no_permission
from taskcenter_sandbox.exchangis.execution_store import SUCCESS, TERMINAL, WAIT_FOR_RETRY
from taskcenter_sandbox.exchangis.projects import EXECUTE, QUERY
from taskcenter_sandbox.exchangis.service import SUBMITTED, Call, Endpoint, Reply, Services
from taskcenter_sandbox.gateway.settings import API

Json = dict[str, Any]

DELETED = "Luanched job may be deleted, id: [{}](启动的任务可能已被删除)"
KILLED = "Kill succeed(停止成功)！"
NO_PROGRESS = "Fail to get progress info (获取任务执行状态失败), reason: null"
NO_METRICS = "Fail to get task metrics (获取任务指标信息失败), reason: null"

_JOB = "/api/rest_j/v1/dss/exchangis/main/job"


def execute(services: Services, call: Call) -> Reply:
    """Run a job; what the body says is not looked at."""
    job = services.jobs.get(call.id())
    if services.settings.version < (1, 1, 0):
        if call.user != job["create_user"]:
            raise no_permission("execute this job")
    elif call.user != job["create_user"]:
        services.projects.allowed(call.user, job["project_id"], EXECUTE)
    project = services.projects.get(job["project_id"])
    execution_id = services.executions.execute(job, project, call.user)
    return Reply({"jobExecutionId": execution_id}, SUBMITTED, f"{_JOB}/{job['id']}/execute")


def status(services: Services, call: Call) -> Reply:
    """Tell status and progress, and whether all tasks have ended."""
    row = allowed(services, call, call.path["id"], QUERY)
    tasks = services.executions.store.tasks(row["execution_id"])
    done = is_completed(services, row["status"]) and all(is_completed(services, task["status"]) for task in tasks)
    text = row["status"]
    if text == SUCCESS and services.faults.amount("partial-success"):
        text = "Partial_Success"
    if services.faults.take("unknown-status"):
        text = "Rebooting"
    data = {"status": text, "progress": row["progress"], "allTaskStatus": done}
    return Reply(data, SUBMITTED, f"{_JOB}/execution/{row['execution_id']}/status")


def task_list(services: Services, call: Call) -> Reply:
    """List the tasks; none until they have been made."""
    execution_id = call.path["id"]
    if _is_open(services, call) and services.executions.store.get(execution_id) is None:
        return Reply({"tasks": []}, SUBMITTED)
    row = allowed(services, call, execution_id, QUERY)
    tasks = [_task(task) for task in services.executions.store.tasks(row["execution_id"])]
    return Reply({"tasks": tasks}, SUBMITTED, f"/api/rest_j/v1/{execution_id}/taskList")


def progress(services: Services, call: Call) -> Reply:
    """Tell the progress of a job and, by status, of its tasks."""
    row = services.executions.store.get(call.path["id"])
    if row is None:
        raise Refused(NO_PROGRESS)
    row = allowed(services, call, call.path["id"], QUERY)
    tasks: dict[str, list[Json]] = {}
    for task in services.executions.store.tasks(row["execution_id"]):
        shown = {name: task[column] for name, column in (("taskId", "task_id"), ("name", "name"))}
        shown |= {"status": task["status"], "progress": task["progress"], "allTaskStatus": None}
        tasks.setdefault(task["status"], []).append(shown)
    job = {"status": row["status"], "progress": row["progress"], "allTaskStatus": None, "tasks": tasks}
    return Reply({"job": job}, SUBMITTED, f"{_JOB}/execution/{row['execution_id']}/progress")


def metrics(services: Services, call: Call) -> Reply:
    """Tell the metrics of a task; nulls before there are any."""
    execution_id = call.body.get("jobExecutionId")
    if not execution_id:
        raise Refused("Required params 'jobExecutionId' is missing")
    allowed(services, call, str(execution_id), EXECUTE)
    task = services.executions.store.task(call.path["id"])
    if task is None or task["execution_id"] != execution_id or services.faults.take("lost-metrics"):
        raise Refused(NO_METRICS)
    blank = task["metrics"] is None or services.faults.take("blank-metrics")
    none = {"resourceUsed": None, "traffic": None, "indicator": None}
    data = {
        "taskId": task["task_id"],
        "name": task["name"],
        "status": task["status"],
        "metrics": none if blank else json.loads(task["metrics"]),
    }
    return Reply({"task": data}, SUBMITTED, f"/api/rest_j/v1/task/execution/{task['task_id']}/metrics")


def kill(services: Services, call: Call) -> Reply:
    """Stop an execution."""
    execution_id = call.path["id"]
    if services.executions.store.get(execution_id) is None:
        raise Unforeseen
    allowed(services, call, execution_id, EXECUTE)
    services.executions.kill(execution_id)
    return Reply({}, KILLED, f"{_JOB}/execution/{execution_id}/kill")


def list_jobs(services: Services, call: Call) -> Reply:
    """List executions, the newest first: those of the caller's own jobs, of all for an administrator."""
    page, size = call.needed_number("current"), call.needed_number("size")
    if "status" not in call.query:
        raise Unforeseen
    late = services.settings.version.is_late
    conditions: list[tuple[str, Any]] = []
    if not (late and call.is_administrator):
        conditions.append(("create_user = ?", call.user) if late else ("instr(create_user, ?) > 0", call.user))
    for name, condition in (
        ("jobExecutionId", "execution_id = ?"),
        ("jobName", "instr(name, ?) > 0"),
        ("status", "status = ?"),
    ):
        if value := call.query.get(name):
            conditions.append((condition, value))
    for name, condition in (("launchStartTime", "create_time >= ?"), ("launchEndTime", "create_time <= ?")):
        if (moment := call.number(name)) is not None:
            conditions.append((condition, moment))
    rows, total = services.executions.store.page(conditions, max(1, page), max(1, size))
    if services.faults.take("short-list"):
        rows = rows[:1]
    return Reply({"jobList": [_execution(row, late) for row in rows], "total": total}, SUBMITTED)


def all_task_status(services: Services, call: Call) -> Reply:
    """List the statuses of the tasks."""
    row = allowed(services, call, call.path["id"], QUERY)
    tasks = services.executions.store.tasks(row["execution_id"])
    return Reply({"allStatus": [task["status"] for task in tasks]}, SUBMITTED)


def delete(services: Services, call: Call) -> Reply:
    """Delete an execution whose tasks have ended."""
    row = allowed(services, call, call.path["id"], EXECUTE)
    store = services.executions.store
    statuses = [row["status"], *(task["status"] for task in store.tasks(row["execution_id"]))]
    if not all(is_completed(services, each) for each in statuses):
        raise Refused("The job has tasks that are not completed, and cannot be deleted(存在未完成的任务，不能删除)")
    store.delete(row["execution_id"])
    return Reply({}, "Delete succeed(删除成功)！")


def allowed(services: Services, call: Call, execution_id: str, what: str) -> Row:
    """An execution that the caller may do something with.

    :raises Refused: it is not there, or the caller may not.
    :raises Unforeseen: it is not there, and the server does not foresee that.
    """
    row = services.executions.store.get(execution_id)
    if row is None:
        if _is_open(services, call):
            raise Unforeseen
        raise Refused(DELETED.format(execution_id))
    version = services.settings.version
    if call.user in (row["create_user"], row["submit_user"]) or (version < (1, 1, 0) and what == QUERY):
        return row
    services.projects.allowed(call.user, row["project_id"], what)
    return row


def is_completed(services: Services, text: str) -> bool:
    """Whether a status is an end for the server: from 1.1.7 on, WaitForRetry as well."""
    return text in TERMINAL or (services.settings.version.is_late and text == WAIT_FOR_RETRY)


def _is_open(services: Services, call: Call) -> bool:
    """Whether nobody asks what the caller may do, so that an unknown id is not found out first."""
    version = services.settings.version
    return version < (1, 1, 0) or (version.is_late and call.is_administrator)


def _task(row: Row) -> Json:
    return {
        "taskId": row["task_id"],
        "name": row["name"],
        "status": row["status"],
        "createTime": row["create_time"],
        "launchTime": row["launch_time"],
        "lastUpdateTime": row["last_update_time"],
        "engineType": row["engine_type"],
        "linkisJobId": row["linkis_job_id"],
        "linkisJobInfo": row["linkis_job_info"],
        "executeUser": row["execute_user"],
    }


def _execution(row: Row, late: bool) -> Json:
    shown = {
        "jobExecutionId": row["execution_id"],
        "executeNode": "127.0.0.1:9321",
        "name": row["name"],
        "createTime": row["create_time"],
        "flow": 0,
        "createUser": row["create_user"],
        "executeUser": row["execute_user"],
        "status": row["status"],
        "progress": row["progress"],
        "lastUpdateTime": row["last_update_time"],
    }
    return {**shown, "projectName": row["project_name"]} if late else shown


def endpoints(services: Services) -> list[Endpoint]:  # noqa: ARG001 # the common signature
    """The endpoints."""
    old_job, old_task = f"{API}/exchangis/job", f"{API}/exchangis/task"
    return [
        Endpoint("POST", "/job/{id}/execute", execute, documented=f"{old_job}/{{id}}/execute"),
        Endpoint("GET", "/job/execution/{id}/status", status, documented=f"{old_job}/execution/{{id}}/status"),
        Endpoint("GET", "/job/execution/{id}/taskList", task_list, documented=f"{old_job}/execution/{{id}}/tasklist"),
        Endpoint("GET", "/job/execution/{id}/progress", progress, documented=f"{old_job}/execution/{{id}}/progress"),
        Endpoint("POST", "/task/execution/{id}/metrics", metrics, documented=f"{old_task}/execution/{{id}}/metrics"),
        Endpoint("POST", "/job/execution/{id}/kill", kill, slow=True, documented=f"{old_job}/execution/{{id}}/kill"),
        Endpoint("GET", "/job/listJobs", list_jobs, documented=f"{old_job}/listJobs"),
        Endpoint("GET", "/job/{id}/allTaskStatus", all_task_status, documented=f"{old_job}/{{id}}/allTaskStatus"),
        Endpoint("POST", "/job/{id}/deleteJob", delete, documented=f"{old_job}/{{id}}/deleteJob"),
    ]
