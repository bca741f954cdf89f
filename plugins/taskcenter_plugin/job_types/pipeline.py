"""PIPELINE: jobs of several groups that depend on each other."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any, ClassVar

from taskcenter_plugin.job_types.base import JSON, Entities, Job, JobDefinitionError, JobType, Param, ParamKind
from taskcenter_plugin.job_types.nodes import build_node, node_size, resolved_node
from taskcenter_plugin.job_types.steps import check_key, is_id, steps_of


class PipelineJobType(JobType):
    """Definition: ``{"nodes": [{"id": "1", "code": "SELECT 1"}, {"id": "2", "dependsOn": ["1"], ...}]}`` (数据集成项目).

    A node is what the group that ``type`` names takes, LINKIS without. Its ``id`` is the ``subKey`` of its logs and results; of
    a node of several tasks, each has the node's id, ``/`` and its own.
    """

    group: ClassVar[str] = "PIPELINE"
    job_classes: ClassVar[tuple[str, ...]] = ("com.hengshi.nangaparbat.schedulejob.PipelineJob",)
    key_params: ClassVar[tuple[str, ...]] = ("pipeline",)
    params: ClassVar[tuple[Param, ...] | None] = (Param("nodes", ParamKind.LIST, required=True),)
    not_a_node: ClassVar[str] = "put its nodes among those of this pipeline"

    def resolve(self, key: str, params: JSON, entities: Entities) -> dict[str, Any]:
        """The entity's definition, overridden by jobParams, each node with all that it runs."""
        definition = super().resolve(key, params, entities)
        return {**definition, "nodes": self._nodes(key, definition)}

    def check(self, key: str, definition: JSON) -> None:
        """Each node a job, none waiting for itself or for one that is not there; ``{"pipeline": id}`` the entityKey."""
        check_key(self.group, key, definition, "pipeline")
        nodes = {node["id"]: node for node in self._nodes(key, definition)}
        for node_id, node in nodes.items():
            where = f"{self.group} {key}, node {node_id}"
            depends_on = node.get("dependsOn", [])
            if not isinstance(depends_on, list) or not all(is_id(each) for each in depends_on):
                raise JobDefinitionError(f"{where}: dependsOn must be a list of ids of nodes")
            unknown = [each for each in _upstream(node) if each not in nodes]
            if unknown:
                raise JobDefinitionError(f"{where}: dependsOn names {', '.join(unknown)}, but there is no such node")
        try:
            TopologicalSorter({node_id: _upstream(node) for node_id, node in nodes.items()}).prepare()
        except CycleError as error:
            raise JobDefinitionError(
                f"{self.group} {key}: nodes wait for each other: {' -> '.join(error.args[1])}"
            ) from error

    def size(self, definition: JSON) -> int:
        """The steps of all nodes."""
        return sum(node_size(node) for node in definition["nodes"])

    def build(self, job: Job) -> None:
        """One task a node, or a group of tasks."""
        nodes = steps_of(self.group, job.key, job.definition, "nodes")
        built = {node["id"]: build_node(node) for node in nodes}
        for node in nodes:
            for upstream in _upstream(node):
                built[upstream] >> built[node["id"]]

    def _nodes(self, key: str, definition: JSON) -> list[dict[str, Any]]:
        return [
            resolved_node(f"{self.group} {key}, node {node['id']}", node)
            for node in steps_of(self.group, key, definition, "nodes")
        ]


def _upstream(node: dict[str, Any]) -> list[str]:
    """The ids it depends on, each once, in their order."""
    return list(dict.fromkeys(str(each) for each in node.get("dependsOn", [])))
