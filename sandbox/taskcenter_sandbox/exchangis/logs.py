"""Logs of jobs and tasks: files whose lines are told in pages, with all the oddities of that (facts section 3, 6 and 7)."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

Json = dict[str, Any]

MAX_TAIL = 5000
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_PASSWORD = "password"  # noqa: S105 # the word that is looked for
_KINDS = {"error": "ERROR", "warn": "WARN", "info": "INFO"}


class LogFile:
    """A log that is being written.

    :param source: what writes, as in ``[source]`` after the level.
    """

    def __init__(self, path: Path, source: str) -> None:
        self.path = path
        self._source = source
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, text: str, level: str = "INFO") -> None:
        """Append a text; all its lines are there at once."""
        now = datetime.now().astimezone()
        stamp = f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d} [{level:<5}] [{self._source}] - "
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(f"{stamp}{text}\n")


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for.

    :param first: the first line, from 1; 0 is the same.
    :param size: lines of a page.
    :param ignore: lines with one of these are left out, and what belongs to them.
    :param only: if there are any, only lines with one of these are told.
    :param last: the last so many lines instead, without regard to all else; None if it was not asked for.
    :param tail: ``enableTail``: the end is told with the lines.
    """

    first: int
    size: int
    ignore: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    last: int | None = None
    tail: bool = False

    @classmethod
    def keywords(cls, text: str) -> tuple[str, ...]:
        """Keywords as they stand in a query."""
        return tuple(word for word in text.split(",") if word)


@dataclass
class Page:
    """Lines of a log.

    :param end: the last line that was looked at.
    :param full: whether there were as many as asked for.
    """

    lines: list[str]
    end: int
    full: bool


def read(path: Path, wanted: Wanted) -> Page:
    """A page of a log; empty where there is none yet."""
    if wanted.last:
        return Page(list(deque(_lines(path), min(wanted.last, MAX_TAIL))), 0, full=True)
    lines: list[str] = []
    number, first = 0, max(1, wanted.first)
    ignoring = False
    for number, line in enumerate(_lines(path), start=1):  # the last one counts
        stamped = _STAMP.match(line) is not None
        # What has no time stamp belongs to the line above.
        ignoring = any(word in line for word in wanted.ignore) or (ignoring and not stamped)
        if number < first or ignoring or (wanted.only and not any(word in line for word in wanted.only)):
            continue
        lines.append(line)
        if len(lines) >= wanted.size:
            return Page(lines, number, full=True)
    return Page(lines, number, full=False)


def shown(lines: list[str]) -> Json:
    """Lines as they are told: nothing at all where there are none."""
    if not lines:
        return {}
    found = {"all": "\n".join(lines)}
    for name, word in _KINDS.items():
        if some := [line for line in lines if word in line]:
            found[name] = "\n".join(some)
    return found


def without_passwords(lines: list[str]) -> list[str]:
    """Drop what may tell a password, as logs of jobs do."""
    return [line for line in lines if _PASSWORD not in line.lower()]


def with_dashes(lines: list[str]) -> list[str]:
    """Put dashes in place of what may tell a password, as logs of tasks do."""
    return ["----" if _PASSWORD in line.lower() else line for line in lines]


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in islice(file, None):
                # What is being written is no line yet.
                if line.endswith("\n"):
                    yield line[:-1]
    except FileNotFoundError:
        return
