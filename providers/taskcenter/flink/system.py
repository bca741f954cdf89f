"""Flink as the shared lifecycle sees it: submit, find, status, cancel, log, on top of the endpoints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.errors import ErrorContext, JobUnknownError, NotFoundError, RefusedError, RemoteError
from taskcenter.core.flink.endpoints import JobRow, JobTasks
from taskcenter.core.flink.exceptions import JobException, explain, of_failed_job, read_exceptions
from taskcenter.core.flink.outages import SEE_JOB_MANAGER, not_known, patience_of, patience_of_connection
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.job import JobRef, JobTag, LogChunk, LogCursor, TaggedJob
from taskcenter.core.status import JobState, JobStatus
from taskcenter.flink.identity import id_for
from taskcenter.flink.log import exception_lines, figures, progress_line
from taskcenter.flink.outages import what_is
from taskcenter.flink.request import CANCEL, JOB_ID, KIND, FlinkRequest
from taskcenter.flink.sql_api import SqlGatewayApi
from taskcenter.flink.status import parse_operation, parse_row, parse_state

MAX_JOBS_PER_REQUEST = 10_000
"""``/jobs/overview`` tells of all jobs at once, however many are waited for."""

CONFIRM_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
"""When to look whether a cancel has taken effect."""


class FlinkSystem(SqlGatewayApi):
    """The job lifecycle of Flink; what is waited for is a job, a savepoint or a job's end."""

    def __init__(self, settings: ConnectionSettings) -> None:
        super().__init__(settings)
        self._patience_seconds = patience_of_connection(settings.extra, settings.conn_id)

    @property
    def batch_size(self) -> int:
        """As many as one likes."""
        return MAX_JOBS_PER_REQUEST

    def submit_job(self, request: FlinkRequest, tag: JobTag) -> Flow[JobRef]:
        """Start it under the id of this try, which Flink takes only once."""
        return request.start(self, id_for(tag, tag.attempt, request.seed))

    def find(self, request: FlinkRequest, tag: JobTag, since: float) -> Flow[list[TaggedJob]]:  # noqa: ARG002 # the id tells
        """What the tries up to now have started, by their ids."""
        attempts = range(tag.attempt, 0, -1)
        refs = {attempt: request.ref(id_for(tag, attempt, request.seed)) for attempt in attempts}
        known = yield from self.statuses(list(refs.values()))
        return [TaggedJob(ref, known[ref.id], attempt) for attempt, ref in refs.items() if ref.id in known]

    def job_status(self, ref: JobRef) -> Flow[JobStatus]:
        """The status, with the reason for a failure."""
        if KIND in ref.handle:
            return (yield from self._operation_status(ref))
        status = parse_row(_row_of((yield from self.job(ref.id))), ref)
        if status.state is not JobState.FAILED:
            return status
        reason = yield from self.failure_reason(ref.id)
        return JobStatus(status.state, status.raw, reason=reason)

    def failure_reason(self, job_id: str) -> Flow[str | None]:
        """Why a job has failed, in Flink's words; None where it does not say."""
        try:
            exceptions = yield from of_failed_job(lambda: self._exceptions(job_id))
        except RemoteError:
            return None
        return explain(exceptions[-1].trace) if exceptions else None

    def _exceptions(self, job_id: str) -> Flow[list[JobException]]:
        return read_exceptions((yield from self.exceptions(job_id)))

    def statuses(self, refs: Sequence[JobRef]) -> Flow[dict[str, JobStatus]]:
        """All jobs in one request; savepoints one by one."""
        found: dict[str, JobStatus] = {}
        jobs = {ref.id: ref for ref in refs if KIND not in ref.handle}
        if jobs:
            for row in (yield from self.job_rows()):
                ref = jobs.get(row.jid)
                if ref is not None:
                    found[row.jid] = parse_row(row, ref)
        for ref in refs:
            if KIND in ref.handle:
                try:
                    found[ref.id] = yield from self._operation_status(ref)
                except NotFoundError:
                    continue
        return found

    def _operation_status(self, ref: JobRef) -> Flow[JobStatus]:
        job_id, kind = ref.handle[JOB_ID], ref.handle[KIND]
        if kind == CANCEL:
            raw = str((yield from self.job(job_id)).get("state"))
            over = parse_state(raw) in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
            return JobStatus(JobState.SUCCEEDED if over else JobState.RUNNING, raw, details={"job_state": raw})
        return parse_operation((yield from self.savepoint(job_id, ref.id)))

    def outage_seconds(self, ref: JobRef) -> float:
        """For how long the cluster is waited for while this job is."""
        return patience_of(ref.handle, self._patience_seconds)

    def not_known(self, ref: JobRef, seconds: float, cause: RemoteError) -> JobUnknownError:
        """The error for what has been waited for on a cluster that has been out of reach for too long."""
        context = ErrorContext(system=self.name, connection=self.connection, job_id=ref.handle.get(JOB_ID, ref.id))
        hints = f"The last attempt: {cause.message.rstrip('. ')}. {SEE_JOB_MANAGER}"
        return not_known(what_is(ref), self.settings.base_url, seconds, context, hints)

    def cancel(self, ref: JobRef) -> Flow[JobStatus]:
        """Cancel a job that has not ended and wait until it has; a savepoint that has begun cannot be called off."""
        if KIND in ref.handle:
            return (yield from self._operation_status(ref))
        # A job that is to be running and is so counts as succeeded, but goes on.
        job = JobRef(ref.id)
        status = parse_row(_row_of((yield from self.job(ref.id))), job)
        if status.is_terminal:
            return status
        try:
            yield from self.cancel_job(ref.id)
        except RefusedError as error:
            status = parse_row(_row_of((yield from self.job(ref.id))), job)
            if not status.is_terminal:
                raise error.locate(job_id=ref.id) from None
        for seconds in CONFIRM_SECONDS:
            yield Pause(seconds)
            status = parse_row(_row_of((yield from self.job(ref.id))), job)
            if status.is_terminal:
                break
        return status

    def read_log(self, ref: JobRef, cursor: LogCursor) -> Flow[LogChunk]:
        """New exceptions, and how the job is getting on (``cursor.line`` is the time of the last exception, ms)."""
        if KIND in ref.handle:
            return LogChunk([], cursor)
        now: float = yield Pause(0)
        return (yield from self._log_since(ref, cursor, now))

    def final_log(self, ref: JobRef, status: JobStatus, cursor: LogCursor) -> Flow[LogChunk]:  # noqa: ARG002 # the same for all
        """The exceptions not yet shown, and the last figures."""
        if KIND in ref.handle:
            return LogChunk([], cursor)
        return (yield from self._log_since(ref, cursor, math.inf))

    def _log_since(self, ref: JobRef, cursor: LogCursor, now: float) -> Flow[LogChunk]:
        seldom, often = figures((yield from self.job(ref.id)), (yield from self._checkpoints(ref.id)))
        exceptions = yield from self._exceptions(ref.id)
        lines, after = exception_lines(exceptions, cursor.line)
        progress, cursor = progress_line(cursor, seldom, often, now)
        return LogChunk([*lines, *progress], LogCursor(after, cursor.last, cursor.shown + len(lines)))

    def _checkpoints(self, job_id: str) -> Flow[Mapping[str, Any] | None]:
        try:
            found: Mapping[str, Any] = yield from self.checkpoints(job_id)
        except RefusedError:
            return None  # a job that makes none says so with an error
        return found


def _row_of(job: Mapping[str, Any]) -> JobRow:
    """``/jobs/{id}`` as a row of ``/jobs/overview``."""
    vertices = [vertex for vertex in job.get("vertices") or [] if isinstance(vertex, Mapping)]
    times = [*(job.get("timestamps") or {}).values(), *(vertex.get("start-time") for vertex in vertices)]
    counts = [vertex.get("tasks") or {} for vertex in vertices]
    return JobRow(
        jid=str(job.get("jid")),
        state=str(job.get("state")),
        name=str(job.get("name") or ""),
        start_time=int(job.get("start-time") or 0),
        duration=int(job.get("duration") or 0),
        last_modification=max((time for time in times if isinstance(time, int)), default=0),
        tasks=JobTasks(
            total=sum(sum(count.values()) for count in counts),
            running=sum(count.get("RUNNING", 0) for count in counts),
            finished=sum(count.get("FINISHED", 0) for count in counts),
        ),
    )
