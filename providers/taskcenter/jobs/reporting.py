"""Puts what happens to a remote job into the Airflow task log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from taskcenter.core.errors import RemoteError
from taskcenter.core.status import JobStatus
from taskcenter.jobs import metrics

if TYPE_CHECKING:
    from taskcenter.core.job import JobRef


class TaskLogReporter:
    """Writes to a logger; remote lines as they are, our own with the job's name.

    :param log: the task's or the trigger's logger.
    :param ref: the job.
    """

    def __init__(self, log: Any, ref: JobRef) -> None:
        self._log = log
        self._ref = ref

    def log_lines(self, lines: Sequence[str]) -> None:
        """New lines of the job's log."""
        for line in lines:
            self._log.info("%s", line)

    def progress(self, status: JobStatus) -> None:
        """The state or the progress has changed."""
        if status.progress is None:
            self._log.info("Job %s is %s", self._ref.id, status.raw)
        else:
            self._log.info("Job %s is %s, %.0f%%", self._ref.id, status.raw, status.progress * 100)

    def outage(self, error: RemoteError) -> None:
        """The server has stopped answering well."""
        self._log.warning(
            "Job %s may still be running, and the server gives no answer; waiting: %s", self._ref.id, error
        )

    def recovered(self, seconds: float) -> None:
        """It answers again."""
        self._log.info("The server answers again after %.0f s", seconds)


class CountingReporter(TaskLogReporter):
    """Counts outages too; for a worker, since in a triggerer the poller does, once for all jobs of a request."""

    def outage(self, error: RemoteError) -> None:
        """The server has stopped answering well."""
        metrics.count_error(error)
        super().outage(error)
