"""The log of one try of a task, from Airflow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from hashlib import blake2b
from itertools import islice

from airflow.utils.state import State, TaskInstanceState
from sqlalchemy.orm import Session

from taskcenter_plugin.airflow_internals.task_logs import TaskOfRun, record_of_try, tasks_of, timed_log_lines
from taskcenter_plugin.contexts.service import context_by_id
from taskcenter_plugin.errors import NotFound
from taskcenter_plugin.routes.transactions import in_transaction
from taskcenter_plugin.ui.log_spool import Spool
from taskcenter_plugin.ui.log_text import kept_lines
from taskcenter_plugin.ui.log_threads import LOOKS

SETTLE_SECONDS = 5.0
"""How long after its end a task's log may still grow: the worker writes the last lines when Airflow knows of the end."""

_OVER = State.finished | {TaskInstanceState.UP_FOR_RETRY}
Timed = Iterable[tuple[datetime | None, str]]


class TaskLogSource:
    """The log of one try of a task.

    Airflow always reads a log from its beginning, from wherever its parts are: on the workers while it runs, in the log storage
    later. What is kept already is told by a hash, and skipped. Where it reads otherwise than before, since a part is out of
    reach or has come late, the lines that are later than all before are added, and when the try is over, all is taken anew.

    :param context_id: the run
    :param place: the task's id and map index
    """

    def __init__(self, context_id: int, place: tuple[str, int], number: int) -> None:
        self._context_id = context_id
        self._place = place
        self._number = number
        self._latest: datetime | None = None

    async def advance(self, spool: Spool) -> bool:
        """Put what is new into the spool.

        :raises NotFound: the task is no more.
        """
        await LOOKS.run(self._look, spool)
        return False

    def _look(self, spool: Spool) -> None:
        is_over, lines = in_transaction(self._open)
        if not self._go_on(spool, lines):
            _, lines = in_transaction(self._open)
            if is_over:
                self._take_anew(spool, lines)
            else:
                self._add_later(spool, lines)
        if is_over:
            spool.finish()

    def _open(self, session: Session) -> tuple[bool, Timed]:
        """Whether nothing more will be written, which is asked first; and all lines."""
        run, _, _ = context_by_id(self._context_id, session)
        found = tasks_of(run, session, only=self._place)
        if not found:
            raise NotFound("There is no such task instance any more.")
        return _is_over(found[0], self._number), timed_log_lines(found[0], self._number)

    def _go_on(self, spool: Spool, lines: Timed) -> bool:
        """Add what comes after the lines that are kept; False: the log does not begin with these."""
        kept, digest = spool.lines.total, blake2b(digest_size=16)
        coming, seen = self._bare(lines), 0
        for _, line in islice(coming, kept):
            digest.update(line + b"\n")
            seen += 1
            if spool.closed:
                return True
        if seen < kept or (kept and digest.digest() != spool.lines.digest()):
            return False
        spool.append(self._noted(coming))
        return True

    def _take_anew(self, spool: Spool, lines: Timed) -> None:
        """Replace what is kept, unless there is less now."""
        file = spool.new_file()
        spool.append((line for _, line in self._bare(lines)), file)
        if file.total >= spool.lines.total and not spool.closed:
            spool.replace(file)

    def _add_later(self, spool: Spool, lines: Timed) -> None:
        spool.append(self._noted(self._later(lines)))

    def _later(self, lines: Timed) -> Iterator[tuple[datetime | None, bytes]]:
        latest, is_later = self._latest, False
        for moment, line in self._bare(lines):
            if moment is not None:  # a line without a time belongs to the one before
                is_later = latest is None or moment > latest
            if is_later:
                yield moment, line

    def _noted(self, lines: Iterable[tuple[datetime | None, bytes]]) -> Iterator[bytes]:
        """The lines; that of the latest time is noted."""
        for moment, line in lines:
            if moment is not None and (self._latest is None or moment > self._latest):
                self._latest = moment
            yield line

    def _bare(self, lines: Timed) -> Iterator[tuple[datetime | None, bytes]]:
        for moment, text in lines:
            known = None if moment is None else moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
            for line in kept_lines((text,)):
                yield known, line


def _is_over(task: TaskOfRun, number: int) -> bool:
    if number < task.tries:
        return True
    record = record_of_try(task, number)
    if record.state not in _OVER:
        return False
    ended = record.end_date or record.updated_at
    return ended is None or datetime.now(timezone.utc) - ended > timedelta(seconds=SETTLE_SECONDS)
