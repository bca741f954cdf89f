"""PostgreSQL: connection parameters ``host``, ``port``, ``username``, ``password``, ``databaseName``.

As with Linkis' metadata service, what is called a database is a schema of the one that the parameters name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
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
from taskcenter_sandbox.exchangis.systems.halving import RowsRefused, write_halving

try:
    # Not by a plain import: types must be right whether the driver is there or not.
    psycopg: Any = import_module("psycopg")
except ImportError:
    text = "the driver psycopg is not installed: pip install 'airflow-taskcenter[sandbox-databases]'"
    raise SystemFailure(text) from None

CONNECT_SECONDS = 10
DEFAULT_DATABASE = "postgres"

_REFUSALS = (psycopg.DataError, psycopg.IntegrityError, UnicodeError)


class PostgresSystem(DataSystem):
    """One connection for reading or writing; what it asks about tables is a transaction of its own.

    :raises SystemFailure: it cannot be connected to.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        host, port, user = required(params, "host", "port", "username")
        try:
            self._db = psycopg.connect(
                host=host,
                port=port,
                user=user,
                password=str(params.get("password") or ""),
                dbname=str(params.get("databaseName") or DEFAULT_DATABASE),
                connect_timeout=CONNECT_SECONDS,
                application_name="exchangis",
            )
        except psycopg.Error as error:
            raise _failure(error) from None

    def databases(self) -> list[str]:
        """The schemas, but for the system's own."""
        rows = self._all(
            "select nspname from pg_catalog.pg_namespace "
            "where nspname !~ '^pg_' and nspname <> 'information_schema' order by nspname"
        )
        return [name for (name,) in rows]

    def tables(self, database: str) -> list[str]:
        """Tables and views."""
        if database not in self.databases():
            raise SystemFailure(f"there is no schema {database}")
        rows = self._all(
            "select table_name from information_schema.tables where table_schema = %s order by table_name", database
        )
        return [name for (name,) in rows]

    def columns(self, database: str, table: str) -> list[Column]:
        """The columns, their types as PostgreSQL writes them."""
        rows = self._all(
            "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a "
            "where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped order by a.attnum",
            _table(database, table),
        )
        if not rows:
            raise SystemFailure(f"there is no table {database}.{table}")
        return [Column(name, kind) for name, kind in rows]

    def count(self, database: str, table: str, where: str) -> int:
        """Count the rows."""
        return int(self._all(sql.count(_table(database, table), where))[0][0])

    def read(self, database: str, table: str, columns: Sequence[str], where: str, size: int) -> Iterator[Batch]:
        """Read from a cursor of the server's, so that it holds what has not come yet."""
        try:
            with self._db.cursor(name="exchangis") as cursor:
                cursor.execute(_query(sql.select(_table(database, table), columns, where)))
                while batch := cursor.fetchmany(size):
                    yield batch
        except psycopg.Error as error:
            raise _failure(error) from error

    def writer(self, database: str, table: str, columns: Sequence[str], mode: str) -> Writer:
        """Each batch is a transaction."""
        keys = self._keys(database, table) if mode == "update" else []
        return _PostgresWriter(self._db, _table(database, table), columns, mode, keys)

    def interrupt(self) -> None:
        """Ask the server, over another connection, to cancel the statement."""
        with suppress(psycopg.Error):
            self._db.cancel_safe(timeout=CONNECT_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        with suppress(psycopg.Error):
            self._db.close()

    def _keys(self, database: str, table: str) -> list[str]:
        rows = self._all(
            "select a.attname from pg_catalog.pg_index i "
            "join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) "
            "where i.indrelid = to_regclass(%s) and i.indisprimary",
            _table(database, table),
        )
        if not rows:
            raise SystemFailure(f"{database}.{table} has no primary key, which writeMode UPDATE needs")
        return [name for (name,) in rows]

    def _all(self, statement: str, *arguments: str) -> list[tuple[Any, ...]]:
        try:
            # Without arguments a percent sign is one; a user's condition may have some.
            rows: list[tuple[Any, ...]] = self._db.execute(_query(statement), arguments or None).fetchall()
            self._db.commit()
        except psycopg.Error as error:
            raise _failure(error) from error
        return rows


class _PostgresWriter(Writer):
    def __init__(self, db: Any, table: str, columns: Sequence[str], mode: str, keys: list[str]) -> None:
        self._db = db
        names = ", ".join(map(sql.quoted, columns))
        self._copy = f"copy {table} ({names}) from stdin"
        self._upsert = ""
        if mode == "update":
            changes = ", ".join(
                f"{sql.quoted(name)} = excluded.{sql.quoted(name)}" for name in columns if name not in keys
            )
            action = f"update set {changes}" if changes else "nothing"
            # In a statement with arguments, the percent sign of a name is written twice.
            head = f"insert into {table} ({names})".replace("%", "%%")
            tail = f"on conflict ({', '.join(map(sql.quoted, keys))}) do {action}".replace("%", "%%")
            self._upsert = f"{head} values ({', '.join(['%s'] * len(columns))}) {tail}"
        if mode == "truncate":
            self._run(f"delete from {table}")  # noqa: S608 # quoted

    def write(self, batch: Batch) -> Written:
        """Write by COPY, or row by row where rows are replaced."""
        return write_halving([tuple(map(_adapted, row)) for row in batch], self._write)

    def _write(self, batch: Batch) -> None:
        try:
            with self._db.cursor() as cursor:
                if self._upsert:
                    cursor.executemany(_query(self._upsert), batch)
                else:
                    with cursor.copy(_query(self._copy)) as copy:
                        for row in batch:
                            copy.write_row(row)
            self._db.commit()
        except _REFUSALS as error:
            self._db.rollback()
            raise RowsRefused(str(error).splitlines()[0]) from None
        except psycopg.Error as error:
            raise _failure(error) from error

    def finish(self) -> None:
        """All is there already."""

    def abort(self) -> None:
        """Only the batch that was being written goes."""
        with suppress(psycopg.Error):
            self._db.rollback()

    def _run(self, statement: str) -> None:
        try:
            self._db.execute(_query(statement))
            self._db.commit()
        except psycopg.Error as error:
            raise _failure(error) from error


def _adapted(value: Any) -> Any:
    """A value that psycopg takes."""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict) else value


def _query(statement: str) -> bytes:
    """A statement that was put together; psycopg wants literals, which keep nobody's input out of it."""
    return statement.encode()


def _table(database: str, table: str) -> str:
    return f"{sql.quoted(database)}.{sql.quoted(table)}"


def _failure(error: Exception) -> SystemFailure:
    lines = str(error).strip().splitlines()
    return SystemFailure(f"PostgreSQL: {lines[0] if lines else type(error).__name__}")
