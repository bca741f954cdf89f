"""The logs of jobs and tasks (facts section 3, 6 and 7)."""

from __future__ import annotations

from typing import Any

from taskcenter_sandbox.exchangis import logs
from taskcenter_sandbox.exchangis.errors import Refused, Unforeseen
from taskcenter_sandbox.exchangis.execution_routes import allowed, is_completed
from taskcenter_sandbox.exchangis.projects import QUERY
from taskcenter_sandbox.exchangis.service import SUBMITTED, Call, Endpoint, Reply, Services
from taskcenter_sandbox.gateway.settings import API

Json = dict[str, Any]

DEFAULT_IGNORED = ("service.DefaultManagerService", "info.DefaultNodeHealthyInfoManager")
"""What logs of tasks leave out always, from 1.1.3 on."""


def job_log(services: Services, call: Call) -> Reply:
    """Tell lines of an execution's log."""
    row = allowed(services, call, call.path["id"], QUERY)
    wanted = _wanted(services, call)
    if services.faults.take("log-failure"):
        raise Refused("Fail to get job log (获取任务日志失败)")
    if services.faults.take("log-gone"):
        return Reply({"endLine": 0, "isEnd": True, "logs": {}}, SUBMITTED)
    # Asked before the log is read: what is written between the two is told by the next page.
    completed = is_completed(services, row["status"])
    page = logs.read(services.executions.log_path(row["execution_id"]), wanted)
    lines = logs.without_passwords(page.lines) if services.settings.version.hides_passwords_in_logs else page.lines
    end = wanted.last is not None or (completed and (wanted.tail or not lines))
    method = f"{API}/dss/exchangis/main/job/execution/{row['execution_id']}/log"
    return Reply({"endLine": page.end, "isEnd": end, "logs": logs.shown(lines)}, SUBMITTED, method)


def task_log(services: Services, call: Call) -> Reply:
    """Tell lines of a task's log, with an end line that is one too high from 1.1.7 on."""
    version = services.settings.version
    row = allowed(services, call, call.query.get("jobExecutionId", ""), QUERY)
    task = services.executions.store.task(call.path["id"])
    if task is None or task["execution_id"] != row["execution_id"]:
        raise Refused("Fail to get task log (获取任务日志失败), reason: null")
    wanted = _wanted(services, call, DEFAULT_IGNORED if version.has_tail else ())
    if services.faults.take("log-failure") or services.faults.take("task-log-gone"):
        raise Refused("Fail to get task log (获取任务日志失败), reason: the engine's log is gone")
    finished = is_completed(services, task["status"])
    if task["launch_time"] is None:
        return Reply({"endLine": 0, "isEnd": finished, "logs": {}}, SUBMITTED)
    page = logs.read(services.executions.log_path(row["execution_id"], task["task_id"]), wanted)
    lines = logs.with_dashes(page.lines) if version.hides_passwords_in_logs else page.lines
    first = max(1, wanted.first)
    if version.is_late:
        end = finished and not page.full
        end_line = first + wanted.size - 1 if page.full else first + len(lines)
        if services.faults.amount("exact-end-line"):
            end_line = page.end
    else:
        end, end_line = finished and not lines, page.end
    if wanted.last is not None:
        end, end_line = True, 0
    method = f"{API}/dss/exchangis/main/task/execution/{task['task_id']}/log"
    return Reply({"endLine": end_line, "isEnd": end, "logs": logs.shown(lines)}, SUBMITTED, method)


def _wanted(services: Services, call: Call, ignore: tuple[str, ...] = ()) -> logs.Wanted:
    """What is asked for.

    :raises Unforeseen: from where, or how much, is not said; the document has defaults, the server none.
    """
    first, size = call.number("fromLine"), call.number("pageSize")
    if first is None or size is None:
        raise Unforeseen
    return logs.Wanted(
        first=first,
        size=max(1, size),
        ignore=(*logs.Wanted.keywords(call.query.get("ignoreKeywords", "")), *ignore),
        only=logs.Wanted.keywords(call.query.get("onlyKeywords", "")),
        last=call.number("lastRows"),
        tail=services.settings.version.has_tail and call.flag("enableTail"),
    )


def endpoints(services: Services) -> list[Endpoint]:  # noqa: ARG001 # the common signature
    """The endpoints."""
    old = f"{API}/exchangis"
    return [
        Endpoint("GET", "/job/execution/{id}/log", job_log, documented=f"{old}/job/execution/{{id}}/log"),
        Endpoint("GET", "/task/execution/{id}/log", task_log, documented=f"{old}/task/execution/{{id}}/log"),
    ]
