"""What SQL systems have in common: how statements are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from json import dumps
from typing import Any
from uuid import UUID


def quoted(name: str, mark: str = '"') -> str:
    """A name that is taken as it is."""
    return f"{mark}{name.replace(mark, mark * 2)}{mark}"


def select(table: str, columns: Sequence[str], where: str, mark: str = '"') -> str:
    """A query for some columns of a table, whose name is quoted already."""
    return select_expressions(table, [quoted(column, mark) for column in columns], where)


def select_expressions(table: str, expressions: Sequence[str], where: str) -> str:
    """A query for expressions of our own over a table, whose name is quoted already."""
    return f"select {', '.join(expressions)} from {table}{_condition(where)}"  # noqa: S608 # the condition is the user's own


def count(table: str, where: str) -> str:
    """A query for the number of rows."""
    return f"select count(*) from {table}{_condition(where)}"  # noqa: S608 # likewise


def _condition(where: str) -> str:
    return f" where {where}" if where.strip() else ""


def as_text(value: Any) -> str | None:
    """A value as text that SQL systems read again."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "".join(f"\\x{byte:02X}" for byte in bytes(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (dict, list, tuple)):
        return dumps(value, ensure_ascii=False, default=as_text)
    return str(value)


def as_plain(value: Any) -> Any:
    """A value that any driver takes: numbers, texts and bytes stay, the rest becomes text."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (date, time, timedelta, Decimal, UUID, dict, list, tuple)):
        return as_text(value)
    return value
