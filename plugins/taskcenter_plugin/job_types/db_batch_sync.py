"""DB_BATCH_SYNC: the Exchangis jobs of a project that synchronises data in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from taskcenter.exchangis.hook import ExchangisHook
from taskcenter_plugin.job_types.base import JSON, Job, JobDefinitionError, JobType, Param, ParamKind
from taskcenter_plugin.job_types.exchangis import (
    DEFAULT_CONNECTION,
    PlanExchangisJobOperator,
    check_exchangis_job,
    exchangis_task,
)
from taskcenter_plugin.job_types.rendering import NotRendered
from taskcenter_plugin.job_types.steps import check_key, is_id
from taskcenter_plugin.job_types.task_ids import safe_id

if TYPE_CHECKING:
    from airflow.sdk import Context

LIST_TASK, JOB_TASK = "jobs", "job"
MAX_JOBS = 1000
"""Of a project; Airflow's own bound of mapped tasks, ``[core] max_map_length``, is 1024."""
_PAGE_ROWS = 100


class ProjectJobsError(ValueError):
    """A project has no jobs to run, or too many."""


class PlanProjectJobsOperator(NotRendered, BaseOperator):
    """Lists the jobs of an Exchangis project, as they are when the plan runs; the task returns their ids.

    :param project: by name or id
    """

    template_fields = ("project", "exchangis_conn_id")

    def __init__(self, *, project: str, exchangis_conn_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.exchangis_conn_id = exchangis_conn_id

    def execute(self, context: Context) -> list[int]:  # noqa: ARG002 # Airflow's signature
        """List them.

        :raises NotFoundError: there is no such project, or the user may not see it.
        :raises ProjectJobsError: it has no jobs, or too many.
        """
        jobs: dict[int, str] = {}
        with ExchangisHook(self.exchangis_conn_id) as hook:
            project_id = hook.run(lambda api: api.project_id(self.project))
            # An id that comes twice, because a job was made meanwhile, is one job.
            for page in range(1, MAX_JOBS // _PAGE_ROWS + 2):
                rows = hook.list_jobs(project_id, page=page, size=_PAGE_ROWS)["result"]
                jobs |= {int(row["id"]): str(row.get("jobName")) for row in rows}
                if len(rows) < _PAGE_ROWS:
                    break
        if not jobs:
            raise ProjectJobsError(
                f"Project {self.project!r} on {self.exchangis_conn_id} has no jobs that this user may see. Make some in "
                "Exchangis, or name another project."
            )
        if len(jobs) > MAX_JOBS:
            raise ProjectJobsError(
                f"Project {self.project!r} on {self.exchangis_conn_id} has more than {MAX_JOBS} jobs. Name those that are to "
                "run in jobs, in several plans."
            )
        for job_id, name in sorted(jobs.items()):
            self.log.info("Job %d: %s", job_id, name)
        return sorted(jobs)


class PlanEachExchangisJobOperator(PlanExchangisJobOperator):
    """One of several jobs that are known only when the plan runs."""

    # Airflow renders the fields of mapped tasks by itself, past NotRendered; so there are none.
    template_fields = ()


def project_of(definition: JSON) -> str | None:
    """The Exchangis project whose jobs are to run; None where they are named one by one.

    ``project``, or else the document's ``syncProj``.
    """
    project = definition.get("project")
    if project is None and definition.get("jobs") is None:
        project = definition.get("syncProj")
    return None if project is None else str(project)


class DBBatchSyncJobType(JobType):
    """Definition: ``{"project": "sales"}``, an Exchangis project by name or id, or ``{"jobs": [12, 13]}``; and ``connection`` (数据批量同步).

    ``{"syncProj": 7}`` alone is the project with that id.
    """

    group: ClassVar[str] = "DB_BATCH_SYNC"
    job_classes: ClassVar[tuple[str, ...]] = ("com.hengshi.nangaparbat.schedulejob.DBBatchSyncJob",)
    key_params: ClassVar[tuple[str, ...]] = ("syncProj",)
    params: ClassVar[tuple[Param, ...] | None] = (
        Param("project", ParamKind.ID),
        Param("jobs", ParamKind.LIST),
        Param("connection", default=DEFAULT_CONNECTION),
    )

    def check(self, key: str, definition: JSON) -> None:
        """A project, or jobs, each an id and each once; ``{"syncProj": id}`` the entityKey."""
        where = f"{self.group} {key}"
        check_key(self.group, key, definition, "syncProj")
        if project_of(definition) is None:
            _check_jobs(where, definition.get("jobs"))
        elif definition.get("jobs") is not None:
            raise JobDefinitionError(f"{where}: give either project or jobs")
        elif definition.get("project") is not None and not is_id(definition["project"]):
            raise JobDefinitionError(f"{where}: project must be a number, or a text that is not empty")
        check_exchangis_job(where, {"jobId": 1, "connection": definition.get("connection")})

    def size(self, definition: JSON) -> int:
        """A step a job that is named; how many a project has is known only when it runs (see ``MAX_JOBS``)."""
        return len(definition.get("jobs") or (1,))

    def build(self, job: Job) -> None:
        """One task a job, side by side: ``job_`` and the id; of a project ``jobs``, which lists them, and ``job``, mapped."""
        connection = job.definition.get("connection")
        project = project_of(job.definition)
        if project is not None:
            _build_project(project, connection or DEFAULT_CONNECTION)
            return
        for each in job.definition["jobs"]:
            exchangis_task(
                safe_id(f"job_{each}"), {"jobId": each, "connection": connection}, task_display_name=str(each)
            )


def _build_project(project: str, connection: str) -> None:
    listed = PlanProjectJobsOperator(task_id=LIST_TASK, project=project, exchangis_conn_id=connection)
    PlanEachExchangisJobOperator.partial(
        task_id=JOB_TASK, exchangis_conn_id=connection, map_index_template="{{ task.job_id }}"
    ).expand(job_id=listed.output)


def _check_jobs(where: str, jobs: object) -> None:
    if not isinstance(jobs, list) or not jobs or not all(is_id(job) for job in jobs):
        raise JobDefinitionError(
            f"{where}: give project, an Exchangis project, or jobs, a list of ids of Exchangis jobs, in the entity's "
            "definition or in jobParams"
        )
    names = [str(job) for job in jobs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise JobDefinitionError(f"{where}: jobs has {', '.join(twice)} twice")
