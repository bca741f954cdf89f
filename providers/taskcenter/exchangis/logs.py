"""The log of an execution and of its tasks, merged; no line lost or doubled (facts section 3, 6 and 7).

The job's log has line numbers that can be relied on. A task's has not: the server leaves lines out and, from 1.1.7
on, does not count them, so that no line number it gives says where to go on. What can be relied on is that reading
from the same line gives the same lines again and more at the end. So a task's log is read from an *anchor* and the
lines shown since are skipped; from time to time the anchor is moved ahead, to a line that is found again by its text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from taskcenter.core.errors import RemoteError
from taskcenter.core.flow import Flow
from taskcenter.core.job import LogChunk, LogCursor
from taskcenter.exchangis.api import Json
from taskcenter.exchangis.job_api import LOG_PAGE_LINES

LIVE_PAGES = 20
"""How many pages of one log are read at one go while a job runs."""

FINAL_PAGES = 2000
"""The same when it has ended."""

ANCHOR_LINES = 1000
"""How many lines behind an anchor are read again and again before it is moved ahead."""

FIND_LINES = 200
"""How many lines must read alike for a place to be found again."""

MAX_EMPTY_PAGES = 3
MAX_REASON_CHARS = 300

_NOT_STARTED = {"inited", "scheduled"}


class LogSource(Protocol):
    """The endpoints that logs are read from."""

    def execution_tasks(self, execution_id: str) -> Flow[list[Json]]:
        """The tasks of an execution."""

    def execution_log(self, execution_id: str, from_line: int, page_size: int) -> Flow[Json]:
        """A page of its log."""

    def task_log(self, execution_id: str, task_id: str, from_line: int, page_size: int) -> Flow[Json]:
        """A page of a task's log."""


@dataclass(frozen=True)
class TaskPlace:
    """How far a task's log has been read.

    :param anchor: the server's number of a line.
    :param before: how many lines stand before it.
    :param shown: how many lines have been shown.
    """

    anchor: int = 1
    before: int = 0
    shown: int = 0


@dataclass(frozen=True)
class Places:
    """How far the logs of an execution have been read; goes through :class:`~taskcenter.core.job.LogCursor`.

    :param job_line: the number of the next line of the job's own.
    :param tasks: by task id.
    """

    job_line: int = 1
    tasks: Mapping[str, TaskPlace] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: LogCursor) -> Places:
        """The places in a cursor, whose ``last`` has those of the tasks; what cannot be read begins anew."""
        try:
            tasks = {name: TaskPlace(*map(int, place)) for name, place in json.loads(cursor.last or "{}").items()}
        except (ValueError, TypeError, AttributeError):
            tasks = {}
        return cls(cursor.line, tasks)

    def cursor(self, shown: int) -> LogCursor:
        """As a cursor."""
        tasks = {name: [place.anchor, place.before, place.shown] for name, place in self.tasks.items()}
        return LogCursor(self.job_line, json.dumps(tasks) if tasks else "", shown)


def read_merged(api: LogSource, execution_id: str, cursor: LogCursor, *, final: bool) -> Flow[LogChunk]:
    """The lines that the job and each of its tasks have written since; a task's begin with its name.

    :param final: read to the end, and say which logs cannot be had.
    """
    places = Places.of(cursor)
    pages = FINAL_PAGES if final else LIVE_PAGES
    lines, job_line = yield from _read_job(api, execution_id, places.job_line, pages)
    tasks = dict(places.tasks)
    try:
        listed = yield from api.execution_tasks(execution_id)
    except RemoteError as error:
        # What has been read of the job's own log must not be lost with it.
        listed = []
        lines += [f"(the tasks, and so their logs, cannot be read: {error.message})"] if final else []
    for task in listed:
        task_id, name = str(task.get("taskId")), task.get("name")
        if str(task.get("status")).lower() in _NOT_STARTED and not task.get("linkisJobId"):
            continue
        try:
            page, tasks[task_id] = yield from read_task(
                api, execution_id, task_id, tasks.get(task_id, TaskPlace()), final=final
            )
        except RemoteError as error:
            # The engine's log goes with its engine (facts section 3, 7); the job is none the worse for it.
            page = [f"(the log of this task cannot be read: {error.message})"] if final else []
        lines += [f"[{name}] {line}" for line in page]
    merged = Places(job_line, tasks)
    return LogChunk(lines, merged.cursor(cursor.shown + len(lines)))


def _read_job(api: LogSource, execution_id: str, line: int, pages: int) -> Flow[tuple[list[str], int]]:
    """New lines of the job's log, and the number of the next; ``endLine`` counts lines that are left out too."""
    lines: list[str] = []
    empty = 0
    for _ in range(pages):
        data = yield from api.execution_log(execution_id, line, LOG_PAGE_LINES)
        page = _lines(data)
        end = data.get("endLine")
        after = max(end + 1 if isinstance(end, int) else 0, line + len(page))
        # A page may be empty because all of its lines were left out, and yet be none of the last ones.
        empty = 0 if page else empty + 1
        if after <= line or empty >= MAX_EMPTY_PAGES:
            break
        lines += page
        is_last = after - line < LOG_PAGE_LINES
        line = after
        if is_last:
            break
    return lines, line


def read_task(
    api: LogSource, execution_id: str, task_id: str, place: TaskPlace, *, final: bool = False
) -> Flow[tuple[list[str], TaskPlace]]:
    """New lines of a task's log, and how far it has been read then.

    :param final: read until nothing more comes; a page that is not full may be so for the lines that are left out.
    """
    lines: list[str] = []
    for _ in range(FINAL_PAGES if final else LIVE_PAGES):
        behind = place.shown - place.before
        # Twice as many, for a server that counts the lines it leaves out as well.
        size = 2 * behind + LOG_PAGE_LINES
        page = _lines((yield from api.task_log(execution_id, task_id, place.anchor, size)))
        fresh = page[behind:]
        lines += fresh
        place = TaskPlace(place.anchor, place.before, place.shown + len(fresh))
        if place.shown - place.before >= ANCHOR_LINES + FIND_LINES:
            place = yield from _moved(api, execution_id, task_id, place, page)
        if not fresh or (not final and len(fresh) < LOG_PAGE_LINES):
            break
    return lines, place


def _moved(api: LogSource, execution_id: str, task_id: str, place: TaskPlace, page: list[str]) -> Flow[TaskPlace]:
    """The place with its anchor ahead, where the lines behind it are surely found again among those of the page."""
    step = len(page) - FIND_LINES
    anchor = place.anchor + step
    head = _lines((yield from api.task_log(execution_id, task_id, anchor, FIND_LINES)))[:FIND_LINES]
    if len(head) == FIND_LINES:
        # Lines that are left out make the index smaller than the step.
        for index in range(step, -1, -1):
            if page[index : index + FIND_LINES] == head:
                return TaskPlace(anchor, place.before + index, place.shown)
    return place


def _lines(data: Mapping[str, Any]) -> list[str]:
    """The lines of a page: ``logs`` is an object of texts, and empty for an empty page (facts section 3, 6)."""
    logs = data.get("logs")
    text = logs.get("all") if isinstance(logs, Mapping) else None
    if not isinstance(text, str) or not text:
        return []
    return [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")]


def last_errors(data: Mapping[str, Any], count: int = 2) -> list[str]:
    """The last different lines of a page that tell of an error, as the reason for a failure."""
    logs = data.get("logs")
    text = logs.get("error") if isinstance(logs, Mapping) else None
    lines = dict.fromkeys(line.strip()[:MAX_REASON_CHARS] for line in str(text or "").split("\n") if line.strip())
    return list(lines)[-count:]
