"""Java classes without a compiler: the class file format of the Java Virtual Machine Specification, chapter 4.

The distribution of PyPI has no example jars, and a compiler is more than a local Flink asks for.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PUBLIC, STATIC = 0x0001, 0x0008

_SUPER = 0x0020
_MAGIC, _JAVA_8 = 0xCAFEBABE, 52
_UTF8, _CLASS, _METHOD, _INTERFACE_METHOD, _NAME_AND_TYPE = 1, 7, 10, 11, 12
_EPOCH = (1980, 1, 1, 0, 0, 0)


class ConstantPool:
    """The constants of a class; each is there once. The methods return their numbers."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}

    def utf8(self, text: str) -> int:
        """A text."""
        raw = text.encode("ascii")
        return self._add(struct.pack(">BH", _UTF8, len(raw)) + raw)

    def class_(self, name: str) -> int:
        """A class, named with slashes."""
        return self._add(struct.pack(">BH", _CLASS, self.utf8(name)))

    def method(self, owner: str, name: str, descriptor: str, *, interface: bool = False) -> int:
        """A method of another class, or of an interface."""
        name_and_type = self._add(struct.pack(">BHH", _NAME_AND_TYPE, self.utf8(name), self.utf8(descriptor)))
        tag = _INTERFACE_METHOD if interface else _METHOD
        return self._add(struct.pack(">BHH", tag, self.class_(owner), name_and_type))

    def as_bytes(self) -> bytes:
        """The pool as it stands in the file."""
        return struct.pack(">H", len(self._numbers) + 1) + b"".join(self._numbers)

    def _add(self, entry: bytes) -> int:
        return self._numbers.setdefault(entry, len(self._numbers) + 1)


@dataclass(frozen=True)
class Method:
    """A method of a class that is made.

    :param code: its instructions.
    :param stack: the most values on its stack.
    :param variables: its parameters, ``this`` and its own variables, counted in words.
    :param frames: the entries of its StackMapTable with their count in front; empty where nothing jumps.
    """

    access: int
    name: str
    descriptor: str
    code: bytes
    stack: int
    variables: int
    frames: bytes = b""

    def as_bytes(self, pool: ConstantPool) -> bytes:
        """The method as it stands in the file."""
        attributes = struct.pack(">H", 0)
        if self.frames:
            attributes = struct.pack(">HHI", 1, pool.utf8("StackMapTable"), len(self.frames)) + self.frames
        body = struct.pack(">HHI", self.stack, self.variables, len(self.code)) + self.code
        body += struct.pack(">H", 0) + attributes
        head = struct.pack(">HHHH", self.access, pool.utf8(self.name), pool.utf8(self.descriptor), 1)
        return head + struct.pack(">HI", pool.utf8("Code"), len(body)) + body


def class_file(name: str, parent: str, pool: ConstantPool, methods: Sequence[Method]) -> bytes:
    """A public class for Java 8 and later.

    :param name: with slashes, as ``parent``.
    :param pool: what the methods' code refers to.
    """
    own, above = pool.class_(name), pool.class_(parent)
    made = b"".join(method.as_bytes(pool) for method in methods)
    head = struct.pack(">IHH", _MAGIC, 0, _JAVA_8) + pool.as_bytes()
    fields = struct.pack(">HHHHHH", PUBLIC | _SUPER, own, above, 0, 0, len(methods))
    return head + fields + made + struct.pack(">H", 0)


def write_jar(path: Path, classes: Mapping[str, bytes], main_class: str = "") -> Path:
    """Write a jar, the same bytes for the same classes; returns its path.

    :param classes: by their names, with slashes.
    :param main_class: whose ``main`` is the program.
    """
    main = f"Main-Class: {main_class}\r\n" if main_class else ""
    files = {"META-INF/MANIFEST.MF": f"Manifest-Version: 1.0\r\n{main}\r\n".encode("ascii")}
    files |= {f"{name}.class": content for name, content in classes.items()}
    with zipfile.ZipFile(path, "w") as jar:
        for name, content in files.items():
            jar.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return path
