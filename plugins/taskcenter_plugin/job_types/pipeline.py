"""PIPELINE: Linkis and Exchangis jobs that depend on each other."""

from __future__ import annotations

from collections.abc import Callable
from graphlib import CycleError, TopologicalSorter
from typing import Any, ClassVar

from airflow.sdk import BaseOperator

from taskcenter_plugin.job_types.base import JSON, Job, JobDefinitionError, JobType
from taskcenter_plugin.job_types.exchangis import check_exchangis_job, exchangis_task
from taskcenter_plugin.job_types.linkis import check_statement, linkis_task
from taskcenter_plugin.job_types.steps import check_key, is_id, steps_of
from taskcenter_plugin.job_types.task_ids import safe_id

_CHECKS: dict[str, Callable[[str, JSON], None]] = {"LINKIS": check_statement, "EXCHANGIS": check_exchangis_job}
_TASKS: dict[str, Callable[..., BaseOperator]] = {"LINKIS": linkis_task, "EXCHANGIS": exchangis_task}


class PipelineJobType(JobType):
    """Definition: ``{"nodes": [{"id": "1", "code": "SELECT 1"}, {"id": "2", "dependsOn": ["1"], ...}]}`` (数据集成项目).

    A node is what LINKIS takes, or with ``"type": "EXCHANGIS"`` what EXCHANGIS takes. Its ``id`` is the ``subKey`` of its
    logs and results.
    """

    group: ClassVar[str] = "PIPELINE"
    job_classes: ClassVar[tuple[str, ...]] = ("com.hengshi.nangaparbat.schedulejob.PipelineJob",)

    def check(self, key: str, definition: JSON) -> None:
        """Each node a job, none waiting for itself or for one that is not there; ``{"pipeline": id}`` the entityKey."""
        check_key(self.group, key, definition, "pipeline")
        nodes = {node["id"]: node for node in steps_of(self.group, key, definition, "nodes")}
        for node_id, node in nodes.items():
            where = f"{self.group} {key}, node {node_id}"
            kind = node.get("type", "LINKIS")
            if not isinstance(kind, str) or kind not in _CHECKS:
                raise JobDefinitionError(f"{where}: type {kind!r} is none of {', '.join(_CHECKS)}")
            depends_on = node.get("dependsOn", [])
            if not isinstance(depends_on, list) or not all(is_id(each) for each in depends_on):
                raise JobDefinitionError(f"{where}: dependsOn must be a list of ids of nodes")
            unknown = [each for each in _upstream(node) if each not in nodes]
            if unknown:
                raise JobDefinitionError(f"{where}: dependsOn names {', '.join(unknown)}, but there is no such node")
            _CHECKS[kind](where, node)
        try:
            TopologicalSorter({node_id: _upstream(node) for node_id, node in nodes.items()}).prepare()
        except CycleError as error:
            raise JobDefinitionError(
                f"{self.group} {key}: nodes wait for each other: {' -> '.join(error.args[1])}"
            ) from error

    def build(self, job: Job) -> None:
        """One task a node."""
        nodes = steps_of(self.group, job.key, job.definition, "nodes")
        tasks = {
            node["id"]: _TASKS[node.get("type", "LINKIS")](safe_id(node["id"]), node, task_display_name=node["id"])
            for node in nodes
        }
        for node in nodes:
            for upstream in _upstream(node):
                tasks[upstream] >> tasks[node["id"]]


def _upstream(node: dict[str, Any]) -> list[str]:
    """The ids it depends on, each once, in their order."""
    return list(dict.fromkeys(str(each) for each in node.get("dependsOn", [])))
