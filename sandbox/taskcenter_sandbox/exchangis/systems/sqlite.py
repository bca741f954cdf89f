"""SQLite files: connection parameter ``path``; the only database is ``main``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from taskcenter_sandbox.exchangis.systems import sql
from taskcenter_sandbox.exchangis.systems.base import (
    Batch,
    Column,
    DataSystem,
    SystemFailure,
    Writer,
    Written,
    required,
)

DATABASE = "main"
BUSY_SECONDS = 30.0


class SqliteSystem(DataSystem):
    """A file that is there already.

    :raises SystemFailure: it is not, or is no SQLite file.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        (path,) = required(params, "path")
        if not Path(path).is_file():
            raise SystemFailure(f"there is no file {path}")
        self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    def databases(self) -> list[str]:
        """Only ``main``."""
        self._all("select 1 from sqlite_master limit 1")
        return [DATABASE]

    def tables(self, database: str) -> list[str]:
        """Tables and views."""
        self._check(database)
        found = self._all("select name from sqlite_master where type in ('table', 'view') order by name")
        return [name for (name,) in found if not name.startswith("sqlite_")]

    def columns(self, database: str, table: str) -> list[Column]:
        """The declared types; one without is BLOB, as in SQLite."""
        self._check(database)
        columns = [Column(row[1], row[2] or "BLOB") for row in self._all(f"pragma table_info({sql.quoted(table)})")]
        if not columns:
            raise SystemFailure(f"there is no table {database}.{table}")
        return columns

    def count(self, database: str, table: str, where: str) -> int:  # noqa: ARG002 # there is one database
        """Count the rows."""
        return int(self._all(sql.count(sql.quoted(table), where))[0][0])

    def read(self, database: str, table: str, columns: Sequence[str], where: str, size: int) -> Iterator[Batch]:
        """Read from one cursor."""
        self._check(database)
        try:
            cursor = self._db.execute(sql.select(sql.quoted(table), columns, where))
            while batch := cursor.fetchmany(size):
                yield batch
        except sqlite3.Error as error:
            raise SystemFailure(f"{type(error).__name__}: {error}") from error

    def writer(self, database: str, table: str, columns: Sequence[str], mode: str) -> Writer:
        """Each batch is a transaction."""
        self._check(database)
        return _SqliteWriter(self._db, table, columns, mode)

    def interrupt(self) -> None:
        """Interrupt the statement."""
        with suppress(sqlite3.Error):
            self._db.interrupt()

    def close(self) -> None:
        """Close the file."""
        with suppress(sqlite3.Error):
            self._db.close()

    def _check(self, database: str) -> None:
        if database != DATABASE:
            raise SystemFailure(f"there is no database {database}, only {DATABASE}")

    def _all(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(statement).fetchall()
        except sqlite3.Error as error:
            raise SystemFailure(f"{type(error).__name__}: {error}") from error


class _SqliteWriter(Writer):
    def __init__(self, db: sqlite3.Connection, table: str, columns: Sequence[str], mode: str) -> None:
        self._db = db
        verb = "insert or replace" if mode == "update" else "insert"
        names = ", ".join(map(sql.quoted, columns))
        marks = ", ".join("?" * len(columns))
        self._insert = f"{verb} into {sql.quoted(table)} ({names}) values ({marks})"
        if mode == "truncate":
            self._run(f"delete from {sql.quoted(table)}")  # noqa: S608 # quoted

    def write(self, batch: Batch) -> Written:
        """Write all in one go, one by one if that does not work."""
        rows = [tuple(map(sql.as_plain, row)) for row in batch]
        try:
            self._run("begin immediate")
            self._db.executemany(self._insert, rows)
            self._run("commit")
        except sqlite3.OperationalError as error:
            self.abort()
            raise SystemFailure(f"{type(error).__name__}: {error}") from error
        except (sqlite3.Error, OverflowError):
            self.abort()
            return self._one_by_one(rows)
        return Written(len(rows))

    def _one_by_one(self, rows: list[tuple[Any, ...]]) -> Written:
        written = Written(0)
        self._run("begin immediate")
        for row in rows:
            try:
                self._db.execute(self._insert, row)
                written.records += 1
            except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as error:
                written.errors += 1
                written.reason = written.reason or f"{type(error).__name__}: {error}"
        self._run("commit")
        return written

    def finish(self) -> None:
        """All is there already."""

    def abort(self) -> None:
        """Only the batch that was being written goes."""
        with suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("rollback")

    def _run(self, statement: str) -> None:
        try:
            self._db.execute(statement)
        except sqlite3.Error as error:
            raise SystemFailure(f"{type(error).__name__}: {error}") from error
