"""Nodes of a pipeline: each a job of some group, which it holds the definition of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import BaseOperator, TaskGroup

from taskcenter_plugin.job_types.base import JSON, EntityView, Job, JobDefinitionError, JobType, OneTaskJobType
from taskcenter_plugin.job_types.registry import job_type
from taskcenter_plugin.job_types.task_ids import safe_id
from taskcenter_plugin.models import GROUP_LENGTH

DEFAULT_TYPE = "LINKIS"
GROUP_ID_LENGTH = 48
"""Airflow allows 250 characters in a task's id: a node's, a dot, and that of a step in it."""
_OF_NODES = ("id", "type", "dependsOn")


class _Nothing:
    """No stored entity: a node holds all that it runs."""

    def get(self, group: str, key: str) -> EntityView | None:  # noqa: ARG002 # the protocol's
        return None

    def with_prefix(self, group: str, prefix: str) -> list[EntityView]:  # noqa: ARG002 # likewise
        return []


def resolved_node(where: str, node: Mapping[str, Any]) -> dict[str, Any]:
    """A node with all that its tasks are built from.

    :param where: which one, for the message
    :raises JobDefinitionError: its type is unknown or can be no node, or its definition cannot be run.
    """
    kind = _kind_of(where, node)
    definition = _definition_of(node)
    key = _key_of(kind, node)
    try:
        resolved = kind.resolve(key, definition, _Nothing())
    except JobDefinitionError as error:
        told = str(error)
        named = f"{kind.group} {key}"
        rest = told.removeprefix(named) if told.startswith((f"{named}:", f"{named},")) else f": {told}"
        raise JobDefinitionError(f"{where}{rest}") from error
    return {**resolved, **{name: node[name] for name in _OF_NODES if name in node}}


def node_size(node: Mapping[str, Any]) -> int:
    """How many steps a resolved node has."""
    return _kind_of("node", node).size(_definition_of(node))


def build_node(node: Mapping[str, Any]) -> BaseOperator | TaskGroup:
    """Make a resolved node's task, or, where its group has several or names them itself, a group of tasks."""
    kind = _kind_of("node", node)
    node_id, definition = node["id"], _definition_of(node)
    if isinstance(kind, OneTaskJobType):
        return kind.task(safe_id(node_id), definition, task_display_name=node_id)
    with TaskGroup(safe_id(node_id, GROUP_ID_LENGTH), group_display_name=node_id) as group:
        kind.build(Job(kind.group, _key_of(kind, node), node_id, definition))
    return group


def _kind_of(where: str, node: Mapping[str, Any]) -> JobType:
    name = node.get("type", DEFAULT_TYPE)
    if not isinstance(name, str) or len(name) > GROUP_LENGTH:
        raise JobDefinitionError(f"{where}: type must be the name of a job type, a text")
    try:
        kind = job_type(name)
    except JobDefinitionError as error:
        raise JobDefinitionError(f"{where}: {error}") from error
    if kind.not_a_node:
        raise JobDefinitionError(f"{where}: a node cannot be of type {name}; {kind.not_a_node}")
    return kind


def _definition_of(node: Mapping[str, Any]) -> JSON:
    return {name: value for name, value in node.items() if name not in _OF_NODES}


def _key_of(kind: JobType, node: Mapping[str, Any]) -> str:
    """The entityKey that the documented jobParams name; without them, the node's id stands for it."""
    values = [node.get(name) for name in kind.key_params]
    if values and all(isinstance(value, int | str) for value in values):
        return "-".join(str(value) for value in values)
    return str(node["id"])
