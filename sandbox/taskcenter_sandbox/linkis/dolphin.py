"""Result set files: any page is read without the ones before it, and written with constant memory.

A file is one line of JSON with type and columns, then the rows, a JSON array of texts and nulls on a line each, then
for every 1000th row the place where it begins (8 bytes), then a footer with the number of rows and the place of that
index. A page of rows is thus a slice of the file, and already JSON. Real ``.dolphin`` files are a format of Linkis' own
that no client ever sees; only the name is kept.
"""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from typing_extensions import Self

TEXT, TABLE = "1", "2"
SUFFIX = ".dolphin"
UNFINISHED = ".part"
BLOCK_ROWS = 1000

_OFFSET_BYTES = 8
_FOOTER = struct.Struct("<QQ8s")
_MAGIC = b"DOLPHIN2"


class TooLarge(Exception):  # noqa: N818 # an outcome of a job
    """A result set is larger than a job may write."""


class ResultWriter:
    """Writes one result set; a context manager that leaves a whole file or none.

    :param path: the file.
    :param kind: ``1`` for text, ``2`` for a table.
    :param columns: ``{"columnName", "comment", "dataType"}`` of each; none for a text.
    :param max_bytes: the largest size.
    """

    def __init__(self, path: Path, kind: str, columns: Sequence[dict[str, str]], max_bytes: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._part = path.with_suffix(UNFINISHED)
        self._max_bytes = max_bytes
        self._file: BinaryIO = self._part.open("wb")
        header = {"type": kind, "metadata": list(columns) if kind == TABLE else None}
        self._size = self._file.write(json.dumps(header, ensure_ascii=False).encode() + b"\n")
        # 8 bytes for 1000 rows: a thousand million rows take 8 MB.
        self._index = array("Q")
        self.rows = 0

    def write(self, rows: Sequence[Sequence[str | None]]) -> None:
        """Append rows; values are texts, None is NULL."""
        self.write_json([json.dumps(row, ensure_ascii=False) for row in rows])

    def write_json(self, rows: Sequence[str]) -> None:
        """Append rows that are JSON arrays already.

        :raises TooLarge: no more may be written.
        """
        start = 0
        while start < len(rows):
            room = BLOCK_ROWS - self.rows % BLOCK_ROWS
            if room == BLOCK_ROWS:
                self._index.append(self._size)
            block = rows[start : start + room]
            self._size += self._file.write(("\n".join(block) + "\n").encode())
            self.rows += len(block)
            start += len(block)
        if self._size > self._max_bytes:
            raise TooLarge(
                f"the job wrote more than {self._max_bytes:,} bytes into one result set; write much into a table"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.discard()

    def finish(self) -> None:
        """Make it a whole file."""
        self._file.write(self._index.tobytes())
        self._file.write(_FOOTER.pack(self.rows, self._size, _MAGIC))
        self._file.close()
        self._part.rename(self._path)

    def discard(self) -> None:
        """Leave no file."""
        self._file.close()
        self._part.unlink(missing_ok=True)


class ResultReader:
    """Reads a result set.

    :raises OSError: there is no such file.
    :raises ValueError: the file is no result set.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < _FOOTER.size:
                raise ValueError(f"{path.name} is not a result set")
            file.seek(size - _FOOTER.size)
            self.rows, self._index_start, magic = _FOOTER.unpack(file.read(_FOOTER.size))
            if magic != _MAGIC:
                raise ValueError(f"{path.name} is not a result set")
            file.seek(0)
            header = json.loads(file.readline())
        self.kind: str = header["type"]
        self.columns: list[dict[str, str]] | None = header["metadata"]

    def page(self, first: int, count: int) -> tuple[bytes, int]:
        """Rows as a JSON array of arrays, and how many they are. Rows count from 0."""
        last = min(self.rows, first + count)
        if first < 0 or first >= last:
            return b"[]", 0
        lines = self._blocks(first // BLOCK_ROWS, -(-last // BLOCK_ROWS))
        if first % BLOCK_ROWS == 0 and (last % BLOCK_ROWS == 0 or last == self.rows):
            # Texts hold no bare line end, it is escaped in JSON.
            return b"[" + lines[:-1].replace(b"\n", b",") + b"]", last - first
        start = first % BLOCK_ROWS
        chosen = lines.split(b"\n")[start : start + last - first]
        return b"[" + b",".join(chosen) + b"]", last - first

    def values(self, first: int, count: int) -> Iterator[list[Any]]:
        """Rows as lists of texts and None, block by block."""
        last = min(self.rows, first + count)
        while 0 <= first < last:
            size = min(last - first, BLOCK_ROWS - first % BLOCK_ROWS)
            yield from json.loads(self.page(first, size)[0])
            first += size

    def _blocks(self, begin: int, end: int) -> bytes:
        """The lines of some blocks; ``end`` is the first one that is not wanted."""
        with self._path.open("rb") as file:
            file.seek(self._index_start + begin * _OFFSET_BYTES)
            index = array("Q")
            index.frombytes(file.read((end - begin + 1) * _OFFSET_BYTES)[: (end - begin + 1) * _OFFSET_BYTES])
            blocks = -(-self.rows // BLOCK_ROWS)
            stop = self._index_start if end >= blocks else index[end - begin]
            file.seek(index[0])
            return file.read(stop - index[0])
