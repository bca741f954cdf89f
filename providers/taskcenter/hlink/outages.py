"""A cluster of Hlink's that does not answer while a run is waited for: since when, and what Hlink has to say about it."""

from __future__ import annotations

from collections.abc import Mapping

from taskcenter.core.errors import ErrorContext, JobUnknownError
from taskcenter.core.flink import outages
from taskcenter.core.flink.outages import SEE_JOB_MANAGER, patience_of
from taskcenter.hlink.cluster import FlinkRun


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

    def since(self, flink_job_id: str) -> float | None:
        """Since when the cluster has not answered for a run, epoch seconds; None while it does."""
        return self._since.get(flink_job_id)

    def go_on(self, flink_job_id: str, since: float) -> None:
        """Another process has seen that the cluster has not answered for a run since then."""
        self._since.setdefault(flink_job_id, since)

    def end(self, flink_job_id: str) -> None:
        """The waiting is over: the cluster has answered, the run has ended, or it is given up."""
        self._since.pop(flink_job_id, None)

    def patience(self, handle: Mapping[str, str]) -> float:
        """How long the cluster of a run is waited for, in seconds."""
        return patience_of(handle, self.patience_seconds)


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
        advice = SEE_JOB_MANAGER
    hints = f"Hlink has the job as {word}, which is no proof, and {others}. {advice}"
    return outages.not_known(f"job {job_id} (Flink job {run.flink_job_id})", run.address, seconds, context, hints)
