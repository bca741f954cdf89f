"""The Exchangis hook's methods on jobs, executions and projects, synchronous and asynchronous."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskcenter.exchangis.api import Json
from taskcenter.exchangis.job_api import LOG_PAGE_LINES
from taskcenter.exchangis.system import ExchangisSystem
from taskcenter.jobs.hook import RemoteHook


class JobMethods(RemoteHook[ExchangisSystem]):
    """One method per endpoint on jobs, their executions and projects."""

    def execute_job(self, job_id: str | int, permit_partial_failures: bool = False) -> str:
        """提交配置好的job进行执行: the jobExecutionId. Each call is a new execution; never repeated by itself.

        :param permit_partial_failures: no server up to 1.1.8 looks at it (facts section 3).
        """
        return self.run(lambda api: api.execute_job(job_id, permit_partial_failures))

    async def aexecute_job(self, job_id: str | int, permit_partial_failures: bool = False) -> str:
        """As :meth:`execute_job`."""
        return await self.arun(lambda api: api.execute_job(job_id, permit_partial_failures))

    def execution_status(self, execution_id: str) -> Json:
        """获取Job的执行状态: ``{"status", "progress": 0..1, "allTaskStatus": whether every task has ended}``."""
        return self.run(lambda api: api.execution_status(execution_id))

    async def aexecution_status(self, execution_id: str) -> Json:
        """As :meth:`execution_status`."""
        return await self.arun(lambda api: api.execution_status(execution_id))

    def execution_tasks(self, execution_id: str) -> list[Json]:
        """获取本次Job执行的task列表: ``[{"taskId": str, "name", "status", "engineType", "linkisJobId", ...}]``.

        Empty until the tasks have been made; dates are epoch milliseconds.
        """
        return self.run(lambda api: api.execution_tasks(execution_id))

    async def aexecution_tasks(self, execution_id: str) -> list[Json]:
        """As :meth:`execution_tasks`."""
        return await self.arun(lambda api: api.execution_tasks(execution_id))

    def execution_progress(self, execution_id: str) -> Json:
        """获取Job和task的执行进度: ``{"status", "progress", "tasks": {"Running": [...], ...}}``, of the job."""
        return self.run(lambda api: api.execution_progress(execution_id))

    async def aexecution_progress(self, execution_id: str) -> Json:
        """As :meth:`execution_progress`."""
        return await self.arun(lambda api: api.execution_progress(execution_id))

    def task_metrics(self, execution_id: str, task_id: str | int) -> Json:
        """获取task运行时的各项指标信息: the ``task`` with its ``metrics``, parts of which are null at first.

        Memory is in MB (the document says GB). Needs the right to execute the job.
        """
        return self.run(lambda api: api.task_metrics(execution_id, task_id))

    async def atask_metrics(self, execution_id: str, task_id: str | int) -> Json:
        """As :meth:`task_metrics`."""
        return await self.arun(lambda api: api.task_metrics(execution_id, task_id))

    def execution_log(
        self, execution_id: str, from_line: int = 1, page_size: int = LOG_PAGE_LINES, **filters: str | int | None
    ) -> Json:
        """获取Job的实时日志: ``{"endLine": int, "isEnd": bool, "logs": {"all": text, "error", "warn", "info"}}``.

        :param from_line: counted from 1.
        :param filters: ``ignoreKeywords``, ``onlyKeywords`` (comma separated), ``lastRows`` (more than 0: like tail).
        """
        return self.run(lambda api: api.execution_log(execution_id, from_line, page_size, **filters))

    async def aexecution_log(
        self, execution_id: str, from_line: int = 1, page_size: int = LOG_PAGE_LINES, **filters: str | int | None
    ) -> Json:
        """As :meth:`execution_log`."""
        return await self.arun(lambda api: api.execution_log(execution_id, from_line, page_size, **filters))

    def task_log(
        self,
        execution_id: str,
        task_id: str | int,
        from_line: int = 1,
        page_size: int = LOG_PAGE_LINES,
        **filters: str | int | None,
    ) -> Json:
        """获取task的实时日志: what its engine wrote, in the same form. Fails when the engine's log is gone."""
        return self.run(lambda api: api.task_log(execution_id, task_id, from_line, page_size, **filters))

    async def atask_log(
        self,
        execution_id: str,
        task_id: str | int,
        from_line: int = 1,
        page_size: int = LOG_PAGE_LINES,
        **filters: str | int | None,
    ) -> Json:
        """As :meth:`task_log`."""
        return await self.arun(lambda api: api.task_log(execution_id, task_id, from_line, page_size, **filters))

    def kill_execution(self, execution_id: str) -> None:
        """Stop an execution; its tasks follow within seconds (facts section 3.2).

        :raises RefusedError: it has ended already, or the user may not.
        """
        self.run(lambda api: api.kill_execution(execution_id))

    async def akill_execution(self, execution_id: str) -> None:
        """As :meth:`kill_execution`."""
        await self.arun(lambda api: api.kill_execution(execution_id))

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
    ) -> Json:
        """Executions, the newest first: ``{"jobList": [...], "total": rows}``.

        :param job_name: a part of it.
        :param launched_after: epoch milliseconds.
        :param page: from 1.

        A user who is no admin sees executions of jobs that the same user has created, and no others.
        """
        return self.run(
            lambda api: api.list_executions(
                job_name=job_name,
                execution_id=execution_id,
                status=status,
                launched_after=launched_after,
                launched_before=launched_before,
                page=page,
                size=size,
            )
        )

    async def alist_executions(
        self,
        *,
        job_name: str = "",
        execution_id: str = "",
        status: str = "",
        launched_after: int | None = None,
        launched_before: int | None = None,
        page: int = 1,
        size: int = 50,
    ) -> Json:
        """As :meth:`list_executions`."""
        return await self.arun(
            lambda api: api.list_executions(
                job_name=job_name,
                execution_id=execution_id,
                status=status,
                launched_after=launched_after,
                launched_before=launched_before,
                page=page,
                size=size,
            )
        )

    def all_task_status(self, execution_id: str) -> list[str]:
        """The states of all tasks of an execution."""
        return self.run(lambda api: api.all_task_status(execution_id))

    async def aall_task_status(self, execution_id: str) -> list[str]:
        """As :meth:`all_task_status`."""
        return await self.arun(lambda api: api.all_task_status(execution_id))

    def delete_execution(self, execution_id: str) -> None:
        """Delete an execution from the history; refused while its tasks run."""
        self.run(lambda api: api.delete_execution(execution_id))

    async def adelete_execution(self, execution_id: str) -> None:
        """As :meth:`delete_execution`."""
        await self.arun(lambda api: api.delete_execution(execution_id))

    def list_jobs(
        self, project_id: str | int, name: str = "", page: int = 1, size: int = 100, job_type: str | None = None
    ) -> Json:
        """The jobs of a project: ``{"result": [...], "total": rows}``.

        :param name: a part of it.
        """
        return self.run(lambda api: api.list_jobs(project_id, name, page, size, job_type))

    async def alist_jobs(
        self, project_id: str | int, name: str = "", page: int = 1, size: int = 100, job_type: str | None = None
    ) -> Json:
        """As :meth:`list_jobs`."""
        return await self.arun(lambda api: api.list_jobs(project_id, name, page, size, job_type))

    def create_job(self, body: Mapping[str, Any]) -> Json:
        """Create a job and return it with its ``id``. Never repeated by itself.

        :param body: ``projectId``, ``jobName``, ``jobType`` (``OFFLINE``), ``engineType`` (``DATAX``), and its content
            as a JSON text in ``jobContent`` (1.1.7 and later) or ``content``.
        """
        return self.run(lambda api: api.create_job(body))

    async def acreate_job(self, body: Mapping[str, Any]) -> Json:
        """As :meth:`create_job`."""
        return await self.arun(lambda api: api.create_job(body))

    def job(self, job_id: str | int) -> Json:
        """A job with its content."""
        return self.run(lambda api: api.job(job_id))

    async def ajob(self, job_id: str | int) -> Json:
        """As :meth:`job`."""
        return await self.arun(lambda api: api.job(job_id))

    def update_job(self, job_id: str | int, body: Mapping[str, Any]) -> Json:
        """Change a job's name, description, labels, ... and return what the server says."""
        return self.run(lambda api: api.update_job(job_id, body))

    async def aupdate_job(self, job_id: str | int, body: Mapping[str, Any]) -> Json:
        """As :meth:`update_job`."""
        return await self.arun(lambda api: api.update_job(job_id, body))

    def update_job_content(self, job_id: str | int, body: Mapping[str, Any]) -> Json:
        """Change what a job moves; also binds its data sources, which can then not be deleted."""
        return self.run(lambda api: api.update_job_content(job_id, body))

    async def aupdate_job_content(self, job_id: str | int, body: Mapping[str, Any]) -> Json:
        """As :meth:`update_job_content`."""
        return await self.arun(lambda api: api.update_job_content(job_id, body))

    def update_job_config(self, job_id: str | int, body: Mapping[str, Any]) -> Json:
        """Change ``proxyUser``, ``jobParams`` (a JSON text) and ``source`` for all executions to come."""
        return self.run(lambda api: api.update_job_config(job_id, body))

    async def aupdate_job_config(self, job_id: str | int, body: Mapping[str, Any]) -> Json:
        """As :meth:`update_job_config`."""
        return await self.arun(lambda api: api.update_job_config(job_id, body))

    def delete_job(self, job_id: str | int) -> None:
        """Delete a job."""
        self.run(lambda api: api.delete_job(job_id))

    async def adelete_job(self, job_id: str | int) -> None:
        """As :meth:`delete_job`."""
        await self.arun(lambda api: api.delete_job(job_id))

    def list_projects(self, name: str = "", page: int = 1, size: int = 100) -> Json:
        """The user's projects: ``{"list": [...], "total": rows}``.

        :param name: a part of it.
        """
        return self.run(lambda api: api.list_projects(name, page, size))

    async def alist_projects(self, name: str = "", page: int = 1, size: int = 100) -> Json:
        """As :meth:`list_projects`."""
        return await self.arun(lambda api: api.list_projects(name, page, size))

    def project(self, project_id: str | int) -> Json:
        """A project."""
        return self.run(lambda api: api.project(project_id))

    async def aproject(self, project_id: str | int) -> Json:
        """As :meth:`project`."""
        return await self.arun(lambda api: api.project(project_id))

    def create_project(self, body: Mapping[str, Any]) -> Json:
        """Create a project: ``{"projectName", "projectId"}``. Never repeated by itself.

        :param body: ``name``, ``description``, ``viewUsers``, ``editUsers``, ``execUsers`` (comma separated), ...
        """
        return self.run(lambda api: api.create_project(body))

    async def acreate_project(self, body: Mapping[str, Any]) -> Json:
        """As :meth:`create_project`."""
        return await self.arun(lambda api: api.create_project(body))

    def update_project(self, body: Mapping[str, Any]) -> Json:
        """Change a project; its ``id`` is in the body."""
        return self.run(lambda api: api.update_project(body))

    async def aupdate_project(self, body: Mapping[str, Any]) -> Json:
        """As :meth:`update_project`."""
        return await self.arun(lambda api: api.update_project(body))

    def delete_project(self, project_id: str | int) -> None:
        """Delete a project."""
        self.run(lambda api: api.delete_project(project_id))

    async def adelete_project(self, project_id: str | int) -> None:
        """As :meth:`delete_project`."""
        await self.arun(lambda api: api.delete_project(project_id))
