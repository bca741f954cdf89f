"""What a job can set for its source, its sink and its engine, as the web page builds it (ElementUI, facts section 2.1)."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

WRITE_MODES = {
    "MYSQL": ("INSERT", "UPDATE"),
    "POSTGRESQL": ("INSERT", "UPDATE"),
    "SQLITE": ("INSERT", "UPDATE"),
    "CSV": ("append", "truncate"),
    "PARQUET": ("append", "truncate"),
    "HIVE": ("append", "truncate"),
}
SQOOP_HIVE_MODES = ("APPEND", "OVERWRITE")

_WHOLE_NUMBER = "^[1-9]\\d*$"


def elements(engine: str, type_name: str, direction: str) -> list[Json]:
    """The settings of one side; none without a direction.

    :param direction: ``source`` or ``sink``.
    """
    if direction == "source":
        if type_name == "CSV":
            return []
        if type_name == "HIVE":
            return [_map(1, "partition", "分区信息")]
        return [_input(1, "where", "WHERE条件", required=False)]
    if direction == "sink":
        modes = SQOOP_HIVE_MODES if (engine, type_name) == ("SQOOP", "HIVE") else WRITE_MODES[type_name]
        found = [_option(1, "writeMode", "写入方式", modes)]
        return [*found, _map(2, "partition", "分区信息")] if type_name == "HIVE" else found
    return []


def engine_elements(engine: str) -> list[Json]:
    """The settings of an engine."""
    if engine == "SQOOP":
        return [
            _input(11, "setting.max.parallelism", "作业最大并行数", value="1", unit="个", pattern=_WHOLE_NUMBER),
            _input(12, "setting.max.memory", "作业最大内存", value="1024", unit="Mb", pattern=_WHOLE_NUMBER),
        ]
    return [
        _input(11, "setting.speed.byte", "作业速率限制", value="5", unit="Mb/s", pattern=_WHOLE_NUMBER),
        _input(12, "setting.speed.record", "作业记录数限制", value="100", unit="条/s", pattern=_WHOLE_NUMBER),
        _input(13, "setting.speed.channel", "作业最大并行度", value="1", unit="个", pattern=_WHOLE_NUMBER),
        _input(14, "setting.max.memory", "作业最大使用内存", value="1024", unit="Mb", pattern=_WHOLE_NUMBER),
        _input(15, "setting.errorLimit.record", "最多错误记录数", unit="条", pattern="^\\d+$", required=False),
    ]


def _input(
    number: int, key: str, label: str, *, value: str = "", unit: str = "", pattern: str = "", required: bool = True
) -> Json:
    return {
        "id": number,
        "key": key,
        "field": key,
        "label": label,
        "sort": number,
        "value": value,
        "defaultValue": value,
        "unit": unit,
        "required": required,
        "validateType": "REGEX" if pattern else None,
        "validateRange": pattern or None,
        "validateMsg": "请输入正整数" if pattern else None,
        "source": None,
        "refId": None,
        "type": "INPUT",
    }


def _map(number: int, key: str, label: str) -> Json:
    return {**_input(number, key, label, required=False), "value": None, "defaultValue": None, "type": "MAP"}


def _option(number: int, key: str, label: str, values: tuple[str, ...]) -> Json:
    return {
        "id": number,
        "key": key,
        "field": key,
        "label": label,
        "values": list(values),
        "value": values[0],
        "defaultValue": values[0],
        "sort": number,
        "unit": "",
        "required": True,
        "refId": None,
        "type": "OPTION",
    }
