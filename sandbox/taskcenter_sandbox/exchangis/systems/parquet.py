"""Directories of Parquet files: connection parameter ``path``; the only database is ``default``, a file is a table."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

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
from taskcenter_sandbox.exchangis.systems.duck import DuckWriter, failure

DATABASE = "default"
SUFFIX = ".parquet"
STAGE = "stage"

_MEMORY = "512MiB"
_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "BOOLEAN"),
    (int, "BIGINT"),
    (float, "DOUBLE"),
    (Decimal, "DECIMAL(38, 10)"),
    (datetime, "TIMESTAMP"),
    (date, "DATE"),
    (bytes, "BLOB"),
)
"""What the columns of a new file are, by the first value; anything else is a text."""


class ParquetSystem(DataSystem):
    """A directory, read and written by DuckDB.

    :raises SystemFailure: there is no such directory.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        (path,) = required(params, "path")
        self._directory = Path(path)
        if not self._directory.is_dir():
            raise SystemFailure(f"there is no directory {path}")
        self._db = duckdb.connect(config={"memory_limit": _MEMORY, "autoinstall_known_extensions": False})

    def databases(self) -> list[str]:
        """Only ``default``."""
        return [DATABASE]

    def tables(self, database: str) -> list[str]:
        """The files."""
        self._check(database)
        return sorted(path.stem for path in self._directory.glob(f"*{SUFFIX}"))

    def columns(self, database: str, table: str) -> list[Column]:
        """The columns, their types as DuckDB calls them."""
        rows = self._all(f"describe select * from {self._source(database, table)}")  # noqa: S608 # quoted
        return [Column(row[0], row[1].lower()) for row in rows]

    def count(self, database: str, table: str, where: str) -> int:
        """Count the rows."""
        return int(self._all(sql.count(self._source(database, table), where))[0][0])

    def read(self, database: str, table: str, columns: Sequence[str], where: str, size: int) -> Iterator[Batch]:
        """Read from one streaming result."""
        try:
            self._db.execute(sql.select(self._source(database, table), columns, where))
            while batch := self._db.fetchmany(size):
                yield batch
        except duckdb.Error as error:
            raise failure(error) from error

    def writer(self, database: str, table: str, columns: Sequence[str], mode: str) -> Writer:
        """Write a file; it appears, or changes, when it is complete."""
        self._check(database)
        path = self._path(table)
        old = path if mode != "truncate" and path.exists() else None
        if old is not None and (names := [each.name for each in self.columns(database, table)]) != list(columns):
            raise SystemFailure(f"{path.name} has the columns {names}, not {list(columns)}")
        return _ParquetWriter(path, columns, old)

    def interrupt(self) -> None:
        """Interrupt the statement."""
        with suppress(duckdb.Error):
            self._db.interrupt()

    def close(self) -> None:
        """Close DuckDB."""
        with suppress(duckdb.Error):
            self._db.close()

    def _all(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(statement).fetchall()
        except duckdb.Error as error:
            raise failure(error) from error

    def _source(self, database: str, table: str) -> str:
        self._check(database)
        path = self._path(table)
        if not path.is_file():
            raise SystemFailure(f"there is no table {database}.{table}")
        return f"read_parquet({_literal(path)})"

    def _path(self, table: str) -> Path:
        if Path(table).name != table:
            raise SystemFailure(f"{table!r} is no name of a file")
        return self._directory / f"{table}{SUFFIX}"

    def _check(self, database: str) -> None:
        if database != DATABASE:
            raise SystemFailure(f"there is no database {database}, only {DATABASE}")


class _ParquetWriter(Writer):
    """Gathers the rows in a DuckDB file, since a Parquet file is written in one go.

    :param old: a file whose rows come first.
    """

    def __init__(self, path: Path, columns: Sequence[str], old: Path | None) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{id(self):x}.part")
        self._columns = columns
        self._directory = tempfile.TemporaryDirectory(prefix="exchangis-")
        self._db = duckdb.connect(str(Path(self._directory.name) / "stage.duckdb"), config={"memory_limit": _MEMORY})
        self._writer: DuckWriter | None = None
        if old is not None:
            self._run(f"create table {STAGE} as select * from read_parquet({_literal(old)})")  # noqa: S608 # quoted
            self._open()

    def write(self, batch: Batch) -> Written:
        """Gather the rows whose values fit the types; the first batch decides them."""
        if self._writer is None:
            self._create(batch)
        assert self._writer is not None  # noqa: S101 # just opened
        return self._writer.write(batch)

    def finish(self) -> None:
        """Write the file and put it in its place."""
        if self._writer is None:
            self._create([])
        assert self._writer is not None  # noqa: S101 # just opened
        self._writer.finish()
        self._run(f"copy {STAGE} to {_literal(self._part)} (format parquet)")
        self._part.replace(self._path)
        self._close()

    def abort(self) -> None:
        """Leave what was there."""
        if self._writer is not None:
            self._writer.abort()
        self._part.unlink(missing_ok=True)
        self._close()

    def _create(self, batch: Batch) -> None:
        kinds = [
            _kind(next((row[place] for row in batch if row[place] is not None), ""))
            for place in range(len(self._columns))
        ]
        pairs = zip(self._columns, kinds, strict=True)
        self._run(f"create table {STAGE} ({', '.join(f'{sql.quoted(name)} {kind}' for name, kind in pairs)})")
        self._open()

    def _open(self) -> None:
        types = [(row[0], row[1]) for row in self._run(f"describe {STAGE}").fetchall()]
        self._writer = DuckWriter(self._db, STAGE, types, "append")

    def _close(self) -> None:
        with suppress(duckdb.Error):
            self._db.close()
        self._directory.cleanup()

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        try:
            return self._db.execute(statement)
        except duckdb.Error as error:
            raise failure(error) from error


def _kind(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "VARCHAR")


def _literal(path: Path) -> str:
    return sql.quoted(str(path), "'")
