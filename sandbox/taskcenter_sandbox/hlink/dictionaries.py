"""Dictionaries, documents and the types of columns: what Hlink's pages fill their forms with."""

from __future__ import annotations

import itertools
import threading
import time

from taskcenter_sandbox.hlink.answers import FAILED, Json, Refused
from taskcenter_sandbox.hlink.field_templates import KINDS, SIDE, SINK, SOURCE
from taskcenter_sandbox.hlink.status import LABELS

FLINK_TYPES = (
    "ROW", "VARCHAR", "ARRAY", "INT", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "DATE", "TIME", "TIMESTAMP", "DECIMAL",
    "ARRAY[TINYINT]",
)  # fmt: skip
BASIC_TYPES = (
    "String", "Integer", "Long", "Float", "Double", "Boolean", "BigDecimal", "BigInteger", "LocalDate", "LocalTime",
    "LocalDateTime", "Row", "List",
)  # fmt: skip

_VALUES: dict[str, tuple[str, dict[str, str]]] = {
    "ds_type": ("数据源类型", {SOURCE: "源表", SINK: "目标表", SIDE: "维表"}),
    **{
        f"dc_type_{role}": ("表类型", {name: kind.label for name, kind in KINDS.items() if role in kind.roles})
        for role in (SOURCE, SINK, SIDE)
    },
    "schema_type": ("schema类型", {"0": "json", "1": "avro"}),
    "structure_type": ("结构类型", {"0": "单一结构", "1": "多层嵌套结构"}),
    "job_type": ("作业类型", {"0": "SQL", "1": "JAR"}),
    "job_status": ("作业状态", {str(number): label for number, label in LABELS.items()}),
    "cluster_type": ("集群类型", {"0": "standalone"}),
    "flink_time_type": ("时间类型", {"0": "Processing Time", "1": "Event Time", "2": "Ingestion Time"}),
    "checkpoint_mode": ("检查点模式", {"0": "EXACTLY_ONCE", "1": "AT_LEAST_ONCE"}),
    "checkpoint_cleanup_mode": ("检查点清除策略", {"0": "RETAIN_ON_CANCELLATION", "1": "DELETE_ON_CANCELLATION"}),
    "statebackend_type": ("状态存储", {"0": "MemoryStateBackend", "1": "FsStateBackend", "2": "RocksDBStateBackend"}),
    "restart_strategy": ("重启策略", {"0": "No Restart", "1": "Fixed Delay", "2": "Failure Rate"}),
    "udf_type": ("函数类型", {name: name for name in ("SCALA", "TABLE", "AGGREGATE", "TABLEAGG")}),
}

_DOCUMENTS = {
    "sql": (
        "特征加工语句：目标表的 runSql 只写 SELECT 部分，服务端会补上 INSERT INTO 目标表；语句不可以';'结尾。\n\n"
        "    SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id\n"
    ),
    "udf": "自定义函数：上传jar包，填写函数名、类名和类型，之后SQL作业即可直接使用该函数名。\n",
    "ds": "数据源：源表与目标表由列投影和连接属性生成建表语句；维表必须有且仅有一个一级连接属性。\n",
}


def dictionaries() -> dict[str, list[Json]]:
    """Every dictionary, by its type."""
    numbers = itertools.count(1)
    return {
        kind: [
            _entry(next(numbers), kind, name, sort, value, label)
            for sort, (value, label) in enumerate(values.items(), 1)
        ]
        for kind, (name, values) in _VALUES.items()
    }


def _entry(number: int, kind: str, name: str, sort: int, value: str, label: str) -> Json:
    return {
        "id": number,
        "createBy": "system",
        "createTime": "2020-02-28 00:00:00",
        "modifyBy": None,
        "modifyTime": None,
        "dictSort": sort,
        "dictLabel": label,
        "dictValue": value,
        "dictType": kind,
        "dictName": name,
        "cssClass": None,
        "listClass": None,
        "isDefault": "Y" if sort == 1 else "N",
        "status": "0",
        "remark": None,
    }


def document(key: str) -> str:
    """A help text.

    :raises Refused: there is none.
    """
    if key not in _DOCUMENTS:
        raise Refused("获取文档失败！", FAILED)
    return _DOCUMENTS[key]


class Snowflake:
    """Numbers that grow with time and are never given twice (``/dict/getSnowflakeId``)."""

    _EPOCH_MS = 1_577_836_800_000
    _SEQUENCE_BITS = 22

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """The next number."""
        with self._lock:
            now = (int(time.time() * 1000) - self._EPOCH_MS) << self._SEQUENCE_BITS
            self._last = max(now, self._last + 1)
            return self._last
