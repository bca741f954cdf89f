"""Linkis as the shared lifecycle sees it: submit, find, status, cancel, log, on top of the endpoints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec

from taskcenter.core.errors import MalformedReplyError, NotFoundError, RefusedError, RemoteError
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.job import JobRef, JobTag, LogChunk, LogCursor, TaggedJob
from taskcenter.core.status import JobStatus
from taskcenter.linkis.api import LinkisApi
from taskcenter.linkis.endpoints import MAX_IDS_PER_REQUEST
from taskcenter.linkis.request import TAG_ATTEMPT, TAG_KEY, LinkisRequest
from taskcenter.linkis.status import PolledRow, parse_polled, parse_ref, parse_task

LIST_PAGE_SIZE = 50
MAX_LIST_PAGES = 200
LOG_PAGE_LINES = 1000
MAX_LOG_PAGES = 20
"""How many pages of a running job's log are read at one go."""

CONFIRM_SECONDS = (0.2, 0.3, 0.5, 1.0, 2.0, 4.0)
"""When to look whether a kill has taken effect."""

_DAY_MS = 86_400_000
_REFUSED_BATCHES_OF_OLD_SERVER = 3
_ALIGN_WINDOW_LINES = 1000
_ALL = 3
"""Where the log with all levels stands in ``[error, warn, info, all]``."""


class LinkisSystem(LinkisApi):
    """The job lifecycle of Linkis; job history is its truth, the entrance serves log and kill (facts section 15)."""

    _refused_batches = 0

    @property
    def batch_size(self) -> int:
        """30 ids a request, or 1 once the server has shown that it is older than 1.7."""
        return MAX_IDS_PER_REQUEST if self._refused_batches < _REFUSED_BATCHES_OF_OLD_SERVER else 1

    def submit_job(self, request: LinkisRequest, tag: JobTag | None) -> Flow[JobRef]:
        """Send the code once; the row is in the job history before the answer comes."""
        request.check(self.settings.login)
        try:
            yield from self.client.ensure_logged_in()
        except RemoteError as error:
            error.sent = False  # the submit has not begun
            raise
        data = yield from self.submit(request.body(self.settings.login, tag))
        if not data.get("taskID"):
            raise MalformedReplyError("Linkis accepted the job but named no taskID.", self.client.context)
        return parse_ref(data, exec_id=data.get("execID"))

    def find(self, request: LinkisRequest, tag: JobTag, since: float) -> Flow[list[TaggedJob]]:
        """Scan the job history for the tag; Linkis cannot filter on it (facts section 4)."""
        now: float = yield Pause(0)
        found: dict[str, TaggedJob] = {}
        seen: set[str] = set()
        for page in range(1, MAX_LIST_PAGES + 1):
            data = yield from self.jobhistory_list(
                startDate=int(since * 1000),
                endDate=int(now * 1000) + _DAY_MS,
                creator=request.creator,
                executeApplicationName=request.engine,
                pageNow=page,
                pageSize=LIST_PAGE_SIZE,
            )
            tasks = data.get("tasks") or []
            before = len(seen)
            for task in tasks:
                seen.add(str(task["taskID"]))
                attempt = _tagged_attempt(task, tag)
                if attempt is not None:
                    ref = parse_ref(task)
                    found[ref.id] = TaggedJob(ref, parse_task(task), attempt)
            # A page past the end is the last page again, so nothing new means the end.
            if len(seen) == before or len(seen) >= int(data.get("totalPage") or 0):
                break
        return sorted(found.values(), key=lambda job: int(job.ref.id), reverse=True)

    def job_status(self, ref: JobRef) -> Flow[JobStatus]:
        """The status in the job history."""
        return parse_task((yield from self.jobhistory_get(ref.id)))

    def statuses(self, refs: Sequence[JobRef]) -> Flow[dict[str, JobStatus]]:
        """Up to 30 jobs in one request, or one by one where the server is older."""
        if self.batch_size > 1:
            try:
                rows = yield from self.jobhistory_poll([ref.id for ref in refs])
            except RefusedError:
                # One refusal may come from a server in trouble, and one by one costs thirty times as much.
                self._refused_batches += 1
            else:
                self._refused_batches = 0
                known = {ref.id: ref for ref in refs}
                polled = [(known.get(str(row.task_id)), row) for row in rows]
                return {ref.id: parse_polled(row, ref) for ref, row in polled if ref}
        found: dict[str, JobStatus] = {}
        for ref in refs:
            try:
                task = yield from self.jobhistory_get(ref.id)
                found[ref.id] = parse_polled(msgspec.convert({**task, "taskID": ref.id}, PolledRow), ref)
            except NotFoundError:
                continue
        return found

    def cancel(self, ref: JobRef) -> Flow[JobStatus]:
        """Kill a job that has not ended, under the execID that it has now, and wait until the history says so.

        An execID is reused over time (facts section 3): it is asked for right before.
        """
        status = yield from self.job_status(ref)
        if status.is_terminal:
            return status
        exec_id = status.details.get("exec_id") or ref.handle.get("exec_id") or ref.id
        try:
            yield from self.kill(exec_id, ref.id)
        except RefusedError as error:
            status = yield from self.job_status(ref)
            if not status.is_terminal:
                raise error.locate(job_id=ref.id) from None
        for seconds in CONFIRM_SECONDS:
            status = yield from self.job_status(ref)
            if status.is_terminal:
                break
            yield Pause(seconds)
        return status

    def read_log(self, ref: JobRef, cursor: LogCursor) -> Flow[LogChunk]:
        """The lines that a running job has written since; none where the entrance does not know it (any more)."""
        lines: list[str] = []
        exec_id = ref.handle.get("exec_id")
        for _ in range(MAX_LOG_PAGES if exec_id else 0):
            try:
                data = yield from self.log(str(exec_id), cursor.line, LOG_PAGE_LINES)
            except RefusedError:
                break
            next_line = data.get("fromLine")
            if not isinstance(next_line, int) or next_line <= cursor.line:
                # Nothing new, or a notice that would come again and again (facts section 7, failover).
                break
            page = _log_lines(data.get("log"))
            lines += page
            is_last = next_line - cursor.line < LOG_PAGE_LINES
            cursor = cursor.after(next_line, page)
            if is_last:
                break
        return LogChunk(lines, cursor)

    def final_log(self, ref: JobRef, status: JobStatus, cursor: LogCursor) -> Flow[LogChunk]:
        """The rest of the log from its file; from the entrance's memory where the file cannot be read.

        :raises RefusedError: neither has it.
        """
        path = status.details.get("log_path")
        if not path:
            return (yield from self.read_log(ref, cursor))
        try:
            log = yield from self.open_log(path)
        except RefusedError as error:
            chunk = yield from self.read_log(ref, cursor)
            if not chunk.lines:
                raise error.locate(job_id=ref.id) from None
            return chunk
        lines = _log_lines(log)
        rest = lines[_resume_index(lines, cursor) :]
        return LogChunk(rest, cursor.after(cursor.line, rest))


def _tagged_attempt(task: dict[str, Any], tag: JobTag) -> int | None:
    try:
        source = json.loads(task.get("sourceJson") or "{}")
        return int(source[TAG_ATTEMPT]) if source.get(TAG_KEY) == tag.key else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _log_lines(log: object) -> list[str]:
    """Lines of the ``log`` field, which may be a list of four, a string, or null (facts section 7)."""
    text = log[_ALL] if isinstance(log, list) and len(log) > _ALL else log
    return [line for line in text.split("\n") if line.strip()] if isinstance(text, str) else []


def _resume_index(lines: Sequence[str], cursor: LogCursor) -> int:
    """Where to go on in the log's file, of which ``lines`` are those with text: behind the last line shown.

    The file may have more lines than were shown so far (one is doubled now and then, and the entrance leaves some
    out), so the last one shown stands at its number or later: the first line from there on that reads like it is it,
    or comes before it, and nothing is lost. A file that has fewer lines is searched backwards.
    """
    if not cursor.shown:
        return 0
    last, expected = cursor.last.rstrip(), min(cursor.shown, len(lines)) - 1
    later = range(max(0, expected), min(len(lines), expected + _ALIGN_WINDOW_LINES))
    earlier = range(expected - 1, max(-1, expected - _ALIGN_WINDOW_LINES), -1)
    for index in chain(later, earlier):
        if lines[index].rstrip() == last:
            return index + 1
    return expected + 1
