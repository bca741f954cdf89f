"""EXCHANGIS: one Exchangis job."""

from __future__ import annotations

from typing import Any, ClassVar

from taskcenter.exchangis.operators import ExchangisJobOperator
from taskcenter_plugin.job_types.base import JSON, JobDefinitionError, OneTaskJobType, Param, ParamKind
from taskcenter_plugin.job_types.rendering import NotRendered
from taskcenter_plugin.job_types.steps import is_id

DEFAULT_CONNECTION = "exchangis_default"


class PlanExchangisJobOperator(NotRendered, ExchangisJobOperator):
    """An Exchangis job of a plan: as the provider's operator, with nothing rendered."""


def check_exchangis_job(where: str, definition: JSON) -> None:
    """Look at one Exchangis job: ``jobId``, or ``project`` and ``job``; and optionally ``connection``.

    :param where: which one, for the message
    :raises JobDefinitionError: it cannot be run.
    """
    for name in ("jobId", "project", "job"):
        if definition.get(name) is not None and not is_id(definition[name]):
            raise JobDefinitionError(f"{where}: {name} must be a number, or a text that is not empty")
    connection = definition.get("connection")
    if connection is not None and (not isinstance(connection, str) or not connection.strip()):
        raise JobDefinitionError(f"{where}: connection must be a text that is not empty")
    named = [definition.get(name) is not None for name in ("project", "job")]
    by_id = definition.get("jobId") is not None
    if any(named) if by_id else not all(named):
        raise JobDefinitionError(f"{where}: give either jobId, or project and job")


def exchangis_task(task_id: str, definition: JSON, **options: Any) -> ExchangisJobOperator:
    """Make the task of one Exchangis job, as ``check_exchangis_job`` has taken it."""
    job = definition.get("job")
    return PlanExchangisJobOperator(
        task_id=task_id,
        job_id=definition.get("jobId"),
        job_name=None if job is None else str(job),
        project=definition.get("project"),
        exchangis_conn_id=definition.get("connection") or DEFAULT_CONNECTION,
        **options,
    )


class ExchangisJobType(OneTaskJobType):
    """Definition: ``{"jobId": 12}`` or ``{"project": "sales", "job": "copy orders"}``, and ``connection``."""

    group: ClassVar[str] = "EXCHANGIS"
    job_classes: ClassVar[tuple[str, ...]] = ("ExchangisJob",)
    params: ClassVar[tuple[Param, ...] | None] = (
        Param("jobId", ParamKind.ID),
        Param("project", ParamKind.ID),
        Param("job", ParamKind.ID),
        Param("connection", default=DEFAULT_CONNECTION),
    )

    def check(self, key: str, definition: JSON) -> None:
        """One Exchangis job."""
        check_exchangis_job(f"{self.group} {key}", definition)

    def task(self, task_id: str, definition: JSON, **options: Any) -> ExchangisJobOperator:
        """The Exchangis job."""
        return exchangis_task(task_id, definition, **options)
