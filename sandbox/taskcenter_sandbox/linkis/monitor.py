"""Looks after running jobs: progress into the history, time limits, clients that have gone away (facts section 4)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from taskcenter_sandbox.linkis.job import Interruption, LiveJob
from taskcenter_sandbox.linkis.settings import JobLimits
from taskcenter_sandbox.linkis.store import Store
from taskcenter_sandbox.linkis.submission import QUEUING_TIMEOUT, RUNNING_TIMEOUT

TICK_SECONDS = 0.5
CLI_CREATORS = frozenset({"LINKISCLI", "BdpClient"})
CLI_SECONDS = 30.0


class Monitor:
    """A thread that looks at all undone jobs twice a second.

    The real server looks at time limits every two minutes only, and writes progress every second.

    :param jobs: gives the jobs that wait or run.
    :param interrupt: stops one.
    """

    def __init__(
        self,
        store: Store,
        limits: JobLimits,
        jobs: Callable[[], Sequence[LiveJob]],
        interrupt: Callable[[LiveJob, Interruption], None],
    ) -> None:
        self._store = store
        self._limits = limits
        self._jobs = jobs
        self._interrupt = interrupt
        self._stop = threading.Event()
        self._shown: dict[int, str] = {}
        self._thread = threading.Thread(target=self._watch, name="monitor", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            jobs = self._jobs()
            self._shown = {job.id: self._shown.get(job.id, "0.0") for job in jobs}
            for job in jobs:
                if job.interruption is None and not self._stopped(job) and job.state == "Running":
                    self._show_progress(job)

    def _show_progress(self, job: LiveJob) -> None:
        text = progress_text(job.current_progress())
        if text != self._shown[job.id]:
            self._shown[job.id] = text
            self._store.update(job.id, "Running", progress=text)

    def _stopped(self, job: LiveJob) -> bool:
        reason = overdue(job, self._limits, time.monotonic())
        if reason:
            self._interrupt(job, Interruption(reason, None, reason))
        return bool(reason)


def progress_text(share: float) -> str:
    """As the job history holds it."""
    return str(round(share, 2))


def overdue(job: LiveJob, limits: JobLimits, now: float) -> str:
    """Say why a job must stop, nothing if it need not.

    :param now: ``time.monotonic()``.
    """
    if job.submission.creator in CLI_CREATORS and now - job.seen > CLI_SECONDS:
        return (
            f"Killed by linkis-cli heartbeat monitor: no client has asked for the status for {CLI_SECONDS:.0f} seconds."
        )
    waited = int(now - job.created)
    queuing = job.submission.seconds(QUEUING_TIMEOUT)
    if job.waiting and 0 < queuing <= waited:
        return f"Job queued {waited} seconds over max queue time : {queuing} seconds."
    if job.started is None:
        return ""
    ran = int(now - job.started)
    running = job.submission.seconds(RUNNING_TIMEOUT)
    if 0 < running <= ran:
        return f"Job run {ran} seconds over max run time : {running} seconds."
    if ran > limits.wall_seconds:
        return f"Job run {ran} seconds over the {limits.wall_seconds:.0f} seconds that the local Linkis lets a job run."
    return ""
