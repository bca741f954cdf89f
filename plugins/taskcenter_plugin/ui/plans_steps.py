"""The tasks of a plan's DAG as the page shows them before anything has run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.sdk.definitions.mappedoperator import MappedOperator

from taskcenter.exchangis.operators import ExchangisJobOperator
from taskcenter.flink.operators import FlinkJarOperator
from taskcenter.flink.sql_operator import FlinkSqlOperator
from taskcenter.hlink.operators import HlinkJobOperator
from taskcenter.linkis.operators import LinkisOperator
from taskcenter_plugin.job_types.app_email import PlanEmailOperator
from taskcenter_plugin.job_types.dataset import PlanDatasetOperator
from taskcenter_plugin.job_types.db_batch_sync import PlanProjectJobsOperator
from taskcenter_plugin.job_types.screenshot import PlanScreenshotOperator
from taskcenter_plugin.plans.dags import DONE_TASK
from taskcenter_plugin.plans.document import PlanDocument
from taskcenter_plugin.plans.readable import MayRead, hidden_tasks
from taskcenter_plugin.ui.plan_answers import StepOut

MAX_DETAIL = 500
_GROUPS: tuple[tuple[type, str], ...] = (
    (PlanDatasetOperator, "DATASET"),
    (LinkisOperator, "LINKIS"),
    (ExchangisJobOperator, "EXCHANGIS"),
    (HlinkJobOperator, "FLINK"),
    (FlinkSqlOperator, "FLINK"),
    (FlinkJarOperator, "FLINK"),
    (PlanEmailOperator, "APP_EMAIL"),
    (PlanScreenshotOperator, "SCREENSHOT"),
    (PlanProjectJobsOperator, "DB_BATCH_SYNC"),
)
_DETAILS: Mapping[type, tuple[tuple[str, ...], ...]] = {
    LinkisOperator: (("code",), ("script_path",)),
    ExchangisJobOperator: (("project", "job_name"), ("job_id",)),
    HlinkJobOperator: (("job_name",), ("job_code",), ("job_id",)),
    FlinkSqlOperator: (("sql",),),
    FlinkJarOperator: (("jar_id", "entry_class"), ("jar_id",)),
    PlanEmailOperator: (("to",),),
    PlanScreenshotOperator: (("page",),),
    PlanProjectJobsOperator: (("project",),),
}
"""By operator, which arguments say what it runs: the first of these that it has all of."""


def steps_of_dag(dag: DAG, group: str) -> list[StepOut]:
    """Its tasks, each after those that it waits for, without the one that only tells that all have ended.

    :param group: the plan's, for operators of job types that others have added
    """
    tasks = dag.topological_sort()  # type: ignore[no-untyped-call,unused-ignore]
    return [_step(task, group) for task in tasks if task.task_id != DONE_TASK]


def readable_steps(steps: list[StepOut], document: PlanDocument, may_read: MayRead) -> list[StepOut]:
    """The tasks of a plan as the reader may have them: of what runs that may not be read, ``detail`` is left out."""
    hidden = hidden_tasks((document.group, document.key), document.definition, may_read)
    return [step.model_copy(update={"detail": None}) if step.task_id in hidden else step for step in steps]


def _step(task: Any, group: str) -> StepOut:
    mapped = isinstance(task, MappedOperator)
    kind: type = task.operator_class if isinstance(task, MappedOperator) else type(task)
    arguments = task.partial_kwargs if isinstance(task, MappedOperator) else vars(task)
    return StepOut(
        task_id=task.task_id,
        job_type=_group_of(kind, group),
        title=task.task_display_name,
        detail=_detail(kind, arguments),
        mapped=mapped,
        downstream=sorted(task.downstream_task_ids - {DONE_TASK}),
    )


def _group_of(kind: type, group: str) -> str | None:
    if issubclass(kind, EmptyOperator):
        return None
    return next((name for each, name in _GROUPS if issubclass(kind, each)), group)


def _detail(kind: type, arguments: Mapping[str, Any]) -> str | None:
    for each, alternatives in _DETAILS.items():
        for names in alternatives if issubclass(kind, each) else ():
            values = [arguments.get(name) for name in names]
            if all(value is not None for value in values):
                return " / ".join(_text(value) for value in values)[:MAX_DETAIL]
    return None


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("url", ""))
    return ", ".join(str(each) for each in value) if isinstance(value, (list, tuple)) else str(value)
