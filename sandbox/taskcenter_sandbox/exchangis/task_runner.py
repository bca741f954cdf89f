"""Runs one task: launches it, moves its data, keeps its metrics."""

from __future__ import annotations

import itertools
import json
import resource
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from taskcenter_sandbox.exchangis.content import SubJob, sub_jobs
from taskcenter_sandbox.exchangis.data_sources import DataSources
from taskcenter_sandbox.exchangis.database import Row, now_ms
from taskcenter_sandbox.exchangis.errors import Refused
from taskcenter_sandbox.exchangis.execution_store import (
    CANCELLED,
    FAILED,
    RUNNING,
    SUCCESS,
    WAIT_FOR_RETRY,
    ExecutionStore,
)
from taskcenter_sandbox.exchangis.settings import Settings
from taskcenter_sandbox.exchangis.systems.base import SystemFailure, Written
from taskcenter_sandbox.exchangis.systems.opening import Systems
from taskcenter_sandbox.exchangis.transfer import Progress, TransferError, TransferStopped, transfer
from taskcenter_sandbox.gateway.faults import Faults

if TYPE_CHECKING:
    from taskcenter_sandbox.exchangis.executions import Live
    from taskcenter_sandbox.exchangis.logs import LogFile

Json = dict[str, Any]

TELL_SECONDS = 1.0
"""After how long a task tells in its log how far it is."""

RETRY_SHOWN_SECONDS = 0.5
SHOWN_ERRORS = 10
"""So many refused records are told of in a task's log."""


class TaskRunner:
    """Runs tasks, each in the thread that calls."""

    def __init__(
        self, settings: Settings, store: ExecutionStore, sources: DataSources, systems: Systems, faults: Faults
    ) -> None:
        self._settings = settings
        self._store = store
        self._sources = sources
        self._systems = systems
        self._faults = faults
        self._linkis_ids = itertools.count(1)

    def run(self, live: Live, task: Row, log: LogFile) -> None:
        """Run a task to its end, whichever that is."""
        if not self._launch(live, task):
            return
        progress = Progress()
        try:
            self._move(live, task, log, progress)
        except TransferStopped:
            log.write("Task is killed", "WARN")
            if not self._store.change_task(task["task_id"], CANCELLED, metrics=self._metrics(progress)):
                live.log.write(f"Task {task['name']} had ended before it was killed", "WARN")
        except (SystemFailure, TransferError, Refused) as error:
            log.write(f"The task failed: {error}", "ERROR")
            live.log.write(f"Task {task['name']} failed: {error}", "ERROR")
            self._store.change_task(task["task_id"], FAILED, progress=progress.part, metrics=self._metrics(progress))
        else:
            log.write(
                f"Moved {progress.written} records, {progress.errors} were refused, {progress.flow:.0f} records/s"
            )
            live.log.write(f"Task {task['name']} has succeeded")
            self._store.change_task(task["task_id"], SUCCESS, progress=1.0, metrics=self._metrics(progress))

    def fail(self, task: Row, reason: str) -> None:
        """Mark a task as failed that cannot run on."""
        print(f"task {task['task_id']} of {task['execution_id']} failed: {reason}", flush=True)
        self._store.change_task(task["task_id"], FAILED)

    def _launch(self, live: Live, task: Row) -> bool:
        """Get an engine for a task; false if it ended instead."""
        waits = itertools.chain(self._settings.retry_seconds, itertools.repeat(self._settings.retry_seconds[-1]))
        if self._faults.take("wait-for-retry"):
            self._store.change_task(task["task_id"], WAIT_FOR_RETRY)
            live.wait(RETRY_SHOWN_SECONDS)
        while self._faults.take("no-engine"):
            # The row is there while the launch is under way, and gone until the next one.
            live.wait(self._settings.poll_seconds)
            text = f"Launch task:[name: {task['name']}, id: {task['task_id']}] fail, possible reason: no engine could be started"
            live.log.write(text, "ERROR")
            if not self._settings.version.retries_launches:
                self._store.change_task(task["task_id"], FAILED)
                return False
            row = self._store.remove_task(task["task_id"])
            live.wait(next(waits))
            if row is not None:
                self._store.restore_task(row)
            if live.must_stop:
                break
        if live.must_stop:
            self._store.change_task(task["task_id"], CANCELLED)
            return False
        linkis_id = f"{next(self._linkis_ids)}"
        info = json.dumps({"id": linkis_id, "status": "Running", "engine": task["engine_type"]})
        self._store.change_task(
            task["task_id"], RUNNING, launch_time=now_ms(), linkis_job_id=linkis_id, linkis_job_info=info
        )
        self._store.change(live.execution_id, RUNNING)
        live.log.write(f"Launched task: {task['name']}, id: {task['task_id']}, linkis job: {linkis_id}")
        return True

    def _move(self, live: Live, task: Row, log: LogFile, progress: Progress) -> None:
        definition = json.loads(task["definition"])
        job = sub_jobs(definition["content"], task["engine_type"])[definition["number"]]
        live.wait(self._faults.amount("slow-start") / 1000)
        if live.must_stop:
            raise TransferStopped
        log.write(f"Move {job.source} to {job.sink}")
        user = task["execute_user"]
        source_type, source_params = self._params(job, "source", user)
        sink_type, sink_params = self._params(job, "sink", user)
        after_batch = self._reporter(live, task, log, progress)
        with (
            self._systems.opened(source_type, source_params) as source,
            self._systems.opened(sink_type, sink_params) as sink,
            live.interrupting(source.interrupt, sink.interrupt),
        ):
            try:
                transfer(
                    job, source, sink, batch_rows=self._settings.batch_rows, progress=progress, after_batch=after_batch
                )
            except SystemFailure:
                if live.must_stop:
                    raise TransferStopped from None
                raise

    def _reporter(self, live: Live, task: Row, log: LogFile, progress: Progress) -> Callable[[Written], None]:
        """What is done after each batch: tell how far it is, and end if it has to."""
        fails = self._faults.take("failed-task")
        stored = told = time.monotonic()
        shown = 0

        def after_batch(written: Written) -> None:
            nonlocal stored, told, shown
            if written.errors and shown < SHOWN_ERRORS:
                shown += 1
                log.write(f"{written.errors} records were refused; the first: {written.reason}", "ERROR")
            if fails:
                raise SystemFailure("the fault failed-task was switched on")
            if (pause := self._faults.amount("slow-transfer")) > 0:
                self._store_progress(live, task, progress)
                live.wait(pause / 1000)
            if live.must_stop:
                raise TransferStopped
            if time.monotonic() - stored >= self._settings.poll_seconds:
                stored = time.monotonic()
                self._store_progress(live, task, progress)
            if time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                log.write(f"{progress.read} of {progress.total} records, {progress.flow:.0f} records/s")

        return after_batch

    def _params(self, job: SubJob, side: str, user: str) -> tuple[str, Json]:
        end = job.source if side == "source" else job.sink
        kind, params = self._sources.published(user, end.id)
        if kind != end.type:
            raise TransferError(f"The {side} of {job.name} is no {end.type}: data source {end.id} is a {kind}")
        return kind, params

    def _store_progress(self, live: Live, task: Row, progress: Progress) -> None:
        self._store.change_task(task["task_id"], RUNNING, progress=progress.part, metrics=self._metrics(progress))
        self._store.set_progress(live.execution_id)

    def _metrics(self, progress: Progress) -> str:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        metrics = {
            "resourceUsed": {"cpu": 1.0, "memory": usage.ru_maxrss // 1024},
            "traffic": {"source": "source", "sink": "sink", "flow": round(progress.flow, 1)},
            "indicator": {
                "exchangedRecords": progress.written,
                "errorRecords": progress.errors,
                "ignoredRecords": 0,
            },
        }
        return json.dumps(metrics)
