"""The SQLite file that everything is kept in, so that it survives a restart."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import NoneType
from typing import Any

from taskcenter_sandbox.gateway.envelope import BadRequest
from taskcenter_sandbox.gateway.java_numbers import LONG_MAX

SCHEMA = """
create table if not exists data_source (
    id integer primary key autoincrement, name text not null unique, type_id integer not null,
    description text, identify text, system text, label text, expire integer not null default 0,
    version_id integer not null default 0, published_version_id integer,
    create_user text not null, create_time integer not null, modify_user text, modify_time integer not null
);
create table if not exists data_source_version (
    source_id integer not null, version_id integer not null, params blob not null, comment text,
    create_user text not null, create_time integer not null, primary key (source_id, version_id)
);
create table if not exists project (
    id integer primary key autoincrement, name text not null unique, description text, domain text, tags text,
    view_users text, edit_users text, exec_users text, source text,
    create_user text not null, create_time integer not null, last_update_user text, last_update_time integer not null
);
create table if not exists job (
    id integer primary key autoincrement, project_id integer not null, name text not null, description text,
    job_type text not null, engine_type text, labels text, content text, execute_user text, params text, source text,
    create_user text not null, create_time integer not null, modify_user text, modify_time integer not null
);
create index if not exists job_project on job (project_id, name);
create table if not exists job_data_source (
    job_id integer not null, source_id integer not null, primary key (job_id, source_id)
);
create table if not exists execution (
    id integer primary key autoincrement, execution_id text not null unique, job_id integer not null,
    name text not null, project_id integer, project_name text, engine_type text, content text, params text,
    create_user text not null, execute_user text not null, submit_user text not null,
    status text not null, progress real not null default 0, task_count integer not null default 0,
    create_time integer not null, last_update_time integer not null
);
create index if not exists execution_time on execution (create_time);
create table if not exists task (
    task_id text primary key, execution_id text not null, number integer not null, name text not null,
    status text not null, progress real not null default 0, engine_type text, execute_user text,
    linkis_job_id text, linkis_job_info text, metrics text, definition text not null,
    create_time integer not null, launch_time integer, last_update_time integer not null
);
create index if not exists task_execution on task (execution_id, number);
"""

Row = dict[str, Any]


def now_ms() -> int:
    """The time, epoch milliseconds."""
    return int(time.time() * 1000)


class Database:
    """One connection, one statement or transaction at a time.

    :param path: the file; made if it is not there.
    :param schema: the statements that make the tables that are not there.
    """

    def __init__(self, path: Path, schema: str = SCHEMA) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.executescript(schema)
        path.chmod(0o600)

    def rows(self, statement: str, *arguments: Any) -> list[Row]:
        """All rows of a query.

        :raises BadRequest: an argument is neither a text nor a number of 64 bits.
        """
        with self._lock:
            return [dict(row) for row in self._execute(statement, arguments)]

    def row(self, statement: str, *arguments: Any) -> Row | None:
        """The first row of a query, None without one."""
        found = self.rows(statement, *arguments)
        return found[0] if found else None

    def value(self, statement: str, *arguments: Any) -> Any:
        """The first value of the first row, None without one."""
        found = self.row(statement, *arguments)
        return next(iter(found.values())) if found else None

    def run(self, statement: str, *arguments: Any) -> int:
        """Change something; returns how many rows were changed."""
        with self._lock:
            return self._execute(statement, arguments).rowcount

    def insert(self, table: str, **values: Any) -> int:
        """Add a row and return its number."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with self._lock:
            cursor = self._execute(f"insert into {table} ({names}) values ({marks})", tuple(values.values()))  # noqa: S608 # our names
            return int(cursor.lastrowid or 0)

    def update(self, table: str, where: str, arguments: Sequence[Any], **values: Any) -> int:
        """Change columns of the rows of ``where``; returns how many rows were changed."""
        changes = ", ".join(f"{name} = ?" for name in values)
        return self.run(f"update {table} set {changes} where {where}", *values.values(), *arguments)  # noqa: S608 # our names

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, with nobody in between."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def _execute(self, statement: str, arguments: Sequence[Any]) -> sqlite3.Cursor:
        for each in arguments:
            # Jackson would not have put such a value into a field of the request's class.
            if not isinstance(each, (str, int, float, bytes, NoneType)) or (
                isinstance(each, int) and abs(each) > LONG_MAX
            ):
                raise BadRequest(type(each).__name__)
        return self._db.execute(statement, arguments)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
