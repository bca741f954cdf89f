"""Applies files of objects, each file in one transaction, and tells what has become of each object."""

from __future__ import annotations

import getpass
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from taskcenter_plugin.cli.output import complain, say
from taskcenter_plugin.cli.yaml_files import Entry, read_entries
from taskcenter_plugin.errors import BadRequest, TaskCenterError
from taskcenter_plugin.routes.bodies import check_storable
from taskcenter_plugin.routes.envelope import explain
from taskcenter_plugin.routes.transactions import in_transaction

Model = TypeVar("Model", bound=BaseModel)
Report = tuple[str, Enum]
"""The name of an object and what has become of it."""
_NAME_FIELDS = ("entityGroup", "entityKey")


def apply_files(files: Sequence[str], apply: Callable[[list[Entry], Session], list[Report]]) -> None:
    """Apply each file whole or not at all; the others go on.

    Prints a line for each object that was created or updated, and a count for each file.

    :param apply: does it for the objects of one file
    :raises SystemExit: a file was wrong; the standard error says where.
    """
    failed = False
    for file in files:
        try:
            entries = read_entries(file)
            _refuse_twins(entries)
            reports = in_transaction(lambda session, entries=entries: apply(entries, session))  # type: ignore[misc]
        except TaskCenterError as error:
            complain(f"{error.message}\nNothing of {file} has been applied.")
            failed = True
            continue
        for name, outcome in reports:
            if outcome.value != "unchanged":
                say(f"{outcome.value}: {name}")
        counts = Counter(str(outcome.value) for _, outcome in reports)
        say(f"{file}: " + ", ".join(f"{counts[each]} {each}" for each in ("created", "updated", "unchanged")))
    if failed:
        sys.exit(1)


@contextmanager
def told_where(entry: Entry) -> Iterator[None]:
    """Put file, document and field before the message of an error about an object."""
    try:
        yield
    except ValidationError as error:
        raise BadRequest(f"{entry.where}: {explain(error.errors(include_url=False))}{_hint(error)}") from error
    except TaskCenterError as error:
        error.message = f"{entry.where}: {error.message}"
        raise


def checked(model: type[Model], entry: Entry, also: Sequence[str] = ()) -> Model:
    """An object as a model, as a REST body would be; but a field that nobody knows is an error: it is a slip of the pen.

    :param also: further fields that are taken
    :raises BadRequest: it does not fit, or cannot be stored.
    """
    check_storable("it", entry.data)
    known = {field.alias or name for name, field in model.model_fields.items()} | set(also)
    unknown = [name for name in entry.data if name not in known]
    if unknown:
        raise BadRequest(f"{unknown[0]}: there is no such field. Known: {', '.join(sorted(known))}")
    return model.model_validate(entry.data)


def user_name(given: str | None) -> str:
    """Who is noted as creator.

    :raises SystemExit: nobody was named, and the operating system names nobody either.
    """
    try:
        return given or getpass.getuser()
    except (OSError, KeyError):
        sys.exit("The operating system does not say who you are. Give --user.")


def _refuse_twins(entries: Sequence[Entry]) -> None:
    first: dict[tuple[Any, ...], str] = {}
    for entry in entries:
        name = tuple(str(entry.data.get(field)) for field in _NAME_FIELDS)
        if name in first:
            raise BadRequest(f"{entry.where}: {' '.join(name)} is there already, in {first[name]}")
        first[name] = entry.where


def _hint(error: ValidationError) -> str:
    wants_text = any(
        each["type"] == "string_type" and isinstance(each["input"], (int, float, bool)) for each in error.errors()
    )
    return " (put it in quotes)" if wants_text else ""
