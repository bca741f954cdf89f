"""How many rows a long list has, without counting all of them for every page.

A list of up to :data:`COUNTED_ANEW` rows is counted each time. A longer one is counted once a minute, in the background;
in between only the rows with newer ids are counted and added. So new rows show at once, and rows that others have removed
(``airflow db clean``, another api-server) within a minute.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from airflow.utils.session import create_session
from sqlalchemy.orm import Session

log = logging.getLogger(__name__)
COUNTED_ANEW = 10_000
FRESH_SECONDS = 60.0
KEPT_SECONDS = 600.0
MAX_KEPT = 200

Count = Callable[[Session, int], tuple[int, int]]
"""Counts the rows whose ids are greater than the given one: how many, and the greatest id (that one without any)."""


@dataclass
class _Total:
    count: int
    newest: int
    counted_at: float
    renewing: bool = False


class Totals:
    """The totals of the lists of one kind, by what they are narrowed by.

    :param counted_anew: up to how many rows are counted for every page
    :param fresh_seconds: how long the count of a longer list is good
    """

    def __init__(self, *, counted_anew: int = COUNTED_ANEW, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._counted_anew = counted_anew
        self._fresh_seconds = fresh_seconds
        self._kept: dict[Hashable, _Total] = {}
        self._lock = Lock()
        self._generation = 0
        self._background = ThreadPoolExecutor(1, thread_name_prefix="taskcenter-totals")

    def forget(self) -> None:
        """Count everything anew: rows have been removed."""
        with self._lock:
            self._kept.clear()
            self._generation += 1

    def total(self, key: Hashable, count: Count, session: Session) -> int:
        """How many rows there are."""
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get(key)
            generation = self._generation
            renew = kept is not None and not kept.renewing and now - kept.counted_at > self._fresh_seconds
            if kept is not None and renew:
                kept.renewing = True
        if kept is None or now - kept.counted_at > KEPT_SECONDS:
            found = count(session, 0)
            self._keep(key, found, now, generation)
            return found[0]
        if renew:
            self._background.submit(self._renew, key, count, generation)
        return kept.count + count(session, kept.newest)[0]

    def _renew(self, key: Hashable, count: Count, generation: int) -> None:
        now = time.monotonic()
        try:
            with create_session(scoped=False) as session:
                self._keep(key, count(session, 0), now, generation)
        except Exception:
            log.exception("The rows of a list could not be counted; the next request tries again")
            with self._lock:
                if key in self._kept:
                    self._kept[key].renewing = False

    def _keep(self, key: Hashable, found: tuple[int, int], now: float, generation: int) -> None:
        with self._lock:
            if generation != self._generation:
                return  # rows have been removed while they were counted
            if found[0] <= self._counted_anew:
                self._kept.pop(key, None)
                return
            if key not in self._kept and len(self._kept) >= MAX_KEPT:
                self._kept.pop(min(self._kept, key=lambda each: self._kept[each].counted_at))
            self._kept[key] = _Total(*found, now)
