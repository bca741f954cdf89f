"""The operator that runs an Exchangis job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from airflow.sdk import Asset

from taskcenter.core.errors import RemoteError, SubmitUnknownError
from taskcenter.core.job import JobRef, LogCursor
from taskcenter.core.status import JobStatus
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.exchangis.lineage import lineage_of, read_moves
from taskcenter.exchangis.links import DEFAULT_EXECUTION_URL, ExchangisExecutionLink
from taskcenter.exchangis.request import ExchangisRequest, Intent, JobChoice
from taskcenter.exchangis.results import TaskResult, total
from taskcenter.exchangis.tables import tables_of
from taskcenter.exchangis.triggers import ExchangisTrigger
from taskcenter.jobs import compat
from taskcenter.jobs.identity import first_try, job_tag
from taskcenter.jobs.lineage import tell
from taskcenter.jobs.links import JobPageLink
from taskcenter.jobs.memory import keep, kept, outlives_tries, remembered_attempt
from taskcenter.jobs.operator import RemoteJobOperator
from taskcenter.jobs.reporting import TaskLogReporter

if TYPE_CHECKING:
    from airflow.sdk import Context

STATE_INTENT = "taskcenter_exchangis_intent"
"""Key in the task state store under which a try says that it is about to ask for an execution."""

_FIGURES = ("records", "error_records", "ignored_records", "records_per_second")


class ExchangisJobOperator(RemoteJobOperator):
    """Run an Exchangis job: move the data that it is made to move.

    The job is executed exactly once: a retry adopts the execution of a try that was killed, or returns the figures of
    one that has succeeded. The logs of the job and of its tasks appear in the task log while it runs; killing the task
    kills the execution.

    The task returns ``{"job_execution_id", "job_id", "job_name", "status", "tasks": [...], "records",
    "error_records"}``; a task of it has ``task_id``, ``name``, ``status``, ``engine_type``, ``linkis_job_id`` and the
    figures ``records``, ``error_records``, ``ignored_records``, ``records_per_second``, ``cpu_cores``, ``memory_mb``,
    each None where Exchangis has none.

    .. seealso:: :doc:`/exchangis`

    :param job_id: the job. (templated)
    :param job_name: instead of its id: its name, in ``project``. (templated)
    :param project: the project of ``job_name``, by name or id. (templated)
    :param permit_partial_failures: go on when a task of the job fails, and take a partial success for a success. It is
        in the document; no server up to 1.1.8 looks at it, and each of them fails the job with its first task.
    :param name_assets: add the tables of the job to the inlets and outlets of the task when it has succeeded, as
        assets made by :func:`~taskcenter.exchangis.tables.exchangis_table`.
    :param exchangis_conn_id: the Airflow connection. (templated)
    """

    hook_class = ExchangisHook
    trigger_class = ExchangisTrigger
    template_fields: Sequence[str] = ("job_id", "job_name", "project", "exchangis_conn_id")
    operator_extra_links = (ExchangisExecutionLink(), JobPageLink())
    ui_color = "#dcefd8"

    def __init__(
        self,
        *,
        job_id: str | int | None = None,
        job_name: str | None = None,
        project: str | int | None = None,
        permit_partial_failures: bool = False,
        name_assets: bool = True,
        exchangis_conn_id: str = ExchangisHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.job_name = job_name
        self.project = project
        self.permit_partial_failures = permit_partial_failures
        self.name_assets = name_assets
        self.exchangis_conn_id = exchangis_conn_id

    @property
    def exchangis_hook(self) -> ExchangisHook:
        """The hook with its own type."""
        return cast("ExchangisHook", self.hook)

    def conn_id_value(self) -> str:
        """The Airflow connection."""
        return self.exchangis_conn_id

    def choice(self) -> JobChoice:
        """The job that the arguments name.

        :raises ConfigurationError: they name none, or two.
        """
        choice = JobChoice(_text(self.job_id), self.job_name, _text(self.project))
        choice.check()
        return choice

    def build_request(self) -> ExchangisRequest:
        """The job, and what there is before it is executed, noted down before anything is sent.

        :raises ConfigurationError: an argument is missing or wrong.
        :raises NotFoundError: there is no such job.
        """
        choice = self.choice()
        context = self._context
        assert context is not None  # noqa: S101 # execute() has set it
        tag = job_tag(context)
        job = self.exchangis_hook.run(lambda api: api.known_job(choice))
        intent = self.exchangis_hook.run(lambda api: api.snapshot(job, tag))
        earlier = Intent.from_json(kept(context, STATE_INTENT))
        if earlier is not None and (
            earlier.key != tag.key
            or earlier.attempt >= tag.attempt
            or (remembered_attempt(context, tag) or 0) >= earlier.attempt
        ):
            earlier = None
        keep(context, STATE_INTENT, (intent if earlier is None else earlier).to_json())
        return ExchangisRequest(
            job,
            self.permit_partial_failures,
            intent,
            earlier,
            unrecorded=tag.attempt > first_try(context) and not outlives_tries(context),
        )

    def job_url(self, ref: JobRef) -> str | None:
        """The execution in Exchangis' history."""
        template = self.hook.settings.extra.get("job_url") or DEFAULT_EXECUTION_URL
        return template.replace("{base_url}", self.hook.settings.base_url).replace("{execution_id}", ref.id)

    def make_result(self, ref: JobRef, status: JobStatus) -> dict[str, Any]:
        """Ids, status, tasks and figures."""
        tasks = self._take_tasks(ref)
        self._report_figures(tasks)
        self._name_assets(ref)
        return {
            "job_execution_id": ref.id,
            "job_id": ref.handle.get("job_id"),
            "job_name": ref.handle.get("job_name"),
            "status": status.raw,
            "tasks": tasks,
            "records": total(tasks, "records"),
            "error_records": total(tasks, "error_records"),
        }

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:  # noqa: ARG002 # the provider's signature
        """The tables that were moved, for the OpenLineage provider; None where they cannot be told."""
        ref = self._ref
        if ref is None or not ref.handle.get("job_id"):
            return None
        job_id = ref.handle["job_id"]
        return tell(ref.id, lambda: lineage_of(*self.exchangis_hook.run(lambda api: read_moves(api, job_id))))

    def _obtain(self, context: Context, request: ExchangisRequest) -> JobRef:
        try:
            return super()._obtain(context, request)
        except SubmitUnknownError as error:
            text = (
                f"Job {request.job.name!r} was told to run, and whether it does could not be found out. Look for it in "
                "the execution history of Exchangis before you run the task again by hand; a retry of the task looks "
                f"for it by itself. Cause: {error.message}"
            )
            raise SubmitUnknownError(text, error.context) from error

    def _show_rest_of_log(self, ref: JobRef, status: JobStatus, cursor: LogCursor, report: TaskLogReporter) -> None:
        super()._show_rest_of_log(ref, status, cursor, report)
        try:
            tasks = self.exchangis_hook.execution_tasks(ref.id)
        except RemoteError as error:
            self.log.warning("The tasks of job %s could not be listed: %s", ref.id, error)
            return
        for task in tasks:
            self.log.info("Task %s (%s) is %s", task.get("name"), task.get("taskId"), task.get("status"))

    def _take_tasks(self, ref: JobRef) -> list[TaskResult]:
        try:
            return self.exchangis_hook.run(lambda api: api.task_results(ref))
        except RemoteError as error:
            # The data has been moved; that its figures cannot be had must not have it moved again.
            self.log.warning("The figures of job %s could not be read: %s", ref.id, error)
            return []

    def _report_figures(self, tasks: Sequence[TaskResult]) -> None:
        tags = {"dag_id": self.dag_id, "task_id": self.task_id}
        for task in tasks:
            figures = {name: value for name, value in task.items() if name in _FIGURES and value is not None}
            self.log.info(
                "Task %s: %s",
                task["name"],
                ", ".join(f"{name} {value}" for name, value in figures.items()) or "no figures",
            )
            for name, value in figures.items():
                compat.gauge(
                    f"taskcenter.exchangis.{name}", float(str(value)), {**tags, "exchangis_task": task["name"]}
                )

    def _name_assets(self, ref: JobRef) -> None:
        if not self.name_assets:
            return
        choice = JobChoice(job_id=ref.handle.get("job_id"))
        try:
            job = self.exchangis_hook.run(lambda api: api.known_job(choice))
            sources, sinks = self.exchangis_hook.run(lambda api: tables_of(api, job))
        except RemoteError as error:
            self.log.warning("The tables of job %s could not be read: %s", ref.id, error)
            return
        _add(self.inlets, [table.asset() for table in sources])
        _add(self.outlets, [table.asset() for table in sinks])


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value).strip()


def _add(known: list[Any], assets: Sequence[Asset]) -> None:
    known.extend(asset for asset in assets if asset not in known)
