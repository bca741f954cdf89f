"""MySQL and MariaDB: connection parameters ``host``, ``port``, ``username``, ``password``, ``databaseName``."""

from __future__ import annotations

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
    pymysql: Any = import_module("pymysql")
    SSCursor = import_module("pymysql.cursors").SSCursor
except ImportError:
    text = "the driver PyMySQL is not installed: pip install 'airflow-taskcenter[sandbox-databases]'"
    raise SystemFailure(text) from None

CONNECT_SECONDS = 10

_HIDDEN = ("information_schema", "mysql", "performance_schema", "sys")
_REFUSALS = (pymysql.err.DataError, pymysql.err.IntegrityError)
_BAD_VALUES = frozenset({1264, 1265, 1292, 1366, 1406})
"""Values that do not fit their column; some of them come as errors of other classes."""


class MysqlSystem(DataSystem):
    """One connection.

    :raises SystemFailure: it cannot be connected to.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        host, port, user = required(params, "host", "port", "username")
        if not port.isdigit():
            raise SystemFailure(f"the port is no number but {port!r}")
        self._options = {
            "host": host,
            "port": int(port),
            "user": user,
            "password": str(params.get("password") or ""),
            "database": str(params.get("databaseName") or "") or None,
            "connect_timeout": CONNECT_SECONDS,
            "charset": "utf8mb4",
        }
        try:
            self._db = pymysql.connect(**self._options)
        except pymysql.MySQLError as error:
            raise _failure(error) from None

    def databases(self) -> list[str]:
        """The databases, but for the system's own."""
        rows = self._all("select schema_name from information_schema.schemata order by schema_name")
        return [name for (name,) in rows if name not in _HIDDEN]

    def tables(self, database: str) -> list[str]:
        """Tables and views."""
        if database not in self.databases():
            raise SystemFailure(f"there is no database {database}")
        statement = "select table_name from information_schema.tables where table_schema = %s order by table_name"
        return [name for (name,) in self._all(statement, database)]

    def columns(self, database: str, table: str) -> list[Column]:
        """The columns, their types as MySQL writes them."""
        rows = self._all(
            "select column_name, column_type from information_schema.columns "
            "where table_schema = %s and table_name = %s order by ordinal_position",
            database,
            table,
        )
        if not rows:
            raise SystemFailure(f"there is no table {database}.{table}")
        return [Column(name, kind) for name, kind in rows]

    def count(self, database: str, table: str, where: str) -> int:
        """Count the rows."""
        return int(self._all(sql.count(_table(database, table), where))[0][0])

    def read(self, database: str, table: str, columns: Sequence[str], where: str, size: int) -> Iterator[Batch]:
        """Read from a cursor that leaves at the server what has not come yet."""
        try:
            with self._db.cursor(SSCursor) as cursor:
                cursor.execute(sql.select(_table(database, table), columns, where, "`"))
                while batch := cursor.fetchmany(size):
                    yield batch
        except pymysql.MySQLError as error:
            raise _failure(error) from error

    def writer(self, database: str, table: str, columns: Sequence[str], mode: str) -> Writer:
        """Each batch is a transaction."""
        return _MysqlWriter(self._db, _table(database, table), columns, mode)

    def interrupt(self) -> None:
        """Ask the server, over another connection, to end the statement."""
        with suppress(pymysql.MySQLError), pymysql.connect(**self._options) as other, other.cursor() as cursor:
            cursor.execute("kill query %s", (self._db.thread_id(),))

    def close(self) -> None:
        """Close the connection."""
        with suppress(pymysql.MySQLError):
            self._db.close()

    def _all(self, statement: str, *arguments: str) -> list[tuple[Any, ...]]:
        try:
            with self._db.cursor() as cursor:
                # Without arguments a percent sign is one; a user's condition may have some.
                cursor.execute(statement, arguments or None)
                return list(cursor.fetchall())
        except pymysql.MySQLError as error:
            raise _failure(error) from error


class _MysqlWriter(Writer):
    def __init__(self, db: Any, table: str, columns: Sequence[str], mode: str) -> None:
        self._db = db
        names = [sql.quoted(name, "`") for name in columns]
        marks = ", ".join(["%s"] * len(names))
        head = f"insert into {table} ({', '.join(names)})".replace("%", "%%")
        self._insert = f"{head} values ({marks})"
        if mode == "update":
            self._insert += " on duplicate key update " + ", ".join(
                f"{name} = values({name})".replace("%", "%%") for name in names
            )
        if mode == "truncate":
            self._run(f"delete from {table}")  # noqa: S608 # quoted
            self._db.commit()

    def write(self, batch: Batch) -> Written:
        """Write statements of many rows."""
        return write_halving([tuple(map(_adapted, row)) for row in batch], self._write)

    def _write(self, batch: Batch) -> None:
        try:
            with self._db.cursor() as cursor:
                cursor.executemany(self._insert, batch)
            self._db.commit()
        except pymysql.MySQLError as error:
            with suppress(pymysql.MySQLError):
                self._db.rollback()
            number = error.args[0] if error.args else None
            if isinstance(error, _REFUSALS) or number in _BAD_VALUES:
                raise RowsRefused(str(error.args[-1])) from None
            raise _failure(error) from error

    def finish(self) -> None:
        """All is there already."""

    def abort(self) -> None:
        """Only the batch that was being written goes."""
        with suppress(pymysql.MySQLError):
            self._db.rollback()

    def _run(self, statement: str) -> None:
        try:
            with self._db.cursor() as cursor:
                cursor.execute(statement)
        except pymysql.MySQLError as error:
            raise _failure(error) from error


def _adapted(value: Any) -> Any:
    """A value that PyMySQL takes."""
    return sql.as_text(value) if isinstance(value, (dict, list, tuple)) else value


def _table(database: str, table: str) -> str:
    return f"{sql.quoted(database, '`')}.{sql.quoted(table, '`')}"


def _failure(error: Exception) -> SystemFailure:
    return SystemFailure(f"MySQL: {error.args[-1] if error.args else type(error).__name__}")
