"""Exchangis as the shared lifecycle sees it: submit, find, status, cancel, log, on top of the endpoints."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from taskcenter.core.errors import NotFoundError, RefusedError, RemoteError
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.job import JobRef, JobTag, LogChunk, LogCursor
from taskcenter.core.status import JobState, JobStatus
from taskcenter.exchangis.data_source_api import DataSourceApi
from taskcenter.exchangis.executions import ExecutionSearch
from taskcenter.exchangis.logs import last_errors, read_merged
from taskcenter.exchangis.request import ExchangisRequest
from taskcenter.exchangis.results import TaskResult, parse_task
from taskcenter.exchangis.status import ALL_ENDED, parse_state, parse_status

log = logging.getLogger(__name__)

SETTLE_SECONDS = (0.5, 1.0, 2.0, 3.0, 5.0, 5.0, 5.0, 5.0)
"""When to look whether the tasks of a job that has ended have ended too; the server stops them every 5 s."""

CONFIRM_SECONDS = (0.3, 0.7, 1.0, 2.0, 3.0, 3.0)
"""When to look whether a kill has taken effect."""

REASON_ROWS = 200

_MAKING_TASKS = "inited"
_FAILURES = (JobState.FAILED, JobState.TIMED_OUT)


class ExchangisSystem(DataSourceApi, ExecutionSearch):
    """The job lifecycle of Exchangis; a job here is one execution of an Exchangis job."""

    @property
    def batch_size(self) -> int:
        """Exchangis tells of one execution at a time."""
        return 1

    def submit_job(self, request: ExchangisRequest, tag: JobTag) -> Flow[JobRef]:  # noqa: ARG002 # it cannot be stored
        """Ask for an execution, once; its row is there before the answer comes."""
        try:
            yield from self.client.ensure_logged_in()
        except RemoteError as error:
            error.sent = False  # the submit has not begun
            raise
        execution_id = yield from self.execute_job(request.job.id, request.permit_partial_failures)
        return request.ref(execution_id)

    def job_status(self, ref: JobRef) -> Flow[JobStatus]:
        """The status of an execution, with the reason for a failure, which only the log has."""
        data = yield from self.execution_status(ref.id)
        status = parse_status(data, ref)
        if status.state not in _FAILURES:
            return status
        return parse_status(data, ref, (yield from self._reason(ref)))

    def _reason(self, ref: JobRef) -> Flow[str | None]:
        """Why an execution failed, from its log and from that of the first task that failed."""
        found: list[str] = []
        try:
            found += last_errors((yield from self.execution_log(ref.id, lastRows=REASON_ROWS)))
            for task in (yield from self.execution_tasks(ref.id)):
                if parse_state(task.get("status")) in _FAILURES:
                    page = yield from self.task_log(ref.id, str(task.get("taskId")), lastRows=REASON_ROWS)
                    found += [f"[{task.get('name')}] {line}" for line in last_errors(page)]
                    break
        except RemoteError as error:
            log.debug("The reason of the failure could not be read to the end: %s", error)
        return " / ".join(found) or None

    def statuses(self, refs: Sequence[JobRef]) -> Flow[dict[str, JobStatus]]:
        """The status of each."""
        found: dict[str, JobStatus] = {}
        for ref in refs:
            try:
                found[ref.id] = parse_status((yield from self.execution_status(ref.id)), ref)
            except NotFoundError:
                continue
        return found

    def cancel(self, ref: JobRef) -> Flow[JobStatus]:
        """Kill an execution that has not ended, and look until it and its tasks have ended.

        A kill that comes while the server makes the tasks is overwritten when they are made, and the job runs on
        (facts section 3.2): it is looked after for longer, and killed again.
        """
        before = parse_status((yield from self.execution_status(ref.id)), ref)
        if before.is_terminal:
            return before
        yield from self._kill(ref)
        status, holds = before, before.raw.lower() != _MAKING_TASKS
        for seconds in CONFIRM_SECONDS:
            yield Pause(seconds)
            status = parse_status((yield from self.execution_status(ref.id)), ref)
            if not status.is_terminal:
                holds = status.raw.lower() != _MAKING_TASKS
                yield from self._kill(ref)
            elif holds and ALL_ENDED in status.details:
                break
        return status

    def _kill(self, ref: JobRef) -> Flow[None]:
        try:
            yield from self.kill_execution(ref.id)
        except RefusedError as error:
            # It may have ended just now, which is as good.
            status = parse_status((yield from self.execution_status(ref.id)), ref)
            if not status.is_terminal:
                raise error.locate(job_id=ref.id) from None

    def read_log(self, ref: JobRef, cursor: LogCursor) -> Flow[LogChunk]:
        """What the job and its tasks have written since."""
        return read_merged(self, ref.id, cursor, final=False)

    def final_log(self, ref: JobRef, status: JobStatus, cursor: LogCursor) -> Flow[LogChunk]:
        """The rest of all logs, once the tasks have ended too; a job fails with its first task, while others run."""
        if ALL_ENDED not in status.details:
            yield from self.wait_for_tasks(ref)
        return (yield from read_merged(self, ref.id, cursor, final=True))

    def wait_for_tasks(self, ref: JobRef) -> Flow[bool]:
        """Wait until every task has ended, for as long as :data:`SETTLE_SECONDS` says; whether they have."""
        for seconds in SETTLE_SECONDS:
            data = yield from self.execution_status(ref.id)
            if data.get("allTaskStatus") is not False:
                return True
            yield Pause(seconds)
        return False

    def task_results(self, ref: JobRef) -> Flow[list[TaskResult]]:
        """The tasks of an execution with their last figures; without these where the user may not see them."""
        results = []
        for task in (yield from self.execution_tasks(ref.id)):
            try:
                metrics = (yield from self.task_metrics(ref.id, str(task.get("taskId")))).get("metrics")
            except RefusedError:
                metrics = None
            results.append(parse_task(task, metrics))
        return results
