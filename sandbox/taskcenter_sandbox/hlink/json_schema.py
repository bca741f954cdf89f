"""A JSON Schema file as columns (``/ds/schemaAnalysisDO``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from taskcenter_sandbox.hlink.answers import FAILED, Json, Refused

_TYPES = {
    ("object", ""): ("ROW", "Row"),
    ("boolean", ""): ("BOOLEAN", "Boolean"),
    ("array", ""): ("ARRAY", "List"),
    ("number", ""): ("FLOAT", "Float"),
    ("integer", ""): ("BIGINT", "BigInteger"),
    ("string", ""): ("VARCHAR", "String"),
    ("string", "date-time"): ("TIMESTAMP", "LocalDateTime"),
    ("string", "date"): ("DATE", "LocalDate"),
    ("string", "time"): ("TIME", "LocalTime"),
    ("string", "base64"): ("ARRAY[TINYINT]", "PrimitiveArray<Byte>"),
}
"""By ``type``, and ``format`` or ``encoding``."""

_DEEPEST = 50

_KEYWORDS = frozenset(
    [
        "COUNT",
        "DATE",
        "DAY",
        "END",
        "GROUP",
        "HOUR",
        "INTERVAL",
        "KEY",
        "LIMIT",
        "METHOD",
        "MONTH",
        "ORDER",
        "POSITION",
        "RESULT",
        "SECOND",
        "START",
        "SYSTEM",
        "TABLE",
        "TIME",
        "TIMESTAMP",
        "TYPE",
        "USER",
        "VALUE",
        "YEAR",
    ]
)
"""Names that must be quoted in Flink SQL; ``res1`` of such a column holds it."""


def keyword(name: str) -> str | None:
    """The keyword that a column's name is, None if it is none."""
    return name.upper() if name.upper() in _KEYWORDS else None


def columns_of(schema_text: str, next_id: Callable[[], int]) -> list[Json]:
    """The columns that a schema describes: the root first, each child after its parent.

    :param next_id: makes virtual ids.
    :raises Refused: with 500; it is no JSON, or no schema of an object.
    """
    try:
        schema = json.loads(schema_text)
    except ValueError as error:
        raise Refused(f"json格式有误，请检查！错误信息如下：\n{error}", FAILED) from error
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise Refused("解析失败！错误信息如下：\n根级type必须是object类型", FAILED)
    return list(_walk("root", schema, 0, "0", next_id))


def _walk(name: str, schema: Any, level: int, parent: str, next_id: Callable[[], int]) -> Iterator[Json]:
    if not isinstance(schema, dict) or level > _DEEPEST:
        raise Refused(f"解析失败！错误信息如下：\n{name}", FAILED)
    kind = str(schema.get("type", "")).lower()
    form = str(schema.get("format") or schema.get("encoding") or "").lower()
    flink, basic = _TYPES.get((kind, form)) or _TYPES.get((kind, "")) or ("", "")
    own = str(next_id())
    yield {
        "virtualId": own,
        "virtualPid": parent,
        "name": name,
        "basicType": basic,
        "flinkType": flink,
        "level": level,
        "comment": schema.get("description"),
        "eventTime": 0,
        "joinKey": 0,
        "res1": keyword(name),
    }
    if flink == "ROW":
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            raise Refused(f"解析失败！错误信息如下：\n{name}: properties", FAILED)
        for child, below in properties.items():
            yield from _walk(child, below, level + 1, own, next_id)
    elif flink == "ARRAY":
        items = schema.get("items")
        first = items[0] if isinstance(items, list) and items else items
        yield from _walk(f"array_node_{name}", first, level + 1, own, next_id)
