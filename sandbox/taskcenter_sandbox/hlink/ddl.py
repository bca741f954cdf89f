"""A data source as Flink's ``CREATE TABLE``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from taskcenter_sandbox.hlink.answers import Json
from taskcenter_sandbox.hlink.field_templates import table_kind

_TYPES = {
    # Flink 2 takes a bare VARCHAR for one character.
    "VARCHAR": "STRING",
    "TIMESTAMP": "TIMESTAMP(3)",
    "DECIMAL": "DECIMAL(38, 18)",
    "ARRAY[TINYINT]": "ARRAY<TINYINT>",
}
_LATENESS = "INTERVAL '5' SECOND"


class NoTemplate(Exception):  # noqa: N818 # the server's own word for it
    """There is no such kind of table."""


def create_table(source: Json) -> str:
    """The statement that makes a data source's table.

    :raises NoTemplate: there is no such kind of table, or it has no columns.
    """
    kind = table_kind(source["dsType"], source["tableType"])
    columns = top_columns(source.get("dsSchemaColumnVOS") or [])
    if kind is None or not columns:
        raise NoTemplate(f"模版文件不存在ddl/{source['dsType']}_{source['tableType']}.ftl")
    lines = [f"  {_quoted(each['name'])} {_type(each, source['dsSchemaColumnVOS'])}" for each in columns]
    for each in columns:
        if each.get("eventTime") == 1:
            name = _quoted(each["name"])
            lines.append(f"  WATERMARK FOR {name} AS {name} - {_LATENESS}")
    by_name = {each.name: each.option for each in kind.properties}
    options = {"connector": kind.connector, **kind.fixed}
    for name, value in _values((source.get("jsonFieldVO") or {}).get("jsonValue") or []):
        options[by_name.get(name, name)] = value
    settings = [f"  {_text(name)} = {_text(str(value))}" for name, value in options.items()]
    table = _quoted(source["tableName"])
    return f"CREATE TABLE {table} (\n{_joined(lines)}\n) WITH (\n{_joined(settings)}\n)"


def insert_into(source: Json, run_sql: str) -> str:
    """The statement of a job that fills a sink; ``runSql`` is what stands behind its name."""
    return f"INSERT INTO {_quoted(source['tableName'])} {run_sql}"


def create_function(udf: Json) -> str:
    """The statement that makes a function of an uploaded jar."""
    name, jar = _quoted(udf["udfName"]), _text(udf["udfPath"])
    return f"CREATE TEMPORARY SYSTEM FUNCTION {name} AS {_text(udf['udfClass'])} LANGUAGE JAVA USING JAR {jar}"


def top_columns(columns: Sequence[Json]) -> list[Json]:
    """The table's own columns: the root's children, or what has no parent where there is no root."""
    roots = [
        each for each in columns if _parent(each) == "0" and each.get("flinkType") == "ROW" and _children(each, columns)
    ]
    return _children(roots[-1], columns) if roots else [each for each in columns if _parent(each) == "0"]


def _type(column: Json, columns: Sequence[Json]) -> str:
    """A column's type; those of ROW and ARRAY are made of the columns below them."""
    name = str(column.get("flinkType") or "VARCHAR").strip()
    below = _children(column, columns)
    if name.upper() == "ROW" and below:
        parts = [f"{_quoted(each['name'])} {_type(each, columns)}" for each in below]
        return f"ROW<{', '.join(parts)}>"
    if name.upper() == "ARRAY" and below:
        return f"ARRAY<{_type(below[0], columns)}>"
    return _TYPES.get(name.upper(), name)


def _parent(column: Json) -> str:
    return str(column.get("virtualPid") or "0")


def _children(column: Json, columns: Sequence[Json]) -> list[Json]:
    own = str(column.get("virtualId") or "")
    return [each for each in columns if own and _parent(each) == own]


def _values(fields: Sequence[Json]) -> Iterator[tuple[str, Any]]:
    """The values of a filled form, those of the chosen options' own fields included."""
    for each in fields:
        value = each.get("fieldValue")
        if value not in (None, "") and each.get("fieldName"):
            yield each["fieldName"], value
        for option in each.get("option") or []:
            if option.get("hasUnion") and option.get("name") == value:
                yield from _values(option.get("unionFields") or [])


def _quoted(name: str) -> str:
    return "`" + str(name).replace("`", "``") + "`"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _joined(lines: Sequence[str]) -> str:
    return ",\n".join(lines)
