"""A jar whose program runs its arguments as Flink SQL, one statement each.

Its one class is::

    public static void main(String[] statements) {
        TableEnvironment environment = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        for (String statement : statements) environment.executeSql(statement);
    }
"""

from __future__ import annotations

import struct
from pathlib import Path

from taskcenter_sandbox.flink.class_file import PUBLIC, STATIC, ConstantPool, Method, class_file, write_jar

MAIN_CLASS = "taskcenter.SqlProgram"

_NAME = MAIN_CLASS.replace(".", "/")
_API = "org/apache/flink/table/api"
_ENVIRONMENT, _SETTINGS, _RESULT = f"{_API}/TableEnvironment", f"{_API}/EnvironmentSettings", f"{_API}/TableResult"
_APPEND_TWO, _INTEGER, _OBJECT = 253, 1, 7


def write_sql_jar(path: Path) -> Path:
    """Write the jar, always the same bytes; returns its path."""
    pool = ConstantPool()
    settings = pool.method(_SETTINGS, "inStreamingMode", f"()L{_SETTINGS};")
    create = pool.method(_ENVIRONMENT, "create", f"(L{_SETTINGS};)L{_ENVIRONMENT};", interface=True)
    execute = pool.method(_ENVIRONMENT, "executeSql", f"(Ljava/lang/String;)L{_RESULT};", interface=True)
    code = b"".join(
        (
            struct.pack(">BH", 0xB8, settings),  # 0 invokestatic
            struct.pack(">BH", 0xB8, create),  # 3 invokestatic
            b"\x4c\x03\x3d",  # 6 astore_1, iconst_0, istore_2
            b"\x1c\x2a\xbe",  # 9 iload_2, aload_0, arraylength: the loop begins
            struct.pack(">Bh", 0xA2, 19),  # 12 if_icmpge: to the end, at 31
            b"\x2b\x2a\x1c\x32",  # 15 aload_1, aload_0, iload_2, aaload
            struct.pack(">BHBB", 0xB9, execute, 2, 0),  # 19 invokeinterface
            b"\x57\x84\x02\x01",  # 24 pop, iinc 2 1
            struct.pack(">Bh", 0xA7, -19),  # 28 goto: to 9
            b"\xb1",  # 31 return
        )
    )
    # At 9 there are two more variables than at first; at 31 the same ones.
    frames = struct.pack(">HBHBHBB", 2, _APPEND_TWO, 9, _OBJECT, pool.class_(_ENVIRONMENT), _INTEGER, 31 - 9 - 1)
    main = Method(PUBLIC | STATIC, "main", "([Ljava/lang/String;)V", code, stack=3, variables=3, frames=frames)
    return write_jar(path, {_NAME: class_file(_NAME, "java/lang/Object", pool, [main])}, MAIN_CLASS)
