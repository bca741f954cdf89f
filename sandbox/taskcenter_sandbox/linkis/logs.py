"""A job's log: lines with a level, in memory for the entrance and in a file for openLog (facts section 7)."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

_HEADER = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{2,3} (?:SYSTEM-)?(ERROR|WARN|INFO) ")
_LEVELS = {"ERROR": 0, "WARN": 1, "INFO": 2}
_ALL = 3


class JobLog:
    """Appends lines; reads them back by number.

    :param path: the file; one that is there already is not read.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        self._lines: list[str] = []
        self._lock = threading.Lock()

    def write(self, text: str, level: str = "INFO") -> None:
        """Append a text, line by line, with time and level."""
        # Linkis' pattern prints the minutes where the milliseconds belong.
        stamp = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S.%M")
        for line in text.splitlines() or [""]:
            self.append(f"{stamp} {level} {line}")

    def append(self, line: str) -> None:
        """Append a line as it is."""
        with self._lock:
            if self._file.closed:
                return
            self._lines.append(line)
            self._file.write(line + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file; the lines stay readable."""
        with self._lock:
            self._file.close()

    def read(self, from_line: int, size: int) -> tuple[list[str], int]:
        """Some lines by level, ``[error, warn, info, all]``, and the number to go on with. Lines count from 1."""
        start = max(1, from_line)
        with self._lock:
            lines = self._lines[start - 1 : start - 1 + size]
        return by_level(lines), start + len(lines)


def by_level(lines: Sequence[str], *, keep_blank: bool = False) -> list[str]:
    """Join lines as ``[error, warn, info, all]``; a line without a header counts as INFO.

    :param keep_blank: openLog keeps blank lines, the entrance drops them (and counts them).
    """
    parts: list[list[str]] = [[], [], [], []]
    for line in lines:
        if not keep_blank and not line.strip():
            continue
        header = _HEADER.match(line)
        parts[_LEVELS[header.group(1)] if header else _LEVELS["INFO"]].append(line)
        parts[_ALL].append(line)
    return ["\n".join(part) for part in parts]
