"""A jar whose program runs its arguments as Flink SQL, one statement each.

The distribution of PyPI has no example jars, and a compiler is more than a local Flink asks for. So the one class that
is needed is put together here, in the class file format of the Java Virtual Machine Specification, chapter 4. It is::

    public static void main(String[] statements) {
        TableEnvironment environment = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        for (String statement : statements) environment.executeSql(statement);
    }
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

MAIN_CLASS = "taskcenter.SqlProgram"

_TABLE = "org/apache/flink/table/api/"
_ENVIRONMENT, _SETTINGS, _RESULT = f"{_TABLE}TableEnvironment", f"{_TABLE}EnvironmentSettings", f"{_TABLE}TableResult"
_MAGIC, _JAVA_8 = 0xCAFEBABE, 52
_PUBLIC, _STATIC, _SUPER = 0x0001, 0x0008, 0x0020
_UTF8, _CLASS, _METHOD, _INTERFACE_METHOD, _NAME_AND_TYPE = 1, 7, 10, 11, 12
_APPEND_TWO, _INTEGER, _OBJECT = 253, 1, 7
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_sql_jar(path: Path) -> Path:
    """Write the jar, always the same bytes; returns its path."""
    manifest = f"Manifest-Version: 1.0\r\nMain-Class: {MAIN_CLASS}\r\n\r\n"
    files = {
        "META-INF/MANIFEST.MF": manifest.encode("ascii"),
        f"{MAIN_CLASS.replace('.', '/')}.class": _class_file(),
    }
    with zipfile.ZipFile(path, "w") as jar:
        for name, content in files.items():
            jar.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return path


class _ConstantPool:
    """The constants of a class file; each is there once."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}

    def utf8(self, text: str) -> int:
        raw = text.encode("ascii")
        return self._add(struct.pack(">BH", _UTF8, len(raw)) + raw)

    def class_(self, name: str) -> int:
        return self._add(struct.pack(">BH", _CLASS, self.utf8(name)))

    def method(self, owner: str, name: str, descriptor: str, *, interface: bool = False) -> int:
        name_and_type = self._add(struct.pack(">BHH", _NAME_AND_TYPE, self.utf8(name), self.utf8(descriptor)))
        tag = _INTERFACE_METHOD if interface else _METHOD
        return self._add(struct.pack(">BHH", tag, self.class_(owner), name_and_type))

    def _add(self, entry: bytes) -> int:
        return self._numbers.setdefault(entry, len(self._numbers) + 1)

    def as_bytes(self) -> bytes:
        return struct.pack(">H", len(self._numbers) + 1) + b"".join(self._numbers)


def _class_file() -> bytes:
    pool = _ConstantPool()
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
    # At 9 there are two more locals than at first; at 31 the same ones.
    frames = struct.pack(">HBHBHBB", 2, _APPEND_TWO, 9, _OBJECT, pool.class_(_ENVIRONMENT), _INTEGER, 31 - 9 - 1)
    attributes = struct.pack(">HI", pool.utf8("StackMapTable"), len(frames)) + frames
    body = struct.pack(">HHI", 3, 3, len(code)) + code + struct.pack(">HH", 0, 1) + attributes
    name, descriptor = pool.utf8("main"), pool.utf8("([Ljava/lang/String;)V")
    method = struct.pack(">HHHH", _PUBLIC | _STATIC, name, descriptor, 1)
    method += struct.pack(">HI", pool.utf8("Code"), len(body)) + body
    own, parent = pool.class_(MAIN_CLASS.replace(".", "/")), pool.class_("java/lang/Object")
    return b"".join(
        (
            struct.pack(">IHH", _MAGIC, 0, _JAVA_8),
            pool.as_bytes(),
            struct.pack(">HHHHHH", _PUBLIC | _SUPER, own, parent, 0, 0, 1),
            method,
            struct.pack(">H", 0),
        )
    )
