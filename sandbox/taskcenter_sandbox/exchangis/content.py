"""What a job's content says: its sub jobs, each of which moves one table (facts section 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from taskcenter_sandbox.exchangis import types
from taskcenter_sandbox.gateway.envelope import LinkisError
from taskcenter_sandbox.gateway.java_numbers import LONG_MAX
from taskcenter_sandbox.linkis.variables import substitute

Json = dict[str, Any]

EMPTY = "result set of launchable tasks is empty"


class ContentError(ValueError):
    """A job's content cannot be read or run; the text says why."""


@dataclass(frozen=True)
class Side:
    """A source or a sink.

    :param params: what is set for it, by key.
    """

    type: str
    id: int
    database: str
    table: str
    params: Json = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.type}.{self.id}.{self.database}.{self.table}"


@dataclass(frozen=True)
class SubJob:
    """One table that is moved.

    :param mapping: names of source and sink columns; empty for all that both have.
    :param settings: what is set for the engine, by key.
    """

    name: str
    source: Side
    sink: Side
    mapping: tuple[tuple[str, str], ...]
    settings: Json


def sub_jobs(text: str | None, engine: str) -> list[SubJob]:
    """The sub jobs of a content.

    :param engine: what must be able to move them.
    :raises ContentError: one cannot be read, or is not possible.
    """
    entries = entries_of(text)
    found = [_sub_job(entry) for entry in entries]
    for each in found:
        if not types.fits(engine, each.source.type, each.sink.type):
            raise ContentError(f"Sub job {each.name}: {engine} does not move {each.source.type} to {each.sink.type}")
    names = [each.name for each in found]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise ContentError(f"Sub job names are used more than once: {', '.join(sorted(doubled))}(子任务名重复)")
    return found


def entries_of(text: str | None) -> list[Json]:
    """The sub jobs as they were written.

    :raises ContentError: it is no JSON list of objects.
    """
    if not text or not text.strip():
        return []
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ContentError(f"The content of the job is no JSON: {error}") from None
    if isinstance(value, dict):
        value = value.get("subJobs")
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ContentError("The content of the job is no list of sub jobs")
    return value


def rendered(text: str, params: str | None, moment: datetime) -> str:
    """A content whose variables have been replaced: those of the job's parameters, and Linkis' dates.

    :param params: a JSON object.
    :raises ContentError: the parameters are none, or a variable cannot be calculated.
    """
    try:
        given = json.loads(params) if params else {}
    except ValueError:
        raise ContentError("The parameters of the job (jobParams) are no JSON") from None
    variables: Mapping[str, object] = given if isinstance(given, dict) else {}
    yesterday = f"{moment - timedelta(days=1):%Y%m%d}"
    try:
        return substitute(text, "json", {"yesterday": yesterday, **variables}, moment)
    except LinkisError as error:
        raise ContentError(f"A variable cannot be replaced: {error.description}") from None


def _sub_job(entry: Json) -> SubJob:
    name = str(entry.get("subJobName") or "")
    if not name:
        raise ContentError("A sub job has no name (subJobName)")
    params = _object(name, entry, "params")
    sides = _object(name, entry, "dataSources")
    source = _side(name, sides, "source", _items(name, params, "sources"))
    sink = _side(name, sides, "sink", _items(name, params, "sinks"))
    transforms = _object(name, entry, "transforms")
    return SubJob(name, source, sink, _mapping(name, transforms), _items(name, entry, "settings"))


def _side(name: str, sides: Json, side: str, params: Json) -> Side:
    if text := sides.get(f"{side}_id"):
        parts = str(text).split(".")
        if len(parts) != 4 or not parts[1].isdigit():
            raise ContentError(f"Sub job {name}: {side}_id {text!r} is not TYPE.id.database.table")
        return Side(parts[0].upper(), int(parts[1]), parts[2], parts[3], params)
    given = sides.get(side)
    if not isinstance(given, dict):
        raise ContentError(f"Sub job {name} has no {side}")
    try:
        if abs(int(given["id"])) > LONG_MAX:
            raise ValueError
        return Side(str(given["type"]).upper(), int(given["id"]), str(given["db"]), str(given["table"]), params)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ContentError(f"Sub job {name}: its {side} lacks type, id, db or table") from None


def _object(name: str, holder: Json, key: str) -> Json:
    """An object in an object, empty where there is none."""
    value = holder.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ContentError(f"Sub job {name}: {key} is no object")
    return value


def _objects(name: str, holder: Json, key: str) -> list[Json]:
    """A list of objects in an object, empty where there is none."""
    value = holder.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ContentError(f"Sub job {name}: {key} is no list of objects")
    return value


def _items(name: str, holder: Json, list_key: str) -> Json:
    """Settings by key; the fields have two sets of names."""
    found = {}
    for item in _objects(name, holder, list_key):
        key, value = item.get("config_key", item.get("key")), item.get("config_value", item.get("value"))
        if key is not None and value not in (None, ""):
            found[str(key)] = value
    return found


def _mapping(name: str, transforms: Json) -> tuple[tuple[str, str], ...]:
    kind = str(transforms.get("type") or "MAPPING").upper()
    if kind != "MAPPING":
        raise ContentError(f"Sub job {name}: the local Exchangis has no transforms of type {kind}, only MAPPING")
    pairs = []
    for entry in _objects(name, transforms, "mapping"):
        pair = str(entry.get("source_field_name") or ""), str(entry.get("sink_field_name") or "")
        if not all(pair):
            raise ContentError(f"Sub job {name}: an entry of the mapping lacks a field's name")
        if entry.get("validator") or _object(name, entry, "transformer").get("name"):
            raise ContentError(f"Sub job {name}: the local Exchangis has no validators and transformers ({pair[0]})")
        pairs.append(pair)
    return tuple(pairs)
