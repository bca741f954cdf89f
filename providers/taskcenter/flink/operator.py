"""What all operators of Flink share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from taskcenter.core.errors import ConfigurationError, JobUnknownError, RemoteError
from taskcenter.core.flink.outages import CLUSTER_PATIENCE, read_patience
from taskcenter.core.job import JobRef
from taskcenter.core.status import JobStatus
from taskcenter.flink.hook import FlinkHook
from taskcenter.flink.identity import check_job_id
from taskcenter.flink.links import FlinkJobLink, job_url
from taskcenter.flink.log import records
from taskcenter.flink.outages import await_cluster, with_patience
from taskcenter.flink.request import JOB_ID
from taskcenter.flink.triggers import FlinkTrigger
from taskcenter.jobs.identity import first_try, job_tag
from taskcenter.jobs.links import JobPageLink
from taskcenter.jobs.memory import recall
from taskcenter.jobs.operator import RemoteJobOperator
from taskcenter.jobs.reporting import CountingReporter

if TYPE_CHECKING:
    from airflow.sdk import Context

FINISHED, RUNNING = "finished", "running"
"""What is waited for: the job's end, or that it runs and goes on."""

DEFAULT_STABLE_SECONDS = 10.0


class FlinkOperator(RemoteJobOperator):
    """Base of the operators that start something on a Flink cluster, once, under an id of their own.

    :param flink_conn_id: the Airflow connection. (templated)
    :param cluster_patience_seconds: for how long the cluster may give no answer before the task fails; the connection
        says by default.
    """

    hook_class = FlinkHook
    trigger_class = FlinkTrigger
    template_fields: Sequence[str] = ("flink_conn_id",)
    operator_extra_links = (FlinkJobLink(), JobPageLink())
    ui_color = "#fbe3d6"

    def __init__(
        self,
        *,
        flink_conn_id: str = FlinkHook.default_conn_name,
        cluster_patience_seconds: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.flink_conn_id = flink_conn_id
        self.cluster_patience_seconds = cluster_patience_seconds

    @property
    def flink_hook(self) -> FlinkHook:
        """The hook with its own type."""
        return cast("FlinkHook", self.hook)

    def conn_id_value(self) -> str:
        """The Airflow connection."""
        return self.flink_conn_id

    def job_url(self, ref: JobRef) -> str | None:
        """The job in Flink's web page."""
        return job_url(self.hook.settings, ref.handle.get(JOB_ID, ref.id))

    @property
    def seed(self) -> str:
        """What tells this run from an earlier one of the same name: when it began."""
        context = self._context
        assert context is not None  # noqa: S101 # execute() has set it
        started = context["dag_run"].start_date
        return started.isoformat() if started else ""

    def _check(self) -> None:
        super()._check()
        if self.cluster_patience_seconds is not None:
            read_patience(self.cluster_patience_seconds, CLUSTER_PATIENCE)

    def execute(self, context: Context) -> Any:
        """Start it, or go on with what an earlier try has started, and wait for it."""
        self._context = context
        self._check()
        self._await_cluster(context)
        return super().execute(context)

    def _await_cluster(self, context: Context) -> None:
        """On a retry that remembers a job, wait for a cluster that is out of reach, as the try before has done.

        It could neither look for the job nor start another, and would only use itself up.

        :raises JobUnknownError: it stays out of reach.
        """
        tag = job_tag(context)
        ref = recall(context, tag) if tag.attempt > first_try(context) else None
        if ref is None:
            return
        self._ref = left = with_patience(ref, self.cluster_patience_seconds)
        report = CountingReporter(self.log, left)
        interval, deadline = self.interval_seconds, self._deadline(context)
        try:
            self.flink_hook.run(
                lambda api: await_cluster(api, left, report, interval_seconds=interval, deadline=deadline)
            )
        except JobUnknownError as error:
            self._abandon(context, left, error)
        self._ref = None

    def _obtain(self, context: Context, request: Any) -> JobRef:
        """What is waited for, as long as this try has patience, whatever an earlier one had."""
        self._ref = with_patience(super()._obtain(context, request), self.cluster_patience_seconds)
        return self._ref


class FlinkJobOperator(FlinkOperator):
    """Base of the operators that run a job.

    :param wait_until: ``finished`` or ``running``: with the latter the task succeeds, and the job goes on, as soon as
        all its tasks have run for ``stable_seconds``.
    :param stable_seconds: for how long.
    """

    def __init__(
        self,
        *,
        wait_until: str = FINISHED,
        stable_seconds: float = DEFAULT_STABLE_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.wait_until = wait_until
        self.stable_seconds = stable_seconds

    def running_for(self) -> float | None:
        """For how long the job is to run; None where its end is waited for.

        :raises ConfigurationError: ``wait_until`` or ``stable_seconds`` is wrong.
        """
        return running_for(self.wait_until, self.stable_seconds)

    def make_result(self, ref: JobRef, status: JobStatus) -> dict[str, Any]:
        """``{"job_id", "name", "status", "records_in", "records_out"}``."""
        try:
            job = self.flink_hook.job(ref.id)
        except RemoteError as error:
            # The job has done its work; that its figures cannot be had must not have it done again.
            self.log.warning("The figures of job %s could not be read: %s", ref.id, error)
            job = {}
        figures: dict[str, Any] = dict(records(job)) if job else {"records_in": None, "records_out": None}
        return {"job_id": ref.id, "name": job.get("name"), "status": status.raw, **figures}


def running_for(wait_until: str, stable_seconds: float) -> float | None:
    """The seconds that a job is to run for, None where its end is waited for.

    :raises ConfigurationError: an argument is wrong.
    """
    if wait_until not in (FINISHED, RUNNING):
        raise ConfigurationError(f"wait_until is {wait_until!r}; it can be {FINISHED!r} or {RUNNING!r}.")
    if not 0 <= float(stable_seconds) < float("inf"):
        raise ConfigurationError(f"stable_seconds is {stable_seconds!r}; it must be a number of seconds from 0 on.")
    return float(stable_seconds) if wait_until == RUNNING else None


def job_id_of(value: object) -> str:
    """A job id out of an argument: the id, or what an operator that started the job returned.

    :raises ConfigurationError: it is none.
    """
    return check_job_id(value["job_id"] if isinstance(value, dict) and "job_id" in value else value)
