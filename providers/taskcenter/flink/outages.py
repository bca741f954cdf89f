"""A cluster that gives no answer: how long a task puts up with it, and what a retry does that meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskcenter.core.errors import RemoteError
from taskcenter.core.flink.outages import CLUSTER_PATIENCE, read_patience
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
