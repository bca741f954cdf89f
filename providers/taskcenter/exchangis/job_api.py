"""One flow per endpoint on jobs, their executions and projects (document, execution module; facts sections 3, 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskcenter.core.errors import MalformedReplyError
from taskcenter.core.flow import Flow
from taskcenter.exchangis import endpoints
from taskcenter.exchangis.api import ExchangisApi, Json, Query

LOG_PAGE_LINES = 1000


class JobApi(ExchangisApi):
    """The seven documented endpoints on executions, and the server's own without which nobody can work."""

    def execute_job(self, job_id: str | int, permit_partial_failures: bool = False) -> Flow[str]:
        """提交配置好的job进行执行: the jobExecutionId. Each call is a new execution; never repeated by itself.

        :param permit_partial_failures: no server up to 1.1.8 looks at it (facts section 3).
        """
        body = {"permitPartialFailures": permit_partial_failures}
        data = yield from self.call(endpoints.EXECUTE, body=body, job_id=job_id)
        if not data.get("jobExecutionId"):
            raise MalformedReplyError("Exchangis took the job and named no jobExecutionId.", self.client.context)
        return str(data["jobExecutionId"])

    def execution_status(self, execution_id: str) -> Flow[Json]:
        """获取Job的执行状态: ``{"status", "progress": 0..1, "allTaskStatus": whether every task has ended}``."""
        return self.call(endpoints.STATUS, execution_id=execution_id)

    def execution_tasks(self, execution_id: str) -> Flow[list[Json]]:
        """获取本次Job执行的task列表: ``[{"taskId": str, "name", "status", "engineType", "linkisJobId", ...}]``.

        Empty until the tasks have been made; dates are epoch milliseconds.
        """
        data = yield from self.call(endpoints.TASK_LIST, execution_id=execution_id)
        return self.take_list(data, "tasks")

    def execution_progress(self, execution_id: str) -> Flow[Json]:
        """获取Job和task的执行进度: ``{"status", "progress", "tasks": {"Running": [...], ...}}``, of the job."""
        data = yield from self.call(endpoints.PROGRESS, execution_id=execution_id)
        return self.take_object(data, "job")

    def task_metrics(self, execution_id: str, task_id: str | int) -> Flow[Json]:
        """获取task运行时的各项指标信息: the ``task`` with its ``metrics``, parts of which are null at first.

        Memory is in MB (the document says GB). Needs the right to execute the job.
        """
        body = {"jobExecutionId": execution_id}
        data = yield from self.call(endpoints.METRICS, body=body, execution_id=execution_id, task_id=task_id)
        return self.take_object(data, "task")

    def execution_log(
        self, execution_id: str, from_line: int = 1, page_size: int = LOG_PAGE_LINES, **filters: str | int | None
    ) -> Flow[Json]:
        """获取Job的实时日志: ``{"endLine": int, "isEnd": bool, "logs": {"all": text, "error", "warn", "info"}}``.

        :param from_line: counted from 1.
        :param filters: ``ignoreKeywords``, ``onlyKeywords`` (comma separated), ``lastRows`` (more than 0: like tail).
        """
        query: Query = {"fromLine": from_line, "pageSize": page_size, **filters}
        return self.call(endpoints.JOB_LOG, query=query, execution_id=execution_id)

    def task_log(
        self,
        execution_id: str,
        task_id: str | int,
        from_line: int = 1,
        page_size: int = LOG_PAGE_LINES,
        **filters: str | int | None,
    ) -> Flow[Json]:
        """获取task的实时日志: what its engine wrote, in the same form. Fails when the engine's log is gone."""
        query: Query = {"jobExecutionId": execution_id, "fromLine": from_line, "pageSize": page_size, **filters}
        return self.call(endpoints.TASK_LOG, query=query, execution_id=execution_id, task_id=task_id)

    def kill_execution(self, execution_id: str) -> Flow[None]:
        """Stop an execution; its tasks follow within seconds (facts section 3.2).

        :raises RefusedError: it has ended already, or the user may not.
        """
        yield from self.call(endpoints.KILL, execution_id=execution_id)

    def list_executions(
        self,
        *,
        job_name: str = "",
        execution_id: str = "",
        status: str = "",
        launched_after: int | None = None,
        launched_before: int | None = None,
        page: int = 1,
        size: int = 50,
    ) -> Flow[Json]:
        """Executions, the newest first: ``{"jobList": [...], "total": rows}``.

        :param job_name: a part of it.
        :param launched_after: epoch milliseconds.
        :param page: from 1.

        A user who is no admin sees executions of jobs that the same user has created, and no others.
        """
        query: dict[str, str | int | None] = {
            "jobExecutionId": execution_id,
            "jobName": job_name,
            "status": status,  # must be there, and may be empty
            "launchStartTime": launched_after,
            "launchEndTime": launched_before,
            "current": page,
            "size": size,
        }
        data = yield from self.call(endpoints.LIST_EXECUTIONS, query=query)
        return {"jobList": self.take_list(data, "jobList"), "total": data.get("total") or 0}

    def all_task_status(self, execution_id: str) -> Flow[list[str]]:
        """The states of all tasks of an execution."""
        data = yield from self.call(endpoints.ALL_TASK_STATUS, execution_id=execution_id)
        return self.take_list(data, "allStatus")

    def delete_execution(self, execution_id: str) -> Flow[None]:
        """Delete an execution from the history; refused while its tasks run."""
        yield from self.call(endpoints.DELETE_EXECUTION, execution_id=execution_id)

    # Jobs

    def list_jobs(
        self, project_id: str | int, name: str = "", page: int = 1, size: int = 100, job_type: str | None = None
    ) -> Flow[Json]:
        """The jobs of a project: ``{"result": [...], "total": rows}``.

        :param name: a part of it.
        """
        query: Query = {"projectId": project_id, "name": name, "current": page, "size": size, "jobType": job_type}
        data = yield from self.call(endpoints.LIST_JOBS, query=query)
        return {"result": self.take_list(data, "result"), "total": data.get("total") or 0}

    def create_job(self, body: Mapping[str, Any]) -> Flow[Json]:
        """Create a job and return it with its ``id``. Never repeated by itself.

        :param body: ``projectId``, ``jobName``, ``jobType`` (``OFFLINE``), ``engineType`` (``DATAX``), and its content
            as a JSON text in ``jobContent`` (1.1.7 and later) or ``content``.
        """
        data = yield from self.call(endpoints.CREATE_JOB, body=body)
        return self.take_object(data, "result")

    def job(self, job_id: str | int) -> Flow[Json]:
        """A job with its content."""
        data = yield from self.call(endpoints.JOB, job_id=job_id)
        return self.take_object(data, "result")

    def update_job(self, job_id: str | int, body: Mapping[str, Any]) -> Flow[Json]:
        """Change a job's name, description, labels, ... and return what the server says."""
        return self.call(endpoints.UPDATE_JOB, body=body, job_id=job_id)

    def update_job_content(self, job_id: str | int, body: Mapping[str, Any]) -> Flow[Json]:
        """Change what a job moves; also binds its data sources, which can then not be deleted."""
        return self.call(endpoints.UPDATE_JOB_CONTENT, body=body, job_id=job_id)

    def update_job_config(self, job_id: str | int, body: Mapping[str, Any]) -> Flow[Json]:
        """Change ``proxyUser``, ``jobParams`` (a JSON text) and ``source`` for all executions to come."""
        return self.call(endpoints.UPDATE_JOB_CONFIG, body=body, job_id=job_id)

    def delete_job(self, job_id: str | int) -> Flow[None]:
        """Delete a job."""
        yield from self.call(endpoints.DELETE_JOB, job_id=job_id)

    # Projects

    def list_projects(self, name: str = "", page: int = 1, size: int = 100) -> Flow[Json]:
        """The user's projects: ``{"list": [...], "total": rows}``.

        :param name: a part of it.
        """
        query: Query = {"name": name, "current": page, "size": size}
        data = yield from self.call(endpoints.LIST_PROJECTS, query=query, body={})
        return {"list": self.take_list(data, "list"), "total": data.get("total") or 0}

    def project(self, project_id: str | int) -> Flow[Json]:
        """A project."""
        data = yield from self.call(endpoints.PROJECT, project_id=project_id)
        return self.take_object(data, "item")

    def create_project(self, body: Mapping[str, Any]) -> Flow[Json]:
        """Create a project: ``{"projectName", "projectId"}``. Never repeated by itself.

        :param body: ``name``, ``description``, ``viewUsers``, ``editUsers``, ``execUsers`` (comma separated), ...
        """
        return self.call(endpoints.CREATE_PROJECT, body=body)

    def update_project(self, body: Mapping[str, Any]) -> Flow[Json]:
        """Change a project; its ``id`` is in the body."""
        return self.call(endpoints.UPDATE_PROJECT, body=body)

    def delete_project(self, project_id: str | int) -> Flow[None]:
        """Delete a project."""
        yield from self.call(endpoints.DELETE_PROJECT, project_id=project_id)
