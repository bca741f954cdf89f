"""The sensor that all systems share: waits for a job that somebody else runs, and never stops it."""

from __future__ import annotations

import math
import time
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseSensorOperator
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout, AirflowSkipException

from taskcenter import settings
from taskcenter.core.errors import MalformedReplyError, RemoteError, UnavailableError
from taskcenter.core.job import JobRef
from taskcenter.core.lifecycle import explain_end, given_up
from taskcenter.core.patience import Patience, outage_limit
from taskcenter.core.status import Decision, JobState, JobStatus, decide
from taskcenter.jobs.events import ERROR, EXPIRED, JobEvent
from taskcenter.jobs.hook import RemoteHook
from taskcenter.jobs.pokes import LearnsOfJobs, Pokes
from taskcenter.jobs.reporting import TaskLogReporter
from taskcenter.jobs.trigger import RemoteJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context


class RemoteJobSensor(BaseSensorOperator):
    """Base of all sensors that wait for a remote job to succeed.

    The task fails at once, without retries, when the job ends in another way.

    :param poke_interval: how often to ask; the default is ``[taskcenter] poll_interval_seconds``.
    :param deferrable: wait in the triggerer instead of a worker slot.
    """

    hook_class: ClassVar[type[RemoteHook[Any]]]
    trigger_class: ClassVar[type[RemoteJobTrigger]]

    def __init__(
        self,
        *,
        poke_interval: timedelta | float | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        if poke_interval is None:
            poke_interval = settings.get_number(settings.POLL_INTERVAL_SECONDS)
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.deferrable = deferrable
        self._patience: Patience | None = None

    def conn_id_value(self) -> str:
        """The Airflow connection."""
        raise NotImplementedError

    def job_ref(self) -> JobRef:
        """The job that is waited for.

        :raises ConfigurationError: the argument names none.
        """
        raise NotImplementedError

    @cached_property
    def hook(self) -> RemoteHook[Any]:
        """The hook, made on first use."""
        return self.hook_class(self.conn_id_value())

    def poke(self, context: Context) -> bool:
        """Whether the job has succeeded; a server that does not answer is waited for, as long as sensor and system may.

        :raises AirflowFailException: it has ended in another way.
        :raises JobError: what it does could not be found out for too long.
        """
        ref = self.job_ref()
        if not self.reschedule:
            return self._look(ref)
        # Each look has a process of its own.
        before = Pokes.recall(context, ref)
        if before.since is not None:
            self._patience = self._new_patience(ref)
            before.restore(self._patience)
        known = JobRef(ref.id, {**ref.handle, **before.learnt})
        done = self._look(known)
        system = self.hook.system
        after = Pokes.of(self._patience, system.learnt(known) if isinstance(system, LearnsOfJobs) else {})
        if not done and after != before:
            after.keep(context, ref)
        return done

    def _look(self, ref: JobRef) -> bool:
        try:
            status = self.hook.run(lambda system: system.job_status(ref))
        except (UnavailableError, MalformedReplyError) as error:
            self._no_answer(ref, error)
            return False
        if self._patience is not None:
            TaskLogReporter(self.log, ref).recovered(self._patience.succeeded(time.time()) or 0.0)
            self._patience = None
        if status.error is not None:
            raise status.error
        self.log.info("Job %s is %s", ref.id, status.raw)
        return self._succeeded(ref, status)

    def _new_patience(self, ref: JobRef) -> Patience:
        patience = Patience(self.poke_interval, grace_seconds=math.inf)
        patience.outage_seconds = outage_limit(self.hook.system, ref)
        return patience

    def _no_answer(self, ref: JobRef, error: RemoteError) -> None:
        now = time.time()
        if self._patience is None:
            self._patience = self._new_patience(ref)
            TaskLogReporter(self.log, ref).outage(error)
        if self._patience.failed(error, now) is None:
            raise given_up(error, self.hook.system, ref, self._patience, now) from error

    def execute(self, context: Context) -> Any:
        """Wait, here or in the triggerer."""
        if not self.deferrable:
            return super().execute(context)
        if not self._poked(context):
            self._defer(self.job_ref(), time.time() + self.timeout)
        return None

    def execute_complete(self, context: Context, event: Any, deadline: float) -> None:
        """Resume when the trigger has said how the waiting ended."""
        outcome = JobEvent.from_json(event)
        if outcome.outcome == ERROR:
            raise RemoteError(outcome.message or "The waiting broke off.")
        if outcome.outcome == EXPIRED:
            raise AirflowSensorTimeout(f"Job {outcome.ref.id} had not ended after {self.timeout} s.")
        if not self._poked(context):
            # The server has gone away just now.
            self._defer(outcome.ref, deadline)

    def _poked(self, context: Context) -> bool:
        """As :meth:`poke`, with what Airflow makes of its errors where it pokes by itself."""
        try:
            return self.poke(context)
        except AirflowFailException as error:
            if self.soft_fail or self.never_fail:
                raise AirflowSkipException("The job did not succeed, and the sensor is not to fail.") from error
            raise

    def _defer(self, ref: JobRef, deadline: float) -> None:
        self.defer(
            trigger=self.trigger_class(**self._trigger_args(ref, deadline)),
            method_name="execute_complete",
            kwargs={"deadline": deadline},
        )

    def _trigger_args(self, ref: JobRef, deadline: float) -> dict[str, Any]:
        return {
            "conn_id": self.conn_id_value(),
            "job": ref.to_json(),
            "deadline": deadline,
            "poll_interval_seconds": self.poke_interval,
            "owns_job": False,
        }

    def _succeeded(self, ref: JobRef, status: JobStatus) -> bool:
        if decide(status.state, now=0, deadline=1) is Decision.FAILED:
            error = explain_end(self.hook.system, ref, status, Decision.FAILED, log_shown=False)
            raise AirflowFailException(str(error)) from error
        return status.state is JobState.SUCCEEDED
