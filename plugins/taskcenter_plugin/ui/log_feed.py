"""Reads a log on from where it is kept, once for all who look at it, and only while somebody does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from taskcenter_plugin.errors import TaskCenterError
from taskcenter_plugin.ui.log_spool import Spool

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""How long a log that has been read to its end is left alone."""

PAUSE_AFTER_ERROR_SECONDS = 3.0

PAUSE_TO_WORK = 2.0
"""A log of which a look takes long is left alone for so many times that."""

LONGEST_PAUSE_SECONDS = 60.0

ABANDONED_SECONDS = 60.0
"""After how long without a reader a log is not read on."""


class Source(Protocol):
    """Where a log comes from."""

    async def advance(self, spool: Spool) -> bool:
        """Put what is new into the spool; whether there is surely more now.

        :raises TaskCenterError: it cannot be had.
        """


class Feed:
    """One log, as it is kept and read on; used on one event loop.

    :ivar error: why the last look failed
    """

    def __init__(self, source: Source, make_spool: Callable[[Callable[[], None]], Spool]) -> None:
        self._loop = asyncio.get_running_loop()
        self._source = source
        self._task: asyncio.Task[None] | None = None
        self._progress = asyncio.Event()
        self._not_before = 0.0
        self._knows_end = False
        self.spool = make_spool(self._tell)
        self.error: TaskCenterError | None = None
        self.asked = time.monotonic()

    @property
    def is_busy(self) -> bool:
        """Whether it is being read on."""
        return self._task is not None and not self._task.done()

    def look(self, *, ended: bool = False) -> None:
        """Read on, unless that has just been done, or goes on.

        :param ended: what writes the log has ended; when that is new, it is read on at once.
        """
        self.asked = time.monotonic()
        if ended and not self._knows_end and not self.is_busy:
            self._knows_end, self._not_before = True, 0.0
        if not (self.is_busy or self.spool.done or self.spool.is_full or self.asked < self._not_before):
            self._task = self._loop.create_task(self._read_on())

    async def wait(self, enough: Callable[[], bool], seconds: float) -> None:
        """Wait until there is enough, or for now no more, or that time is over."""
        deadline = time.monotonic() + seconds
        while self.is_busy and not enough() and (left := deadline - time.monotonic()) > 0:
            self._progress.clear()
            try:
                await asyncio.wait_for(self._progress.wait(), left)
            except asyncio.TimeoutError:
                return

    def close(self) -> None:
        """Read no further, and let go of the file; any thread may call this."""
        self.spool.closed = True
        task = self._task
        if task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(task.cancel)

    async def _read_on(self) -> None:
        begun = time.monotonic()
        pause = PAUSE_SECONDS
        try:
            while await self._source.advance(self.spool):
                if time.monotonic() - self.asked > ABANDONED_SECONDS:
                    break
            self.error = None
            pause = min(max(pause, PAUSE_TO_WORK * (time.monotonic() - begun)), LONGEST_PAUSE_SECONDS)
        except asyncio.CancelledError:
            self.spool.closed = True  # for the thread that goes through the log
            raise
        except TaskCenterError as error:
            self.error, pause = error, PAUSE_AFTER_ERROR_SECONDS
        except Exception:
            log.exception("A log could not be read on")
            self.error = TaskCenterError("The log cannot be read; the api-server's log says why.")
            pause = PAUSE_AFTER_ERROR_SECONDS
        finally:
            self._not_before = time.monotonic() + pause
            self._task = None
            self._progress.set()

    def _tell(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._progress.set)
