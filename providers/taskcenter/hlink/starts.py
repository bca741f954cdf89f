"""What comes before a job is started: seeing what there is, and that Hlink will take the start."""

from __future__ import annotations

from contextlib import suppress

from taskcenter.core.errors import ErrorContext, RefusedError
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.job import JobRef, JobTag
from taskcenter.core.status import JobState, JobStatus
from taskcenter.hlink.api import Json
from taskcenter.hlink.request import Before
from taskcenter.hlink.runs import MAX_MISSES
from taskcenter.hlink.status import STARTED
from taskcenter.hlink.system import HlinkSystem

STALE_SECONDS = (1.0, *(5.0,) * 30)
"""When to look whether Hlink has noticed that a job has ended; it looks at its clusters every two minutes."""

POLL_SECONDS = 1.0


def really_runs(api: HlinkSystem, job: Json) -> Flow[JobStatus | None]:
    """What a job does that runs, or is about to: Hlink's word confirmed with the cluster. None where it does not run."""
    if api.stored_word(job) not in STARTED:
        return None
    ref = JobRef(str(job["id"]))
    for _ in range(MAX_MISSES):
        status = yield from api.look(ref)
        if status.state is not JobState.UNKNOWN:
            return None if status.is_terminal else status
        yield Pause(POLL_SECONDS)
    return status


def make_startable(api: HlinkSystem, job: Json) -> Flow[Json]:
    """See to it that Hlink knows that a job has ended, since it refuses to start one that it has as running.

    :raises RefusedError: it cannot be told so.
    """
    if api.stored_word(job) != "RUNNING":
        return job
    job_id = str(job["id"])
    for seconds in STALE_SECONDS:
        # Where the cluster has nothing left to cancel, Hlink finds that out by itself.
        with suppress(RefusedError):
            yield from api.cancel_job(job_id)
        yield Pause(seconds)
        job = yield from api.job(job_id)
        if api.stored_word(job) not in STARTED:
            return job
    message = (
        f"Job {job_id} has ended on its Flink cluster, and Hlink still has it as {api.stored_word(job)}, so that it "
        "refuses to start it. Cancel it in Hlink, then run the task again."
    )
    raise RefusedError(message, ErrorContext(system=api.name, connection=api.connection, job_id=job_id))


def usable_run(api: HlinkSystem, job: Json, before: Before, ref: JobRef) -> Flow[bool]:
    """Whether a run that has begun since ``before`` is there, and goes on or has ended well."""
    if not api.has_started(job, before):
        return False
    status = yield from api.look(ref)
    return not status.is_terminal or status.state is JobState.SUCCEEDED


def snapshot(api: HlinkSystem, job: Json, tag: JobTag) -> Before:
    """The job as it is before its start."""
    return Before.of(job, api.stored_word(job), tag)
