"""Runs a Python job; started as a program of its own: ``python_runner.py CODE_FILE MESSAGES_FD``.

Beside what Python has, the code finds ``show(rows, columns=None)``, which makes a table result set of rows (sequences or
mappings) or of a pandas frame, and ``progress(share)``. Both talk to the server over a pipe, a JSON object a line.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


def _type_of(values: Iterable[Any]) -> str:
    kinds = {_kind(value) for value in values if value is not None}
    if kinds == {"bigint", "double"}:
        return "double"
    return kinds.pop() if len(kinds) == 1 else "string"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "bigint"
    return "double" if isinstance(value, float) else "string"


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and value != value):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rows_of(rows: Any, columns: Sequence[str] | None) -> tuple[list[list[Any]], Sequence[str]]:
    if hasattr(rows, "itertuples"):
        return [list(row) for row in rows.itertuples(index=False)], columns or [str(name) for name in rows.columns]
    rows = list(rows)
    if rows and isinstance(rows[0], dict):
        columns = columns or list(rows[0])
        rows = [[row.get(name) for name in columns] for row in rows]
    rows = [list(row) if isinstance(row, (list, tuple)) else [row] for row in rows]
    return rows, columns or [f"col{index}" for index in range(len(rows[0]) if rows else 0)]


def main() -> None:
    """Run the code file."""
    path, messages = sys.argv[1], os.fdopen(int(sys.argv[2]), "w", buffering=1, encoding="utf-8")

    def send(message: dict[str, Any]) -> None:
        messages.write(json.dumps(message, ensure_ascii=False) + "\n")
        messages.flush()

    def show(rows: Any, columns: Sequence[str] | None = None) -> None:
        rows, columns = _rows_of(rows, columns)
        types = [_type_of([row[index] for row in rows]) for index in range(len(columns))]
        send(
            {
                "table": [
                    {"columnName": str(name), "comment": "NULL", "dataType": kind}
                    for name, kind in zip(columns, types, strict=False)
                ]
            }
        )
        for start in range(0, len(rows), 1000):
            send({"rows": [[_text(value) for value in row] for row in rows[start : start + 1000]]})

    def progress(share: float) -> None:
        send({"progress": float(share)})

    source = Path(path).read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "__main__", "__file__": "job.py", "show": show, "progress": progress}
    try:
        exec(compile(source, "job.py", "exec"), names)  # noqa: S102 # running it is what this program is for
    except SystemExit as end:
        if end.code not in (None, 0):
            sys.exit(end.code if isinstance(end.code, int) else 1)
    except BaseException as error:  # noqa: BLE001 # whatever ends the job is told
        kind, value, trace = type(error), error, error.__traceback__
        traceback.print_exception(kind, value, trace.tb_next if trace else None)
        sys.stderr.flush()
        send({"error": f"{kind.__name__}: {value}"})
        sys.exit(1)
    finally:
        sys.stdout.flush()


if __name__ == "__main__":
    main()
