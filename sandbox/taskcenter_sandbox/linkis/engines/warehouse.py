"""The DuckDB file that all SQL jobs share, and how its values look in Linkis."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import duckdb

from taskcenter_sandbox.linkis.engines.base import CodeFailed

PARTITION_MARK = "partition column"
"""The comment by which columns of PARTITIONED BY are known again."""

_NAMES = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "short",
    "INTEGER": "int",
    "UTINYINT": "short",
    "USMALLINT": "int",
    "UINTEGER": "long",
    "BIGINT": "long",
    "UBIGINT": "long",
    # What DuckDB adds up whole numbers to; in Spark and Hive that is a long.
    "HUGEINT": "long",
    "UHUGEINT": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "DECIMAL": "decimal",
    "DATE": "date",
    "BLOB": "binary",
}
"""Linkis' names of DuckDB's types; of what is not here it is ``string``, time stamps and nested types apart."""

_ERROR_CODES = (
    (duckdb.CatalogException, "already exists", 42006),
    (duckdb.CatalogException, "Table with name", 41002),
    (duckdb.CatalogException, "Schema with name", 41001),
    (duckdb.CatalogException, "Function with name", 42003),
    (duckdb.BinderException, "Referenced column", 41003),
    (duckdb.BinderException, "GROUP BY", 42002),
    (duckdb.BinderException, "mbiguous", 42004),
    (duckdb.ParserException, "", 42022),
    (duckdb.OutOfMemoryException, "", 13001),
)
"""Numbers that Linkis' table of error codes has for such errors of Spark and Hive."""


class Warehouse:
    """Opened with the first SQL job; only one process can hold the file.

    :param memory: bytes that DuckDB may use in all.
    """

    def __init__(self, path: Path, memory: int) -> None:
        self._path = path
        self._memory = memory
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for one job."""
        with self._lock:
            if self._connection is None:
                self._connection = self._open()
            return self._connection.cursor()

    def close(self) -> None:
        """Write it all to the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        settings: dict[str, Any] = {
            "memory_limit": f"{self._memory >> 20}MiB",
            "temp_directory": str(self._path.with_suffix(".tmp")),
            # Nothing is fetched from the network because some SQL names it.
            "autoinstall_known_extensions": False,
        }
        return duckdb.connect(str(self._path), config=settings)


def linkis_type(duckdb_type: str, *, hive: bool = False) -> str:
    """Linkis' name of a DuckDB type.

    :param hive: Hive and the JDBC engine say ``bigint`` where Spark says ``long``.
    """
    name = duckdb_type.upper()
    if name.endswith("]"):
        return "array"
    for prefix, kind in (("TIMESTAMP", "timestamp"), ("STRUCT", "struct"), ("MAP", "map")):
        if name.startswith(prefix):
            return kind
    kind = _NAMES.get(name.partition("(")[0], "string")
    return "bigint" if hive and kind == "long" else kind


def shown_as(column: str, duckdb_type: str) -> str:
    """An SQL expression for the text of a column as Linkis shows it.

    A double is written without exponent and without an empty fraction, nested values as JSON, the rest as DuckDB does.
    """
    name = duckdb_type.upper()
    text = f"{column}::VARCHAR"
    if name == "VARCHAR":
        return column
    if name == "DOUBLE":
        return (
            f"CASE WHEN isnan({column}) THEN 'NaN' "
            f"WHEN contains({text}, 'e-') THEN rtrim(rtrim(TRY_CAST({text} AS DECIMAL(38, 30))::VARCHAR, '0'), '.') "
            f"WHEN contains({text}, 'e+') THEN coalesce(TRY_CAST({text} AS DECIMAL(38, 0))::VARCHAR, {text}) "
            rf"ELSE regexp_replace({text}, '\.0$', '') END"
        )
    if name == "TIMESTAMP WITH TIME ZONE":
        # Spark's and Hive's time stamps have no zone.
        return f"CAST({column} AS TIMESTAMP)::VARCHAR"
    if name.endswith("]") or name.startswith(("STRUCT", "MAP")):
        return f"to_json({column})::VARCHAR"
    return text


def text_of(value: Any) -> str | None:
    """A value that has come to Python, as text; for the small answers of SHOW and the like."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def failure(error: duckdb.Error) -> CodeFailed:
    """What becomes of an error of DuckDB."""
    text = str(error)
    if "to_json([" in text:
        # The query stood inside one of ours, whose line nobody needs to see.
        text = text.partition("\n\nLINE ")[0]
    code = next((code for kind, part, code in _ERROR_CODES if isinstance(error, kind) and part in text), None)
    return CodeFailed(f"{type(error).__name__}: {text}", code)
