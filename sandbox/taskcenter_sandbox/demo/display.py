"""What the demo prints."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

STATES = {
    "scheduled": ("·", "bright_black"),
    "queued": ("○", "bright_black"),
    "running": ("▶", "cyan"),
    "deferred": ("⏸", "magenta"),
    "up_for_retry": ("↻", "yellow"),
    "up_for_reschedule": ("↻", "yellow"),
    "success": ("✔", "green"),
    "failed": ("✘", "red"),
    "upstream_failed": ("✘", "red"),
    "skipped": ("↷", "yellow"),
}
LOG_LINES = 6
ROWS = 5
_WIDTH_WITHOUT_TERMINAL = 120
_CELL_CHARACTERS = 40


class Display:
    """Prints what happens, a line or a small table each.

    :param console: where to; standard output if not given
    """

    def __init__(self, console: Console | None = None) -> None:
        if console is None:
            console = Console(highlight=False)
            if not console.is_terminal:
                console.width = _WIDTH_WITHOUT_TERMINAL
        self.console = console

    def title(self, text: str) -> None:
        """Begin a part."""
        self.console.print()
        self.console.rule(f"[bold]{escape(text)}", align="left")

    def say(self, text: str) -> None:
        """Print one plain line."""
        self.console.print(text, markup=False)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show that something is being done; when it is done, that it is, and how long it took."""
        began = time.monotonic()
        with self.console.status(escape(text)):
            yield
        self.console.print(f"[green]✔[/] {escape(text)} [bright_black]{time.monotonic() - began:.1f} s")

    def task_state(self, task: str, state: str, seconds: float | None) -> None:
        """Show that a task has come into a state; ``seconds`` is how long it ran, if it did."""
        sign, style = STATES.get(state, ("?", "white"))
        took = "" if seconds is None else f"  [bright_black]{seconds:.1f} s"
        self.console.print(f"  [bright_black]{_now()}[/] [{style}]{sign} {state:<12}[/] {escape(task)}{took}")

    def log(self, task: str, lines: Sequence[str]) -> None:
        """Show the last of some new lines of a job's log."""
        if len(lines) > LOG_LINES:
            self._log_line(task, f"... {len(lines) - LOG_LINES} more lines")
        for line in lines[-LOG_LINES:]:
            self._log_line(task, line)

    def result(self, task: str, value: Any) -> None:
        """Show what a task returned: the first rows of each result set if it ran a job, otherwise the value."""
        if value is None:
            return
        if not isinstance(value, Mapping) or "result_sets" not in value:
            self.console.print(self._indent(task, f"returned {_short(value, 80)}"))
            return
        for number, result_set in enumerate(value["result_sets"], 1):
            self._result_set(f"{task}, result set {number} of {len(value['result_sets'])}", result_set)

    def summary(self, outcomes: Mapping[str, tuple[str, float]]) -> None:
        """Show how each run ended: ``{dag_id: (state, seconds)}``."""
        self.title("Summary")
        for dag_id, (state, seconds) in outcomes.items():
            self.task_state(dag_id, state, seconds)

    def _result_set(self, title: str, result_set: Mapping[str, Any]) -> None:
        count = result_set.get("row_count")
        rows = result_set.get("rows") or []
        described = f"{title}: {'?' if count is None else count} row{'' if count == 1 else 's'}"
        if path := result_set.get("path"):
            described += f" in {path}"
        self.console.print(self._indent("", described))
        if rows:
            table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
            for column in result_set["columns"]:
                table.add_column(Text(f"{column['name']} ({column['type']})"))
            for row in rows[:ROWS]:
                table.add_row(*(Text("NULL", style="bright_black") if v is None else _short(v) for v in row))
            self.console.print(_padded(table))
        if len(rows) > ROWS or (rows and result_set.get("truncated")):
            self.console.print(self._indent("", "..."))

    def _log_line(self, task: str, line: str) -> None:
        self.console.print(self._indent(task, line), overflow="ellipsis", no_wrap=True)

    @staticmethod
    def _indent(task: str, text: str) -> Text:
        prefix = f"{task} │ " if task else ""
        return Text(f"{'':11}{prefix}{text}", style="bright_black" if task else "")


def _padded(table: Table) -> Table:
    outer = Table.grid()
    outer.add_row(" " * 13, table)
    return outer


def _short(value: Any, characters: int = _CELL_CHARACTERS) -> str:
    text = str(value).replace("\n", "⏎")
    return text if len(text) <= characters else text[: characters - 1] + "…"


def _now() -> str:
    return time.strftime("%H:%M:%S")
