"""DB_BATCH_SYNC: the Exchangis jobs of a project that synchronises data in batches."""

from __future__ import annotations

from typing import ClassVar

from taskcenter_plugin.job_types.base import JSON, Job, JobDefinitionError, JobType
from taskcenter_plugin.job_types.exchangis import check_exchangis_job, exchangis_task
from taskcenter_plugin.job_types.steps import check_key, is_id
from taskcenter_plugin.job_types.task_ids import safe_id


class DBBatchSyncJobType(JobType):
    """Definition: ``{"jobs": [12, 13]}``, ids of Exchangis jobs, and ``connection`` (数据批量同步)."""

    group: ClassVar[str] = "DB_BATCH_SYNC"
    job_classes: ClassVar[tuple[str, ...]] = ("com.hengshi.nangaparbat.schedulejob.DBBatchSyncJob",)

    def check(self, key: str, definition: JSON) -> None:
        """Each job an id, each once; ``{"syncProj": id}`` the entityKey."""
        where = f"{self.group} {key}"
        check_key(self.group, key, definition, "syncProj")
        jobs = definition.get("jobs")
        if not isinstance(jobs, list) or not jobs or not all(is_id(job) for job in jobs):
            raise JobDefinitionError(
                f"{where}: give jobs, a list of ids of Exchangis jobs, in the entity's definition or in jobParams"
            )
        names = [str(job) for job in jobs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise JobDefinitionError(f"{where}: jobs has {', '.join(twice)} twice")
        check_exchangis_job(where, {"jobId": jobs[0], "connection": definition.get("connection")})

    def build(self, job: Job) -> None:
        """One task a job, side by side; its ``subKey`` is ``job_`` and the id."""
        for each in job.definition["jobs"]:
            exchangis_task(
                safe_id(f"job_{each}"),
                {"jobId": each, "connection": job.definition.get("connection")},
                task_display_name=str(each),
            )
