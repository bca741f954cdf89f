"""SHOW and DESCRIBE of Spark and Hive, and the statements of theirs that have nothing to do here."""

# It makes SQL of SQL that it was sent, which is what it is for.
# ruff: noqa: S608

from __future__ import annotations

import re

from sqlglot import exp

from taskcenter_sandbox.linkis.engines.catalog import Catalog, Column

_NAME = r"`?(?:(?P<schema>[\w$]+)`?\.`?)?(?P<name>[\w$]+)`?"
_IN = r"(?:\s+(?:from|in)\s+`?(?P<schema>[\w$]+)`?)?"
_LIKE = r"(?:\s+(?:like\s+)?'(?P<like>[^']*)')?"

_TABLES = re.compile(rf"show\s+(?:tables|views){_IN}{_LIKE}", re.IGNORECASE)
_DATABASES = re.compile(rf"show\s+(?:databases|schemas|namespaces){_LIKE}", re.IGNORECASE)
_CREATE = re.compile(rf"show\s+create\s+table\s+{_NAME}", re.IGNORECASE)
_COLUMNS = re.compile(rf"show\s+columns\s+(?:from|in)\s+{_NAME}", re.IGNORECASE)
_PARTITIONS = re.compile(rf"show\s+partitions\s+{_NAME}.*", re.IGNORECASE)
_FUNCTIONS = re.compile(r"show\s+(?:\w+\s+)?functions.*", re.IGNORECASE)
_DESCRIBE = re.compile(rf"desc(?:ribe)?\s+(?:table\s+)?(?:formatted\s+|extended\s+)?{_NAME}", re.IGNORECASE)
_UNNEEDED = re.compile(
    r"(set|reset|add\s+(jar|jars|file|files|archive)|list\s+(jar|jars|file|files)|msck|analyze|refresh|cache|uncache"
    r"|invalidate|clear\s+cache|create\s+(temporary\s+)?function|drop\s+(temporary\s+)?function|reload|grant|revoke)\b",
    re.IGNORECASE,
)
_HIVE_TYPES = (
    ("VARCHAR", "string"),
    ("INTEGER", "int"),
    ("HUGEINT", "bigint"),
    ("TIMESTAMP WITH TIME ZONE", "timestamp"),
)


def unneeded(expression: exp.Expression, text: str) -> str:
    """Why a statement is passed over, empty for one that is not."""
    if isinstance(expression, exp.LoadData):
        return ""
    if isinstance(expression, exp.Alter) and all(
        isinstance(action, exp.AddPartition) for action in expression.args.get("actions") or [None]
    ):
        return "partitions come into being with their rows; nothing to do"
    found = _UNNEEDED.match(text)
    return f"{found[1].upper()} has no meaning for the local warehouse; passed over" if found else ""


def shown(text: str, catalog: Catalog, *, hive: bool) -> str | None:
    """A query that answers a SHOW or DESCRIBE, with the columns that Spark or Hive give it; None for others.

    :param hive: Hive's columns.
    """
    text = text.strip().rstrip(";")
    if found := _TABLES.fullmatch(text):
        columns = "table_name AS tab_name" if hive else _SPARK_TABLE
        where = f"table_schema = {_schema(found)} AND table_catalog = current_database(){_like(found, 'table_name')}"
        return f"SELECT {columns} FROM information_schema.tables WHERE {where} ORDER BY table_name"
    if found := _DATABASES.fullmatch(text):
        name = "CASE schema_name WHEN 'main' THEN 'default' ELSE schema_name END"
        column = "database_name" if hive else "namespace"
        where = f"database_name = current_database() AND (NOT internal OR schema_name = 'main'){_like(found, 'schema_name')}"
        return f'SELECT DISTINCT {name} AS "{column}" FROM duckdb_schemas() WHERE {where} ORDER BY 1'
    if found := _CREATE.fullmatch(text):
        where = f"schema_name = {_schema(found)} AND table_name = {_literal(found['name'])}"
        return f"SELECT sql AS createtab_stmt FROM duckdb_tables() WHERE {where}"
    if found := _PARTITIONS.fullmatch(text):
        return _partitions(found, catalog)
    if found := _COLUMNS.fullmatch(text) or _DESCRIBE.fullmatch(text):
        known = _columns(found, catalog)
        return _described(known) if _DESCRIBE.fullmatch(text) else _listed("col_name", [each.name for each in known])
    if _FUNCTIONS.fullmatch(text):
        return "SELECT DISTINCT function_name AS function FROM duckdb_functions() ORDER BY 1"
    return None


_SPARK_TABLE = (
    "CASE table_schema WHEN 'main' THEN 'default' ELSE table_schema END AS namespace, table_name AS \"tableName\", "
    "table_type = 'LOCAL TEMPORARY' AS \"isTemporary\""
)


def _columns(found: re.Match[str], catalog: Catalog) -> list[Column]:
    schema = (found["schema"] or "").lower()
    return catalog.columns("main" if schema == "default" else schema, found["name"])


def _described(columns: list[Column]) -> str | None:
    if not columns:
        # DuckDB says that there is no such table.
        return None
    rows = [(each.name, _hive_type(each.type), each.comment) for each in columns]
    partitioned = [each for each in columns if each.partition]
    if partitioned:
        rows += [("# Partition Information", "", ""), ("# col_name", "data_type", "comment")]
        rows += [(each.name, _hive_type(each.type), each.comment) for each in partitioned]
    values = ", ".join(f"({', '.join(_literal(value) for value in row)})" for row in rows)
    return f"SELECT * FROM (VALUES {values}) AS t(col_name, data_type, comment)"


def _partitions(found: re.Match[str], catalog: Catalog) -> str:
    keys = [each.name for each in _columns(found, catalog) if each.partition]
    if not keys:
        return _listed("partition", [])
    parts = " || '/' || ".join(f"""{_literal(key + "=")} || "{key}"::VARCHAR""" for key in keys)
    table = ".".join(f'"{part}"' for part in (_schema_name(found), found["name"]) if part)
    return f"SELECT DISTINCT {parts} AS partition FROM {table} ORDER BY 1"


def _listed(column: str, values: list[str]) -> str:
    if not values:
        return f"SELECT NULL::VARCHAR AS {column} WHERE FALSE"
    return f"SELECT * FROM (VALUES {', '.join(f'({_literal(value)})' for value in values)}) AS t({column})"


def _schema_name(found: re.Match[str]) -> str:
    schema = found["schema"] or ""
    return "main" if schema.lower() == "default" else schema


def _schema(found: re.Match[str]) -> str:
    schema = _schema_name(found)
    return _literal(schema) if schema else "current_schema()"


def _like(found: re.Match[str], column: str) -> str:
    """Hive's patterns: ``*`` for any characters, ``|`` between choices; Spark's SQL patterns work as well."""
    if found["like"] is None:
        return ""
    choices = [choice.replace("*", "%") for choice in found["like"].split("|")]
    return f" AND ({' OR '.join(f'{column} ILIKE {_literal(choice)}' for choice in choices)})"


def _hive_type(duckdb_type: str) -> str:
    for prefix, name in _HIVE_TYPES:
        if duckdb_type == prefix:
            return name
    return duckdb_type.lower()


def _literal(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"
