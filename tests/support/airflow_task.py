"""Task instances as a worker has them, with an Airflow behind them that keeps in memory what it is told."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import uuid4

from airflow.sdk import DAG, BaseOperator, Context, TaskInstanceState
from airflow.sdk.api.datamodels._generated import DagRun, TIRunContext
from airflow.sdk.execution_time import comms
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

RUN_STARTED = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc)


class InMemoryAirflow:
    """What a worker's supervisor answers; put in place of ``task_runner.SUPERVISOR_COMMS``.

    :ivar xcoms: by task, key and map index.
    :ivar stored: the task state store (Airflow 3.3).
    :ivar states: what Airflow believes of a task instance, by its id; ``running`` where nothing is said.
    :ivar broken: whether it fails at everything.
    """

    def __init__(self) -> None:
        self.xcoms: dict[tuple[str, str, int], Any] = {}
        self.stored: dict[str, Any] = {}
        self.states: dict[str, str | None] = {}
        self.broken = False

    def send(self, message: Any) -> Any:
        if self.broken:
            raise RuntimeError("the supervisor is gone")
        name = type(message).__name__
        if name == "SetXCom":
            # As JSON, since that is how it travels.
            self.xcoms[message.task_id, message.key, message.map_index] = json.loads(json.dumps(message.value))
        elif name == "GetXCom":
            index = -1 if message.map_index is None else message.map_index
            value = self.xcoms.get((message.task_id, message.key, index))
            return comms.XComResult(key=message.key, value=value)
        elif name == "SetTaskStateStore":
            self.stored[message.key] = json.loads(json.dumps(message.value))
        elif name == "GetTaskStateStore":
            if message.key not in self.stored:
                return comms.ErrorResponse(error=comms.ErrorType.TASK_STORE_NOT_FOUND)
            return comms.TaskStateStoreResult(value=self.stored[message.key])
        elif name == "GetTaskStates":
            [task_id], [run_id] = message.task_ids, message.run_ids
            state = self.states.get(task_id, "running")
            return comms.TaskStatesResult(task_states={run_id: {task_id: state}})
        return None

    async def asend(self, message: Any) -> Any:
        return self.send(message)

    def start(
        self,
        operator: BaseOperator,
        *,
        try_number: int = 1,
        max_tries: int | None = None,
        map_index: int = -1,
        resumed: bool = False,
    ) -> Context:
        """Begin a try of a task (or go on with it after a deferral) and return its context."""
        if not resumed:
            # Airflow empties a task's XComs when a try begins.
            for key in [key for key in self.xcoms if key[0] == operator.task_id and key[2] == map_index]:
                del self.xcoms[key]
        run = DagRun(
            dag_id=operator.dag_id,
            run_id="manual__1",
            logical_date=RUN_STARTED,
            data_interval_start=RUN_STARTED,
            data_interval_end=RUN_STARTED,
            run_after=RUN_STARTED,
            start_date=RUN_STARTED,
            end_date=None,
            run_type="manual",
            state="running",
            conf={},
            consumed_asset_events=[],
            partition_key=None,
        )
        tries = operator.retries if max_tries is None else max_tries
        ti = RuntimeTaskInstance.model_construct(
            id=uuid4(),
            task_id=operator.task_id,
            dag_id=operator.dag_id,
            run_id=run.run_id,
            try_number=try_number,
            dag_version_id=uuid4(),
            map_index=map_index,
            hostname="worker",
            task=operator,
            max_tries=tries,
            start_date=dt.datetime.now(dt.timezone.utc),
            state=TaskInstanceState.RUNNING,
            _ti_context_from_server=TIRunContext(dag_run=run, max_tries=tries),
        )
        context = ti.get_template_context()
        operator.render_template_fields(context)
        return context


def in_dag(kind: type[BaseOperator], task_id: str = "job", **arguments: Any) -> Any:
    """A task of a DAG of its own."""
    with DAG("dag", schedule=None, start_date=RUN_STARTED):
        return kind(task_id=task_id, **arguments)
