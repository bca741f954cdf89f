"""Our figures among Airflow's metrics (StatsD, Datadog or OpenTelemetry, whatever ``[metrics]`` sends them to).

They are named and tagged as Airflow's own: ``taskcenter.polls`` with the tag ``system``, and, while
``[metrics] legacy_names_on`` is on, once more as ``taskcenter.polls.linkis``, for a StatsD that knows no tags. No figure
carries the name of a DAG or of a connection, so that their number stays small. Where metrics are off, nothing is counted.
``docs/operations/metrics.md`` lists all of them.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakSet

from taskcenter.core.errors import RemoteError
from taskcenter.jobs import compat

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

PREFIX = "taskcenter"

JOBS_WAITING = "jobs_waiting"
"""Gauge, tags system and hostname: jobs that a triggerer waits for."""
POLLS = "polls"
"""Counter, tag system: how often the triggerer has asked for a job's state, each job of a request counted."""
POLL_REQUESTS = "poll_requests"
"""Counter, tag system: the requests that took."""
POLL_LAG = "poll_lag"
"""Timing, tag system: how much later than due a job was polled; the longest of each second."""
SUBMISSIONS = "submissions"
"""Counter, tag system: jobs that an operator has submitted."""
ADOPTIONS = "adoptions"
"""Counter, tag system: jobs of an earlier try, or of a request without an answer, that an operator goes on with."""
KILLS = "kills"
"""Counter, tag system: jobs that were stopped, because their task was killed, gave up or ran out of time."""
ERRORS = "errors"
"""Counter, tags system and error (its class): what failed for good, and each request of a triggerer that failed."""

REPORT_SECONDS = 1.0
"""How often a triggerer reports what it has polled."""


def enabled() -> bool:
    """Whether Airflow sends metrics anywhere."""
    return compat.metrics() is not None


def count(name: str, number: int = 1, **tags: str) -> None:
    """Add to a counter."""
    if number:
        _emit("incr", name, number, tags)


def gauge(name: str, value: float, **tags: str) -> None:
    """Set a gauge."""
    _emit("gauge", name, value, tags)


def timing(name: str, seconds: float, **tags: str) -> None:
    """Report a duration."""
    _emit("timing", name, timedelta(seconds=seconds), tags)


def count_error(error: RemoteError) -> None:
    """Count an error by its system and its class."""
    count(ERRORS, system=error.context.system or "unknown", error=type(error).__name__)


@contextmanager
def counting_errors() -> Iterator[None]:
    """Count the error that ends what is done inside."""
    try:
        yield
    except RemoteError as error:
        count_error(error)
        raise


def _emit(kind: str, name: str, value: Any, tags: dict[str, str]) -> None:
    backend = compat.metrics()
    if backend is None:
        return
    full = f"{PREFIX}.{name}"
    try:
        getattr(backend, kind)(full, value, tags=tags)
        if tags and compat.metric_names_with_tags():
            # As Airflow does it: a dot would begin another level of the name.
            values = (text.replace(".", "__") for text in tags.values())
            getattr(backend, kind)(".".join([full, *values]), value)
    except Exception as error:  # noqa: BLE001 # metrics must not disturb what they measure
        _complain(repr(error))


@cache
def _complain(why: str) -> None:
    """Say once what is wrong."""
    log.warning("Metrics cannot be sent: %s. See section [metrics] of Airflow's configuration.", why)


class PollMeter:
    """Gathers what a poller does, and reports it once a second beside the event loop.

    :param system: the name of the remote system.
    :ivar waiting: how many jobs are waited for.
    """

    _all: ClassVar[WeakSet[PollMeter]] = WeakSet()

    def __init__(self, system: str) -> None:
        self.system = system
        self.waiting = 0
        self._polls = 0
        self._requests = 0
        self._lag = 0.0
        PollMeter._all.add(self)

    def polled(self, jobs: int) -> None:
        """A request has asked for so many jobs."""
        self._polls += jobs
        self._requests += 1

    def late(self, seconds: float) -> None:
        """A poll began so much later than it was due."""
        self._lag = max(self._lag, seconds)

    async def report_forever(self) -> None:
        """Report while the poller works."""
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            await asyncio.to_thread(self._report, *self._take())

    def stop(self) -> None:
        """Report what is left, without waiting for it."""
        if enabled():
            asyncio.get_running_loop().run_in_executor(None, self._report, *self._take())

    def _take(self) -> tuple[int, int, int, float]:
        # A triggerer has a poller for each connection.
        waiting = sum(meter.waiting for meter in PollMeter._all if meter.system == self.system)
        taken = (waiting, self._polls, self._requests, self._lag)
        self._polls, self._requests, self._lag = 0, 0, 0.0
        return taken

    def _report(self, waiting: int, polls: int, requests: int, lag: float) -> None:
        gauge(JOBS_WAITING, waiting, system=self.system, hostname=socket.gethostname())
        count(POLLS, polls, system=self.system)
        count(POLL_REQUESTS, requests, system=self.system)
        if polls:
            timing(POLL_LAG, lag, system=self.system)
