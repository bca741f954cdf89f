"""The end of a job: told to stop, with a savepoint where there is a place for it, and seen to have stopped."""

from __future__ import annotations

from collections.abc import Sequence

from taskcenter.core.errors import ErrorContext, JobFailedError
from taskcenter.core.flink.outages import CLUSTER_PATIENCE
from taskcenter.core.flow import Flow
from taskcenter.core.job import JobRef
from taskcenter.core.lifecycle import FollowEnd
from taskcenter.core.status import Decision
from taskcenter.hlink.api import Json
from taskcenter.hlink.definitions import known_job
from taskcenter.hlink.request import UNTIL, JobChoice
from taskcenter.hlink.starts import really_runs
from taskcenter.hlink.system import HlinkSystem

STOPPED = ("CANCELED", "FINISHED", "UNCOMMITTED")
"""The words at which a job that is cancelled has been stopped well."""


def begin_stop(api: HlinkSystem, choice: JobChoice) -> Flow[tuple[Json, Sequence[str]]]:
    """Cancel the job if it runs; the job, and the words at which it has been stopped well."""
    job = yield from known_job(api, choice)
    word = api.stored_word(job)
    if word == "CANCELLING":
        return job, STOPPED
    if not (yield from really_runs(api, job)):
        # However it has ended: there is nothing left to stop.
        return job, (*STOPPED, "FAILED", "LOST", word)
    yield from api.tell_to_stop(str(job["id"]))
    return job, STOPPED


def stopping_ref(job: Json, cluster_patience_seconds: float | None) -> JobRef:
    """What is waited for when a job that ran has been told to stop."""
    handle = {"name": str(job.get("jobName") or ""), UNTIL: ",".join(STOPPED)}
    if cluster_patience_seconds is not None:
        handle[CLUSTER_PATIENCE] = str(cluster_patience_seconds)
    return JobRef(str(job["id"]), handle)


def stopped_job(api: HlinkSystem, ref: JobRef, end: FollowEnd) -> Flow[Json]:
    """The job after the waiting for its end, which has stopped well.

    :raises JobFailedError: it has not, or its savepoint failed: it is not to go on from an older one.
    """
    job = yield from api.job(ref.id)
    word = api.stored_word(job)
    if end.decision is Decision.DONE and word != "FAILED":
        return job
    status = end.status
    is_what = (
        word if end.decision is not Decision.EXPIRED or status is None else f"still {status.raw} when its time was up"
    )
    reason = f" ({status.reason})" if status is not None and status.reason else ""
    message = (
        f"Job {ref.id} was told to stop with a savepoint, and is {is_what}{reason}; it was not started again. It may go on "
        "at its cluster; the job's log says what became of the savepoint."
    )
    raise JobFailedError(message, ErrorContext(system=api.name, connection=api.connection, job_id=ref.id))
