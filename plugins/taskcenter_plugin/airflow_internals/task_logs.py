"""Reads task logs as Airflow's own log route does.

Private in Airflow: ``TaskLogReader``, ``DBDagBag``, ``TaskInstance``, ``TaskInstanceHistory`` and ``XComModel``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from graphlib import TopologicalSorter
from typing import Any

from airflow.exceptions import TaskNotFound
from airflow.models.dagbag import DBDagBag
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.models.taskinstancehistory import TaskInstanceHistory
from airflow.models.trigger import Trigger
from airflow.models.xcom import XComModel
from airflow.utils.log.log_reader import TaskLogReader
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from taskcenter_plugin.times import precise_text_of

RETURN_VALUE = "return_value"
NO_METADATA: Any = {}
_SOURCES = "::group::Log message source details"


@dataclass(frozen=True)
class TaskOfRun:
    """One task of a run.

    :param name: what the plan calls it
    :param earlier: by number, Airflow's records of the tries before the last one
    """

    task_id: str
    map_index: int
    name: str
    instance: TaskInstance
    earlier: Mapping[int, TaskInstanceHistory] = field(default_factory=dict)

    @property
    def tries(self) -> int:
        """How often it was tried, counted over retries and clears; 0 if it never ran."""
        return self.instance.try_number or 0


def tasks_of(run: DagRun, session: Session, *, only: tuple[str, int] | None = None) -> list[TaskOfRun]:
    """The tasks of a run, those first that others wait for.

    :param only: the id and the map index of a task, to have that one alone
    """
    wanted = [TaskInstance.dag_id == run.dag_id, TaskInstance.run_id == run.run_id]
    if only is not None:
        wanted += [TaskInstance.task_id == only[0], TaskInstance.map_index == only[1]]
    query = (
        select(TaskInstance)
        .where(*wanted)
        .options(joinedload(TaskInstance.trigger).joinedload(Trigger.triggerer_job))
        .options(joinedload(TaskInstance.dag_model), joinedload(TaskInstance.dag_run))
    )
    dag = DBDagBag().get_dag_for_run(run, session=session)
    graph = {task.task_id: task.upstream_task_ids for task in dag.tasks} if dag else {}
    order = {task_id: position for position, task_id in enumerate(TopologicalSorter(graph).static_order())}
    instances = session.scalars(query).unique().all()
    earlier = _earlier_tries(run, session) if any((each.try_number or 0) > 1 for each in instances) else {}
    found = []
    for instance in instances:
        name = instance.task_display_name or instance.task_id
        if dag:
            with contextlib.suppress(TaskNotFound):
                instance.task = dag.get_task(instance.task_id)
                name = _name_in_group(name, instance.task)
        if instance.map_index >= 0:
            name = f"{name}[{instance.rendered_map_index}]"
        tries = earlier.get((instance.task_id, instance.map_index), {})
        for before in tries.values():
            before.task = instance.task  # as Airflow's log route does
        found.append(TaskOfRun(instance.task_id, instance.map_index, name, instance, tries))
    return sorted(found, key=lambda task: (order.get(task.task_id, len(order)), task.task_id, task.map_index))


def _name_in_group(name: str, task: Any) -> str:
    """The name of a task of a group: the group's, and unless it is the only task, its own after that."""
    group = task.task_group
    if group is None or group.group_id is None:
        return name
    only = len(group.children) == 1 and task.task_id in group.children
    return str(group.label) if only else f"{group.label}/{name.removeprefix(f'{group.group_id}.')}"


def _earlier_tries(run: DagRun, session: Session) -> dict[tuple[str, int], dict[int, TaskInstanceHistory]]:
    query = (
        select(TaskInstanceHistory)
        .where(TaskInstanceHistory.dag_id == run.dag_id, TaskInstanceHistory.run_id == run.run_id)
        .options(joinedload(TaskInstanceHistory.dag_run))
    )
    found: dict[tuple[str, int], dict[int, TaskInstanceHistory]] = {}
    for record in session.scalars(query):
        found.setdefault((record.task_id, record.map_index), {})[record.try_number] = record
    return found


def log_lines(task: TaskOfRun, number: int) -> Iterator[str]:
    """The lines of one try, each with its time; an exception is a line of its own."""
    return (line for _, line in timed_log_lines(task, number))


def record_of_try(task: TaskOfRun, number: int) -> TaskInstance | TaskInstanceHistory:
    """Airflow's record of one try, which may have run on another machine; `airflow db clean` may have removed it."""
    return task.instance if number == task.tries else task.earlier.get(number, task.instance)


def timed_log_lines(task: TaskOfRun, number: int) -> Iterator[tuple[datetime | None, str]]:
    """The same lines, each with its time beside it, too, where it has one; Airflow reads the log when this is called.

    Airflow has read it into a file of its own by then, if it is long, so that no session is needed to go through the lines.
    """
    stream, _ = TaskLogReader().read_log_chunks(record_of_try(task, number), number, NO_METADATA)
    return _timed(stream)


def _timed(stream: Iterable[Any]) -> Iterator[tuple[datetime | None, str]]:
    in_sources = False
    for message in stream:
        if message.event.startswith(("::group::", "::endgroup::")):
            in_sources = message.event == _SOURCES
            continue
        if in_sources:
            continue  # files of the server, which say nothing of the job
        moment = f"{precise_text_of(message.timestamp)} " if message.timestamp else ""
        yield message.timestamp, f"{moment}{message.event}"
        for error in _errors(message):
            yield message.timestamp, f"{moment}{error}"


def _errors(message: Any) -> Iterator[str]:
    """The exceptions that a message carries beside its text, without their tracebacks; Airflow's UI shows those."""
    details = (message.model_extra or {}).get("error_detail")
    for error in details if isinstance(details, list) else []:
        if isinstance(error, dict):
            yield f"{error.get('exc_type')}: {error.get('exc_value')}"


def returned_values(run: DagRun, session: Session) -> dict[tuple[str, int], Any]:
    """By task and map index, what the tasks of a run returned."""
    query = select(XComModel).where(
        XComModel.dag_id == run.dag_id, XComModel.run_id == run.run_id, XComModel.key == RETURN_VALUE
    )
    return {(row.task_id, row.map_index): XComModel.deserialize_value(row) for row in session.scalars(query)}
