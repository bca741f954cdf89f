"""Downloads whose pieces are thrown away, and the memory that processes take meanwhile."""

from __future__ import annotations

import http.client
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_PIECE = 1 << 18


@dataclass(frozen=True)
class Download:
    """What was downloaded: bytes, and the seconds that it took."""

    size: int
    seconds: float


def download(url: str, headers: Mapping[str, str]) -> Download:
    """Download a file.

    :raises RuntimeError: the answer is an error, or no file.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=300)
    buffer, size = memoryview(bytearray(_PIECE)), 0
    start = time.perf_counter()
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=dict(headers))
        reply = connection.getresponse()
        if reply.status != http.client.OK or "attachment" not in reply.headers.get("Content-Disposition", ""):
            raise RuntimeError(f"{parts.path}: {reply.status} {reply.read(500)!r}")
        while count := reply.readinto(buffer):
            size += count
        return Download(size, time.perf_counter() - start)
    finally:
        connection.close()


@contextmanager
def peak_growth(pids: Sequence[int]) -> Iterator[list[float]]:
    """By how many bytes processes grew at most, all together; in the list at the end. Not a number without ``/proc``."""
    growth = [math.nan]
    before = sum(_kilobytes(pid, "VmRSS") for pid in pids)
    if not before:
        yield growth
        return
    for pid in pids:
        _forget_peak(pid)
    yield growth
    growth[0] = max(0, sum(_kilobytes(pid, "VmHWM") for pid in pids) - before) * 1024.0


def _kilobytes(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="utf-8")
