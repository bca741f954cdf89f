"""A job's log: what Hlink's says about the start, then Flink's exceptions, each once (facts, "Jobs")."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from taskcenter.core.flink.exceptions import JobException
from taskcenter.core.job import LogChunk, LogCursor

_FLINK_PART = "============================="
"""Stands between Hlink's own log and what it has read from Flink."""


@dataclass(frozen=True)
class Place:
    """How far a log has been read; goes through :class:`~taskcenter.core.job.LogCursor`.

    :param lines: how many lines of Hlink's own.
    :param last: the text of the last of them, by which a log that was begun anew is noticed.
    :param seen: the keys of the exceptions that have been shown.
    """

    lines: int = 0
    last: str = ""
    seen: tuple[str, ...] = ()

    @classmethod
    def of(cls, cursor: LogCursor) -> Place:
        """The place in a cursor; what cannot be read begins anew."""
        try:
            last, seen = json.loads(cursor.last or '["", []]')
            return cls(max(0, cursor.line - 1), str(last), tuple(map(str, seen)))
        except (ValueError, TypeError):
            return cls()

    def cursor(self, shown: int) -> LogCursor:
        """As a cursor."""
        return LogCursor(self.lines + 1, json.dumps([self.last, list(self.seen)]), shown)


def new_lines(text: str, exceptions: Sequence[JobException] | None, cursor: LogCursor) -> LogChunk:
    """What has not been shown yet.

    :param text: all of Hlink's log.
    :param exceptions: Flink's own, None where the cluster cannot be asked: then those are shown that Hlink has read.
    """
    place = Place.of(cursor)
    own, _, read_by_hlink = text.partition(_FLINK_PART)
    all_lines = own.rstrip().splitlines()
    begin = place.lines
    if begin > len(all_lines) or (begin and all_lines[begin - 1] != place.last):
        # A new start replaces the log, and a long one loses its beginning.
        begin = all_lines.index(place.last) + 1 if place.last in all_lines else 0
    lines = all_lines[begin:]
    seen = list(place.seen)
    for each in exceptions or ():
        if each.key not in seen:
            seen.append(each.key)
            lines += [f"[Flink] {line}" for line in each.trace.rstrip().splitlines()]
    if exceptions is None:
        lines += _unseen(read_by_hlink, seen)
    last = all_lines[-1] if all_lines else ""
    return LogChunk(lines, Place(len(all_lines), last, tuple(seen)).cursor(cursor.shown + len(lines)))


def _unseen(text: str, seen: list[str]) -> list[str]:
    """The exceptions that Hlink has read, as one text, unless it was shown."""
    text = text.strip()
    if not text or "No Root Exception" in text:
        return []
    key = str(len(text))
    if key in seen:
        return []
    seen.append(key)
    return [f"[Flink] {line}" for line in text.splitlines()]


def last_error(text: str) -> str | None:
    """The last line of Hlink's own log that tells of an error, as the reason for a failure."""
    own = text.partition(_FLINK_PART)[0]
    told = [line.strip() for line in own.splitlines() if "异常" in line or "rror" in line]
    return told[-1][:600] if told else None
