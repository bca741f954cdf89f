"""DATASET: the statement that refreshes a data set, whole or from where the last good run began."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from taskcenter_plugin.job_types.base import JSON, Entities, EntityView, JobDefinitionError, OneTaskJobType, Param
from taskcenter_plugin.job_types.linkis import STATEMENT_PARAMS, PlanLinkisOperator, check_statement, linkis_task
from taskcenter_plugin.times import text_of

if TYPE_CHECKING:
    from airflow.sdk import Context

ALL, INCREMENTAL = "ALL", "INCREMENTAL"
VARIABLE = "last_success"
NEVER = "1970-01-01 00:00:00"
"""The value of the variable before the first good run."""


class PlanDatasetOperator(PlanLinkisOperator):
    """A refresh that is told, as Linkis variable ``last_success``, when the last good run of its plan began.

    :param incremental: whether it is
    """

    template_fields = (*PlanLinkisOperator.template_fields, "incremental")

    def __init__(self, *, incremental: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.incremental = incremental

    def execute(self, context: Context) -> Any:
        """Add the variable, then run."""
        if self.incremental:
            self.variables = {**(self.variables or {}), VARIABLE: last_success(context)}
        return super().execute(context)


def last_success(context: Context) -> str:
    """When the last good run of the plan began, ``YYYY-MM-DD HH:MM:SS`` in the deployment's time zone; ``NEVER`` without one."""
    began: Any = context.get("prev_start_date_success")
    return text_of(datetime.fromtimestamp(began.timestamp()).astimezone()) or NEVER if began else NEVER


def refresh_of(entity: EntityView | None, params: JSON) -> dict[str, Any]:
    """What a data set's refresh is defined by: its statement and its ``updateMethod``."""
    given = {**(entity.definition if entity else {}), **params}
    method = given.get("updateMethod") or (entity.update_method if entity else None) or ALL
    return {**given, "updateMethod": method}


def check_refresh(where: str, definition: JSON) -> None:
    """Look at one refresh.

    :raises JobDefinitionError: it cannot be run.
    """
    check_statement(where, definition)
    if definition.get("updateMethod", ALL) not in (ALL, INCREMENTAL):
        raise JobDefinitionError(f"{where}: updateMethod must be {ALL} or {INCREMENTAL}")


def refresh_task(task_id: str, definition: JSON, **options: Any) -> PlanDatasetOperator:
    """Make the task of one refresh, as ``check_refresh`` has taken it."""
    incremental = definition.get("updateMethod") == INCREMENTAL
    task = linkis_task(task_id, definition, operator=PlanDatasetOperator, incremental=incremental, **options)
    if not isinstance(task, PlanDatasetOperator):
        raise TypeError(f"{task_id} is not a refresh")
    return task


class DatasetJobType(OneTaskJobType):
    """Definition: what LINKIS takes, and ``updateMethod``: ALL, or INCREMENTAL with ``${last_success}`` in the statement (数据集刷新).

    The entityKey is ``appId-datasetId``.
    """

    group: ClassVar[str] = "DATASET"
    job_classes: ClassVar[tuple[str, ...]] = ("com.hengshi.nangaparbat.schedulejob.DatasetJob",)
    key_params: ClassVar[tuple[str, ...]] = ("app", "dataset")
    params: ClassVar[tuple[Param, ...] | None] = (
        *STATEMENT_PARAMS,
        Param("updateMethod", default=ALL, choices=(ALL, INCREMENTAL)),
    )

    def resolve(self, key: str, params: JSON, entities: Entities) -> dict[str, Any]:
        """The entity's statement and update method, overridden by jobParams."""
        definition = refresh_of(entities.get(self.group, key), params)
        self.check(key, definition)
        return definition

    def check(self, key: str, definition: JSON) -> None:
        """A statement; ``{"app": 1, "dataset": 2}``, where given, names the entityKey ``1-2``."""
        app, dataset = definition.get("app"), definition.get("dataset")
        if app is not None and dataset is not None and f"{app}-{dataset}" != key:
            raise JobDefinitionError(
                f"{self.group} {key}: jobParams name {app}-{dataset}; app and dataset must make the entityKey, {key}"
            )
        check_refresh(f"{self.group} {key}", definition)

    def task(self, task_id: str, definition: JSON, **options: Any) -> PlanDatasetOperator:
        """The refresh."""
        return refresh_task(task_id, definition, **options)
