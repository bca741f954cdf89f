"""What an engine is given, and what it may say."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from taskcenter_sandbox.linkis.dolphin import SUFFIX, TABLE, TEXT, ResultWriter
from taskcenter_sandbox.linkis.logs import JobLog
from taskcenter_sandbox.linkis.settings import JobLimits

ENGINE_UNAVAILABLE = 11055


class CodeFailed(Exception):  # noqa: N818 # an outcome of a job
    """The code has failed; the text becomes the job's error description.

    :param code: Linkis' error number, None where it has none.
    :param logged: whether the job's log says so already.
    """

    def __init__(self, text: str, code: int | None = None, *, logged: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.logged = logged


@dataclass
class Task:
    """One job as an engine sees it.

    :param results: the directory of its result sets.
    """

    id: int
    code: str
    run_type: str
    results: Path
    log: JobLog
    limits: JobLimits
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def table(self, columns: Sequence[dict[str, str]]) -> ResultWriter:
        """Begin the next result set, a table."""
        return self._next(TABLE, columns, self.limits.result)

    def text(self) -> ResultWriter:
        """Begin the next result set, a text."""
        return self._next(TEXT, (), self.limits.printed)

    def _next(self, kind: str, columns: Sequence[dict[str, str]], max_bytes: int) -> ResultWriter:
        with self._lock:
            path = self.results / f"_{self._count}{SUFFIX}"
            self._count += 1
        return ResultWriter(path, kind, columns, max_bytes)


class Run(Protocol):
    """One run of some code."""

    def run(self, task: Task) -> None:
        """Run it to its end.

        :raises CodeFailed: it failed, or was killed.
        """

    def kill(self) -> None:
        """Stop it, from another thread; returns when nothing of it is left running."""

    def progress(self) -> float:
        """How far it is, 0 to 1."""

    def steps(self) -> tuple[int, int]:
        """How many of its steps are done, and how many there are."""


def column(name: str, data_type: str) -> dict[str, str]:
    """A column of a result set; Linkis writes a comment that is not there as ``NULL``."""
    return {"columnName": name, "comment": "NULL", "dataType": data_type}
