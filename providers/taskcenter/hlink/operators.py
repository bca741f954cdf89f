"""The operator that runs a Hlink job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from taskcenter.core.errors import ConfigurationError, ErrorContext, RefusedError, RemoteError
from taskcenter.core.flink.outages import CLUSTER_PATIENCE, read_patience
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.job import JobRef, JobTag
from taskcenter.core.status import JobState, JobStatus
from taskcenter.hlink.api import Json
from taskcenter.hlink.cluster import FLINK_ADDRESS
from taskcenter.hlink.definitions import known_job
from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.links import (
    DEFAULT_FLINK_URL,
    DEFAULT_JOB_URL,
    XCOM_FLINK_URL,
    XCOM_HLINK_URL,
    HlinkFlinkLink,
    HlinkJobLink,
)
from taskcenter.hlink.request import (
    UNTIL_FINISHED,
    UNTIL_RUNNING,
    Before,
    HlinkRequest,
    JobChoice,
)
from taskcenter.hlink.runs import FLINK_JOB_ID
from taskcenter.hlink.starts import make_startable, really_runs, snapshot, usable_run
from taskcenter.hlink.system import HlinkSystem
from taskcenter.hlink.triggers import HlinkTrigger
from taskcenter.jobs.identity import first_try, job_tag
from taskcenter.jobs.links import JobPageLink
from taskcenter.jobs.memory import keep, kept, outlives_tries
from taskcenter.jobs.operator import RemoteJobOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

STATE_BEFORE = "taskcenter_hlink_before"
"""Key in the task state store under which a try notes down what there was before it starts a job."""

FAIL, ADOPT = "fail", "adopt"

SUBMITTING_SECONDS = (0.2, 0.3, 0.5, 1.0, 1.0, 1.0)
"""When to look whether a job that was started is on its cluster, before the waiting begins."""


@dataclass(frozen=True)
class Tries:
    """What this try knows of those before it.

    :param earlier: the job as it was before an earlier try started it.
    :param unrecorded: an earlier try may have started it, and what it noted down is lost.
    """

    tag: JobTag
    earlier: Before | None
    unrecorded: bool

    @classmethod
    def of(cls, context: Context) -> Tries:
        """By the context of this try."""
        tag = job_tag(context)
        retry = tag.attempt > first_try(context)
        earlier = Before.from_json(kept(context, STATE_BEFORE)) if retry else None
        if earlier is not None and (earlier.key != tag.key or earlier.attempt >= tag.attempt):
            earlier = None
        return cls(tag, earlier, retry and not outlives_tries(context))


class HlinkJobOperator(RemoteJobOperator):
    """Run a Hlink job, and follow it to its end, or until it runs and goes on running.

    The job is started exactly once: a retry adopts the run of a try that was killed, or returns that of one that has
    succeeded. Hlink's stored status goes stale, so that it is confirmed with the job's Flink cluster where that can be
    reached. Hlink's log and Flink's exceptions appear in the task log; killing the task cancels the job.

    The task returns ``{"job_id", "job_name", "status", "flink_job_id", "cluster_id", "savepoint_path"}``.

    .. seealso:: :doc:`/hlink`

    :param job_id: the job. (templated)
    :param job_code: instead of its id: its ``jobCode``. (templated)
    :param job_name: instead of its id: its name. (templated)
    :param definition: instead of its id: the body of ``/jobs/addDO``; the job of its ``jobName`` is created, or changed
        where it differs, first. (templated)
    :param wait_until: ``finished``, or ``running`` for a streaming job: the task succeeds while the job goes on.
    :param stable_seconds: with ``running``: for how long all tasks of the job must have been running.
    :param if_running: what to do about a job that runs already: ``fail``, or ``adopt`` to follow it.
    :param cluster_patience_seconds: for how long the job's Flink cluster may give no answer before the task fails; the
        connection says by default.
    :param hlink_conn_id: the Airflow connection. (templated)
    """

    hook_class = HlinkHook
    trigger_class = HlinkTrigger
    template_fields: Sequence[str] = ("job_id", "job_code", "job_name", "definition", "hlink_conn_id")
    template_fields_renderers: ClassVar[dict[str, str]] = {"definition": "json"}
    operator_extra_links = (HlinkJobLink(), HlinkFlinkLink(), JobPageLink())
    ui_color = "#f6e3cf"

    def __init__(
        self,
        *,
        job_id: str | int | None = None,
        job_code: str | None = None,
        job_name: str | None = None,
        definition: Mapping[str, Any] | None = None,
        wait_until: str = UNTIL_FINISHED,
        stable_seconds: float = 30.0,
        if_running: str = FAIL,
        cluster_patience_seconds: float | None = None,
        hlink_conn_id: str = HlinkHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.job_code = job_code
        self.job_name = job_name
        self.definition = definition
        self.wait_until = wait_until
        self.stable_seconds = stable_seconds
        self.if_running = if_running
        self.cluster_patience_seconds = cluster_patience_seconds
        self.hlink_conn_id = hlink_conn_id

    @property
    def hlink_hook(self) -> HlinkHook:
        """The hook with its own type."""
        return cast("HlinkHook", self.hook)

    def conn_id_value(self) -> str:
        """The Airflow connection."""
        return self.hlink_conn_id

    def choice(self) -> JobChoice:
        """The job that the arguments name."""
        job_id = None if self.job_id is None else str(self.job_id).strip()
        return JobChoice(job_id, self.job_code, self.job_name, self.definition)

    def build_request(self) -> HlinkRequest:
        """The job, and what there is before it is started, noted down before anything is sent.

        :raises ConfigurationError: an argument is missing or wrong.
        :raises NotFoundError: there is no such job.
        :raises RefusedError: it runs already.
        """
        context = self._context
        assert context is not None  # noqa: S101 # execute() has set it
        tries = Tries.of(context)
        request = self.hlink_hook.run(lambda api: self._prepare(api, tries))
        keep(context, STATE_BEFORE, vars(request.before))
        return request

    def _prepare(self, api: HlinkSystem, tries: Tries) -> Flow[HlinkRequest]:
        job = yield from known_job(api, self.choice())
        tag = tries.tag
        if tries.earlier is not None:
            request = self._request(job, tries.earlier)
            if (yield from usable_run(api, job, tries.earlier, request.ref())):
                return request
        runs = yield from really_runs(api, job)
        if runs and tries.unrecorded:
            return self._request(job, snapshot(api, job, tag), unrecorded=True)
        if runs:
            self._meet_running(api, job, runs)
            if self.if_running == ADOPT:
                self.log.info("Job %s runs already, and is followed", job["id"])
                return self._request(job, snapshot(api, job, tag), runs_already=True)
        job = yield from make_startable(api, job)
        return self._request(job, snapshot(api, job, tag))

    def _meet_running(self, api: HlinkSystem, job: Json, status: JobStatus) -> None:
        """What to do about a job that runs already.

        :raises RefusedError: it is not to be adopted.
        """
        if self.if_running != ADOPT:
            message = (
                f"Job {job['id']} ({job.get('jobName')}) runs already: it is {status.raw}. Cancel it first, restart it "
                "with HlinkRestartJobOperator, or follow it with if_running='adopt'."
            )
            raise RefusedError(message, _context(api, job))

    def _request(self, job: Json, before: Before, **more: Any) -> HlinkRequest:
        stable = self.stable_seconds if self.wait_until == UNTIL_RUNNING else None
        more = {"cluster_patience_seconds": self.cluster_patience_seconds, **more}
        return HlinkRequest(str(job["id"]), str(job.get("jobName") or ""), before, stable, **more)

    def _obtain(self, context: Context, request: Any) -> JobRef:
        """The run; where its cluster has answered, the triggerer and the tries to come are told that it can."""
        ref = super()._obtain(context, request)
        seen = self.hlink_hook.system.mark_seen(ref)
        if seen != ref:
            self._ref = ref = seen
            self._remember(context, ref)
        return ref

    def _check(self) -> None:
        super()._check()
        for name, value, choices in (
            ("wait_until", self.wait_until, (UNTIL_FINISHED, UNTIL_RUNNING)),
            ("if_running", self.if_running, (FAIL, ADOPT)),
        ):
            if value not in choices:
                raise ConfigurationError(f"{name} is {value!r}; it can be {' or '.join(choices)}.")
        if self.stable_seconds < 0:
            raise ConfigurationError(f"stable_seconds is {self.stable_seconds}; it must not be less than 0.")
        if self.cluster_patience_seconds is not None:
            read_patience(self.cluster_patience_seconds, CLUSTER_PATIENCE)

    def job_url(self, ref: JobRef) -> str | None:
        """The job in Hlink."""
        template = self.hook.settings.extra.get("job_url") or DEFAULT_JOB_URL
        return template.replace("{base_url}", self.hook.settings.base_url).replace("{job_id}", ref.id)

    def make_result(self, ref: JobRef, status: JobStatus) -> dict[str, Any]:
        """Ids, status and savepoint."""
        job: Json = {}
        try:
            job = self.hlink_hook.job(ref.id)
        except RemoteError as error:
            # The job has done what it was to do; that this cannot be had must not have it done again.
            self.log.warning("Job %s could not be read: %s", ref.id, error)
        if self._context is not None:
            self._publish_flink_link(self._context, status)
        return {
            "job_id": ref.id,
            "job_name": job.get("jobName") or ref.handle.get("name"),
            "status": status.raw,
            "flink_job_id": job.get("flinkJobId"),
            "cluster_id": job.get("clusterId"),
            "savepoint_path": job.get("savepointPath"),
        }

    def _publish_link(self, context: Context, ref: JobRef) -> None:
        context["ti"].xcom_push(key=XCOM_HLINK_URL, value=self.job_url(ref))
        try:
            status = self.hlink_hook.run(lambda api: _on_its_cluster(api, ref))
        except RemoteError as error:
            self.log.debug("The job's cluster is not known yet: %s", error)
        else:
            self._publish_flink_link(context, status)

    def _publish_flink_link(self, context: Context, status: JobStatus) -> None:
        if FLINK_JOB_ID not in status.details:
            return
        template = self.hook.settings.extra.get("flink_job_url") or DEFAULT_FLINK_URL
        url = template.replace("{address}", status.details[FLINK_ADDRESS])
        context["ti"].xcom_push(key=XCOM_FLINK_URL, value=url.replace("{flink_job_id}", status.details[FLINK_JOB_ID]))


def _on_its_cluster(api: HlinkSystem, ref: JobRef) -> Flow[JobStatus]:
    """The status of a run once it is on its cluster, or when it takes long to get there."""
    for seconds in SUBMITTING_SECONDS:
        status = yield from api.look(ref)
        if FLINK_JOB_ID in status.details or status.state is not JobState.PENDING:
            break
        yield Pause(seconds)
    return status


def _context(api: HlinkSystem, job: Json) -> ErrorContext:
    return ErrorContext(system=api.name, connection=api.connection, job_id=str(job["id"]))
