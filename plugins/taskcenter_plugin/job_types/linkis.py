"""LINKIS: one Linkis job, from code or from a script stored on Linkis."""

from __future__ import annotations

from typing import Any, ClassVar

from taskcenter.linkis.operators import LinkisOperator
from taskcenter.linkis.results import LinkisResults
from taskcenter_plugin.job_types.base import JSON, JobDefinitionError, OneTaskJobType, Param, ParamKind
from taskcenter_plugin.job_types.rendering import NotRendered

DEFAULT_CONNECTION = "linkis_default"
DEFAULT_RUN_TYPE = "sql"
DEFAULT_ENGINE = "spark-3.2.1"
RESULT_ROWS = 1000
"""How many rows of each result set a plan's task keeps for ``/api/contexts/{id}/results``."""

STATEMENT_PARAMS = (
    Param("code", ParamKind.CODE),
    Param("scriptPath"),
    Param("runType", default=DEFAULT_RUN_TYPE),
    Param("engineType", default=DEFAULT_ENGINE),
    Param("variables", ParamKind.OBJECT),
    Param("configuration", ParamKind.OBJECT),
    Param("labels", ParamKind.OBJECT),
    Param("creator"),
    Param("connection", default=DEFAULT_CONNECTION),
)
"""What a statement takes, as ``check_statement`` has it."""

_TEXTS = ("code", "scriptPath", "runType", "engineType", "creator", "connection")
_OBJECTS = ("variables", "configuration", "labels")


class PlanLinkisOperator(NotRendered, LinkisOperator):
    """A Linkis job of a plan: as the provider's operator, with nothing rendered."""


def check_statement(where: str, statement: JSON) -> None:
    """Look at one Linkis job: ``code`` or ``scriptPath``, and optionally ``runType``, ``engineType``, ``variables``...

    :param where: which one, for the message
    :raises JobDefinitionError: it cannot be run.
    """
    for name in _TEXTS:
        value = statement.get(name)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise JobDefinitionError(f"{where}: {name} must be a text that is not empty")
    for name in _OBJECTS:
        if not isinstance(statement.get(name, {}), dict):
            raise JobDefinitionError(f"{where}: {name} must be an object")
    if (statement.get("code") is None) == (statement.get("scriptPath") is None):
        raise JobDefinitionError(f"{where}: give either code or scriptPath")


def linkis_task(
    task_id: str, statement: JSON, *, operator: type[LinkisOperator] = PlanLinkisOperator, **options: Any
) -> LinkisOperator:
    """Make the task of one Linkis job, as ``check_statement`` has taken it."""
    return operator(
        task_id=task_id,
        code=statement.get("code"),
        script_path=statement.get("scriptPath"),
        run_type=statement.get("runType", DEFAULT_RUN_TYPE),
        engine_type=statement.get("engineType", DEFAULT_ENGINE),
        variables=dict(statement.get("variables", {})),
        configuration=dict(statement.get("configuration", {})),
        labels=dict(statement.get("labels", {})),
        creator=statement.get("creator"),
        linkis_conn_id=statement.get("connection", DEFAULT_CONNECTION),
        results=LinkisResults(rows=RESULT_ROWS),
        **options,
    )


class LinkisJobType(OneTaskJobType):
    """Definition: ``{"code": "SELECT 1", "runType": "sql", "engineType": "spark-3.2.1", "variables": {...}, ...}``.

    ``connection`` names the Airflow connection; it carries the credentials.
    """

    group: ClassVar[str] = "LINKIS"
    job_classes: ClassVar[tuple[str, ...]] = ("LinkisJob",)
    params: ClassVar[tuple[Param, ...] | None] = STATEMENT_PARAMS

    def check(self, key: str, definition: JSON) -> None:
        """One statement."""
        check_statement(f"LINKIS {key}", definition)

    def task(self, task_id: str, definition: JSON, **options: Any) -> LinkisOperator:
        """The Linkis job."""
        return linkis_task(task_id, definition, **options)
