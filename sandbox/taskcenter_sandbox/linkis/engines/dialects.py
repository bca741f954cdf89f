"""From the SQL of Spark, Hive, T-SQL and PostgreSQL to DuckDB's, statement by statement.

sqlglot does the translating; what no DuckDB statement stands for (partitions, SHOW, settings of a cluster) is made of
several or left out here. SQL that sqlglot cannot read goes to DuckDB as it is, which then says what is wrong with it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from taskcenter_sandbox.linkis.engines import partitions, shows
from taskcenter_sandbox.linkis.engines.base import CodeFailed
from taskcenter_sandbox.linkis.engines.catalog import Catalog
from taskcenter_sandbox.linkis.engines.warehouse import failure

DIALECTS = {"sql": "spark", "hql": "hive", "tsql": "tsql", "psql": "postgres", "jdbc": None}
"""What the code of each run type is written in; ``jdbc`` is taken for DuckDB's own."""

HIVE_LIKE = frozenset({"spark", "hive"})

# It warns of each clause that DuckDB has no use for.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Statement:
    """A statement as it was written, and what stands for it in DuckDB.

    :param text: for the log.
    :param plan: made right before it runs, because it may need to know what the statements before have made.
    """

    text: str
    plan: Callable[[Catalog], Plan]


@dataclass(frozen=True)
class Plan:
    """DuckDB statements, run in one transaction if they are several; the last may have a result set.

    :param note: says why nothing is run.
    """

    sql: Sequence[str] = field(default=())
    note: str = ""


def statements(code: str, run_type: str) -> list[Statement]:
    """The statements of a script.

    :raises CodeFailed: DuckDB cannot read it either.
    """
    dialect = DIALECTS[run_type]
    if dialect is not None:
        try:
            if dialect == "tsql":
                code = re.sub(r"(?im)^\s*go\s*$", ";", code)
            parsed = sqlglot.parse(code, read=dialect)
        except SqlglotError:
            pass
        else:
            return [_translated(each, dialect) for each in parsed if each is not None and not _is_empty(each)]
    try:
        found = [each.query.strip().rstrip(";") for each in duckdb.extract_statements(code)]
    except duckdb.Error as error:
        raise failure(error) from error
    return [Statement(text, lambda _, text=text: Plan([text])) for text in found]  # type: ignore[misc]


def _is_empty(expression: object) -> bool:
    return isinstance(expression, exp.Semicolon)


def _translated(expression: Any, dialect: str) -> Statement:
    text = expression.sql(dialect=dialect, comments=False)
    return Statement(text, lambda catalog: _plan(expression.copy(), text, dialect, catalog))


def _plan(expression: exp.Expression, text: str, dialect: str, catalog: Catalog) -> Plan:
    if dialect in HIVE_LIKE:
        note = shows.unneeded(expression, text)
        if note:
            return Plan(note=note)
        shown = shows.shown(text, catalog, hive=dialect == "hive")
        if shown:
            return Plan([shown])
    if isinstance(expression, exp.Command):
        return Plan([_command(expression, text, dialect)])
    if isinstance(expression, exp.MultitableInserts):
        raise CodeFailed("FROM ... INSERT into several tables is not supported here; write one INSERT for each", 42034)
    _rename_schemas(expression)
    if dialect == "spark":
        _name_range_columns(expression)
    return Plan(list(_in_duckdb(expression, catalog)))


def _in_duckdb(expression: exp.Expression, catalog: Catalog) -> Iterator[str]:
    if isinstance(expression, exp.Create):
        yield from partitions.create(expression)
    elif isinstance(expression, exp.Insert):
        yield from partitions.insert(expression, catalog)
    elif isinstance(expression, exp.TruncateTable) and expression.args.get("partition"):
        yield partitions.delete(expression.expressions[0], expression.args["partition"])
    elif isinstance(expression, exp.Alter) and _partition_of(expression) is not None:
        yield from partitions.alter(expression)
    elif isinstance(expression, exp.Drop):
        expression.set("kind", _schema_for_database(str(expression.args.get("kind"))))
        expression.set("purge", None)
        yield _sql(expression)
    else:
        yield _sql(expression)


def _partition_of(expression: exp.Alter) -> exp.Expression | None:
    return expression.find(exp.Partition)


def _rename_schemas(expression: exp.Expression) -> None:
    """Hive's database ``default`` is the schema ``main`` here."""
    for table in expression.find_all(exp.Table):
        if table.db.lower() == "default":
            table.set("db", exp.to_identifier("main"))
    if isinstance(expression, exp.Use) and expression.this.name.lower() == "default":
        expression.set("this", exp.to_identifier("main"))


def _name_range_columns(expression: exp.Expression) -> None:
    """Spark's ``range(n)`` has a column ``id``, DuckDB's has ``range``."""
    for table in expression.find_all(exp.Table):
        function = table.this
        is_range = isinstance(function, exp.GenerateSeries) or (
            isinstance(function, exp.Anonymous) and function.name.lower() == "range"
        )
        if is_range and not table.alias_column_names:
            name = exp.to_identifier(table.alias or "range")
            table.set("alias", exp.TableAlias(this=name, columns=[exp.to_identifier("id")]))


def _schema_for_database(kind: str) -> str:
    return "SCHEMA" if kind.upper() == "DATABASE" else kind


def _command(expression: exp.Command, text: str, dialect: str) -> str:
    """A statement that sqlglot has only split off: EXPLAIN with the statement behind it translated."""
    if expression.name.upper() != "EXPLAIN":
        return text
    explained = re.sub(r"(?is)^\s*explain\s+(extended|formatted|cost|codegen)?\s*", "", text)
    try:
        return f"EXPLAIN {sqlglot.transpile(explained, read=dialect, write='duckdb')[0]}"
    except SqlglotError:
        return text


def _sql(expression: exp.Expression) -> str:
    return expression.sql(dialect="duckdb", comments=False)
