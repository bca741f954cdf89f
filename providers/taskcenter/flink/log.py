"""What a task log shows of a Flink job: tasks, records in and out, checkpoints, and each exception once.

Flink keeps no log per job that its REST API could give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from taskcenter.core.flink.exceptions import JobException
from taskcenter.core.job import LogCursor

FIGURES_SECONDS = 60.0
"""Figures that change all the time are shown no more often than this; a change of the tasks' states at once."""

MAX_TRACE_LINES = 60

_MARK = "|"


def exception_lines(exceptions: Sequence[JobException], after: int) -> tuple[list[str], int]:
    """The lines of the exceptions that came after a time, and the time of the last one."""
    lines: list[str] = []
    for when, trace, task in exceptions:
        if when <= after:
            continue
        after = when
        text = [line.replace("\t", "    ").rstrip() for line in trace.splitlines() if line.strip()]
        more = len(text) - MAX_TRACE_LINES
        where = f" in {task}" if task else ""
        lines.append(f"{_time(when)} exception{where}: {text[0] if text else 'without a word'}")
        lines += text[1:MAX_TRACE_LINES]
        if more > 0:
            lines.append(f"    ... and {more} more lines")
    return lines, after


def figures(job: Mapping[str, Any], checkpoints: Mapping[str, Any] | None) -> tuple[str, str]:
    """Two pieces of a line: what changes seldom (the tasks' states), and what changes all the time."""
    vertices = [vertex for vertex in job.get("vertices") or [] if isinstance(vertex, Mapping)]
    states: dict[str, int] = {}
    for vertex in vertices:
        for name, count in (vertex.get("tasks") or {}).items():
            states[name] = states.get(name, 0) + _int(count)
    tasks = ", ".join(f"{count} {name.lower()}" for name, count in sorted(states.items()) if count) or "none yet"
    records_in = sum(_int((vertex.get("metrics") or {}).get("read-records")) for vertex in vertices)
    records_out = sum(_int((vertex.get("metrics") or {}).get("write-records")) for vertex in vertices)
    moved = f"records in {records_in}, out {records_out}"
    return f"tasks: {tasks}", f"{moved}{_checkpoint_words(checkpoints)}"


def records(job: Mapping[str, Any]) -> dict[str, int]:
    """Records that the job's tasks have handed to one another, ``{"records_in", "records_out"}``.

    Flink counts what goes between tasks: neither what a source reads nor what a sink writes.
    """
    vertices = [vertex.get("metrics") or {} for vertex in job.get("vertices") or []]
    return {
        "records_in": sum(_int(metrics.get("read-records")) for metrics in vertices),
        "records_out": sum(_int(metrics.get("write-records")) for metrics in vertices),
    }


def progress_line(cursor: LogCursor, seldom: str, often: str, now: float) -> tuple[list[str], LogCursor]:
    """The line to show, if any, and the cursor that remembers it (``last`` holds when and what was shown).

    :param now: epoch seconds; infinite when the job has ended.
    """
    when, _, rest = cursor.last.partition(_MARK)
    shown_seldom, _, shown_often = rest.partition(_MARK)
    changed = (seldom, often) != (shown_seldom, shown_often)
    due = seldom != shown_seldom or now - _float(when) >= FIGURES_SECONDS
    if not changed or not due:
        return [], cursor
    last = _MARK.join((f"{now:.0f}", seldom, often))
    return [f"{seldom}; {often}"], LogCursor(cursor.line, last, cursor.shown + 1)


def _checkpoint_words(checkpoints: Mapping[str, Any] | None) -> str:
    counts = (checkpoints or {}).get("counts")
    if not isinstance(counts, Mapping) or not counts.get("total"):
        return ""
    latest = ((checkpoints or {}).get("latest") or {}).get("completed")
    words = f"; checkpoints: {counts.get('completed')} completed, {counts.get('failed')} failed"
    if isinstance(latest, Mapping):
        words += (
            f", the last one (#{latest.get('id')}) {_int(latest.get('state_size'))} bytes in "
            f"{_int(latest.get('end_to_end_duration'))} ms"
        )
    return words


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")


def _int(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
