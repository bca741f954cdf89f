"""Executions of jobs: takes, generates, schedules and kills them (facts sections 3 and 3.1)."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from taskcenter_sandbox.exchangis.content import EMPTY, ContentError, rendered, sub_jobs
from taskcenter_sandbox.exchangis.database import Row
from taskcenter_sandbox.exchangis.errors import Refused
from taskcenter_sandbox.exchangis.execution_store import (
    CANCELLED,
    FAILED,
    INITED,
    RUNNING,
    SCHEDULED,
    SUCCESS,
    TERMINAL,
    ExecutionStore,
)
from taskcenter_sandbox.exchangis.logs import LogFile
from taskcenter_sandbox.exchangis.settings import Settings
from taskcenter_sandbox.exchangis.task_runner import TaskRunner
from taskcenter_sandbox.exchangis.transfer import TransferStopped
from taskcenter_sandbox.gateway.faults import Faults

Json = dict[str, Any]

ENDED_ALREADY = "Kill failed(停止失败)！,job 已经到终态"
GONE = "The server was restarted while the task ran; its engine is gone"


@dataclass
class Live:
    """An execution that has not ended, or whose tasks have not.

    :param stop_at: when its tasks have to end, by the monotonic clock; None while they may go on.
    :param interrupts: end what its tasks wait for.
    """

    execution_id: str
    log: LogFile
    stop_at: float | None = None
    changed: threading.Event = field(default_factory=threading.Event)
    interrupts: list[Callable[[], None]] = field(default_factory=list)

    def stop(self, after_seconds: float) -> None:
        """Have the tasks end; what they wait for is interrupted, unless they are to linger."""
        if self.stop_at is None:
            self.stop_at = time.monotonic() + after_seconds
        self.changed.set()
        if not after_seconds:
            for interrupt in list(self.interrupts):
                interrupt()

    @contextmanager
    def interrupting(self, *interrupts: Callable[[], None]) -> Iterator[None]:
        """Have these end what the tasks wait for, as long as the block runs.

        :raises TransferStopped: the tasks have to end already.
        """
        self.interrupts += interrupts
        try:
            if self.must_stop:
                raise TransferStopped
            yield
        finally:
            for each in interrupts:
                self.interrupts.remove(each)

    def wait(self, seconds: float) -> None:
        """Wait, or until the tasks have to end."""
        deadline = time.monotonic() + seconds
        while not self.must_stop and (left := deadline - time.monotonic()) > 0:
            if self.stop_at is None:
                self.changed.wait(left)
            else:
                # The event is set for good by now.
                time.sleep(max(0.0, min(left, self.stop_at - time.monotonic())))

    @property
    def must_stop(self) -> bool:
        """Whether the tasks have to end now."""
        return self.stop_at is not None and time.monotonic() >= self.stop_at


class Executions:
    """Runs executions in threads: one makes tasks, each user has a number of others that run them."""

    def __init__(self, settings: Settings, store: ExecutionStore, runner: TaskRunner, faults: Faults) -> None:
        self.store = store
        self.counts = Counter[str]()
        self._settings = settings
        self._runner = runner
        self._faults = faults
        self._generator = ThreadPoolExecutor(1, "generator")
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._live: dict[str, Live] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def start(self) -> None:
        """Take up what an earlier run of the server has left: what ran then has failed, the rest begins anew."""
        for task in self.store.orphans():
            self._runner.fail(task, GONE)
        for row in self.store.undone():
            live = self._add_live(row["execution_id"])
            if row["status"] == INITED:
                self._generator.submit(self._generate, live, row)
                continue
            for task in self.store.tasks(row["execution_id"]):
                if task["status"] == RUNNING:
                    self._runner.fail(task, GONE)
            self._schedule(live, row)

    def execute(self, job: Row, project: Row | None, user: str) -> str:
        """Store an execution and have it run; the row is there before this returns.

        :raises Refused: the queue is full.
        """
        if self._faults.take("queue-full"):
            raise Refused("Error occur while executing job: [The scheduler queue is full(调度队列已满)]")
        late = self._settings.version.is_late
        execute_user = job["execute_user"] or (job["create_user"] if late else user)
        execution_id = self.store.add(job, project, user, execute_user, self._faults.amount("clock-skew") * 1000)
        self.counts["submissions"] += 1
        live = self._add_live(execution_id)
        row = self.store.get(execution_id)
        assert row is not None  # noqa: S101 # just stored
        live.log.write(f"Submit the job: {job['name']}, id: {job['id']}, as {execute_user}, execution: {execution_id}")
        self._generator.submit(self._generate, live, row)
        return execution_id

    def kill(self, execution_id: str) -> None:
        """Mark an execution as cancelled at once; its tasks end when they look next.

        :raises Refused: it has ended already.
        """
        self.counts["kills"] += 1
        row = self.store.get(execution_id)
        overwritten = row is not None and row["status"] == INITED and self._faults.take("killed-too-early")
        if not self.store.change(execution_id, CANCELLED):
            raise Refused(ENDED_ALREADY)
        live = self._live.get(execution_id)
        if live is not None and not overwritten:
            live.log.write("The job is killed by user", "WARN")
            live.stop(self._faults.amount("lingering-tasks") / 1000)

    def running(self) -> int:
        """How many executions have not ended, or have tasks that have not."""
        return len(self._live)

    def log_path(self, execution_id: str, task_id: str | None = None) -> Path:
        """The file of a log."""
        directory = self._settings.directory / "log" / execution_id
        return directory / (f"{task_id}.log" if task_id else "job.log")

    def close(self) -> None:
        """End all tasks; they stay as they are in the store, for the next start."""
        self._closing.set()
        for live in list(self._live.values()):
            live.stop(0)
        self._generator.shutdown(cancel_futures=True)
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)

    def _add_live(self, execution_id: str) -> Live:
        live = Live(execution_id, LogFile(self.log_path(execution_id), "exchangis-job"))
        with self._lock:
            self._live[execution_id] = live
        return live

    def _generate(self, live: Live, row: Row) -> None:
        """Make the tasks."""
        live.wait(self._faults.amount("slow-generation") / 1000)
        if live.must_stop:
            self._forget(live)
            return
        try:
            text = rendered(row["content"] or "", row["params"], datetime.now().astimezone())
            found = sub_jobs(text, row["engine_type"])
            if not found:
                raise ContentError(EMPTY)
        except ContentError as error:
            live.log.write(f"Generate tasks of the job failed, reason: {error}", "ERROR")
            self.store.change(live.execution_id, FAILED)
            self._forget(live)
            return
        for number, each in enumerate(found):
            definition = {"content": text, "number": number}
            self.store.add_task(
                live.execution_id,
                number,
                name=each.name,
                engine_type=row["engine_type"],
                execute_user=row["execute_user"],
                definition=json.dumps(definition, ensure_ascii=False),
            )
        live.log.write(f"Generated {len(found)} launchable tasks: {', '.join(each.name for each in found)}")
        # A kill that came meanwhile is overwritten, as the real server does; only the fault makes one that early.
        self.store.change(live.execution_id, SCHEDULED, even_if_ended=live.stop_at is None, task_count=len(found))
        self._schedule(live, row)

    def _schedule(self, live: Live, row: Row) -> None:
        pool = self._pool(row["execute_user"])
        undone = [task for task in self.store.tasks(live.execution_id) if task["status"] not in TERMINAL]
        for task in undone:
            pool.submit(self._run_task, live, task)
        if not undone:
            self._settle(live)

    def _pool(self, user: str) -> ThreadPoolExecutor:
        with self._lock:
            if user not in self._pools:
                self._pools[user] = ThreadPoolExecutor(self._settings.running_tasks, f"tasks-{user}")
            return self._pools[user]

    def _run_task(self, live: Live, task: Row) -> None:
        log = LogFile(self.log_path(live.execution_id, task["task_id"]), "exchangis-task")
        try:
            self._runner.run(live, task, log)
        except Exception as error:  # a defect of ours must not leave a job running for ever
            self._runner.fail(task, f"{type(error).__name__}: {error}")
            raise
        finally:
            if not self._closing.is_set():
                self._settle(live)

    def _settle(self, live: Live) -> None:
        """End the execution if its tasks decide it, and forget it once they have all ended."""
        with self._lock:
            tasks = self.store.tasks(live.execution_id)
            statuses = [task["status"] for task in tasks]
            if not tasks or all(status in TERMINAL for status in statuses):
                self._live.pop(live.execution_id, None)
        self.store.set_progress(live.execution_id)
        row = self.store.get(live.execution_id)
        if row is None or row["status"] in TERMINAL:
            return
        ended = FAILED if FAILED in statuses else CANCELLED if CANCELLED in statuses else None
        if ended is not None:
            live.log.write(f"The job has ended: {ended}", "ERROR" if ended == FAILED else "WARN")
            if self.store.change(live.execution_id, ended):
                live.stop(self._faults.amount("lingering-tasks") / 1000)
        elif statuses and all(status == SUCCESS for status in statuses) and len(statuses) == row["task_count"]:
            live.log.write("The job has ended: Success")
            self.store.change(live.execution_id, SUCCESS, progress=1.0)

    def _forget(self, live: Live) -> None:
        with self._lock:
            self._live.pop(live.execution_id, None)
