"""The trigger that all systems share: waits for one job, streams its log, says once how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from airflow.triggers.base import BaseTrigger, TriggerEvent

from taskcenter.core.errors import RemoteError
from taskcenter.core.flow import Flow
from taskcenter.core.job import JobRef, LogCursor, RemoteSystem
from taskcenter.core.status import Decision, JobStatus
from taskcenter.jobs import compat, metrics
from taskcenter.jobs.events import ENDED, ERROR, EXPIRED, JobEvent
from taskcenter.jobs.hook import RemoteHook
from taskcenter.jobs.poller import Watch
from taskcenter.jobs.reporting import TaskLogReporter

KILL_SECONDS = 20.0
"""How long a trigger that is killed may take to stop its job; Airflow allows 30 s."""


class RemoteJobTrigger(BaseTrigger):
    """Wait for a remote job.

    :param conn_id: the Airflow connection.
    :param job: the job's reference, as :meth:`taskcenter.core.job.JobRef.to_json` makes it.
    :param deadline: when to give up, epoch seconds.
    :param poll_interval_seconds: how often to ask for the job's state.
    :param owns_job: whether to stop the job when the task is killed (an operator's trigger does, a sensor's does not).
    """

    hook_class: ClassVar[type[RemoteHook[Any]]]

    def __init__(
        self,
        *,
        conn_id: str,
        job: dict[str, Any],
        deadline: float,
        poll_interval_seconds: float,
        owns_job: bool = True,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.conn_id = conn_id
        self.job = job
        self.deadline = deadline
        self.poll_interval_seconds = poll_interval_seconds
        self.owns_job = owns_job

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class path and the arguments."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "conn_id": self.conn_id,
                "job": self.job,
                "deadline": self.deadline,
                "poll_interval_seconds": self.poll_interval_seconds,
                "owns_job": self.owns_job,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one :class:`~taskcenter.jobs.events.JobEvent`, on every path."""
        try:
            event = await self._wait()
        except asyncio.CancelledError:
            if not compat.TRIGGER_HAS_ON_KILL and self.owns_job:
                await compat.despite_cancels(self._kill_for_user(), KILL_SECONDS)
            raise
        except RemoteError as error:
            event = JobEvent(ERROR, JobRef.from_json(self.job), LogCursor(), str(error))
        yield TriggerEvent(event.to_json())  # type: ignore[no-untyped-call]

    async def _wait(self) -> JobEvent:
        session = await self.hook_class(self.conn_id).acquire()
        try:
            poller = session.poller
            watch = poller.watch(
                JobRef.from_json(self.job), interval_seconds=self.poll_interval_seconds, deadline=self.deadline
            )
            try:
                while True:
                    await watch.changed()
                    self._report(watch)
                    if watch.error is not None:
                        return JobEvent(ERROR, watch.ref, watch.cursor, str(watch.error))
                    if watch.end is not None:
                        outcome = EXPIRED if watch.end.decision is Decision.EXPIRED else ENDED
                        return JobEvent(outcome, watch.ref, watch.cursor)
            finally:
                poller.forget(watch)
        finally:
            await session.release()

    def _report(self, watch: Watch) -> None:
        # The class' logger: one of its own weighs more than all else that a waiting trigger holds.
        report = TaskLogReporter(self.logger(), watch.ref)
        if watch.outage is not None:
            report.outage(watch.outage)
            watch.outage = None
        if watch.recovered is not None:
            report.recovered(watch.recovered)
            watch.recovered = None
        if watch.news and watch.status is not None:
            report.progress(watch.status)
        watch.shown = watch.status
        lines, watch.lines = watch.lines, []
        report.log_lines(lines)

    async def _kill_for_user(self) -> None:
        if await compat.cancelled_by_user(self):
            await self.on_kill()

    async def on_kill(self) -> None:
        """Stop the job; called when a user has acted on the deferred task. Best effort, says what it did."""
        if not self.owns_job:
            return
        ref = JobRef.from_json(self.job)
        system_name = ""

        def cancel(system: RemoteSystem[Any]) -> Flow[JobStatus]:
            nonlocal system_name
            system_name = system.name
            return system.cancel(ref)

        try:
            status = await self.hook_class(self.conn_id).arun(cancel)
        except RemoteError as error:
            self.log.warning("Job %s could not be stopped; stop it by hand. %s", ref.id, error)
        else:
            metrics.count(metrics.KILLS, system=system_name)
            self.log.info("Job %s is %s after the task was killed", ref.id, status.raw)
