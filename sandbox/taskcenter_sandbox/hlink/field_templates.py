"""The tables that a data source can be, and which connection properties each asks for (``/ds/getFieldTemplete``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from taskcenter_sandbox.hlink.answers import Json

SOURCE, SINK, SIDE = "source", "sink", "side"


@dataclass(frozen=True)
class Property:
    """A connection property, as a form asks for it.

    :param name: ``fieldName``.
    :param option: the option of Flink's connector that it becomes.
    :param choices: the values to choose from; any without them.
    """

    name: str
    option: str
    label: str
    required: bool = False
    default: str = ""
    choices: Sequence[str] = ()
    secret: bool = False

    def as_json(self, number: int) -> Json:
        """A JsonField of the document."""
        kind = "select" if self.choices else "password" if self.secret else "input"
        return {
            "fieldName": self.name,
            "label": self.label,
            "fieldValue": self.default,
            "defaultValue": self.default,
            "describe": f"'{self.option}'",
            "tips": "",
            "type": kind,
            "required": self.required,
            "readOnly": False,
            "multiple": False,
            "maxLength": 1000,
            "minLength": 1 if self.required else 0,
            "sequence": number,
            "option": [{"name": each, "dName": each, "hasUnion": False, "unionFields": []} for each in self.choices],
        }


@dataclass(frozen=True)
class TableKind:
    """A kind of table.

    :param connector: of Flink.
    :param label: in the dictionaries.
    :param roles: which of source, sink and side it can be.
    :param fixed: options that every such table has.
    """

    connector: str
    label: str
    roles: frozenset[str]
    properties: Sequence[Property] = ()
    fixed: Json = field(default_factory=dict)


_FORMAT = Property("format", "format", "格式", required=True, default="json", choices=("json", "csv"))
_JDBC = (
    Property("url", "url", "JDBC地址", required=True),
    Property("tableName", "table-name", "表名", required=True),
    Property("userName", "username", "用户名"),
    Property("password", "password", "密码", secret=True),
)

KINDS: dict[str, TableKind] = {
    "kafka": TableKind(
        "kafka",
        "Kafka",
        frozenset({SOURCE, SINK}),
        (
            Property("topic", "topic", "主题", required=True),
            Property("bootstrapServers", "properties.bootstrap.servers", "Kafka地址", required=True),
            Property("groupId", "properties.group.id", "消费组"),
            Property("startupMode", "scan.startup.mode", "消费起点", default="latest-offset"),
            _FORMAT,
        ),
    ),
    "mysql": TableKind("jdbc", "MySQL", frozenset({SINK, SIDE}), _JDBC),
    # The real server has no such tables; Flink itself brings them, so that jobs run without anything else.
    "filesystem": TableKind(
        "filesystem",
        "文件",
        frozenset({SOURCE, SINK, SIDE}),
        (Property("path", "path", "路径", required=True), _FORMAT),
        # Finished files are seen at the next checkpoint, not after Flink's half an hour.
        {"sink.rolling-policy.rollover-interval": "1 s", "sink.rolling-policy.check-interval": "500 ms"},
    ),
    "datagen": TableKind(
        "datagen",
        "随机数据",
        frozenset({SOURCE}),
        (
            Property("rowsPerSecond", "rows-per-second", "每秒行数", default="10"),
            Property("numberOfRows", "number-of-rows", "总行数"),
        ),
    ),
    "print": TableKind("print", "打印", frozenset({SINK})),
    "blackhole": TableKind("blackhole", "丢弃", frozenset({SINK})),
}
"""By ``tableType``."""


def table_kind(ds_type: str, table_type: str) -> TableKind | None:
    """A kind of table in a role, None where there is none."""
    kind = KINDS.get(table_type.lower())
    return kind if kind is not None and ds_type.lower() in kind.roles else None


def templates(ds_type: str, table_type: str) -> list[Json] | None:
    """The JsonFields to fill in for a table."""
    kind = table_kind(ds_type, table_type)
    return None if kind is None else [each.as_json(number) for number, each in enumerate(kind.properties, 1)]
