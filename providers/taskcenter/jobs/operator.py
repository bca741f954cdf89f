"""The operator that all systems share: submits a job exactly once, follows it, explains its end."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow.sdk import BaseOperator
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowTaskTimeout

from taskcenter import settings
from taskcenter.core.errors import ConfigurationError, JobExpiredError, RemoteError
from taskcenter.core.job import JobRef, JobTag, LogCursor
from taskcenter.core.lifecycle import FollowEnd, explain_end, follow, stop_tagged, submit_once
from taskcenter.core.status import Decision, JobState, JobStatus
from taskcenter.jobs import compat, metrics
from taskcenter.jobs.events import ERROR, EXPIRED, JobEvent
from taskcenter.jobs.handover import handed_over
from taskcenter.jobs.hook import RemoteHook
from taskcenter.jobs.identity import first_try, is_last_try, job_tag, submitted_since
from taskcenter.jobs.links import JobPageLink, publish_page
from taskcenter.jobs.memory import recall, remember
from taskcenter.jobs.reporting import CountingReporter, TaskLogReporter
from taskcenter.jobs.trigger import RemoteJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

DEFAULT_TIMEOUT_SECONDS = 48 * 3600.0
"""Linkis' own reaper ends jobs after that time."""

KILL_TIMEOUT_SECONDS = 10.0
"""How long :meth:`RemoteJobOperator.on_kill` waits for one answer."""


class RemoteJobOperator(BaseOperator):
    """Base of all operators that run a job on a remote system.

    :param timeout_seconds: how long the job may take; then it is cancelled and the task fails. Airflow's
        ``execution_timeout`` holds as well, whichever is shorter.
    :param poll_interval_seconds: how often to ask for its state; the default is ``[taskcenter] poll_interval_seconds``.
    :param deferrable: wait in the triggerer instead of keeping a worker slot.
    """

    hook_class: ClassVar[type[RemoteHook[Any]]]
    trigger_class: ClassVar[type[RemoteJobTrigger]]

    def __init__(
        self,
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        poll_interval_seconds: float | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.timeout_seconds = timeout_seconds
        self.poll_interval_seconds = poll_interval_seconds
        self.deferrable = deferrable
        self._context: Context | None = None
        self._ref: JobRef | None = None
        self._submitting: tuple[Any, JobTag, float] | None = None

    # What a system fills in

    def conn_id_value(self) -> str:
        """The Airflow connection."""
        raise NotImplementedError

    def build_request(self) -> Any:
        """What is submitted.

        :raises ConfigurationError: an argument is wrong.
        """
        raise NotImplementedError

    def job_url(self, ref: JobRef) -> str | None:
        """Where a person can look at the job."""
        raise NotImplementedError

    def make_result(self, ref: JobRef, status: JobStatus) -> Any:
        """What the task returns, from a job that has succeeded."""
        raise NotImplementedError

    # The lifecycle

    @cached_property
    def hook(self) -> RemoteHook[Any]:
        """The hook, made on first use."""
        return self.hook_class(self.conn_id_value())

    @property
    def interval_seconds(self) -> float:
        """How often to ask for the job's state."""
        return self.poll_interval_seconds or settings.get_number(settings.POLL_INTERVAL_SECONDS)

    def execute(self, context: Context) -> Any:
        """Submit the job, or adopt the one of an earlier try, and wait for it."""
        self._context = context
        self._check()
        request = self.build_request()
        ref = self._obtain(context, request)
        deadline = self._deadline(context)
        if self.deferrable:
            self._defer_unless_ended(ref, deadline)
        return self._finish(context, ref, deadline)

    def execute_complete(self, context: Context, event: Any, deadline: float) -> Any:
        """Resume when the trigger has said how the waiting ended."""
        self._context = context
        try:
            outcome = JobEvent.from_json(event)
        except RemoteError as error:
            ref = recall(context, job_tag(context))
            if ref is not None:
                self._abandon(context, ref, error)
            raise
        self._ref = outcome.ref
        if outcome.outcome == ERROR:
            self._abandon(context, outcome.ref, RemoteError(outcome.message or "The waiting broke off."))
        if outcome.outcome == EXPIRED:
            deadline = 0.0
        return self._finish(context, outcome.ref, deadline, outcome.cursor)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Airflow's entry after a deferral; a trigger that broke must not leave a job running unknown."""
        if next_method == compat.FAIL_METHOD:
            ref = recall(context, job_tag(context))
            if ref is not None:
                self._stop_for_good(ref, "its trigger failed or ran out of time")
        return super().resume_execution(next_method, next_kwargs, context)

    def on_kill(self) -> None:
        """Stop the job when the task is killed, unless another try goes on with it.

        Best effort: says what it did, never raises, and takes no longer than half a minute.
        """
        timed_out = isinstance(sys.exc_info()[1], AirflowTaskTimeout)
        if self._context is not None and not timed_out:
            successor = handed_over(self._context, job_tag(self._context))
            if successor is not None:
                self.log.info("The task is stopped, and its job goes on: %s", successor)
                return
        if self._ref is not None:
            self._stop_for_good(self._ref, "the task was killed")
        elif self._submitting is not None:
            request, tag, since = self._submitting
            try:
                with self._hurried_hook() as hook:
                    stopped = hook.run(lambda system: stop_tagged(system, request, tag, since=since))
                metrics.count(metrics.KILLS, len(stopped), system=self.hook.system.name)
                self.log.info("The task was killed while it submitted; %d job(s) were stopped", len(stopped))
            except Exception:
                self.log.warning(
                    "The task was killed while it submitted, and it could not be found out whether a job with the "
                    "tag %s runs; look for it on the server.",
                    tag.key,
                    exc_info=True,
                )

    def _check(self) -> None:
        if self.timeout_seconds <= 0:
            raise ConfigurationError(f"timeout_seconds is {self.timeout_seconds}; it must be more than 0.")
        if self.poll_interval_seconds is not None and self.poll_interval_seconds <= 0:
            raise ConfigurationError(f"poll_interval_seconds is {self.poll_interval_seconds}; it must be more than 0.")

    def _obtain(self, context: Context, request: Any) -> JobRef:
        """The job of this piece of work: remembered, found by its tag, or submitted now."""
        tag, since = job_tag(context), submitted_since(context)
        retry = tag.attempt > first_try(context)
        ref = self._remembered(context, tag) if retry else None
        if ref is None:
            self._submitting = (request, tag, since)
            submission = self.hook.run(lambda system: submit_once(system, request, tag, since=since, look_first=retry))
            ref = submission.ref
            adopted = submission.adopted
        else:
            adopted = True
        self._ref, self._submitting = ref, None
        metrics.count(metrics.ADOPTIONS if adopted else metrics.SUBMISSIONS, system=self.hook.system.name)
        handle = ", ".join(f"{name} {value}" for name, value in ref.handle.items())
        self.log.info("%s job %s (%s)", "Adopted" if adopted else "Submitted", ref.id, handle or "not scheduled yet")
        self._remember(context, ref)
        publish_page(context)
        self._publish_link(context, ref)
        return ref

    def _remember(self, context: Context, ref: JobRef) -> None:
        """Keep the job for the tries to come, and for those who look at the task."""
        remember(context, job_tag(context), ref, conn_type=self.hook_class.conn_type, conn_id=self.conn_id_value())

    def _remembered(self, context: Context, tag: JobTag) -> JobRef | None:
        """The job that an earlier try remembered, if it can stand for this one."""
        ref = recall(context, tag)
        if ref is None:
            return None
        known = ref
        statuses = self.hook.run(lambda system: system.statuses([known]))
        status = statuses.get(ref.id)
        usable = status is not None and (not status.is_terminal or status.state is JobState.SUCCEEDED)
        return ref if usable else None

    def _publish_link(self, context: Context, ref: JobRef) -> None:
        url = self.job_url(ref)
        for link in self.operator_extra_links:
            if url and not isinstance(link, JobPageLink):
                context["ti"].xcom_push(key=link.xcom_key, value=url)

    def _deadline(self, context: Context) -> float:
        deadline = time.time() + self.timeout_seconds
        started = context["ti"].start_date
        if self.execution_timeout and started:
            deadline = min(deadline, started.timestamp() + self.execution_timeout.total_seconds())
        return deadline

    def _trigger_args(self, ref: JobRef, deadline: float) -> dict[str, Any]:
        return {
            "conn_id": self.conn_id_value(),
            "job": ref.to_json(),
            "deadline": deadline,
            "poll_interval_seconds": self.interval_seconds,
        }

    def _defer_unless_ended(self, ref: JobRef, deadline: float) -> None:
        try:
            status = self.hook.run(lambda system: system.job_status(ref))
        except RemoteError as error:
            self.log.warning("The job's state could not be asked for at once; the trigger will: %s", error)
        else:
            if status.is_terminal:
                return
        self.defer(
            trigger=self.trigger_class(**self._trigger_args(ref, deadline)),
            method_name="execute_complete",
            kwargs={"deadline": deadline},
        )

    def _finish(self, context: Context, ref: JobRef, deadline: float, cursor: LogCursor | None = None) -> Any:
        """Follow the job to its end (at once, where it has ended), show the rest of its log, take its result."""
        report = CountingReporter(self.log, ref)
        try:
            end = self.hook.run(
                lambda system: follow(
                    system, ref, report, deadline=deadline, interval_seconds=self.interval_seconds, cursor=cursor
                )
            )
        except RemoteError as error:
            self._abandon(context, ref, error)
        status = self._cancelled(ref, end) if end.decision is Decision.EXPIRED else end.status
        assert status is not None  # noqa: S101 # every decision but EXPIRED comes from a status
        self._show_rest_of_log(ref, status, end.cursor, report)
        if status.state is JobState.SUCCEEDED:
            return self.make_result(ref, status)
        raise explain_end(self.hook.system, ref, status, end.decision)

    def _cancelled(self, ref: JobRef, end: FollowEnd) -> JobStatus:
        before = end.status
        try:
            after: JobStatus = self.hook.run(lambda system: system.cancel(ref))
        except RemoteError as error:
            text = (
                f"Job {ref.id} had not ended when its time was up, and could not be cancelled; stop it by hand. "
                f"{error.message}"
            )
            raise RemoteError(text, error.context) from error
        if not after.is_terminal:
            text = (
                f"Job {ref.id} had not ended when its time was up, was told to stop, and is still {after.raw}. See "
                "whether it ends, and stop it by hand if it does not."
            )
            raise JobExpiredError(text).locate(
                system=self.hook.system.name, connection=self.hook.system.connection, job_id=ref.id
            )
        metrics.count(metrics.KILLS, system=self.hook.system.name)
        # What is said is what it was doing when its time was up, unless it has just ended by itself.
        return after if after.state is JobState.SUCCEEDED or before is None else before

    def _show_rest_of_log(self, ref: JobRef, status: JobStatus, cursor: LogCursor, report: TaskLogReporter) -> None:
        try:
            chunk = self.hook.run(lambda system: system.final_log(ref, status, cursor))
        except RemoteError as error:
            self.log.warning("The rest of the job's log could not be read: %s", error)
        else:
            report.log_lines(chunk.lines)

    def _abandon(self, context: Context, ref: JobRef, error: RemoteError) -> NoReturn:
        """Fail a task that could not go on waiting, without leaving its job running unknown."""
        if is_last_try(context):
            self._stop_for_good(ref, "the task gives up waiting for it")
        else:
            self.log.warning("Job %s may still be running; the next try of this task will adopt it", ref.id)
        raise error

    def _stop_for_good(self, ref: JobRef, why: str) -> None:
        try:
            with self._hurried_hook() as hook:
                status = hook.run(lambda system: system.cancel(ref))
            if not status.is_terminal:
                raise JobExpiredError(f"It was told to stop, and is still {status.raw}.")
            metrics.count(metrics.KILLS, system=hook.system.name)
            self.log.info("Job %s is %s: %s", ref.id, status.raw, why)
        except Exception as error:  # noqa: BLE001 # on the way out of a task that is already failing
            self.log.warning("Job %s could not be stopped (%s); stop it by hand. %s", ref.id, why, error)

    def _hurried_hook(self) -> RemoteHook[Any]:
        """A hook of its own, since the task's may be in the middle of a request, that does not wait for long."""
        hook = self.hook_class(self.conn_id_value())
        hook.settings = replace(
            self.hook.settings,
            timeout_seconds=KILL_TIMEOUT_SECONDS,
            connect_timeout_seconds=KILL_TIMEOUT_SECONDS / 2,
            attempts=2,
        )
        return hook
