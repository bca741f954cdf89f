"""A cluster that does not answer while a run is waited for: for how long that is put up with, and what is said then."""

from __future__ import annotations

import math
from collections.abc import Mapping

from taskcenter.core.errors import ConfigurationError, ErrorContext, JobUnknownError
from taskcenter.hlink.cluster import FlinkRun
from taskcenter.hlink.request import CLUSTER_PATIENCE

DEFAULT_PATIENCE_SECONDS = 600.0

_MINUTE = 60


class Outages:
    """Since when the runs that are waited for have not been confirmed by their clusters.

    :param patience_seconds: how long a cluster is waited for, unless the run's reference says.
    """

    def __init__(self, patience_seconds: float) -> None:
        self.patience_seconds = patience_seconds
        self._since: dict[str, float] = {}

    def note(self, run: FlinkRun, now: float) -> float:
        """Note that the cluster has not answered for a run; return for how many seconds it has not."""
        return now - self._since.setdefault(run.flink_job_id, now)

    def end(self, flink_job_id: str) -> None:
        """The waiting is over: the cluster has answered, the run has ended, or it is given up."""
        self._since.pop(flink_job_id, None)

    def patience(self, handle: Mapping[str, str]) -> float:
        """How long the cluster of a run is waited for, in seconds."""
        return float(handle.get(CLUSTER_PATIENCE, self.patience_seconds))


def read_patience(value: object, where: str) -> float:
    """A number of seconds.

    :param where: what has it, for the error.
    :raises ConfigurationError: it is none, or not more than 0.
    """
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ConfigurationError(f"{where} is {value!r:.50}; it must be a number of seconds, more than 0.")
    return seconds


def not_known(
    job_id: str, run: FlinkRun, word: str, seconds: float, context: ErrorContext, *, reached_by_hlink: bool | None
) -> JobUnknownError:
    """The error for a run whose cluster has been silent for too long.

    :param word: Hlink's word for it.
    :param seconds: for how long.
    :param reached_by_hlink: whether Hlink reaches the cluster, None where it does not say.
    """
    if reached_by_hlink:
        others = "reaches the cluster itself"
        advice = (
            "See what keeps Airflow from reaching it; flink_address in the connection's extra can name another address."
        )
    else:
        others = (
            "could not be asked for the cluster" if reached_by_hlink is None else "does not reach the cluster either"
        )
        advice = "See whether its JobManager runs; one without high availability comes back without its jobs."
    message = (
        f"It is not known what has become of job {job_id} (Flink job {run.flink_job_id}): Flink at {run.address} has not "
        f"answered for {in_words(seconds)}. Hlink has the job as {word}, which is no proof, and {others}. {advice} The job "
        "may be running still; a retry of the task goes on with it when Flink answers again. "
        f"{CLUSTER_PATIENCE} of the task or of the connection says for how long a cluster is waited for."
    )
    return JobUnknownError(message, context)


def in_words(seconds: float) -> str:
    """``90 s``, ``10 minutes``."""
    return f"{seconds / _MINUTE:.0f} minutes" if seconds >= 2 * _MINUTE else f"{seconds:.0f} s"
