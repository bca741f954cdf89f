"""FLINK: one Flink job, kept in Hlink, or run on a cluster directly: SQL, or a program in an uploaded jar."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from airflow.sdk import BaseOperator

from taskcenter.core.errors import ConfigurationError
from taskcenter.flink.operators import FlinkJarOperator, as_options
from taskcenter.flink.sql_operator import FlinkSqlOperator
from taskcenter.hlink.operators import HlinkJobOperator
from taskcenter_plugin.job_types.base import JSON, JobDefinitionError, OneTaskJobType, Param, ParamKind
from taskcenter_plugin.job_types.rendering import NotRendered
from taskcenter_plugin.job_types.steps import is_id

HLINK_CONNECTION, FLINK_CONNECTION = "hlink_default", "flink_default"
_IN_HLINK = ("jobId", "jobCode", "jobName")
_DIRECT = ("sql", "jarId")
_OF_JARS = ("entryClass", "arguments", "parallelism", "savepointPath")
FINISHED, RUNNING = "finished", "running"
DEFAULT_STABLE_SECONDS = 30.0


class PlanHlinkJobOperator(NotRendered, HlinkJobOperator):
    """A Hlink job of a plan: as the provider's operator, with nothing rendered."""


class PlanFlinkSqlOperator(NotRendered, FlinkSqlOperator):
    """SQL of a plan on Flink, likewise."""


class PlanFlinkJarOperator(NotRendered, FlinkJarOperator):
    """A program of a plan on Flink, likewise."""


class FlinkJobType(OneTaskJobType):
    """Definition: which job, ``connection``, and what is waited for.

    The job is one of ``{"jobId": 3}``, ``{"jobCode": ...}`` and ``{"jobName": ...}``, which Hlink has, or without Hlink ``{"sql":
    ...}`` or ``{"jarId": ..., "entryClass": ..., "arguments": [...], "parallelism": 2, "savepointPath": ...}``, both also with
    ``configuration``. ``waitUntil`` is ``finished`` or ``running``: for ``stableSeconds``, then the job goes on by itself.
    """

    group: ClassVar[str] = "FLINK"
    job_classes: ClassVar[tuple[str, ...]] = ("FlinkJob",)
    params: ClassVar[tuple[Param, ...] | None] = (
        Param("jobId", ParamKind.ID),
        Param("jobCode", ParamKind.ID),
        Param("jobName", ParamKind.ID),
        Param("sql", ParamKind.CODE),
        Param("jarId"),
        Param("entryClass"),
        Param("arguments", ParamKind.LIST),
        Param("parallelism", ParamKind.NUMBER),
        Param("savepointPath"),
        Param("configuration", ParamKind.OBJECT),
        Param("waitUntil", default=FINISHED, choices=(FINISHED, RUNNING)),
        Param("stableSeconds", ParamKind.NUMBER, default=DEFAULT_STABLE_SECONDS),
        Param("connection"),
    )

    def check(self, key: str, definition: JSON) -> None:
        """One Flink job."""
        where = f"{self.group} {key}"
        given = [name for name in (*_IN_HLINK, *_DIRECT) if definition.get(name) is not None]
        if len(given) != 1:
            raise JobDefinitionError(f"{where}: give one of {', '.join((*_IN_HLINK, *_DIRECT))}, and only one")
        if not is_id(definition[given[0]]) and not (given == ["sql"] and _is_text(definition["sql"])):
            raise JobDefinitionError(f"{where}: {given[0]} must be a text that is not empty, or a number")
        if given[0] in _DIRECT and not isinstance(definition[given[0]], str):
            raise JobDefinitionError(f"{where}: {given[0]} must be a text")
        for name in ("connection", "entryClass", "savepointPath"):
            if definition.get(name) is not None and not _is_text(definition[name]):
                raise JobDefinitionError(f"{where}: {name} must be a text that is not empty")
        _check_fitting(where, given[0], definition)
        _check_waiting(where, definition)

    def task(self, task_id: str, definition: JSON, **options: Any) -> BaseOperator:
        """The Flink job."""
        wait_until = definition.get("waitUntil") or FINISHED
        stable_seconds = float(definition.get("stableSeconds", DEFAULT_STABLE_SECONDS))
        direct: dict[str, Any] = {
            "task_id": task_id,
            "flink_conn_id": definition.get("connection") or FLINK_CONNECTION,
            "configuration": definition.get("configuration"),
            "wait_until": wait_until,
            "stable_seconds": stable_seconds,
            **options,
        }
        if definition.get("sql") is not None:
            return PlanFlinkSqlOperator(sql=definition["sql"], **direct)
        if definition.get("jarId") is not None:
            return PlanFlinkJarOperator(
                jar_id=definition["jarId"],
                entry_class=definition.get("entryClass"),
                arguments=definition.get("arguments") or (),
                parallelism=definition.get("parallelism"),
                savepoint_path=definition.get("savepointPath"),
                **direct,
            )
        return PlanHlinkJobOperator(
            task_id=task_id,
            job_id=definition.get("jobId"),
            job_code=definition.get("jobCode"),
            job_name=definition.get("jobName"),
            hlink_conn_id=definition.get("connection") or HLINK_CONNECTION,
            wait_until=wait_until,
            stable_seconds=stable_seconds,
            **options,
        )


def _check_fitting(where: str, kind: str, definition: JSON) -> None:
    """See that what is given besides belongs to this kind of job."""
    wrong = [] if kind == "jarId" else [name for name in _OF_JARS if definition.get(name) is not None]
    if kind in _IN_HLINK and definition.get("configuration") is not None:
        wrong.append("configuration")
    if wrong:
        raise JobDefinitionError(f"{where}: {', '.join(wrong)} does not go with {kind}")
    arguments, parallelism = definition.get("arguments"), definition.get("parallelism")
    if arguments is not None and not (isinstance(arguments, list) and all(isinstance(each, str) for each in arguments)):
        raise JobDefinitionError(f"{where}: arguments must be a list of texts")
    if parallelism is not None and not (
        isinstance(parallelism, int) and not isinstance(parallelism, bool) and parallelism > 0
    ):
        raise JobDefinitionError(f"{where}: parallelism must be a whole number from 1 on")
    try:
        as_options(definition.get("configuration"))
    except ConfigurationError as error:
        raise JobDefinitionError(f"{where}: {error.message}") from error


def _check_waiting(where: str, definition: JSON) -> None:
    wait_until, seconds = definition.get("waitUntil"), definition.get("stableSeconds")
    if wait_until is not None and wait_until not in (FINISHED, RUNNING):
        raise JobDefinitionError(f"{where}: waitUntil must be {FINISHED} or {RUNNING}")
    if seconds is not None and not (
        isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds >= 0 and math.isfinite(seconds)
    ):
        raise JobDefinitionError(f"{where}: stableSeconds must be a number of seconds from 0 on")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
