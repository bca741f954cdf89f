"""One flow per endpoint on jobs (document, 作业管理; facts, "Jobs")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from taskcenter.core.endpoint import Endpoint
from taskcenter.core.flow import Flow
from taskcenter.hlink import endpoints
from taskcenter.hlink.api import PAGE_SIZE, HlinkApi, Json, Query, join_ids


class JobApi(HlinkApi):
    """The fourteen endpoints on jobs."""

    def add_job(self, body: Mapping[str, Any]) -> Flow[Json]:
        """新建作业: the stored job with its ``id`` and ``jobCode``. Never repeated by itself.

        :param body: ``jobName``, ``jobType`` (0 SQL, 1 JAR), ``clusterId``, ``jobDsVOS``, ``useJar``, ...; the server
            overwrites the two ``checkpointStatebackend`` fields.
        """
        return self.take_object((yield from self.call(endpoints.ADD_JOB, body=body)), "job")

    def cancel_job(self, job_id: str | int) -> Flow[None]:
        """取消作业: tell a running job to stop, with a savepoint where there is a directory for it; does not wait.

        :raises RefusedError: it does not run.
        """
        yield from self.call(endpoints.CANCEL_JOB, job_id=job_id)

    def cancel_jobs(self, job_ids: Sequence[str | int]) -> Flow[dict[str, str]]:
        """批量停止作业: why it failed, by the id of each job where it did; empty when all went well."""
        return (yield from self._batch(endpoints.CANCEL_JOBS, job_ids))

    def list_jobs(self, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None) -> Flow[Json]:
        """作业列表查询: a page ``{"records": [...], "total", "pages", "current", "size"}``, with ``jobStatusName``.

        :param page: from 1.
        :param filters: ``jobName`` (a part of it), ``jobStatus``, ``jobType``, ``clusterId``; the server looks at no
            other.
        """
        query: Query = {"curPage": page, "pageSize": page_size, **filters}
        return self.take_page((yield from self.call(endpoints.LIST_JOBS, query=query)), "page of jobs")

    def job_overview(self, job_id: str | int) -> Flow[Any]:
        """获取作业视图; the public server fails with HTTP 500, since it has nothing behind it."""
        return self.call(endpoints.JOB_OVERVIEW, job_id=job_id)

    def remove_job(self, job_id: str | int) -> Flow[None]:
        """删除作业, with its log; refused while it runs."""
        yield from self.call(endpoints.REMOVE_JOB, query={"id": job_id}, job_id=job_id)

    def restart_job(self, job_id: str | int) -> Flow[str]:
        """重启作业: what the server says. It does not wait for the savepoint of the cancel in between.

        Never repeated by itself.
        """
        return str((yield from self.call(endpoints.RESTART_JOB, job_id=job_id)) or "")

    def restart_jobs(self, job_ids: Sequence[str | int]) -> Flow[dict[str, str]]:
        """批量重启作业: why it failed, by the id of each job where it did."""
        return (yield from self._batch(endpoints.RESTART_JOBS, job_ids))

    def run_job(self, job_id: str | int) -> Flow[str]:
        """启动作业: what the server says. A JAR job runs when it answers, an SQL job is submitted behind the answer.

        Never repeated by itself.

        :raises RefusedError: it runs already, or something is missing.
        """
        return str((yield from self.call(endpoints.RUN_JOB, job_id=job_id)) or "")

    def run_jobs(self, job_ids: Sequence[str | int]) -> Flow[dict[str, str]]:
        """批量启动作业: why it failed, by the id of each job where it did."""
        return (yield from self._batch(endpoints.RUN_JOBS, job_ids))

    def trigger_savepoint(self, job_id: str | int, timeout_seconds: float | None = None) -> Flow[None]:
        """触发作业保存点: take a savepoint of a running job and wait for it; then its ``savepointPath`` has it.

        A GET that changes something: never repeated by itself.

        :param timeout_seconds: how long to wait for the answer, if not as long as usual.
        """
        endpoint = endpoints.SAVEPOINT
        if timeout_seconds is not None:
            endpoint = replace(endpoint, timeout_seconds=timeout_seconds)
        yield from self.call(endpoint, job_id=job_id)

    def update_job(self, body: Mapping[str, Any]) -> Flow[None]:
        """作业信息更新: change a job.

        :param body: with ``id`` and ``jobType``; an SQL job's ``jobDsVOS`` is replaced whole.
        """
        yield from self.call(endpoints.UPDATE_JOB, body=body)

    def job(self, job_id: str | int) -> Flow[Json]:
        """作业详情查询: the job, with ``jobDsVOS`` and without ``jobStatusName``.

        :raises NotFoundError: there is none.
        """
        return self.take_object((yield from self.call(endpoints.JOB, job_id=job_id)), "job")

    def job_log(self, job_id: str | int) -> Flow[str]:
        """作业日志: one text, the start-up log and then Flink's exceptions."""
        return str((yield from self.call(endpoints.JOB_LOG, job_id=job_id)) or "")

    def _batch(self, endpoint: Endpoint, job_ids: Sequence[str | int]) -> Flow[dict[str, str]]:
        """The failures, which the server reports in ``data`` of an answer that says ``success``."""
        data = yield from self.call(endpoint, query={"jobIds": join_ids(job_ids)})
        failed = self.take_object(data or {}, "result by job")
        return {str(job_id): _message(answer) for job_id, answer in failed.items() if not _is_good(answer)}


def _is_good(answer: object) -> bool:
    return isinstance(answer, Mapping) and answer.get("success") is True


def _message(answer: object) -> str:
    return str(answer.get("msg") or "no message") if isinstance(answer, Mapping) else str(answer)
