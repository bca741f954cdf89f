"""SQL of Hive, Spark, T-SQL and PostgreSQL on a DuckDB warehouse, translated by sqlglot."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from taskcenter_sandbox.linkis.engines.base import CodeFailed, Task

DIALECTS = {"sql": "spark", "hql": "hive", "tsql": "tsql", "psql": "postgres", "jdbc": "duckdb"}
"""What the code of each run type is written in; ``jdbc`` is taken for the warehouse's own."""

_FETCH_ROWS = 5000
_INTERRUPTS = 200
_INTERRUPT_SECONDS = 0.05
_ZONED = "TIMESTAMP WITH TIME ZONE"
_HADOOP = ("spark", "hive")

_TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "short",
    "INTEGER": "int",
    "BIGINT": "long",
    "HUGEINT": "decimal",
    "FLOAT": "float",
    "DOUBLE": "double",
    "DECIMAL": "decimal",
    "DATE": "date",
    "BLOB": "binary",
}
"""Linkis' names of DuckDB's types; all others are ``string``, but for time stamps."""

_QUERIES = (exp.Query, exp.Show, exp.Describe, exp.Pragma, exp.Values)
_SETTINGS = (exp.Set, exp.Cache, exp.Uncache, exp.Refresh, exp.Analyze)
"""Settings of Spark and Hive, and hints for their caches: the warehouse has none of them."""
_SETTING_WORDS = ("set", "cache", "uncache", "refresh", "clear cache", "msck", "add", "analyze", "reset")
_QUERY_WORDS = (
    "show",
    "describe",
    "desc",
    "explain",
    "select",
    "with",
    "from",
    "values",
    "pragma",
    "summarize",
    "table",
)


@dataclass(frozen=True)
class Statement:
    """A statement as DuckDB understands it, whether it has a result set, and whether there is nothing to do for it."""

    sql: str
    has_rows: bool
    ignored: bool = False


class Warehouse:
    """The DuckDB file that all SQL jobs share; only one process can hold it."""

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect(str(path))

    def cursor(self) -> Any:
        """A connection of its own for one job."""
        return self._connection.cursor()

    def close(self) -> None:
        """Write it all to the file."""
        self._connection.close()


class SqlRun:
    """One run of a script of statements."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._cursor = warehouse.cursor()
        self._killed = threading.Event()
        self._ended = threading.Event()

    def run(self, task: Task) -> None:
        """Run the statements in order; the first that fails ends the job."""
        try:
            statements = list(translate(task.code, DIALECTS[task.run_type]))
            for number, statement in enumerate(statements):
                if self._killed.is_set():
                    raise CodeFailed("the job was killed")
                task.log.write(f"statement {number + 1} of {len(statements)}: {_shortened(statement.sql)}")
                self._execute(task, statement)
                task.progress((number + 1) / len(statements))
        except duckdb.Error as error:
            task.log.write(str(error), "ERROR")
            raise CodeFailed(f"{type(error).__name__}: {error}") from error
        finally:
            self._ended.set()
            self._cursor.close()

    def kill(self) -> None:
        """Interrupt the statement that runs, and return when the run has ended or is about to."""
        self._killed.set()
        # An interrupt between two statements would be lost, so it is repeated.
        for _ in range(_INTERRUPTS):
            with suppress(duckdb.Error):
                self._cursor.interrupt()
            if self._ended.wait(_INTERRUPT_SECONDS):
                return

    def _execute(self, task: Task, statement: Statement) -> None:
        if statement.ignored:
            task.log.write("there is nothing to do for it here", "WARN")
            return
        self._cursor.execute(statement.sql)
        zoned = [str(item[1]) == _ZONED for item in self._cursor.description or ()]
        if statement.has_rows and any(zoned):
            # These dialects' time stamps have no zone; DuckDB's with a zone need a module that may not be there.
            names = [f'"{str(item[0]).replace(chr(34), chr(34) * 2)}"' for item in self._cursor.description]
            columns_sql = ", ".join(
                f"CAST(#{number} AS TIMESTAMP) AS {name}" if has_zone else f"#{number} AS {name}"
                for number, (name, has_zone) in enumerate(zip(names, zoned, strict=True), start=1)
            )
            self._cursor.execute(f"SELECT {columns_sql} FROM ({statement.sql.rstrip().rstrip(';')}\n)")  # noqa: S608 # SQL is what it is sent
        if not statement.has_rows or self._cursor.description is None:
            return
        columns = [
            {"columnName": str(item[0]), "comment": "NULL", "dataType": linkis_type(str(item[1]))}
            for item in self._cursor.description
        ]
        with task.table(columns) as result:
            while rows := self._cursor.fetchmany(_FETCH_ROWS):
                if self._killed.is_set():
                    raise CodeFailed("the job was killed")
                result.write(_texts(rows))
        task.log.write(f"{result.rows} row(s)")


def translate(code: str, dialect: str) -> Iterator[Statement]:
    """The statements of a script in DuckDB's SQL.

    What sqlglot cannot read is passed on as it stands: DuckDB then says what is wrong with it.

    :raises CodeFailed: DuckDB cannot read it either.
    """
    try:
        parsed = sqlglot.parse(code, read=dialect)
    except SqlglotError:
        try:
            statements = duckdb.extract_statements(code)
        except duckdb.Error as error:
            raise CodeFailed(f"{type(error).__name__}: {error}") from error
        for statement in statements:
            yield Statement(statement.query, _looks_like_query(statement.query))
        return
    for expression in parsed:
        if expression is not None:
            yield from _in_duckdb(expression, dialect)


def _in_duckdb(expression: Any, dialect: str) -> Iterator[Statement]:
    if dialect in _HADOOP and _is_setting(expression, dialect):
        yield Statement(expression.sql(dialect=dialect), has_rows=False, ignored=True)
        return
    if isinstance(expression, exp.Create):
        # STORED AS ORC, USING PARQUET, TBLPROPERTIES: the warehouse stores as it likes.
        _take_partition_columns(expression)
        expression.set("properties", None)
    if isinstance(expression, (exp.Create, exp.Drop)) and expression.args.get("kind") == "DATABASE":
        expression.set("kind", "SCHEMA")
    if dialect == "spark":
        _name_range_columns(expression)
    if isinstance(expression, exp.Insert):
        yield from _before_insert(expression)
    if isinstance(expression, exp.Command):
        text = expression.sql(dialect=dialect)
        yield Statement(text, _looks_like_query(text))
        return
    yield Statement(expression.sql(dialect="duckdb"), isinstance(expression, _QUERIES))


def linkis_type(duckdb_type: str) -> str:
    """Linkis' name of a DuckDB type."""
    name = duckdb_type.upper()
    if name.endswith("]"):
        return "array"
    if name.startswith("TIMESTAMP"):
        return "timestamp"
    for prefix, kind in (("STRUCT", "struct"), ("MAP", "map")):
        if name.startswith(prefix):
            return kind
    return _TYPES.get(name.partition("(")[0], "string")


def _is_setting(expression: Any, dialect: str) -> bool:
    if isinstance(expression, exp.Command):
        return bool(expression.sql(dialect=dialect).lower().startswith(tuple(f"{word} " for word in _SETTING_WORDS)))
    return isinstance(expression, _SETTINGS)


def _take_partition_columns(create: Any) -> None:
    """Hive's partition columns are columns like others here, the last ones."""
    for partitioned in create.find_all(exp.PartitionedByProperty):
        columns = [column for column in partitioned.this.expressions if isinstance(column, exp.ColumnDef)]
        if columns and isinstance(create.this, exp.Schema):
            create.this.set("expressions", [*create.this.expressions, *columns])


def _before_insert(insert: Any) -> Iterator[Statement]:
    """Put the fixed values of ``PARTITION (day='x')`` into the rows, and empty what is to be overwritten."""
    table = insert.this.this if isinstance(insert.this, exp.Schema) else insert.this
    partition = table.args.get("partition")
    table.set("partition", None)
    fixed = [item for item in (partition.expressions if partition else ()) if isinstance(item, exp.EQ)]
    if insert.args.get("overwrite"):
        insert.set("overwrite", False)
        where = f" WHERE {exp.and_(*fixed).sql(dialect='duckdb')}" if fixed else ""
        yield Statement(f"DELETE FROM {table.sql(dialect='duckdb')}{where}", has_rows=False)  # noqa: S608 # SQL is what it is sent
    if fixed:
        rows = insert.expression.subquery("rows_to_insert")
        insert.set("expression", exp.select("*", *(item.expression for item in fixed)).from_(rows))


def _name_range_columns(expression: Any) -> None:
    """Spark's ``range(n)`` has a column ``id``, DuckDB's has ``range``."""
    for table in expression.find_all(exp.Table):
        if isinstance(table.this, exp.GenerateSeries) or (
            isinstance(table.this, exp.Anonymous) and table.this.name.lower() == "range"
        ):
            name = table.alias or "range"
            if not table.alias_column_names:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(name), columns=[exp.to_identifier("id")]))


def _texts(rows: Sequence[Sequence[Any]]) -> Iterator[list[str | None]]:
    for row in rows:
        yield [value if value is None or value.__class__ is str else _text(value) for value in row]


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"  # str() would write 0E-10
    return str(value).lower() if isinstance(value, bool) else str(value)


def _looks_like_query(sql: str) -> bool:
    return sql.strip().lower().startswith(_QUERY_WORDS)


def _shortened(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= 200 else line[:200] + " ..."
