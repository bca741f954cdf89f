"""The job history, kept in SQLite so that it survives a restart (``linkis_ps_job_history_group_history``)."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TERMINAL = ("Succeed", "Failed", "Cancelled", "Timeout")
RESTARTED = "Your job will be marked as canceled because the Entrance service restarted(因为Entrance服务重启，您的任务将被标记为取消)"

_SCHEMA = """
create table if not exists job (
    id integer primary key autoincrement,
    submit_user text not null, execute_user text not null, creator text not null, engine text not null,
    engine_type text not null, run_type text not null, code text not null, params text not null, source text not null,
    labels text not null, status text not null, progress real not null default 0, short_id text,
    log_path text, result_location text, err_code integer, err_desc text,
    created integer not null, updated integer not null, engine_started integer
);
create index if not exists job_by_user on job (submit_user, created);
"""

_ORDER = {"Inited": 0, "WaitForRetry": 0, "Scheduled": 1, "Running": 2}


@dataclass(frozen=True)
class Job:
    """A row of the job history; times are epoch milliseconds."""

    id: int
    submit_user: str
    execute_user: str
    creator: str
    engine: str
    engine_type: str
    run_type: str
    code: str
    params: str
    source: str
    labels: str
    status: str
    progress: float
    short_id: str | None
    log_path: str | None
    result_location: str | None
    err_code: int | None
    err_desc: str | None
    created: int
    updated: int
    engine_started: int | None


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
        values = {"status": "Inited", **values, "created": now_ms(), "updated": now_ms()}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with self._lock:
            cursor = self._db.execute(f"insert into job ({names}) values ({marks})", tuple(values.values()))  # noqa: S608 # names are ours
            return int(cursor.lastrowid or 0)

    def update(self, job_id: int, **values: Any) -> bool:
        """Change a job; a job that has ended stays as it is, and a status never goes back. Tells whether it changed."""
        new = values.get("status")
        names = ", ".join(f"{name} = ?" for name in [*values, "updated"])
        with self._lock:
            row = self._db.execute("select status from job where id = ?", (job_id,)).fetchone()
            if row is None or row[0] in TERMINAL or (new in _ORDER and _ORDER[new] < _ORDER[row[0]]):
                return False
            self._db.execute(f"update job set {names} where id = ?", (*values.values(), now_ms(), job_id))  # noqa: S608 # names are ours
            return True

    def get(self, job_id: int) -> Job | None:
        """One job."""
        found = self._select("where id = ?", (job_id,))
        return found[0] if found else None

    def many(self, ids: Iterable[int]) -> list[Job]:
        """The jobs that are there, newest first."""
        wanted = list(ids)
        return self._select(f"where id in ({', '.join('?' * len(wanted))}) order by created desc, id desc", wanted)

    def page(self, filters: dict[str, Any], statuses: Sequence[str], page: int, size: int) -> tuple[list[Job], int]:
        """A page of the jobs that fit, newest first, and how many fit in all.

        A page past the end is the last page again (``pagehelper.reasonable``).

        :param filters: equal columns, and ``since`` and ``until`` for the time of creation.
        """
        conditions, arguments = ["created between ? and ?"], [filters.pop("since"), filters.pop("until")]
        for column, value in filters.items():
            conditions.append(f"{column} = ?")
            arguments.append(value)
        if statuses:
            conditions.append(f"status in ({', '.join('?' * len(statuses))})")
            arguments += statuses
        where = "where " + " and ".join(conditions)
        with self._lock:
            total = int(self._db.execute(f"select count(*) from job {where}", arguments).fetchone()[0])  # noqa: S608 # values are bound
        last = max(1, -(-total // size))
        offset = (min(max(1, page), last) - 1) * size
        return self._select(
            f"{where} order by created desc, id desc limit ? offset ?", [*arguments, size, offset]
        ), total

    def cancel_unfinished(self) -> int:
        """What an entrance does when it starts: mark as cancelled what ran on it before."""
        marks = ", ".join("?" * len(TERMINAL))
        with self._lock:
            cursor = self._db.execute(
                f"update job set status = 'Cancelled', err_code = 20020, err_desc = ?, updated = ? "  # noqa: S608 # values are bound
                f"where status not in ({marks})",
                (RESTARTED, now_ms(), *TERMINAL),
            )
            return cursor.rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _select(self, where: str, arguments: Sequence[Any]) -> list[Job]:
        with self._lock:
            rows = self._db.execute(f"select {_COLUMNS} from job {where}", arguments).fetchall()  # noqa: S608 # values are bound
        return [Job(*row) for row in rows]
