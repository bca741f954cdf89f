"""A job's log: a file, whose lines can be asked for by number while it grows (facts section 7)."""

from __future__ import annotations

import re
import threading
from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

ERROR, WARN, INFO, ALL = range(4)
"""Places in ``[error, warn, info, all]``."""

RING_LINES = 500
"""Lines that are kept in memory; older ones are read from the file."""

_INDEX_LINES = 1000
_HEADERS = [
    (place, re.compile(rf"[0-9\-/]{{10}} [0-9:]{{8}}.?\d{{0,3}} (?:SYSTEM-)?{level} "))
    for place, level in ((ERROR, "ERROR"), (WARN, "WARN"), (INFO, "INFO"))
]
_FILE_HEADER = re.compile(r"(?:19|20)\d\d-\d?\d-\d?\d \d?\d:\d\d:\d\d\.\d{3}\s*(INFO|WARN|ERROR)")
_PLACES = {"ERROR": ERROR, "WARN": WARN, "INFO": INFO}
_EXCLUDED = "com.netflix"


def stamped(text: str, level: str = "INFO") -> str:
    """A line as Linkis writes it: its pattern prints the minutes where the milliseconds belong."""
    now = datetime.now().astimezone()
    return f"{now:%Y-%m-%d %H:%M:%S}.{now.minute:03d} {level} {text}"


class JobLog:
    """Appends lines; reads them back by number.

    :param path: the file.
    :param max_bytes: what does not fit any more is left out, with one line that says so.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        # Not kept open: a thousand jobs may be waiting.
        path.write_bytes(b"")
        self._size = 0
        self._count = 0
        self._ring: deque[str] = deque(maxlen=RING_LINES)
        self._index = array("Q")
        self._full = False
        self._closed = False

    def write(self, text: str, level: str = "INFO") -> None:
        """Append a text of the server, with time and level."""
        self.append(stamped(text, level))

    def append(self, text: str) -> None:
        """Append lines as they are; none once the job has ended."""
        self.extend(text.rstrip("\n").split("\n"))

    def extend(self, lines: Sequence[str]) -> None:
        """Append lines as they are; none once the job has ended."""
        with self._lock:
            if self._closed or self._full:
                return
            self._write(lines)
            if self._size > self._max_bytes:
                self._full = True
                self._write([stamped(f"The log is larger than {self._max_bytes} bytes; the rest is left out", "WARN")])

    def close(self, *, repeat_line: bool = False) -> None:
        """No more lines come; those that are there stay readable.

        :param repeat_line: write the last one twice, as the real server does at times when it moves its lines from
            memory to the file.
        """
        with self._lock:
            if self._closed:
                return
            if repeat_line and self._ring:
                self._write([self._ring[-1]])
            self._closed = True
            self._ring.clear()

    def read(self, first: int, size: int) -> tuple[list[str], int]:
        """Some lines, and how many numbers they take.

        Lines count from 1. In memory number 0 is an empty place that counts as well; in the file, which is read once
        the job has ended, asking for 0 gives line 1 but not its number (facts section 7).
        """
        with self._lock:
            empty = [""] if first == 0 and not self._closed and size > 0 else []
            begin = max(1, first)
            lines = self._lines(begin, min(size - len(empty), self._count - begin + 1))
        return [*empty, *lines], len(empty) + len(lines)

    def _write(self, lines: Sequence[str]) -> None:
        encoded = [line.encode(errors="replace") + b"\n" for line in lines]
        for line in encoded:
            if self._count % _INDEX_LINES == 0:
                self._index.append(self._size)
            self._count += 1
            self._size += len(line)
        with self.path.open("ab") as file:
            file.write(b"".join(encoded))
        self._ring.extend(lines)

    def _lines(self, begin: int, count: int) -> list[str]:
        if count <= 0:
            return []
        oldest = self._count - len(self._ring) + 1
        if begin >= oldest:
            start = begin - oldest
            return [self._ring[start + number] for number in range(count)]
        block, skip = divmod(begin - 1, _INDEX_LINES)
        try:
            with self.path.open("rb") as file:
                file.seek(self._index[block])
                for _ in range(skip):
                    file.readline()
                return [file.readline().rstrip(b"\n").decode(errors="replace") for _ in range(count)]
        except OSError:
            return []


def by_level(lines: Iterable[str]) -> list[str]:
    """Lines as the entrance shows them, ``[error, warn, info, all]``.

    Blank lines and certain others are left out; a line without a header counts as INFO.
    """
    parts: list[list[str]] = [[], [], [], []]
    for line in lines:
        if not line.strip():
            continue
        place = next((place for place, header in _HEADERS if header.search(line)), INFO)
        if place != ERROR and _EXCLUDED in line:
            continue
        parts[place].append(line)
        parts[ALL].append(line)
    return ["\n".join(part) for part in parts]


def file_by_level(lines: Iterable[str]) -> list[str]:
    """Lines as openLog shows them: all of them, each with its end; one without a header goes with the one before."""
    parts: list[list[str]] = [[], [], [], []]
    place: int | None = None
    for line in lines:
        header = _FILE_HEADER.match(line)
        if header:
            place = _PLACES[header[1]]
        if place is not None:
            parts[place].append(line)
        parts[ALL].append(line)
    return ["".join(f"{line}\n" for line in part) for part in parts]
