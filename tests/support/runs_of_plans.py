"""Runs of plans as workers leave them: the states of their tasks, the jobs on record, the logs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from taskcenter.core.job import JobRef
from taskcenter.jobs.record import XCOM_JOB, JobRecord

ONCE: dict[str, Any] = {
    "entityGroup": "LINKIS",
    "entityKey": "1",
    "planItems": [{"triggerType": "ONCE"}],
    "execDetail": {"jobParams": {"code": "SELECT 1"}},
}
"""The body of a plan of one task, ``run``."""


def change(context: int, task_id: str = "run", **fields: Any) -> None:
    """Do what a worker does to a task instance."""
    _with_instance(context, task_id, lambda task, _: [setattr(task, name, value) for name, value in fields.items()])


def push(context: int, key: str, value: Any, task_id: str = "run") -> None:
    """Have a task push an XCom."""
    from airflow.models.xcom import XComModel

    def work(task: Any, session: Any) -> None:
        place = {"dag_id": task.dag_id, "run_id": task.run_id, "task_id": task_id, "map_index": -1}
        XComModel.set(key, value, **place, session=session)

    _with_instance(context, task_id, work)


def record(context: int, conn_type: str, remote_id: str, task_id: str = "run", attempt: int = 1, **handle: str) -> None:
    """Have a task put its job on record, as its operator does."""
    tag = _with_instance(context, task_id, lambda task, _: f"airflow/{task.dag_id}/{task.run_id}/{task_id}/-1/1")
    job = JobRecord(conn_type, f"{conn_type}_default", JobRef(remote_id, handle), tag, attempt)
    push(context, XCOM_JOB, job.to_json(), task_id)


def log_file(context: int, name: str = "attempt=1.log", task_id: str = "run") -> Path:
    """Where a worker, or a triggerer, writes a part of a task's log."""
    place = _with_instance(
        context, task_id, lambda task, _: f"dag_id={task.dag_id}/run_id={task.run_id}/task_id={task_id}"
    )
    directory = Path(os.environ["AIRFLOW_HOME"]) / "logs" / place
    directory.mkdir(parents=True, exist_ok=True)
    return directory / name


def write_log(path: Path, events: Iterable[tuple[str, str]]) -> None:
    """Add lines to it.

    :param events: of each, its time of day and its text.
    """
    with path.open("a", encoding="utf-8") as file:
        for time_of_day, text in events:
            line: Mapping[str, str] = {"timestamp": f"2026-01-02T{time_of_day}Z", "level": "info", "event": text}
            file.write(f"{json.dumps(line)}\n")


def _with_instance(context: int, task_id: str, work: Any) -> Any:
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        run_id = session.get_one(DagRun, context).run_id
        query = select(TaskInstance).where(TaskInstance.run_id == run_id, TaskInstance.task_id == task_id)
        return work(session.scalars(query).one(), session)


def made_anew(context: int) -> int:
    """Give a run, as if it had been deleted and another were made under the same name, another number."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import update

    from taskcenter_plugin.models import Context

    number = context + 1000
    with create_session(scoped=False) as session:
        session.execute(update(DagRun).where(DagRun.id == context).values(id=number))
        session.execute(update(Context).where(Context.dag_run_id == context).values(dag_run_id=number))
    return number
