"""What the commands print."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from taskcenter_plugin.cli.yaml_files import dump_entries


def say(text: str) -> None:
    """A line of a report."""
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """What went wrong."""
    sys.stderr.write(f"{text}\n")


def print_table(rows: list[dict[str, Any]], output: str) -> None:
    """A list, as Airflow's own commands print theirs (``--output``)."""
    from airflow.cli.simple_table import AirflowConsole

    AirflowConsole().print_as(data=rows, output=output, mapper=None)


def print_json(view: dict[str, Any]) -> None:
    """One object, as the REST API answers it."""
    say(json.dumps(view, ensure_ascii=False, indent=2))


def write_yaml(entries: Iterable[dict[str, Any]], file: str | None) -> None:
    """Objects that ``apply`` takes back, into a file or to the standard output.

    :raises SystemExit: the file cannot be written.
    """
    text = dump_entries(entries)
    if file is None:
        sys.stdout.write(text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        sys.exit(f"{file} cannot be written: {error}")
