"""What an engine is given, and what it may say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from taskcenter_sandbox.linkis.dolphin import TABLE, TEXT, ResultWriter
from taskcenter_sandbox.linkis.logs import JobLog


class CodeFailed(Exception):  # noqa: N818 # a job's outcome
    """The code has failed; the text becomes the job's error description.

    :param code: Linkis' error number.
    """

    def __init__(self, text: str, code: int = 40002) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class Task:
    """One job as an engine sees it.

    :param directory: where its result sets go.
    :param progress: told the share that is done.
    """

    code: str
    run_type: str
    directory: Path
    log: JobLog
    progress: Callable[[float], None]
    results: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def table(self, columns: Sequence[dict[str, str]]) -> ResultWriter:
        """Begin the next result set, a table."""
        return self._next(TABLE, columns)

    def text(self) -> ResultWriter:
        """Begin the next result set, a text."""
        return self._next(TEXT, ())

    def _next(self, kind: str, columns: Sequence[dict[str, str]]) -> ResultWriter:
        with self._lock:
            number, self.results = self.results, self.results + 1
        return ResultWriter(self.directory / f"_{number}.dolphin", kind, columns)


class Run(Protocol):
    """One run of some code."""

    def run(self, task: Task) -> None:
        """Run it to its end.

        :raises CodeFailed: it failed.
        """

    def kill(self) -> None:
        """Stop it, from another thread."""
