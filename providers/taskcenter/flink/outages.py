"""A cluster that gives no answer: how long a task puts up with it, and what a retry does that meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskcenter.core.errors import ErrorContext, JobUnknownError, RemoteError
from taskcenter.core.flink.outages import CLUSTER_PATIENCE, SEE_JOB_MANAGER, in_words, read_patience
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.job import JobRef
from taskcenter.core.lifecycle import Reporter, given_up
from taskcenter.core.patience import Patience, may_mend
from taskcenter.flink.request import CANCEL, JOB_ID, KIND

if TYPE_CHECKING:
    from taskcenter.flink.system import FlinkSystem


def with_patience(ref: JobRef, cluster_patience_seconds: float | None) -> JobRef:
    """The reference with the time for which its cluster may give no answer; without it the connection says.

    :raises ConfigurationError: it is no number of seconds.
    """
    if cluster_patience_seconds is None:
        return ref
    seconds = read_patience(cluster_patience_seconds, CLUSTER_PATIENCE)
    return JobRef(ref.id, {**ref.handle, CLUSTER_PATIENCE: str(seconds)})


def what_is(ref: JobRef) -> str:
    """What is referred to, in words: ``job 7f``, ``savepoint 3c of job 7f``."""
    kind, job = ref.handle.get(KIND), f"job {ref.handle.get(JOB_ID, ref.id)}"
    if kind is None:
        return job
    return f"the end of {job}" if kind == CANCEL else f"savepoint {ref.id} of {job}"


def await_cluster(
    api: FlinkSystem, ref: JobRef, report: Reporter, *, interval_seconds: float, deadline: float
) -> Flow[None]:
    """Wait until a cluster can be asked what has become of a job that an earlier try has left there.

    :param deadline: epoch seconds.
    :raises JobUnknownError: it is out of reach for too long.
    """
    patience = Patience(interval_seconds)
    now: float = yield Pause(0)
    patience.outage_seconds = min(api.outage_seconds(ref), deadline - now)
    while True:
        try:
            yield from api.overview()
        except RemoteError as error:
            if not may_mend(error):
                return  # what it is will be said by whoever asks for the job
            if patience.since is None:
                report.outage(error)
            delay = patience.failed(error, now)
            if delay is None:
                raise given_up(error, api, ref, patience, now) from error
        else:
            outage = patience.succeeded(now)
            if outage is not None:
                report.recovered(outage)
            return
        now = yield Pause(delay, jitter=0.1)


class QueryWatch:
    """Looks now and then whether the cluster answers while the SQL Gateway has a query run on it.

    The gateway itself tells nothing of a cluster that is out of reach, and gives up on it after minutes.

    :param ref: the query's job.
    :param interval_seconds: how often to look.
    """

    def __init__(self, api: FlinkSystem, ref: JobRef, report: Reporter, interval_seconds: float) -> None:
        self._api = api
        self._ref = ref
        self._report = report
        self._interval_seconds = interval_seconds
        self._patience = Patience(interval_seconds, outage_seconds=api.outage_seconds(ref))
        self._next: float | None = None
        self._failure: RemoteError | None = None

    def look(self, now: float) -> Flow[None]:
        """Ask the cluster for an answer, when it is time to.

        :param now: epoch seconds.
        :raises JobUnknownError: it has given none for too long.
        """
        if self._next is None:
            self._next = now + self._interval_seconds
        if now < self._next:
            return
        try:
            yield from self._api.overview()
        except RemoteError as error:
            if may_mend(error):
                self._no_answer(error, now)
                return
        # Any other error is an answer, too; whether the query can go on is the gateway's to say.
        self._next, self._failure = now + self._interval_seconds, None
        outage = self._patience.succeeded(now)
        if outage is not None:
            self._report.recovered(outage)

    def explain(self, error: RemoteError, now: float) -> RemoteError:
        """Say of a query that has failed while the cluster gave no answer that it did not; return the error."""
        if self._failure is not None and self._patience.since is not None:
            seconds = in_words(now - self._patience.since)
            error.message = (
                f"{error.message.rstrip('. ')}. Flink at {self._api.settings.base_url} has not answered for {seconds}. "
                f"The last attempt: {self._failure.message}"
            )
            error.args = (error.message,)
        return error

    def _no_answer(self, error: RemoteError, now: float) -> None:
        if self._failure is None:
            self._report.outage(error)
        self._failure = error
        delay = self._patience.failed(error, now)
        if delay is None:
            raise self._given_up(error, now - (self._patience.since or now))
        self._next = now + delay

    def _given_up(self, cause: RemoteError, seconds: float) -> JobUnknownError:
        self._failure = None  # the error says it
        message = (
            f"The query is not waited for any longer: Flink at {self._api.settings.base_url} has not answered for "
            f"{in_words(seconds)}. The last attempt: {cause.message.rstrip('. ')}. {SEE_JOB_MANAGER} A retry of the task "
            f"runs the query anew. {CLUSTER_PATIENCE} of the task or of the connection says for how long a cluster is "
            "waited for."
        )
        return JobUnknownError(
            message, ErrorContext(system=self._api.name, connection=self._api.connection, job_id=self._ref.id)
        )
