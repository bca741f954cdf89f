"""Hears what a Python or shell job prints and says, until it has ended."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from taskcenter_sandbox.linkis.dolphin import ResultWriter, TooLarge
from taskcenter_sandbox.linkis.engines.base import Task, column
from taskcenter_sandbox.linkis.logs import stamped

_READ_BYTES = 1 << 16
_LINE_BYTES = 1 << 16
"""Longer lines are cut into several."""

_MESSAGE_BYTES = 1 << 28
_POLL_SECONDS = 0.05


class _Lines:
    """Makes lines of pieces."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._rest = b""

    def add(self, piece: bytes) -> list[bytes]:
        """The lines that are complete now."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > self._max_bytes:
            lines.append(self._rest)
            self._rest = b""
        return lines

    def end(self) -> list[bytes]:
        """What came after the last line end."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []


class Listener:
    """Writes log and results of a job, and keeps its progress.

    :param channel: the job's messages (see ``python_runner``).
    """

    def __init__(self, task: Task, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 # they are pipes
        self._task = task
        self._process = process
        self._channel = channel
        self._text: ResultWriter | None = None
        self._table: ResultWriter | None = None
        self._streams: dict[int, tuple[_Lines, Callable[[list[str]], None]]] = {
            process.stdout.fileno(): (_Lines(_LINE_BYTES), self._printed),
            process.stderr.fileno(): (_Lines(_LINE_BYTES), self._complained),
            channel.fileno(): (_Lines(_MESSAGE_BYTES), self._said),
        }
        self.progress = 0.0
        self.error: str | None = None
        self.last_complaint = ""

    def listen(self) -> None:
        """Hear all until the process has ended.

        What its children print later is not waited for; they are about to be killed.

        :raises TooLarge: it wrote more than a job may.
        """
        for descriptor in self._streams:
            os.set_blocking(descriptor, False)
        with selectors.DefaultSelector() as selector:
            for descriptor in self._streams:
                selector.register(descriptor, selectors.EVENT_READ)
            ended = _register_end(selector, self._process)
            try:
                while self._process.poll() is None:
                    ready = {key.fd for key, _ in selector.select(None if ended is not None else _POLL_SECONDS)}
                    # Standard output first: what was printed before a message belongs before it.
                    for descriptor in [each for each in self._streams if each in ready]:
                        if not self._hear(descriptor):
                            selector.unregister(descriptor)
            finally:
                if ended is not None:
                    os.close(ended)
        for descriptor in self._streams:
            while self._hear(descriptor):
                pass

    def finish(self, *, whole: bool) -> None:
        """Close the results.

        :param whole: also a table that the job has not ended itself.
        """
        for lines, take in self._streams.values():
            if rest := lines.end():
                with suppress(TooLarge):
                    take([piece.decode(errors="replace") for piece in rest])
        if self._text is not None:
            self._text.finish()
        if self._table is not None:
            if whole:
                self._table.finish()
            else:
                self._table.discard()

    def _hear(self, descriptor: int) -> bool:
        """Take what is there; false at the end of the stream, or when there is nothing."""
        lines, take = self._streams[descriptor]
        try:
            piece = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            # Nothing for now is no end while the process lives; a child that lives on is not waited for.
            return self._process.returncode is None
        except OSError:
            piece = b""
        if complete := lines.add(piece):
            take([line.decode(errors="replace") for line in complete])
        return bool(piece)

    def _printed(self, lines: list[str]) -> None:
        if self._text is None:
            self._text = self._task.text()
        self._task.log.extend(lines)
        self._text.write([[line] for line in lines])

    def _complained(self, lines: list[str]) -> None:
        self.last_complaint = next((line for line in reversed(lines) if line.strip()), self.last_complaint)
        self._task.log.extend([stamped(line, "WARN") for line in lines])

    def _said(self, lines: list[str]) -> None:
        for line in lines:
            # The job holds the other end of the channel, and may write there what it likes.
            with suppress(ValueError, TypeError, KeyError, AttributeError):
                self._obey(json.loads(line))
            with suppress(OSError):
                self._channel.send(b"\n")

    def _obey(self, message: dict[str, Any]) -> None:
        if "progress" in message:
            self.progress = max(0.0, min(1.0, float(message["progress"])))
        elif "log" in message:
            self._task.log.extend([stamped(line) for line in str(message["log"]).split("\n")])
        elif "error" in message:
            self.error = str(message["error"])
            trace = str(message.get("trace") or self.error).rstrip("\n")
            self._task.log.extend([stamped(line, "ERROR") for line in trace.split("\n")])
        elif "table" in message:
            columns = [column(str(name), str(kind)) for name, kind in message["table"]]
            self._table = self._task.table(columns)
        elif "rows" in message and self._table is not None:
            self._table.write(message["rows"])
        elif "end" in message and self._table is not None:
            self._table.finish()
            self._table = None


def _register_end(selector: selectors.BaseSelector, process: subprocess.Popen[bytes]) -> int | None:
    """Have the selector notice the end of the process, where the system can tell."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        return None
    selector.register(descriptor, selectors.EVENT_READ)
    return descriptor
