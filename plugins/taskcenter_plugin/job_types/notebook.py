"""NOTEBOOK: paragraphs, each a Linkis job, one after the other."""

from __future__ import annotations

from typing import ClassVar

from airflow.sdk import chain

from taskcenter_plugin.job_types.base import JSON, Job, JobType, Param, ParamKind
from taskcenter_plugin.job_types.linkis import check_statement, linkis_task
from taskcenter_plugin.job_types.steps import check_key, steps_of
from taskcenter_plugin.job_types.task_ids import safe_id


class NotebookJobType(JobType):
    """Definition: ``{"paragraphs": [{"id": "1", "code": "SELECT 1", "runType": "sql", ...}, ...]}`` (数据科学笔记).

    A paragraph is what LINKIS takes, and an ``id``, the ``subKey`` of its logs and results.
    """

    group: ClassVar[str] = "NOTEBOOK"
    job_classes: ClassVar[tuple[str, ...]] = ("com.hengshi.nangaparbat.schedulejob.NotebookJob",)
    key_params: ClassVar[tuple[str, ...]] = ("notebook",)
    params: ClassVar[tuple[Param, ...] | None] = (Param("paragraphs", ParamKind.LIST, required=True),)

    def check(self, key: str, definition: JSON) -> None:
        """Each paragraph a statement; ``{"notebook": id}`` the entityKey."""
        check_key(self.group, key, definition, "notebook")
        for paragraph in steps_of(self.group, key, definition, "paragraphs"):
            check_statement(f"{self.group} {key}, paragraph {paragraph['id']}", paragraph)

    def size(self, definition: JSON) -> int:
        """A step a paragraph."""
        return len(definition["paragraphs"])

    def build(self, job: Job) -> None:
        """One task a paragraph, in order."""
        paragraphs = steps_of(self.group, job.key, job.definition, "paragraphs")
        chain(*(linkis_task(safe_id(each["id"]), each, task_display_name=each["id"]) for each in paragraphs))
