"""What an execution has said and returned: logs and results, one ``subKey`` a task."""

from __future__ import annotations

from itertools import islice
from typing import Any

from airflow.models.dagrun import DagRun
from sqlalchemy.orm import Session

from taskcenter_plugin.airflow_internals.task_logs import TaskOfRun, log_lines, returned_values, tasks_of
from taskcenter_plugin.plans.dags import DONE_TASK

MAX_LINES = 20_000
"""Of each task's log, all tries together; the Airflow UI has it whole."""
MAX_TRIES = 20
"""Of each task: those before are not even looked at."""
Table = dict[str, list[Any]]


def logs_of(run: DagRun, session: Session) -> list[dict[str, Any]]:
    """``[{"subKey": ..., "logs": [line, ...]}]``, in the order in which the tasks run."""
    return [
        {"subKey": task.name, "logs": _lines_of(task)} for task in tasks_of(run, session) if task.task_id != DONE_TASK
    ]


def _lines_of(task: TaskOfRun) -> list[str]:
    """The lines of all tries, each after one that tells its number; the last try goes first where there are too many."""
    if task.tries <= 1:
        return _lines_of_try(task, 1, MAX_LINES) if task.tries else []
    left, number = MAX_LINES, task.tries
    parts: list[list[str]] = []
    while number > 0 and left > 0 and len(parts) < MAX_TRIES:
        lines = _lines_of_try(task, number, left)
        parts.append([f"--- try {number} of {task.tries} ---", *lines])
        left -= len(lines)
        number -= 1
    if number:
        parts.append([f"... the Airflow UI has the first {number} of {task.tries} tries"])
    return [line for part in reversed(parts) for line in part]


def _lines_of_try(task: TaskOfRun, number: int, limit: int) -> list[str]:
    lines = list(islice(log_lines(task, number), limit + 1))
    if len(lines) > limit:
        lines[limit:] = [f"... the Airflow UI has the lines after the first {limit}"]
    return lines


def results_of(run: DagRun, session: Session) -> list[dict[str, Any]]:
    """``[{"subKey": ..., "result": {"schema": [...], "data": [[...]]}}]`` of the tasks that returned something."""
    values = returned_values(run, session)
    return [
        {"subKey": task.name, "result": result_view(values[task.task_id, task.map_index])}
        for task in tasks_of(run, session)
        if (task.task_id, task.map_index) in values and task.task_id != DONE_TASK
    ]


def result_view(value: Any) -> dict[str, Any]:
    """A returned value as fields and rows (任务执行结果说明).

    A Linkis job's first result set; all of them are in ``resultSets`` if there are several. Other values become a table, too.
    """
    if isinstance(value, dict) and isinstance(value.get("result_sets"), list):
        tables = [_result_set(each) for each in value["result_sets"]]
        if len(tables) > 1:
            return {**tables[0], "resultSets": tables}
        return tables[0] if tables else {"schema": [], "data": []}
    return _table(value)


def _result_set(result_set: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": result_set.get("columns") or [],
        "data": result_set.get("rows") or [],
        "truncated": bool(result_set.get("truncated")),
    }


def _table(value: Any) -> Table:
    rows = value if isinstance(value, list) else [value]
    if rows and all(isinstance(row, dict) for row in rows):
        names = list(dict.fromkeys(name for row in rows for name in row))
        return {
            "schema": [_column(name) for name in names],
            "data": [[row.get(name) for name in names] for row in rows],
        }
    return {"schema": [_column("value")], "data": [[row] for row in rows]}


def _column(name: object) -> dict[str, Any]:
    return {"name": str(name), "type": None, "comment": None}
