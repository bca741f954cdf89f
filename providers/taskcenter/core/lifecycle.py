"""The life of a remote job, written once for all systems: submit exactly once, follow, explain its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from taskcenter.core.errors import (
    ErrorContext,
    JobCancelledError,
    JobError,
    JobExpiredError,
    JobFailedError,
    JobLostError,
    MalformedReplyError,
    NotFoundError,
    RemoteError,
    SubmitUnknownError,
    UnavailableError,
)
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.job import JobRef, JobTag, LogChunk, LogCursor, RemoteSystem, RequestT, TaggedJob
from taskcenter.core.patience import LimitsOutages, Patience, outage_limit
from taskcenter.core.status import Decision, JobState, JobStatus, decide

MAX_SUBMISSIONS = 3
"""How often a job is sent when each earlier one has been found not to have arrived."""

SETTLE_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""When to look for a job after an ambiguous answer to its submission."""


@dataclass(frozen=True)
class Submission:
    """A job that is ours, and how it came to be.

    :param adopted: it had been submitted before (by an earlier try, or by a request whose answer was lost).
    """

    ref: JobRef
    adopted: bool


def submit_once(
    system: RemoteSystem[RequestT],
    request: RequestT,
    tag: JobTag,
    *,
    since: float,
    look_first: bool,
) -> Flow[Submission]:
    """Submit a job so that it runs exactly once.

    :param tag: stored with the job; jobs with the same key are the same piece of work.
    :param since: epoch seconds before which no job of this tag can have been created.
    :param look_first: an earlier try may have submitted it: adopt one that runs, or that has succeeded.
    :raises SubmitUnknownError: it could not be found out whether the job arrived.
    """
    if look_first:
        earlier = pick((yield from system.find(request, tag, since)))
        if earlier is not None:
            return Submission(earlier.ref, adopted=True)
    last: RemoteError | None = None
    settled = False
    for _ in range(MAX_SUBMISSIONS):
        try:
            return Submission((yield from system.submit_job(request, tag)), adopted=False)
        except (UnavailableError, MalformedReplyError) as error:
            if not error.sent:
                raise
            last = error
        found, settled = yield from _look_after_ambiguity(system, request, tag, since)
        if found is not None:
            return Submission(found.ref, adopted=True)
        # After a timeout the server may still be storing the job (Linkis retries that for minutes).
        if not settled or (isinstance(last, UnavailableError) and last.timed_out):
            break
    assert last is not None  # noqa: S101 # the loop ends only here after an error
    looked = "the server does not list it" if settled else "looking for it failed"
    message = (
        f"The job was sent, no usable answer came, and {looked}. It may still appear: look for the tag {tag.key!r} in "
        "its job history before you run the task again by hand; a retry of the task looks for it by itself. "
        f"Cause: {last.message}"
    )
    raise SubmitUnknownError(message, last.context)


def pick(found: Sequence[TaggedJob]) -> TaggedJob | None:
    """Of the jobs of earlier tries, the one to adopt: one that runs, else one that has succeeded, else none."""
    running = [job for job in found if not job.status.is_terminal]
    succeeded = [job for job in found if job.status.state is JobState.SUCCEEDED]
    return next(iter(running + succeeded), None)


def _look_after_ambiguity(
    system: RemoteSystem[RequestT], request: RequestT, tag: JobTag, since: float
) -> Flow[tuple[TaggedJob | None, bool]]:
    """Look for the job of this very try; the second value tells whether the last look got an answer."""
    settled = False
    for seconds in SETTLE_SECONDS:
        yield Pause(seconds)
        try:
            found = yield from system.find(request, tag, since)
            settled = True
        except RemoteError:
            # Even a refusal to look must not hide that a job may be there.
            settled = False
            continue
        mine = [job for job in found if job.attempt == tag.attempt]
        if mine:
            return mine[0], True
    return None, settled


class Reporter(Protocol):
    """Hears what happens while a job is followed."""

    def log_lines(self, lines: Sequence[str]) -> None:
        """New lines of the job's log."""

    def progress(self, status: JobStatus) -> None:
        """The state or the progress has changed."""

    def outage(self, error: RemoteError) -> None:
        """The server has stopped answering well; we go on waiting."""

    def recovered(self, seconds: float) -> None:
        """It answers again, after so many seconds."""


@dataclass(frozen=True)
class FollowEnd:
    """How following a job ended."""

    decision: Decision
    status: JobStatus | None
    cursor: LogCursor


def follow(
    system: RemoteSystem[RequestT],
    ref: JobRef,
    report: Reporter,
    *,
    deadline: float,
    interval_seconds: float,
    cursor: LogCursor | None = None,
) -> Flow[FollowEnd]:
    """Follow one job until it ends or its deadline passes, reading its log on the way.

    :param deadline: epoch seconds.
    :param cursor: how far the log has been read already.
    :raises RemoteError: the server's errors went on for longer than :class:`Patience` allows.
    :raises JobError: the system gives up telling what the job does (:attr:`JobStatus.error`), or waiting for its server.
    """
    patience = Patience(interval_seconds)
    patience.outage_seconds = outage_limit(system, ref)
    cursor = cursor or LogCursor()
    shown: tuple[str, float | None] | None = None
    while True:
        now: float = yield Pause(0)
        status: JobStatus | None = None
        delay = interval_seconds
        try:
            status = yield from system.job_status(ref)
        except RemoteError as error:
            if patience.since is None:
                report.outage(error)
            wait = patience.failed(error, now)
            if wait is None:
                raise given_up(error, system, ref, patience, now) from error
            delay = wait
        else:
            if status.error is not None:
                raise as_lost(status.error, system, ref)
            outage = patience.succeeded(now)
            if outage is not None:
                report.recovered(outage)
            if (status.raw, status.progress) != shown:
                shown = (status.raw, status.progress)
                report.progress(status)
            chunk = yield from _live_log(system, ref, cursor)
            cursor = chunk.cursor
            if chunk.lines:
                report.log_lines(chunk.lines)
        decision = decide(status.state if status else JobState.UNKNOWN, now, deadline)
        if decision is not Decision.KEEP:
            return FollowEnd(decision, status, cursor)
        yield Pause(min(delay, max(0.1, deadline - now)), jitter=0.1)


def _live_log(system: RemoteSystem[RequestT], ref: JobRef, cursor: LogCursor) -> Flow[LogChunk]:
    try:
        return (yield from system.read_log(ref, cursor))
    except RemoteError:
        # Whether the server is well is told by the status; what is missed here is read when the job has ended.
        return LogChunk([], cursor)


def stop_tagged(
    system: RemoteSystem[RequestT], request: RequestT, tag: JobTag, *, since: float
) -> Flow[list[JobStatus]]:
    """Cancel every running job of a tag: what a task that is killed while it submits leaves behind."""
    running = [job for job in (yield from system.find(request, tag, since)) if not job.status.is_terminal]
    stopped: list[JobStatus] = []
    for job in running:
        status = yield from system.cancel(job.ref)
        stopped.append(status)
    return stopped


def given_up(
    error: RemoteError, system: RemoteSystem[RequestT], ref: JobRef, patience: Patience, now: float
) -> RemoteError:
    """The last of the errors that patience has ended with, in terms of the job."""
    if patience.out_of_reach_since is not None and isinstance(system, LimitsOutages):
        error = system.not_known(ref, now - patience.out_of_reach_since, error)
    return as_lost(error, system, ref)


def as_lost(error: RemoteError, system: RemoteSystem[RequestT], ref: JobRef) -> RemoteError:
    """An error that ended the waiting, in terms of the job."""
    if isinstance(error, NotFoundError):
        message = (
            f"Job {ref.id} is not known to {system.name} any more, or {system.connection} may not see it. Check that "
            f"the user of the connection is the one who submitted it, and whether its history was cleaned up. "
            f"{error.message}"
        )
        return JobLostError(message, error.context).locate(job_id=ref.id)
    return error.locate(system=system.name, connection=system.connection, job_id=ref.id)


def explain_end(
    system: RemoteSystem[RequestT],
    ref: JobRef,
    status: JobStatus,
    decision: Decision,
    seconds: float | None = None,
    *,
    log_shown: bool = True,
) -> JobError:
    """The error for a job that did not succeed: what happened, why, and what to do.

    :param seconds: how long it took.
    :param log_shown: whether the task log has the job's log.
    """
    after = f" after {seconds:.0f} s" if seconds is not None else ""
    reason = f": {status.reason}" if status.reason else ", and the server gave no reason"
    context = ErrorContext(system=system.name, connection=system.connection, job_id=ref.id, code=status.code)
    if decision is Decision.EXPIRED:
        message = (
            f"Job {ref.id} was still {status.raw}{after} when its time was up, and was cancelled. "
            "Raise timeout_seconds of the task if it needs longer."
        )
        return JobExpiredError(message, context)
    if status.state is JobState.CANCELLED:
        message = (
            f"Job {ref.id} was cancelled on {system.name}{after}, not by this task{reason}. A user, a timeout or "
            "a restart of the server may have done it; run the task again when that is settled."
        )
        return JobCancelledError(message, context)
    where = "Its log is above." if log_shown else f"See its log on {system.name}."
    message = f"Job {ref.id} reached {status.raw}{after}{reason}. {where}"
    return JobFailedError(message, context)
