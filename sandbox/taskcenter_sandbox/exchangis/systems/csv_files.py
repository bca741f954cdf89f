"""Directories of CSV files: connection parameter ``path``; the only database is ``default``, a file is a table."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from itertools import islice
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

DATABASE = "default"
SUFFIX = ".csv"
NULL = r"\N"
"""How NULL is written, as in Hive's text files; an empty field is an empty text."""


class CsvSystem(DataSystem):
    """A directory; each file has a line with the names of its columns.

    :raises SystemFailure: there is no such directory.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        (path,) = required(params, "path")
        self._directory = Path(path)
        if not self._directory.is_dir():
            raise SystemFailure(f"there is no directory {path}")

    def databases(self) -> list[str]:
        """Only ``default``."""
        return [DATABASE]

    def tables(self, database: str) -> list[str]:
        """The files."""
        self._check(database)
        return sorted(path.stem for path in self._directory.glob(f"*{SUFFIX}"))

    def columns(self, database: str, table: str) -> list[Column]:
        """The names in the first line; all are strings."""
        with self._open(database, table) as file:
            names = next(csv.reader(file), None)
        if not names:
            raise SystemFailure(f"{table}{SUFFIX} has no line with the names of its columns")
        return [Column(name, "string") for name in names]

    def count(self, database: str, table: str, where: str) -> int:
        """Count the records."""
        self._refuse_condition(where)
        with self._open(database, table) as file:
            return max(0, sum(1 for _ in csv.reader(file)) - 1)

    def read(self, database: str, table: str, columns: Sequence[str], where: str, size: int) -> Iterator[Batch]:
        """Read the file once."""
        self._refuse_condition(where)
        with self._open(database, table) as file:
            reader = csv.reader(file)
            names = next(reader, [])
            places = [names.index(column) for column in columns]
            while rows := list(islice(reader, size)):
                try:
                    yield [[None if row[place] == NULL else row[place] for place in places] for row in rows]
                except IndexError:
                    text = f"{table}{SUFFIX} has a record with too few fields before line {reader.line_num + 1}"
                    raise SystemFailure(text) from None

    def writer(self, database: str, table: str, columns: Sequence[str], mode: str) -> Writer:
        """Write a file; it appears, or changes, when it is complete."""
        self._check(database)
        path = self._path(table)
        return _CsvWriter(path, columns, append=mode != "truncate" and path.exists())

    def interrupt(self) -> None:
        """Nothing is waited for long."""

    def close(self) -> None:
        """There is nothing to close."""

    def _open(self, database: str, table: str) -> Any:
        self._check(database)
        try:
            return self._path(table).open(encoding="utf-8", newline="")
        except OSError as error:
            raise SystemFailure(f"there is no table {database}.{table}: {error.strerror}") from error

    def _path(self, table: str) -> Path:
        if Path(table).name != table:
            raise SystemFailure(f"{table!r} is no name of a file")
        return self._directory / f"{table}{SUFFIX}"

    def _check(self, database: str) -> None:
        if database != DATABASE:
            raise SystemFailure(f"there is no database {database}, only {DATABASE}")

    def _refuse_condition(self, where: str) -> None:
        if where.strip():
            raise SystemFailure("files cannot be read with a condition (where)")


class _CsvWriter(Writer):
    def __init__(self, path: Path, columns: Sequence[str], *, append: bool) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.{id(self):x}.part")
        try:
            self._file = self._part.open("w", encoding="utf-8", newline="")
            self._csv = csv.writer(self._file, lineterminator="\n")
            if append:
                with path.open(encoding="utf-8", newline="") as old:
                    names = next(csv.reader(old), [])
                    if names != list(columns):
                        raise SystemFailure(f"{path.name} has the columns {names}, not {list(columns)}")
                    old.seek(0)
                    while piece := old.read(1 << 20):
                        self._file.write(piece)
            else:
                self._csv.writerow(columns)
        except OSError as error:
            raise SystemFailure(f"{path.name} cannot be written: {error.strerror}") from error
        except SystemFailure:
            self.abort()
            raise

    def write(self, batch: Batch) -> Written:
        """Write records."""
        self._csv.writerows([[NULL if value is None else sql.as_text(value) for value in row] for row in batch])
        return Written(len(batch))

    def finish(self) -> None:
        """Put the file in its place."""
        self._file.close()
        self._part.replace(self._path)

    def abort(self) -> None:
        """Leave what was there."""
        self._file.close()
        self._part.unlink(missing_ok=True)
