"""Result set files: rows as JSON lines with a block index at the end, so that any page is read without the ones before.

Real ``.dolphin`` files are a binary format of Linkis' own that no client ever sees; only the name is kept.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

TEXT, TABLE = "1", "2"
BLOCK_ROWS = 1000
_FOOTER = struct.Struct("<Q8s")
_MAGIC = b"DOLPHIN1"


class ResultWriter:
    """Writes one result set; a context manager that leaves a whole file or none.

    :param path: the file.
    :param kind: ``1`` for text, ``2`` for a table.
    :param columns: ``{"columnName", "comment", "dataType"}`` of each; none for a text.
    """

    def __init__(self, path: Path, kind: str, columns: Sequence[dict[str, str]] = ()) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._part = path.with_suffix(".part")
        self._file: BinaryIO = self._part.open("wb")
        header = {"type": kind, "metadata": list(columns) if kind == TABLE else None}
        self._file.write(json.dumps(header).encode() + b"\n")
        self._blocks: list[int] = []
        self.rows = 0

    def write(self, rows: Iterable[Sequence[str | None]]) -> None:
        """Append rows; values are texts, None is NULL."""
        for row in rows:
            if self.rows % BLOCK_ROWS == 0:
                self._blocks.append(self._file.tell())
            self._file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            self.rows += 1

    def __enter__(self) -> ResultWriter:  # noqa: PYI034 # final in practice
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)
            return
        start = self._file.tell()
        self._file.write(json.dumps({"rows": self.rows, "blocks": self._blocks}).encode() + b"\n")
        self._file.write(_FOOTER.pack(start, _MAGIC))
        self._file.close()
        self._part.rename(self._path)


class ResultReader:
    """Reads a result set.

    :raises ValueError: the file is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            file.seek(-_FOOTER.size, 2)
            start, magic = _FOOTER.unpack(file.read(_FOOTER.size))
            if magic != _MAGIC:
                raise ValueError(f"{path.name} is not a result set")
            file.seek(start)
            footer = json.loads(file.readline())
            file.seek(0)
            header = json.loads(file.readline())
        self.kind: str = header["type"]
        self.columns: list[dict[str, str]] | None = header["metadata"]
        self.rows: int = footer["rows"]
        self._blocks: list[int] = footer["blocks"]

    def lines(self, first: int, count: int) -> Iterator[bytes]:
        """Rows as JSON, counted from 0."""
        last = min(self.rows, first + count)
        if first >= last:
            return
        block = first // BLOCK_ROWS
        with self._path.open("rb") as file:
            file.seek(self._blocks[block])
            for _ in range(first - block * BLOCK_ROWS):
                file.readline()
            for _ in range(last - first):
                yield file.readline().rstrip(b"\n")

    def values(self, first: int, count: int) -> Iterator[list[Any]]:
        """Rows as lists of texts and None."""
        for line in self.lines(first, count):
            yield json.loads(line)
