"""``/runs/{contextId}/log``: windows into the logs of a run's tasks and of their jobs, and searches in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from taskcenter_plugin.airflow_internals.task_instances import has_ended
from taskcenter_plugin.errors import BadRequest, NotFound
from taskcenter_plugin.job_pages.answers import answers
from taskcenter_plugin.job_pages.remote import system_name
from taskcenter_plugin.job_pages.routes import private
from taskcenter_plugin.job_pages.task_job import TaskKey, instance_of, read_task_job
from taskcenter_plugin.routes.access import Access, Requires, Right
from taskcenter_plugin.routes.answers import Answer
from taskcenter_plugin.routes.bodies import check_storable
from taskcenter_plugin.routes.envelope import answer
from taskcenter_plugin.routes.transactions import in_transaction
from taskcenter_plugin.ui.job_log_source import JobLogSource
from taskcenter_plugin.ui.log_feed import Source
from taskcenter_plugin.ui.log_feeds import LogKey, feeds
from taskcenter_plugin.ui.log_windows import search, window
from taskcenter_plugin.ui.run_answers import LogSearchOut, LogWindowOut
from taskcenter_plugin.ui.runs import ContextId, run_row
from taskcenter_plugin.ui.task_log_source import TaskLogSource

router = APIRouter(prefix="/runs", tags=["page: runs"])

MAX_LINES = 1000
"""Most lines, and most hits, of one answer."""

NOT_BEGUN = "The task has not begun yet."
NEVER_RUN = "The task has not run, so that it has no log."
_MAX_INTEGER = 2**31 - 1


class LogOf(str, Enum):
    """Whose log."""

    JOB = "job"
    """The remote job's, from its system."""
    TASK = "task"
    """The task's, from Airflow."""


@dataclass(frozen=True)
class FoundLog:
    """A log that there is.

    :param make_source: makes its source; None: the task has not been tried, so that there is none
    :param ended: whether the task has ended
    """

    key: LogKey
    make_source: Callable[[], Source] | None
    ended: bool


class WantedLog:
    """The log that a request is about; without ``try``, that of the last try."""

    def __init__(
        self,
        contextId: ContextId,  # noqa: N803
        task_id: Annotated[str, Query(min_length=1, max_length=250)],
        map_index: Annotated[int, Query(ge=-1, le=_MAX_INTEGER)] = -1,
        try_number: Annotated[int | None, Query(alias="try", ge=1, le=_MAX_INTEGER)] = None,
        source: LogOf = LogOf.JOB,
    ) -> None:
        check_storable("task_id", task_id)
        self._context_id = contextId
        self._place = (task_id, map_index)
        self._number = try_number
        self._source = source
        self.of_task = source is LogOf.TASK

    def find(self, access: Access) -> FoundLog:
        """Look for it, if the user may read it.

        :raises Forbidden: the user may not.
        :raises NotFound: there is no such task instance, try or job.
        """
        return in_transaction(lambda session: self._find(access, session))

    def _find(self, access: Access, session: Session) -> FoundLog:
        run, _, _ = run_row(self._context_id, access, Right.READ_LOGS, session)
        task = TaskKey(run.dag_id, run.run_id, *self._place)
        if not self.of_task:
            found = read_task_job(replace(task, try_number=self._number), session)
            system_name(found.job)
            key = (run.id, task, self._source, found.job.conn_id, found.job.ref.id, found.job.attempt)
            return FoundLog(key, partial(JobLogSource, found.job), found.ended)
        instance = instance_of(task, session)
        tries = instance.try_number or 0
        number = self._number or tries
        if number > tries:
            raise NotFound(f"The task has been tried {tries} time(s); there is no try {number}, or not yet.")
        source = partial(TaskLogSource, self._context_id, self._place, number) if number else None
        return FoundLog((run.id, task, self._source, number), source, has_ended(instance))


Wanted = Annotated[WantedLog, Depends()]
Reads = Annotated[Access, Depends(Requires(Right.READ_LOGS))]


@router.get("/{contextId}/log", summary="Lines of a log", responses=answers(Answer[LogWindowOut]))
async def log(
    wanted: Wanted,
    access: Reads,
    from_line: Annotated[int, Query(ge=-_MAX_INTEGER, le=_MAX_INTEGER)] = 1,
    count: Annotated[int, Query(ge=1, le=MAX_LINES)] = 200,
) -> Response:
    """Lines from a number on, which begin at 1 (0 is taken as 1); ``from_line=-N``: the last N lines.

    Lines that are there are answered at once; for others it waits for some seconds, and ``total`` tells how far the log goes.
    """
    found = await run_in_threadpool(wanted.find, access)
    if found.make_source is None:
        notice = NEVER_RUN if found.ended else NOT_BEGUN
        return private(answer(LogWindowOut(lines=[], first=1, total=0, done=found.ended, notice=notice).shown()))
    feed = feeds().feed(found.key, found.make_source)
    shown = await window(feed, from_line or 1, count, of_task=wanted.of_task, ended=found.ended)
    return private(answer(shown.shown()))


@router.get("/{contextId}/log/search", summary="Look for a text in a log", responses=answers(Answer[LogSearchOut]))
async def search_log(
    wanted: Wanted,
    access: Reads,
    q: Annotated[str, Query(min_length=1, max_length=500)],
    after_line: Annotated[int, Query(ge=0, le=_MAX_INTEGER)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LINES)] = MAX_LINES,
) -> Response:
    """The numbers of the lines after ``after_line`` that have the text, whatever the case of its letters.

    It looks for a second at most. Unless it is ``done``, ask again with ``after_line`` set to what it gave as ``scanned``.
    """
    check_storable("q", q)
    if "\n" in q:
        raise BadRequest("q is looked for in single lines, and cannot have a line's end.")
    found = await run_in_threadpool(wanted.find, access)
    if found.make_source is None:
        return private(answer(LogSearchOut(lines=[], scanned=0, total=0, done=found.ended).shown()))
    feed = feeds().feed(found.key, found.make_source)
    return private(answer((await search(feed, q, after_line, limit, ended=found.ended)).shown()))
