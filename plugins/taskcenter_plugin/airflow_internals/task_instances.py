"""One task instance: its state, its XComs, its end by hand. Private: ``TaskInstance``, ``XComModel`` and ``Log``."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from airflow.models.log import Log
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import XComModel
from airflow.utils.state import State, TaskInstanceState
from sqlalchemy import select
from sqlalchemy.orm import Session


def find_task_instance(
    dag_id: str, run_id: str, task_id: str, map_index: int, session: Session, *, lock: bool = False
) -> TaskInstance | None:
    """The task instance, as its last try left it.

    :param lock: keep others from changing it until the transaction ends
    """
    query = select(TaskInstance).where(
        TaskInstance.dag_id == dag_id,
        TaskInstance.run_id == run_id,
        TaskInstance.task_id == task_id,
        TaskInstance.map_index == map_index,
    )
    found: TaskInstance | None = session.scalar(query.with_for_update(of=TaskInstance) if lock else query)
    return found


def has_ended(instance: TaskInstance) -> bool:
    """Whether the task instance is done, for good or until somebody clears it."""
    return instance.state in State.finished


def xcoms_of(instance: TaskInstance, keys: Collection[str], session: Session) -> dict[str, Any]:
    """What the task instance has pushed under some keys."""
    query = select(XComModel).where(
        XComModel.dag_id == instance.dag_id,
        XComModel.run_id == instance.run_id,
        XComModel.task_id == instance.task_id,
        XComModel.map_index == instance.map_index,
        XComModel.key.in_(keys),
    )
    return {row.key: XComModel.deserialize_value(row) for row in session.scalars(query)}


def xcoms_of_run(
    dag_id: str, run_id: str, keys: Collection[str], session: Session
) -> dict[tuple[str, int], dict[str, Any]]:
    """By task and map index, what the tasks of a run have pushed under some keys."""
    query = select(XComModel).where(XComModel.dag_id == dag_id, XComModel.run_id == run_id, XComModel.key.in_(keys))
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for row in session.scalars(query):
        found.setdefault((row.task_id, row.map_index), {})[row.key] = XComModel.deserialize_value(row)
    return found


def fail(instance: TaskInstance, session: Session) -> bool:
    """Mark a task instance that goes on as failed, as the UI does; return whether it was going on.

    The worker or the triggerer that has it notices, and it is not retried.
    """
    if has_ended(instance):
        return False
    instance.set_state(TaskInstanceState.FAILED, session=session)
    return True


def note_in_audit_log(event: str, instance: TaskInstance, user: str, session: Session, **more: Any) -> None:
    """Leave a line in Airflow's audit log."""
    session.add(
        Log(
            event=event,
            owner=user,
            owner_display_name=user,
            extra=json.dumps(more),
            dag_id=instance.dag_id,
            run_id=instance.run_id,
            task_id=instance.task_id,
            map_index=instance.map_index,
            try_number=instance.try_number,
        )
    )
