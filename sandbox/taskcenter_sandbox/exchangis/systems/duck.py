"""DuckDB, which stands for Hive: the warehouse of the local Linkis, or a file of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb

from taskcenter_sandbox.exchangis.systems import sql
from taskcenter_sandbox.exchangis.systems.base import Batch, Column, DataSystem, SystemFailure, Writer, Written
from taskcenter_sandbox.linkis.engines.warehouse import Warehouse

_HIDDEN = ("information_schema", "pg_catalog")

_ZONED = "TIMESTAMP WITH TIME ZONE"
"""What Spark's ``timestamp`` is in the warehouse."""

_HIVE_NAMES = {
    "VARCHAR": "string",
    "INTEGER": "int",
    "BLOB": "binary",
    _ZONED: "timestamp",
    "HUGEINT": "decimal(38,0)",
}


class DuckSystem(DataSystem):
    """A cursor of the warehouse. Its schemas are the databases; ``default`` is DuckDB's ``main``."""

    def __init__(self, warehouse: Warehouse) -> None:
        try:
            self._cursor = warehouse.cursor()
        except duckdb.Error as error:
            raise SystemFailure(f"the warehouse cannot be opened: {error}") from error

    def databases(self) -> list[str]:
        """The schemas."""
        rows = self._all(
            "select schema_name from duckdb_schemas() where database_name = current_database() order by schema_name"
        )
        return [_database(name) for (name,) in rows if name not in _HIDDEN]

    def tables(self, database: str) -> list[str]:
        """Tables and views."""
        if database not in self.databases():
            raise SystemFailure(f"there is no database {database}")
        rows = self._all(
            "select table_name from information_schema.tables "
            "where table_schema = ? and table_catalog = current_database() order by table_name",
            _schema(database),
        )
        return [name for (name,) in rows]

    def columns(self, database: str, table: str) -> list[Column]:
        """The columns, their types as Hive calls them."""
        raw = self._raw_columns(database, table)
        if not raw:
            raise SystemFailure(f"there is no table {database}.{table}")
        return [Column(each.name, _HIVE_NAMES.get(each.type, each.type.lower())) for each in raw]

    def count(self, database: str, table: str, where: str) -> int:
        """Count the rows."""
        return int(self._all(sql.count(_table(database, table), where))[0][0])

    def read(self, database: str, table: str, columns: Sequence[str], where: str, size: int) -> Iterator[Batch]:
        """Read from one streaming result."""
        try:
            self._cursor.execute(self._select(database, table, columns, where))
            while batch := self._cursor.fetchmany(size):
                yield batch
        except duckdb.Error as error:
            raise failure(error) from error

    def writer(self, database: str, table: str, columns: Sequence[str], mode: str) -> Writer:
        """All is one transaction, as a Hive table sees all the files of a job at once."""
        types = {column.name.lower(): column.type for column in self._raw_columns(database, table)}
        return DuckWriter(
            self._cursor, _table(database, table), [(name, types[name.lower()]) for name in columns], mode
        )

    def interrupt(self) -> None:
        """Interrupt the statement."""
        with suppress(duckdb.Error):
            self._cursor.interrupt()

    def close(self) -> None:
        """Close the cursor; the warehouse stays open."""
        with suppress(duckdb.Error):
            self._cursor.close()

    def _select(self, database: str, table: str, columns: Sequence[str], where: str) -> str:
        """A query whose time stamps have no zone, as Hive's have none."""
        zoned = {each.name.lower() for each in self._raw_columns(database, table) if each.type == _ZONED}
        names = [
            f"cast({sql.quoted(name)} as timestamp)" if name.lower() in zoned else sql.quoted(name) for name in columns
        ]
        return sql.select_expressions(_table(database, table), names, where)

    def _raw_columns(self, database: str, table: str) -> list[Column]:
        rows = self._all(
            "select column_name, data_type from duckdb_columns() where lower(schema_name) = lower(?) "
            "and lower(table_name) = lower(?) and database_name = current_database() order by column_index",
            _schema(database),
            table,
        )
        return [Column(name, kind) for name, kind in rows]

    def _all(self, statement: str, *arguments: str) -> list[tuple[str, ...]]:
        try:
            return self._cursor.execute(statement, list(arguments)).fetchall()
        except duckdb.Error as error:
            raise failure(error) from error


class DuckWriter(Writer):
    """Writes by way of a small file, since DuckDB takes single rows slowly.

    :param table: quoted.
    :param columns: names and DuckDB types.
    """

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str]], mode: str
    ) -> None:
        self._cursor = cursor
        self._directory = tempfile.TemporaryDirectory(prefix="exchangis-")
        self._path = Path(self._directory.name) / "batch.csv"
        fields = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(columns)))
        self._source = (
            f"read_csv({_text(str(self._path))}, columns={{{fields}}}, header=false, auto_detect=false, delim=',', "
            "quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, new_line='\\n', max_line_size=67108864)"
        )
        pairs = [(f"c{number}", kind) for number, (_, kind) in enumerate(columns)]
        self._good = " and ".join(f"({name} is null or try_cast({name} as {kind}) is not null)" for name, kind in pairs)
        self._bad_columns = list(zip([name for name, _ in columns], pairs, strict=True))
        names = ", ".join(sql.quoted(name) for name, _ in columns)
        values = ", ".join(f"try_cast({name} as {kind})" for name, kind in pairs)
        verb = "insert or replace" if mode == "update" else "insert"
        self._insert = f"{verb} into {table} ({names}) select {values} from {self._source} where {self._good}"  # noqa: S608 # quoted
        self._run("begin transaction")
        if mode == "truncate":
            self._run(f"delete from {table}")  # noqa: S608 # quoted

    def write(self, batch: Batch) -> Written:
        """Write the rows whose values fit the types; the others are counted."""
        with self._path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(_line(row) for row in batch)
        written = int((self._run(self._insert).fetchone() or (0,))[0])
        errors = len(batch) - written
        return Written(written, errors, self._reason() if errors else "")

    def finish(self) -> None:
        """Commit."""
        self._run("commit")
        self._directory.cleanup()

    def abort(self) -> None:
        """Roll back: nothing of it stays."""
        with suppress(duckdb.Error):
            self._cursor.execute("rollback")
        self._directory.cleanup()

    def _reason(self) -> str:
        for column, (name, kind) in self._bad_columns:
            bad = f"select {name} from {self._source} where {name} is not null and try_cast({name} as {kind}) is null limit 1"  # noqa: S608 # ours
            if row := self._run(bad).fetchone():
                return f"column {column}: {str(row[0])[:100]!r} is no {kind}"
        return ""

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        try:
            return self._cursor.execute(statement)
        except duckdb.Error as error:
            raise failure(error) from error


def _line(row: Sequence[object]) -> str:
    """A line of CSV in which only NULL is not quoted."""
    texts = map(sql.as_text, row)
    return ",".join("" if text is None else '"' + text.replace('"', '""') + '"' for text in texts) + "\n"


def _schema(database: str) -> str:
    return "main" if database.lower() == "default" else database


def _database(schema: str) -> str:
    return "default" if schema == "main" else schema


def _table(database: str, table: str) -> str:
    return f"{sql.quoted(_schema(database))}.{sql.quoted(table)}"


def _text(value: str) -> str:
    return sql.quoted(value, "'")


def failure(error: duckdb.Error) -> SystemFailure:
    """What becomes of an error of DuckDB: its first line."""
    return SystemFailure(f"{type(error).__name__}: {str(error).splitlines()[0]}")
