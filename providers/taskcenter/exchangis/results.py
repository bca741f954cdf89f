"""What an execution has done: its tasks and their figures (facts section 3, 3 and 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

_LARGEST = 2**63
"""More than this is no figure."""


class TaskResult(TypedDict):
    """A task of an execution; a figure is None where the server has none."""

    task_id: str
    name: str
    status: str
    engine_type: str | None
    linkis_job_id: str | None
    records: int | None
    error_records: int | None
    ignored_records: int | None
    records_per_second: float | None
    cpu_cores: float | None
    memory_mb: int | None


def parse_task(task: Mapping[str, Any], metrics: object) -> TaskResult:
    """A row of the task list and the ``metrics`` of the same task; any part of the latter may be null."""
    indicator, traffic, used = (_part(metrics, name) for name in ("indicator", "traffic", "resourceUsed"))
    linkis_job_id = task.get("linkisJobId")
    memory = _number(used.get("memory"))
    return {
        "task_id": str(task.get("taskId")),
        "name": str(task.get("name")),
        "status": str(task.get("status")),
        "engine_type": task.get("engineType"),
        "linkis_job_id": None if linkis_job_id is None else str(linkis_job_id),
        "records": _count(indicator.get("exchangedRecords")),
        "error_records": _count(indicator.get("errorRecords")),
        "ignored_records": _count(indicator.get("ignoredRecords")),
        "records_per_second": _number(traffic.get("flow")),
        "cpu_cores": _number(used.get("cpu")),
        "memory_mb": None if memory is None or memory < 0 else int(memory),  # -1: its unit was not understood
    }


def total(tasks: Sequence[TaskResult], figure: str) -> int | None:
    """The sum of a figure over the tasks, None where none has it."""
    values = [value for task in tasks if isinstance(value := task.get(figure), int)]
    return sum(values) if values else None


def _part(metrics: object, name: str) -> Mapping[str, Any]:
    part = metrics.get(name) if isinstance(metrics, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) <= _LARGEST else None  # nor is NaN, which JSON of Python's may hold


def _count(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
