"""YAML files of plans and entities: several documents, each one object or a list of them; nothing but what JSON can say."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml  # type: ignore[import-untyped,unused-ignore]

from taskcenter_plugin.errors import BadRequest

MAX_VALUES = 1_000_000
"""How many values a file may have, aliases written out: a small file with aliases of aliases would fill the memory."""
MAX_DEPTH = 100
"""How deep a file may be nested; libyaml itself takes down the process somewhere above ten thousand."""
_STDIN = "-"
_Loader: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # libyaml's is ten times as fast, but not everywhere built in
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True)
class Entry:
    """One object of a file.

    :param where: file, number of the document, and number in its list, for messages
    """

    where: str
    data: dict[str, Any]


class _JsonLoader(_Loader):  # type: ignore[misc]
    """Loads texts, numbers, booleans, null, lists and objects; what looks like a date stays a text."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _Loader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """An object; a name that is there twice is an error, not a puzzle."""
        seen = set()
        for name_node, _ in node.value:
            name = self.construct_object(name_node, deep=True)
            if not isinstance(name, str) and name_node.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the name {name!r} is no text; put it in quotes", name_node.start_mark
                )
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{name!r} is there twice", name_node.start_mark)
            seen.add(name)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def read_entries(file: str) -> list[Entry]:
    """The objects of a file.

    :param file: its path; ``-`` is the standard input
    :raises BadRequest: it cannot be read, is not YAML, or has something else than objects in it.
    """
    name = "standard input" if file == _STDIN else file
    try:
        text = sys.stdin.read() if file == _STDIN else Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadRequest(f"{name} cannot be read: {error}") from error
    try:
        _check_depth(text)
        entries = list(_entries(name, yaml.load_all(text, Loader=_JsonLoader)))
    except (yaml.YAMLError, ValueError) as error:
        raise BadRequest(f"{name} is not YAML that can be taken: {_one_line(error)}") from error
    _check_values(name, entries)
    return entries


def dump_entries(entries: Iterable[dict[str, Any]]) -> str:
    """As YAML, one document each."""
    return yaml.dump_all(  # type: ignore[no-any-return]
        entries, Dumper=_Dumper, allow_unicode=True, sort_keys=False, explicit_start=True, width=120
    )


def _entries(name: str, documents: Iterable[Any]) -> Iterator[Entry]:
    for number, document in enumerate(documents, 1):
        if document is None:
            continue
        listed = isinstance(document, list)
        for position, data in enumerate(document if listed else [document], 1):
            where = f"{name}, document {number}" + (f", entry {position}" if listed else "")
            if not isinstance(data, dict):
                raise BadRequest(f"{where}: an object with entityGroup and entityKey is expected")
            yield Entry(where, data)


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"line {event.start_mark.line + 1}: nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_values(name: str, entries: list[Entry]) -> None:
    """Look at all values as they would be written out, without recursion: an alias may even stand for itself."""
    count = 0
    for entry in entries:
        waiting: list[Any] = [entry.data]
        while waiting:
            value = waiting.pop()
            count += 1
            if count > MAX_VALUES:
                raise BadRequest(f"{name} has more than {MAX_VALUES} values, with aliases written out. Split it.")
            if isinstance(value, dict):
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)
            elif value is not None and not isinstance(value, (str, bool, int)) and not _is_number(value):
                raise BadRequest(f"{entry.where}: {str(value)[:50]} is no value that JSON has")


def _is_number(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _one_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"line {mark.line + 1}: {problem}" if mark is not None else " ".join(str(problem).split())
