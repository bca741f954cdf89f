"""What is stored of executions and their tasks (tables ``exchangis_launched_job_entity`` and ``..._task_entity``)."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Sequence
from typing import Any

from taskcenter_sandbox.exchangis.database import Database, Row, now_ms

Json = dict[str, Any]

INITED, SCHEDULED, RUNNING = "Inited", "Scheduled", "Running"
CANCELLED, FAILED, SUCCESS = "Cancelled", "Failed", "Success"
WAIT_FOR_RETRY = "WaitForRetry"
TERMINAL = frozenset({CANCELLED, FAILED, SUCCESS})

_SNOWFLAKE_SHIFT = 22


class ExecutionStore:
    """Stores executions and tasks; who ends first decides how it ended."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def add(self, job: Row, project: Row | None, user: str, execute_user: str, skew_ms: int = 0) -> str:
        """Store a new execution, Inited, and return its id.

        :param skew_ms: how far ahead the clock is.
        """
        execution_id, now = str(uuid.uuid4()), now_ms() + skew_ms
        self._db.insert(
            "execution",
            execution_id=execution_id,
            job_id=job["id"],
            name=job["name"],
            project_id=job["project_id"],
            project_name=project["name"] if project else None,
            engine_type=job["engine_type"],
            content=job["content"],
            params=job["params"],
            create_user=job["create_user"],
            execute_user=execute_user,
            submit_user=user,
            status=INITED,
            # Exchangis' column has whole seconds.
            create_time=now // 1000 * 1000,
            last_update_time=now,
        )
        return execution_id

    def get(self, execution_id: str) -> Row | None:
        """An execution."""
        return self._db.row("select * from execution where execution_id = ?", execution_id)

    def undone(self) -> list[Row]:
        """The executions that have not ended, the oldest first."""
        return self._db.rows(
            "select * from execution where status not in ('Cancelled', 'Failed', 'Success') order by id"
        )

    def orphans(self) -> list[Row]:
        """The tasks that have not ended, of executions that have."""
        return self._db.rows(
            "select * from task where status not in ('Cancelled', 'Failed', 'Success') and execution_id in "
            "(select execution_id from execution where status in ('Cancelled', 'Failed', 'Success'))"
        )

    def change(self, execution_id: str, status: str, *, even_if_ended: bool = False, **values: Any) -> bool:
        """Change an execution, unless it has ended. Tells whether it was changed."""
        where = "execution_id = ?"
        if not even_if_ended:
            where += " and status not in ('Cancelled', 'Failed', 'Success')"
        values = {"status": status, **values, "last_update_time": now_ms()}
        return self._db.update("execution", where, (execution_id,), **values) > 0

    def set_progress(self, execution_id: str) -> None:
        """Take the progress of an execution from its tasks."""
        statement = (
            "update execution set progress = coalesce((select sum(progress) from task where execution_id = ?), 0) "
            "/ max(1, task_count) where execution_id = ?"
        )
        self._db.run(statement, execution_id, execution_id)

    def add_task(self, execution_id: str, number: int, **values: Any) -> str:
        """Store a task, Scheduled, and return its id."""
        task_id, now = self._next_id(), now_ms()
        self._db.insert(
            "task",
            task_id=task_id,
            execution_id=execution_id,
            number=number,
            status=SCHEDULED,
            create_time=now,
            last_update_time=now,
            **values,
        )
        return task_id

    def remove_task(self, task_id: str) -> Row | None:
        """Delete a task, as happens when it could not be launched; returns what it was."""
        row = self.task(task_id)
        self._db.run("delete from task where task_id = ?", task_id)
        return row

    def restore_task(self, row: Row) -> None:
        """Put back what :meth:`remove_task` has returned."""
        self._db.insert("task", **{**row, "last_update_time": now_ms()})

    def change_task(self, task_id: str, status: str, **values: Any) -> bool:
        """Change a task, unless it has ended. Tells whether it was changed."""
        where = "task_id = ? and status not in ('Cancelled', 'Failed', 'Success')"
        return self._db.update("task", where, (task_id,), status=status, **values, last_update_time=now_ms()) > 0

    def task(self, task_id: str) -> Row | None:
        """A task."""
        return self._db.row("select * from task where task_id = ?", task_id)

    def tasks(self, execution_id: str) -> list[Row]:
        """The tasks of an execution, in order."""
        return self._db.rows("select * from task where execution_id = ? order by number", execution_id)

    def page(self, conditions: Sequence[tuple[str, Any]], page: int, size: int) -> tuple[list[Row], int]:
        """A page of the executions that fit, the newest first, and how many fit.

        :param conditions: SQL with one question mark each, and what stands for it.
        """
        where = " and ".join(["1 = 1", *(condition for condition, _ in conditions)])
        arguments = [value for _, value in conditions]
        total = int(self._db.value(f"select count(*) from execution where {where}", *arguments))  # noqa: S608 # bound
        statement = f"select * from execution where {where} order by create_time desc, id desc limit ? offset ?"  # noqa: S608 # bound
        return self._db.rows(statement, *arguments, size, (page - 1) * size), total

    def delete(self, execution_id: str) -> None:
        """Delete an execution and its tasks."""
        with self._db.transaction():
            self._db.run("delete from task where execution_id = ?", execution_id)
            self._db.run("delete from execution where execution_id = ?", execution_id)

    def count(self) -> int:
        """How many executions there are."""
        return int(self._db.value("select count(*) from execution"))

    def _next_id(self) -> str:
        """Make an id as Exchangis does: time and a running number, up to 19 digits."""
        with self._lock:
            return str((now_ms() << _SNOWFLAKE_SHIFT) + next(self._numbers) % (1 << _SNOWFLAKE_SHIFT))
