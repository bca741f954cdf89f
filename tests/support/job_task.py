"""Runs a Linkis task as Airflow does: in a worker, or by turns in a worker and in the triggerer."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from airflow.sdk.exceptions import AirflowRescheduleException, TaskDeferred
from airflow.sdk.module_loading import import_string

from support.airflow_task import InMemoryAirflow, in_dag
from taskcenter.linkis.operators import LinkisOperator


def make_task(**arguments: Any) -> LinkisOperator:
    """A task that runs ``SELECT 1`` and looks often, unless the arguments say otherwise."""
    defaults = {"code": "SELECT 1", "poll_interval_seconds": 0.05, "deferrable": False}
    task: LinkisOperator = in_dag(LinkisOperator, **{**defaults, **arguments})
    return task


def recreate(trigger: Any) -> Any:
    """The trigger as the triggerer makes it from the database."""
    path, arguments = trigger.serialize()
    return import_string(path)(**json.loads(json.dumps(arguments)))


async def events_of(trigger: Any) -> list[Any]:
    """The payloads of all events that a trigger yields."""
    return [event.payload async for event in trigger.run()]


def run_task(airflow: InMemoryAirflow, make: Callable[[], Any], **start: Any) -> Any:
    """Run a try of a task to its end, in the triggerer too if it defers itself."""
    task = make()
    context = airflow.start(task, **start)

    def work() -> Any:
        return task.execute(context)

    while True:
        try:
            return work()
        except TaskDeferred as deferred:
            [event] = asyncio.run(events_of(recreate(deferred.trigger)))
            method = deferred.method_name
            arguments = json.loads(json.dumps({**(deferred.kwargs or {}), "event": event}))
        resumed = make()
        work = partial(resumed.resume_execution, method, arguments, airflow.start(resumed, resumed=True, **start))


def run_rescheduled(airflow: InMemoryAirflow, make: Callable[[], Any], seconds: float = 20.0, **start: Any) -> int:
    """Run a try of a sensor that leaves its worker between its looks, each in a process of its own; how many it took."""
    give_up = time.monotonic() + seconds
    looks = 0
    while time.monotonic() < give_up:
        task = make()
        looks += 1
        try:
            task.execute(airflow.start(task, **start))
        except AirflowRescheduleException:
            continue
        return looks
    raise TimeoutError(f"it goes on after {looks} looks")


class InThread:
    """Runs something beside the test."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            self._value = work()
        except BaseException as error:  # noqa: BLE001 # handed to the test
            self._error = error

    def result(self, seconds: float = 20.0) -> Any:
        """What it returned, or raised."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "it goes on"
        if self._error is not None:
            raise self._error
        return self._value
