"""The job history, kept in SQLite so that it survives a restart (table ``linkis_ps_job_history_group_history``)."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TERMINAL = ("Succeed", "Failed", "Cancelled", "Timeout")
UNDONE = ("Inited", "WaitForRetry", "Scheduled", "Running")
RESTARTED = "Your job will be marked as canceled because the Entrance service restarted(因为Entrance服务重启，您的任务将被标记为取消)"

RESTARTED_CODE = 20020

MAX_DESCRIPTION = 512
MAX_TEXT_BYTES = 65_535
"""What a TEXT column of Linkis' database holds."""

_SCHEMA = """
create table if not exists job (
    id integer primary key autoincrement,
    submit_user text not null, execute_user text not null, creator text not null, engine text not null,
    run_type text not null, code text not null, params text, source text, labels text not null,
    status text not null, progress text, job_req_id text, log_path text, result_location text,
    error_code integer, error_desc text, metrics text, created integer not null, updated integer not null
);
create index if not exists job_created on job (created);
create index if not exists job_submit_user on job (submit_user);
"""

_ORDER = {status: number for number, status in enumerate([*UNDONE, *TERMINAL])}


@dataclass(frozen=True)
class Job:
    """A row of the job history; times are epoch milliseconds, the rest is as Linkis keeps it.

    :param labels: a JSON object.
    :param progress: a number as text.
    :param job_req_id: the short id, None until the job is scheduled.
    :param metrics: a JSON object.
    """

    id: int
    submit_user: str
    execute_user: str
    creator: str
    engine: str
    run_type: str
    code: str
    params: str | None
    source: str | None
    labels: str
    status: str
    progress: str | None
    job_req_id: str | None
    log_path: str | None
    result_location: str | None
    error_code: int | None
    error_desc: str | None
    metrics: str | None
    created: int
    updated: int


@dataclass(frozen=True)
class Filter:
    """Which jobs to list.

    :param since: created at that time or later, epoch milliseconds; likewise ``until``.
    :param equal: values of columns.
    """

    since: int
    until: int
    statuses: Sequence[str] = ()
    equal: dict[str, Any] = field(default_factory=dict)


_COLUMNS = ", ".join(Job.__dataclass_fields__)


def now_ms() -> int:
    """The time, epoch milliseconds."""
    return int(time.time() * 1000)


class Store:
    """The jobs of one data directory.

    :param path: the SQLite file; made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.executescript(_SCHEMA)

    def add(self, **values: Any) -> int:
        """Store a new job with status Inited and return its id."""
        now = now_ms()
        values = {"status": "Inited", **values, "created": now, "updated": now}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with self._lock:
            cursor = self._db.execute(f"insert into job ({names}) values ({marks})", tuple(values.values()))  # noqa: S608 # our names
            return int(cursor.lastrowid or 0)

    def update(self, job_id: int, status: str, **values: Any) -> bool:
        """Change a job, unless it has ended with another status or is further on. Tells whether it was changed."""
        if values.get("error_desc"):
            values["error_desc"] = _shortened(values["error_desc"])
        values = {"status": status, **values, "updated": now_ms()}
        changes = ", ".join(f"{name} = ?" for name in values)
        with self._lock:
            row = self._db.execute("select status from job where id = ?", (job_id,)).fetchone()
            if row is None or not _may_become(row[0], status):
                return False
            self._db.execute(f"update job set {changes} where id = ?", (*values.values(), job_id))  # noqa: S608 # our names
            return True

    def get(self, job_id: int) -> Job | None:
        """One job."""
        found = self._select("where id = ?", (job_id,))
        return found[0] if found else None

    def many(self, ids: Sequence[int], user: str | None) -> list[Job]:
        """The jobs of a user (or of everybody) that are there, newest first."""
        where = f"where id in ({', '.join('?' * len(ids))})"
        owner = " and submit_user = ?" if user is not None else ""
        arguments = [*ids, user] if user is not None else ids
        return self._select(f"{where}{owner} order by created desc, id desc", arguments)

    def page(self, wanted: Filter, page: int, size: int) -> tuple[list[Job], int]:
        """A page of the jobs that fit, newest first, and how many fit in all.

        A page past the end is the last page again (``pagehelper.reasonable``).
        """
        where, arguments = _conditions(wanted)
        total = self.count(wanted)
        last = max(1, -(-total // size))
        offset = (min(max(1, page), last) - 1) * size
        jobs = self._select(f"{where} order by created desc, id desc limit ? offset ?", [*arguments, size, offset])
        return jobs, total

    def count(self, wanted: Filter) -> int:
        """How many jobs fit."""
        where, arguments = _conditions(wanted)
        with self._lock:
            return int(self._db.execute(f"select count(*) from job {where}", arguments).fetchone()[0])  # noqa: S608 # bound

    def cancel_undone(self) -> int:
        """Do what an entrance does when it starts: mark as cancelled what ran on it before.

        The real one looks back one day only, and leaves older jobs running for ever; this one leaves none.
        """
        with self._lock:
            cursor = self._db.execute(
                f"update job set status = 'Cancelled', error_code = ?, error_desc = ?, updated = ? "  # noqa: S608 # bound
                f"where status in ({', '.join('?' * len(UNDONE))})",
                (RESTARTED_CODE, RESTARTED, now_ms(), *UNDONE),
            )
            return cursor.rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _select(self, where: str, arguments: Sequence[Any]) -> list[Job]:
        with self._lock:
            rows = self._db.execute(f"select {_COLUMNS} from job {where}", arguments).fetchall()  # noqa: S608 # bound
        return [Job(*row) for row in rows]


def _may_become(old: str, new: str) -> bool:
    return old == new or (old not in TERMINAL and _ORDER[old] <= _ORDER[new])


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_DESCRIPTION else f"{text[: MAX_DESCRIPTION - 3]}..."


def _conditions(wanted: Filter) -> tuple[str, list[Any]]:
    conditions = ["created between ? and ?"]
    arguments: list[Any] = [wanted.since, wanted.until]
    for column, value in wanted.equal.items():
        conditions.append(f"{column} = ?")
        arguments.append(value)
    if wanted.statuses:
        conditions.append(f"status in ({', '.join('?' * len(wanted.statuses))})")
        arguments += wanted.statuses
    return "where " + " and ".join(conditions), arguments
