"""FLINK: known by name, until there is a provider that runs Flink jobs."""

from __future__ import annotations

from typing import ClassVar

from taskcenter_plugin.job_types.base import JSON, Job, JobDefinitionError, JobType


class FlinkJobType(JobType):
    """Every definition is refused, with what to use instead."""

    group: ClassVar[str] = "FLINK"
    job_classes: ClassVar[tuple[str, ...]] = ("FlinkJob",)

    def check(self, key: str, definition: JSON) -> None:  # noqa: ARG002 # no definition will do
        """Refuse."""
        raise JobDefinitionError(
            f"FLINK {key}: Flink jobs cannot be run yet; use LINKIS with a Flink engineType where Linkis has one"
        )

    def build(self, job: Job) -> None:
        """Refuse, too."""
        self.check(job.key, job.definition)
