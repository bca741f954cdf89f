"""What job types of several tasks share: the list of their steps, each with an id, and the jobParam that names the key."""

from __future__ import annotations

from typing import Any

from taskcenter_plugin.job_types.base import JSON, JobDefinitionError
from taskcenter_plugin.job_types.task_ids import safe_id

ID_LENGTH = 200
_RESERVED = frozenset({"__done__", "__send__"})  # tasks that plans/dags.py and app_email.py add


def is_id(value: object) -> bool:
    """Whether a value can be an id: a number, or a text that is not empty and not too long."""
    if isinstance(value, str):
        return bool(value.strip()) and len(value) <= ID_LENGTH
    return isinstance(value, int) and not isinstance(value, bool)


def check_key(group: str, key: str, definition: JSON, name: str) -> None:
    """See that the documented jobParam, where it is given, names the plan's own entityKey: ``{"notebook": 1}`` of key ``1``.

    :raises JobDefinitionError: it names another.
    """
    value = definition.get(name)
    if value is None:
        return
    if not is_id(value) or str(value) != key:
        raise JobDefinitionError(f"{group} {key}: jobParams.{name} is {value!r}; it must be the entityKey, {key}")


def steps_of(group: str, key: str, definition: JSON, name: str) -> list[dict[str, Any]]:
    """The steps in a definition, in their order, each an object with an ``id`` of its own, as a text.

    :param name: the field that holds them
    :raises JobDefinitionError: there are none, or their ids are missing or not unique.
    """
    steps = definition.get(name)
    if not isinstance(steps, list) or not steps:
        raise JobDefinitionError(
            f"{group} {key}: give {name}, a list of objects, in the entity's definition or in jobParams"
        )
    found: dict[str, dict[str, Any]] = {}
    for index, step in enumerate(steps):
        if not isinstance(step, dict) or not is_id(step.get("id")):
            raise JobDefinitionError(
                f"{group} {key}: {name}[{index}] must be an object with an id: a number, or a text of 1 to {ID_LENGTH} characters"
            )
        step_id = str(step["id"])
        if step_id in found:
            raise JobDefinitionError(f"{group} {key}: {name} has the id {step_id!r} twice")
        if safe_id(step_id) in _RESERVED:
            raise JobDefinitionError(f"{group} {key}: the id {step_id!r} in {name} is reserved; choose another")
        found[step_id] = {**step, "id": step_id}
    return list(found.values())
