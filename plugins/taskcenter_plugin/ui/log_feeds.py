"""All logs that somebody reads, one feed each, within bounds: how many, how large, how long unread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeAlias
from weakref import WeakKeyDictionary

from taskcenter_plugin import settings
from taskcenter_plugin.ui.line_file import LineFile
from taskcenter_plugin.ui.log_feed import Feed, Source
from taskcenter_plugin.ui.log_spool import Spool

MAX_LOGS = 64
"""How many logs an api-server process keeps."""

LARGEST_SHARE = 4
"""One log may have this part of all the room."""

UNREAD_SECONDS = 600.0
"""How long a log is kept that nobody reads."""

IN_USE_SECONDS = 30.0
"""For how long a log that somebody has just read is not given up for the sake of another."""

SWEEP_SECONDS = 60.0

LogKey: TypeAlias = tuple[object, ...]
"""Names a log: the run, the task instance, the try, where it comes from, the job."""


class Feeds:
    """The feeds of one event loop."""

    def __init__(self) -> None:
        self._feeds: dict[LogKey, Feed] = {}
        self._timer: asyncio.TimerHandle | None = None

    def feed(self, key: LogKey, make_source: Callable[[], Source]) -> Feed:
        """The feed of a log, made when it is first asked for.

        :raises Unavailable: there is no room for another file.
        """
        found = self._feeds.pop(key, None)
        if found is None:
            self._make_room(0, for_another=True)
            found = Feed(make_source(), self._spool)
        self._feeds[key] = found  # the last one now, of which the first is given up first
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
        return found

    def close(self) -> None:
        """Give up all."""
        for key in list(self._feeds):
            self._give_up(key)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _spool(self, told: Callable[[], None]) -> Spool:
        largest = settings.log_spool_bytes() // LARGEST_SHARE
        return Spool(lambda: LineFile(settings.log_spool_path() or None, largest), self._may_grow, told)

    def _may_grow(self, size: int) -> bool:
        """Whether there is room for more; logs that are not in use make room. Called by the threads that fill the files."""
        self._make_room(size)
        return self._fits(size)

    def _make_room(self, size: int, *, for_another: bool = False) -> None:
        """Give up the longest unread logs while they are too large, if they are not in use, or too many for another one."""
        for key, feed in list(self._feeds.items()):
            too_many = for_another and len(self._feeds) >= MAX_LOGS
            if not too_many and self._fits(size):
                break
            if too_many or time.monotonic() - feed.asked > IN_USE_SECONDS:
                self._give_up(key)

    def _fits(self, size: int) -> bool:
        return self._used() + size <= settings.log_spool_bytes()

    def _used(self) -> int:
        return sum(feed.spool.lines.size for feed in list(self._feeds.values()))

    def _give_up(self, key: LogKey) -> None:
        feed = self._feeds.pop(key, None)
        if feed is not None:
            feed.close()

    def _sweep(self) -> None:
        for key, feed in list(self._feeds.items()):
            if time.monotonic() - feed.asked > UNREAD_SECONDS:
                self._give_up(key)
        again = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep) if self._feeds else None
        self._timer = again


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, Feeds] = WeakKeyDictionary()


def feeds() -> Feeds:
    """Those of the running loop."""
    return _feeds.setdefault(asyncio.get_running_loop(), Feeds())
