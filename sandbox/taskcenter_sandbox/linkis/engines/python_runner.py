"""Runs a Python job; a program of its own: ``python_runner.py CODE_FILE CHANNEL_FD``, isolated from the server.

Besides what Python has, the code finds

* ``show(rows, columns=None)`` makes a table result set: of sequences, of mappings, of anything that yields them, or of
  a pandas frame. ``show.show(frame)``, as in Linkis' own Python engine, is the same.
* ``progress(share)`` tells how much is done, 0 to 1.
* ``printlog(text)`` writes into the job's log, but not into its result.

They talk to the server over a socket, a JSON object a line, and wait for an answer to each: thus what is printed before
and after a table stays before and after it.
"""

from __future__ import annotations

import itertools
import json
import socket
import sys
import traceback
import types
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

BATCH_ROWS = 1000
_TYPES = ((bool, "boolean"), (int, "bigint"), (float, "double"))
_TYPES_BY_DTYPE = {"i": "bigint", "u": "bigint", "f": "double", "b": "boolean", "M": "timestamp"}


class Channel:
    """Sends to the server."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._answers = self._socket.makefile("rb")

    def send(self, message: dict[str, Any]) -> None:
        """Send a message and wait until it has been heard."""
        sys.stdout.flush()
        self._socket.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        self._answers.readline()


class Show:
    """The function ``show``, with itself as its method."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def __call__(self, rows: Any, columns: Sequence[str] | None = None) -> None:
        """Make a table."""
        if hasattr(rows, "itertuples") and hasattr(rows, "dtypes"):
            columns = columns or [str(name) for name in rows.columns]
            types = [_TYPES_BY_DTYPE.get(kind.kind, "string") for kind in rows.dtypes]
            batches = rows.itertuples(index=False, name=None)
        else:
            batches = iter(rows)
            first = list(itertools.islice(batches, BATCH_ROWS))
            batches = itertools.chain(first, batches)
            if first and isinstance(first[0], dict):
                names = list(columns or first[0])
                columns = names
                first = [[row.get(name) for name in names] for row in first]
                batches = ([row.get(name) for name in names] for row in batches)
            else:
                first = [_sequence(row) for row in first]
                batches = (_sequence(row) for row in batches)
            width = len(columns) if columns else len(first[0]) if first else 0
            columns = columns or [f"col{index}" for index in range(width)]
            types = [_type_of(row[index] for row in first if index < len(row)) for index in range(width)]
        self._channel.send({"table": [[str(name), kind] for name, kind in zip(columns, types, strict=False)]})
        while batch := list(itertools.islice(batches, BATCH_ROWS)):
            self._channel.send({"rows": [_texts(row, len(columns)) for row in batch]})
        self._channel.send({"end": True})

    def show(self, rows: Any, columns: Sequence[str] | None = None) -> None:
        """Make a table."""
        self(rows, columns)


def _texts(row: Sequence[Any], width: int) -> list[str | None]:
    texts = [_text(value) for value in row[:width]]
    return texts + [None] * (width - len(texts))


def _sequence(row: Any) -> list[Any]:
    return list(row) if isinstance(row, (list, tuple)) else [row]


def _type_of(values: Iterable[Any]) -> str:
    kinds = {_kind(value) for value in values if value is not None}
    if kinds == {"bigint", "double"}:
        return "double"
    return kinds.pop() if len(kinds) == 1 else "string"


def _kind(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "string")


def _text(value: Any) -> str | None:
    # NaN, NaT and NA are not equal to themselves, or do not know whether they are.
    if value is None or value != value or type(value).__name__ == "NAType":
        return None
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return str(bool(value)).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    return str(value)


def main() -> None:
    """Run the code file."""
    source, channel = Path(sys.argv[1]).read_text(encoding="utf-8"), Channel(int(sys.argv[2]))
    job = types.ModuleType("__main__")
    job.__dict__.update(
        __file__="job.py",
        show=Show(channel),
        progress=lambda share: channel.send({"progress": float(share)}),
        printlog=lambda text: channel.send({"log": str(text)}),
    )
    # The job is the main module: pickle and multiprocessing look for its functions there.
    sys.modules["__main__"] = job
    sys.argv = ["job.py"]
    sys.path.insert(0, str(Path.cwd()))
    code = 0
    try:
        exec(compile(source, "job.py", "exec"), job.__dict__)  # noqa: S102 # running what it is given is what it is for
    except SystemExit as end:
        if end.code not in (None, 0):
            code = end.code if isinstance(end.code, int) else 1
            channel.send({"error": f"SystemExit: {end.code}", "trace": ""})
    except BaseException as error:  # noqa: BLE001 # whatever the job raises
        code = 1
        here = error.__traceback__
        trace = traceback.format_exception(type(error), error, here.tb_next if here else None)
        channel.send({"error": f"{type(error).__name__}: {error}", "trace": "".join(trace)})
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of the job that are no daemons go on until they end, as in any Python program.
    sys.exit(code)


if __name__ == "__main__":
    main()
