"""Lines of a log in a file that nobody else can open, read by their numbers without reading what is before them."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
import weakref
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MARK_LINES = 100
"""Of every so many lines, the place of the first is kept in memory."""

_BLOCK_BYTES = 1 << 18
_SEARCH_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Hits:
    """What a search has found.

    :param lines: the numbers of the lines that have the text, ascending
    :param scanned: the number of the last line that was looked at
    """

    lines: list[int]
    scanned: int


class LineFile:
    """Lines, appended by one thread at a time while others read. Lines are numbered from 1 on.

    The file has no name, so that it is gone with the process, however that ends; it is closed when the last one who reads it
    lets go of it.

    :param directory: where its bytes are; None: the system's temporary directory
    :param max_bytes: it takes no more than this
    :raises OSError: no file can be made there.
    """

    def __init__(self, directory: str | None, max_bytes: int) -> None:
        with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
            self._descriptor = os.dup(file.fileno())
        # Not at the end of the process, in which threads may still read; the system closes it then.
        weakref.finalize(self, os.close, self._descriptor).atexit = False
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._marks = array("Q")
        self._digest = hashlib.blake2b(digest_size=16)
        self.size = 0
        self.total = 0
        self.is_full = False

    def append(self, lines: Sequence[bytes]) -> None:
        """Add lines, without their ends; those that would make it larger than it may be are left out from the first one on.

        :raises OSError: the disk is full, or broken; none of them has been added.
        """
        marks, buffer, count = array("Q"), bytearray(), 0
        for line in lines:
            if self.is_full or self.size + len(buffer) + len(line) >= self._max_bytes:
                self.is_full = True
                break
            if (self.total + count) % MARK_LINES == 0:
                marks.append(self.size + len(buffer))
            buffer += line
            buffer += b"\n"
            count += 1
        written = 0
        with memoryview(buffer) as view:
            while written < len(view):
                written += os.pwrite(self._descriptor, view[written:], self.size + written)
        self._digest.update(buffer)
        with self._lock:
            self._marks.extend(marks)
            self.size += len(buffer)
            self.total += count

    def digest(self) -> bytes:
        """A hash of all lines, each with its end."""
        return self._digest.digest()

    def read(self, first: int, count: int, max_bytes: int) -> list[str]:
        """Lines from a number on.

        :param count: how many at most
        :param max_bytes: a soft bound: none is begun above it
        """
        found: list[str] = []
        size = 0
        if count <= 0:
            return found
        for line in self._from(first):
            found.append(line.decode("utf-8", "replace"))
            size += len(line)
            if len(found) >= count or size >= max_bytes:
                break
        return found

    def search(self, text: str, after: int, limit: int, seconds: float) -> Hits:
        """Look for a text, whatever the case of its letters, in the lines after one.

        :param limit: how many lines at most
        :param seconds: how long to look at most
        """
        wanted, until = text.lower(), time.monotonic() + seconds
        hits: list[int] = []
        scanned = min(after, self.total)
        for first, block in self._blocks(after + 1, _SEARCH_BLOCK_BYTES):
            low = block.decode("utf-8", "replace").lower()
            number, place = first, 0
            while (found := low.find(wanted, place)) >= 0:
                number += low.count("\n", place, found)
                if number > after:
                    hits.append(number)
                    if len(hits) >= limit:
                        return Hits(hits, number)
                place = low.find("\n", found) + 1
                number += 1
            scanned = max(scanned, number + low.count("\n", place) - 1)
            if time.monotonic() > until:
                break
        return Hits(hits, scanned)

    def _from(self, first: int) -> Iterator[bytes]:
        for number, block in self._blocks(first, _BLOCK_BYTES):
            yield from block[:-1].split(b"\n")[max(0, first - number) :]

    def _blocks(self, first: int, block_bytes: int) -> Iterator[tuple[int, bytes]]:
        """Whole lines in blocks, each with the number of its first one, from the last mark up to ``first`` on."""
        with self._lock:
            mark = max(0, first - 1) // MARK_LINES
            if first > self.total or mark >= len(self._marks):
                return
            place, end = self._marks[mark], self.size
        number, rest = mark * MARK_LINES + 1, b""
        while place < end:
            piece = os.pread(self._descriptor, min(block_bytes, end - place), place)
            if not piece:
                return  # somebody has cut the file short
            place += len(piece)
            whole, line_end, rest_of_piece = piece.rpartition(b"\n")
            if not line_end:
                rest += piece
                continue
            block = rest + whole + line_end
            yield number, block
            number += block.count(b"\n")
            rest = rest_of_piece
