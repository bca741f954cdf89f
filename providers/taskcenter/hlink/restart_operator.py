"""The operator that starts a Hlink job anew from its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskcenter.core.errors import RemoteError
from taskcenter.core.flow import Flow
from taskcenter.core.job import JobRef, LogCursor
from taskcenter.core.lifecycle import follow
from taskcenter.hlink.definitions import known_job
from taskcenter.hlink.operators import HlinkJobOperator, Tries
from taskcenter.hlink.request import UNTIL_RUNNING, JobChoice
from taskcenter.hlink.starts import really_runs, usable_run
from taskcenter.hlink.stops import STOPPED, begin_stop, stopped_job, stopping_ref
from taskcenter.hlink.system import HlinkSystem
from taskcenter.jobs.events import ERROR, EXPIRED, JobEvent
from taskcenter.jobs.reporting import TaskLogReporter

if TYPE_CHECKING:
    from airflow.sdk import Context


class HlinkRestartJobOperator(HlinkJobOperator):
    """Start a job anew from a savepoint of its own: cancel it, wait for the savepoint, and run it.

    The server's own restart does not wait for the savepoint in between. A job that does not run is only started. A
    definition is applied in between. Where the savepoint fails, the job is not started from an older one. Each of the two
    waits has ``timeout_seconds``. The rest is as for :class:`HlinkJobOperator`.

    .. seealso:: :doc:`/hlink`

    :param wait_until: ``running``, or ``finished``.
    """

    def __init__(self, *, wait_until: str = UNTIL_RUNNING, **kwargs: Any) -> None:
        super().__init__(wait_until=wait_until, **kwargs)

    def execute(self, context: Context) -> Any:
        """Stop the job if it runs, then start it and wait for it; each in the triggerer, if the task is to be deferred."""
        self._context = context
        self._check()
        tries = Tries.of(context)
        ref = self.hlink_hook.run(lambda api: self._stop(api, tries))
        if ref is not None:
            deadline = self._deadline(context)
            if self.deferrable:
                ref = self.hlink_hook.system.mark_seen(ref)
                arguments = {**self._trigger_args(ref, deadline), "owns_job": False}
                self.defer(
                    trigger=self.trigger_class(**arguments),
                    method_name="execute_stopped",
                    kwargs={"deadline": deadline},
                )
            self._await_stop(ref, deadline)
        return super().execute(context)

    def execute_stopped(self, context: Context, event: Any, deadline: float) -> Any:
        """Go on when the trigger has seen the job stop, and start it.

        :raises RemoteError: it has not stopped well; it is not started.
        """
        self._context = context
        outcome = JobEvent.from_json(event)
        if outcome.outcome == ERROR:
            raise RemoteError(outcome.message or "The waiting for the job's end broke off; it was not started again.")
        self._await_stop(outcome.ref, 0.0 if outcome.outcome == EXPIRED else deadline, outcome.cursor)
        return super().execute(context)

    def _stop(self, api: HlinkSystem, tries: Tries) -> Flow[JobRef | None]:
        """Tell the job to stop, unless it does not run or is the run of an earlier try; what to wait for then."""
        job = yield from known_job(api, self.choice())
        if tries.earlier is not None:
            ref = self._request(job, tries.earlier).ref()
            if (yield from usable_run(api, job, tries.earlier, ref)):
                return None
        if tries.unrecorded or not (yield from really_runs(api, job)):
            return None
        job, words = yield from begin_stop(api, JobChoice(str(job["id"])))
        return stopping_ref(job, self.cluster_patience_seconds) if words == STOPPED else None

    def _await_stop(self, ref: JobRef, deadline: float, cursor: LogCursor | None = None) -> None:
        report = TaskLogReporter(self.log, ref)
        seconds = self.interval_seconds
        end = self.hlink_hook.run(
            lambda api: follow(api, ref, report, deadline=deadline, interval_seconds=seconds, cursor=cursor)
        )
        job = self.hlink_hook.run(lambda api: stopped_job(api, ref, end))
        self.log.info("Job %s is stopped; its savepoint is %s", job["id"], job.get("savepointPath"))
