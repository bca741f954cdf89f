"""The log of a task's remote job, from its system."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from taskcenter.core.job import LogCursor
from taskcenter.jobs.record import JobRecord
from taskcenter_plugin.job_pages.new_lines import new_lines
from taskcenter_plugin.job_pages.remote import ask, job_itself, secrets_of
from taskcenter_plugin.ui.log_spool import Spool
from taskcenter_plugin.ui.log_text import kept_lines
from taskcenter_plugin.ui.log_threads import KEEPING

FETCH_SECONDS = 120.0
"""How long a piece of a log may take: Linkis answers with all of it, up to 30 MB, when a job has ended."""

MANY_LINES = 500
"""A piece of so many lines is hardly the last."""

FETCHES = 2
"""How many pieces are read at once, since one may be large."""

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class JobLogSource:
    """The log of one remote job, by the same cursor as on its job page.

    :param record: the job
    """

    def __init__(self, record: JobRecord) -> None:
        self._record = record
        self._cursor = LogCursor()

    async def advance(self, spool: Spool) -> bool:
        """Put what is new into the spool; whether there is surely more now.

        :raises TaskCenterError: the system cannot be asked, or does not know the job any more.
        """
        ref, cursor = job_itself(self._record), self._cursor
        async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(FETCHES)):
            chunk, done = await ask(self._record, lambda api: new_lines(api, ref, cursor), seconds=FETCH_SECONDS)
            secrets = await secrets_of(self._record)
            await KEEPING.run(lambda: spool.append(kept_lines(chunk.lines, secrets)))
        # Linkis gives the log of an ended job whole, or if that is too large page by page: then there may be another.
        by_pages = chunk.cursor.line != cursor.line
        self._cursor = chunk.cursor
        if done and not by_pages:
            spool.finish()
        return by_pages if done else len(chunk.lines) >= MANY_LINES
