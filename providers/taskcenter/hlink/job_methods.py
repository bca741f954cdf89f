"""The Hlink hook's methods on jobs, synchronous and asynchronous."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from taskcenter.hlink.api import PAGE_SIZE, Json
from taskcenter.hlink.system import HlinkSystem
from taskcenter.jobs.hook import RemoteHook


class JobMethods(RemoteHook[HlinkSystem]):
    """One method per endpoint on jobs."""

    def add_job(self, body: Mapping[str, Any]) -> Json:
        """新建作业: the stored job with its ``id`` and ``jobCode``. Never repeated by itself.

        :param body: ``jobName``, ``jobType`` (0 SQL, 1 JAR), ``clusterId``, ``jobDsVOS``, ``useJar``, ...; the server
            overwrites the two ``checkpointStatebackend`` fields.
        """
        return self.run(lambda api: api.add_job(body))

    async def aadd_job(self, body: Mapping[str, Any]) -> Json:
        """As :meth:`add_job`."""
        return await self.arun(lambda api: api.add_job(body))

    def cancel_job(self, job_id: str | int) -> None:
        """取消作业: tell a running job to stop, with a savepoint where there is a directory for it; does not wait.

        :raises RefusedError: it does not run.
        """
        self.run(lambda api: api.cancel_job(job_id))

    async def acancel_job(self, job_id: str | int) -> None:
        """As :meth:`cancel_job`."""
        await self.arun(lambda api: api.cancel_job(job_id))

    def cancel_jobs(self, job_ids: Sequence[str | int]) -> dict[str, str]:
        """批量停止作业: why it failed, by the id of each job where it did; empty when all went well."""
        return self.run(lambda api: api.cancel_jobs(job_ids))

    async def acancel_jobs(self, job_ids: Sequence[str | int]) -> dict[str, str]:
        """As :meth:`cancel_jobs`."""
        return await self.arun(lambda api: api.cancel_jobs(job_ids))

    def list_jobs(self, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None) -> Json:
        """作业列表查询: a page ``{"records": [...], "total", "pages", "current", "size"}``, with ``jobStatusName``.

        :param page: from 1.
        :param filters: ``jobName`` (a part of it), ``jobStatus``, ``jobType``, ``clusterId``; the server looks at no
            other.
        """
        return self.run(lambda api: api.list_jobs(page, page_size, **filters))

    async def alist_jobs(self, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None) -> Json:
        """As :meth:`list_jobs`."""
        return await self.arun(lambda api: api.list_jobs(page, page_size, **filters))

    def job_overview(self, job_id: str | int) -> Any:
        """获取作业视图; the public server fails with HTTP 500, since it has nothing behind it."""
        return self.run(lambda api: api.job_overview(job_id))

    async def ajob_overview(self, job_id: str | int) -> Any:
        """As :meth:`job_overview`."""
        return await self.arun(lambda api: api.job_overview(job_id))

    def remove_job(self, job_id: str | int) -> None:
        """删除作业, with its log; refused while it runs."""
        self.run(lambda api: api.remove_job(job_id))

    async def aremove_job(self, job_id: str | int) -> None:
        """As :meth:`remove_job`."""
        await self.arun(lambda api: api.remove_job(job_id))

    def restart_job(self, job_id: str | int) -> str:
        """重启作业: what the server says. It does not wait for the savepoint of the cancel in between.

        Never repeated by itself.
        """
        return self.run(lambda api: api.restart_job(job_id))

    async def arestart_job(self, job_id: str | int) -> str:
        """As :meth:`restart_job`."""
        return await self.arun(lambda api: api.restart_job(job_id))

    def restart_jobs(self, job_ids: Sequence[str | int]) -> dict[str, str]:
        """批量重启作业: why it failed, by the id of each job where it did."""
        return self.run(lambda api: api.restart_jobs(job_ids))

    async def arestart_jobs(self, job_ids: Sequence[str | int]) -> dict[str, str]:
        """As :meth:`restart_jobs`."""
        return await self.arun(lambda api: api.restart_jobs(job_ids))

    def run_job(self, job_id: str | int) -> str:
        """启动作业: what the server says. A JAR job runs when it answers, an SQL job is submitted behind the answer.

        Never repeated by itself.

        :raises RefusedError: it runs already, or something is missing.
        """
        return self.run(lambda api: api.run_job(job_id))

    async def arun_job(self, job_id: str | int) -> str:
        """As :meth:`run_job`."""
        return await self.arun(lambda api: api.run_job(job_id))

    def run_jobs(self, job_ids: Sequence[str | int]) -> dict[str, str]:
        """批量启动作业: why it failed, by the id of each job where it did."""
        return self.run(lambda api: api.run_jobs(job_ids))

    async def arun_jobs(self, job_ids: Sequence[str | int]) -> dict[str, str]:
        """As :meth:`run_jobs`."""
        return await self.arun(lambda api: api.run_jobs(job_ids))

    def trigger_savepoint(self, job_id: str | int, timeout_seconds: float | None = None) -> None:
        """触发作业保存点: take a savepoint of a running job and wait for it; then its ``savepointPath`` has it.

        A GET that changes something: never repeated by itself.

        :param timeout_seconds: how long to wait for the answer, 30 minutes by default.
        """
        self.run(lambda api: api.trigger_savepoint(job_id, timeout_seconds))

    async def atrigger_savepoint(self, job_id: str | int, timeout_seconds: float | None = None) -> None:
        """As :meth:`trigger_savepoint`."""
        await self.arun(lambda api: api.trigger_savepoint(job_id, timeout_seconds))

    def update_job(self, body: Mapping[str, Any]) -> None:
        """作业信息更新: change a job.

        :param body: with ``id`` and ``jobType``; an SQL job's ``jobDsVOS`` is replaced whole.
        """
        self.run(lambda api: api.update_job(body))

    async def aupdate_job(self, body: Mapping[str, Any]) -> None:
        """As :meth:`update_job`."""
        await self.arun(lambda api: api.update_job(body))

    def job(self, job_id: str | int) -> Json:
        """作业详情查询: the job, with ``jobDsVOS`` and without ``jobStatusName``.

        :raises NotFoundError: there is none.
        """
        return self.run(lambda api: api.job(job_id))

    async def ajob(self, job_id: str | int) -> Json:
        """As :meth:`job`."""
        return await self.arun(lambda api: api.job(job_id))

    def job_log(self, job_id: str | int) -> str:
        """作业日志: one text, the start-up log and then Flink's exceptions."""
        return self.run(lambda api: api.job_log(job_id))

    async def ajob_log(self, job_id: str | int) -> str:
        """As :meth:`job_log`."""
        return await self.arun(lambda api: api.job_log(job_id))
