"""The types of data sources, their connection parameters, and what moves between which of them (facts section 2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ENGINES = ("DATAX", "SQOOP")
"""What ``engine`` can be; the local server moves the data itself, whichever it is."""


@dataclass(frozen=True)
class Key:
    """A connection parameter.

    :param kind: ``TEXT``, ``PASSWORD`` or ``SELECT``.
    """

    key: str
    name: str
    kind: str = "TEXT"
    required: bool = True
    default: str = ""


@dataclass(frozen=True)
class SourceType:
    """A type of data source.

    :param engines: those that read and write it.
    :param option: how it is shown among the others.
    """

    id: int
    name: str
    classifier: str
    option: str
    keys: tuple[Key, ...]
    engines: tuple[str, ...] = ENGINES
    structure: str = field(default="结构化")


_SERVER_KEYS = (
    Key("host", "主机名(Host)"),
    Key("port", "端口号(Port)"),
    Key("username", "用户名(Username)"),
    Key("password", "密码(Password)", "PASSWORD"),
    Key("databaseName", "数据库名(Database name)", required=False),
    Key("params", "连接参数(Connection params)", required=False),
)
_FILE_KEYS = (Key("path", "路径(Path)"),)
_DATABASE, _WAREHOUSE, _FILES = "关系型数据库", "大数据存储", "文件"

TYPES = (
    SourceType(
        1,
        "MYSQL",
        _DATABASE,
        "mysql数据库",
        (*_SERVER_KEYS, Key("driverClassName", "驱动类名", required=False, default="com.mysql.jdbc.Driver")),
    ),
    SourceType(4, "HIVE", _WAREHOUSE, "hive", (Key("envId", "集群环境(Cluster env)", "SELECT", required=False),)),
    SourceType(6, "POSTGRESQL", _DATABASE, "postgresql数据库", _SERVER_KEYS),
    SourceType(21, "SQLITE", _DATABASE, "sqlite文件", _FILE_KEYS),
    SourceType(22, "CSV", _FILES, "csv文件", _FILE_KEYS, ("DATAX",), "半结构化"),
    SourceType(23, "PARQUET", _FILES, "parquet文件", _FILE_KEYS, ("DATAX",)),
)
"""MYSQL and HIVE are Exchangis' own, the others this server's; ids are those of no other server."""


def by_id(type_id: int) -> SourceType | None:
    """The type with an id."""
    return next((each for each in TYPES if each.id == type_id), None)


def by_name(name: str) -> SourceType | None:
    """The type with a name, of whichever case."""
    return next((each for each in TYPES if each.name == name.upper()), None)


def fits(engine: str, source: str, sink: str) -> bool:
    """Whether an engine moves data from one type to another: Sqoop has Hive on exactly one side."""
    names = (source.upper(), sink.upper())
    types = [by_name(name) for name in names]
    if any(each is None or engine not in each.engines for each in types):
        return False
    return engine != "SQOOP" or names.count("HIVE") == 1


def key_definitions(source_type: SourceType, *, model_field: bool) -> list[dict[str, Any]]:
    """The connection parameters as Linkis tells them; empty fields are left out.

    :param model_field: whether the version marks those that a template can hold.
    """
    found = []
    for number, key in enumerate(source_type.keys, start=1):
        entry: dict[str, Any] = {
            "id": source_type.id * 100 + number,
            "key": key.key,
            "name": key.name,
            "valueType": key.kind,
            "scope": "ENV" if key.kind == "SELECT" else None,
            "require": key.required,
            "defaultValue": key.default,
        }
        if model_field and key.key in ("host", "port"):
            entry["modelField"] = True
        found.append({name: value for name, value in entry.items() if value not in (None, "")})
    return found
