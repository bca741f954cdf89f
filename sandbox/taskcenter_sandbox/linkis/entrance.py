"""The entrance: queues jobs in groups, runs them, keeps them in memory until it restarts (facts sections 3, 4, 9)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from taskcenter_sandbox.linkis import ids
from taskcenter_sandbox.linkis.engines.base import CodeFailed, Run, Task
from taskcenter_sandbox.linkis.engines.marked import kill_marked, mark_of
from taskcenter_sandbox.linkis.engines.process import ProcessRun
from taskcenter_sandbox.linkis.engines.sql import DIALECTS, SqlRun, Warehouse
from taskcenter_sandbox.linkis.envelope import LinkisError
from taskcenter_sandbox.linkis.faults import Faults
from taskcenter_sandbox.linkis.logs import JobLog
from taskcenter_sandbox.linkis.store import TERMINAL, Store, now_ms
from taskcenter_sandbox.linkis.submission import ENGINES, Submission, intercept

RUNNING_PER_GROUP = 10
WAITING_PER_GROUP = 999
ENGINE_FAILED = 11055
EXPIRY_STATES = TERMINAL

_PROCESS_RUN_TYPES = frozenset({"shell", "python", "py"})


@dataclass
class LiveJob:
    """A job in the entrance's memory; ``status`` is what the entrance believes, the store is the truth."""

    id: int
    short_id: str
    user: str
    log: JobLog
    status: str = "Inited"
    progress: float = 0.0
    run: Run | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)


class _Group:
    """The jobs of one creator, user and engine."""

    def __init__(self) -> None:
        self.jobs: list[LiveJob] = []
        self.slots = threading.Semaphore(RUNNING_PER_GROUP)
        self.waiting = 0


class Entrance:
    """Runs jobs.

    :param store: the job history.
    :param directory: where logs, results and the warehouse are.
    """

    def __init__(self, store: Store, directory: Path, faults: Faults) -> None:
        self.store = store
        self.directory = directory
        self._faults = faults
        self._warehouse = Warehouse(directory / "warehouse.duckdb")
        self._groups: dict[tuple[str, str, str], _Group] = {}
        self._lock = threading.Lock()
        self._stopping = False
        store.cancel_unfinished()
        # Nothing of an earlier server's jobs runs on when that one was killed.
        kill_marked(mark_of(directory))

    def submit(self, submission: Submission, user: str) -> LiveJob:
        """Store a job and queue it; the row is there before this returns.

        :raises LinkisError: refused, with a row in state Failed that the answer does not name.
        """
        job_id = self.store.add(
            submit_user=user,
            execute_user=user,
            creator=submission.creator,
            engine=submission.engine,
            engine_type=submission.engine_type,
            run_type=submission.run_type,
            code=submission.code,
            params=json.dumps(submission.params, ensure_ascii=False),
            source=json.dumps(submission.source, ensure_ascii=False),
            labels=json.dumps(submission.labels, ensure_ascii=False),
        )
        try:
            code = intercept(submission, user)
            if self._faults.take("queue-full"):
                raise LinkisError(12001, "The submitted job failed, the queue is full(队列已满)")
            return self._enqueue(job_id, submission, user, code)
        except LinkisError as error:
            self.store.update(job_id, status="Failed", err_code=error.code, err_desc=error.description[:512])
            raise

    def find(self, execution: str) -> LiveJob | None:
        """The job of an execID.

        :raises KeyError: the group is unknown, or its ring has no such place.
        :raises ValueError: this is no execID.
        """
        short = ids.parse_short(execution)
        creator, user, engine, index = short.rsplit("_", 3)
        with self._lock:
            group = self._groups[creator, user, engine]
            return group.jobs[int(index)] if int(index) < len(group.jobs) else None

    def find_task(self, job_id: int) -> LiveJob | None:
        """The job of a taskID, if it is in memory."""
        with self._lock:
            return next((job for group in self._groups.values() for job in group.jobs if job.id == job_id), None)

    def kill(self, job: LiveJob) -> None:
        """Cancel a job: at once in the history, in the engine as soon as it lets itself be interrupted."""
        if job.status == "Cancelled":
            return
        job.cancelled.set()
        job.log.write("the job was killed(任务被kill)", "WARN")
        self.store.update(job.id, status="Cancelled", err_code=20032, err_desc="Job was killed by user(任务被用户kill)")
        run = job.run
        if run is None:
            job.status = "Cancelled"
        else:
            threading.Thread(target=run.kill, daemon=True).start()

    def forget_all(self) -> int:
        """Do what a restart of the entrance does: lose the memory, kill what runs, mark it as cancelled."""
        with self._lock:
            jobs = [job for group in self._groups.values() for job in group.jobs]
            self._groups.clear()
        marked = self.store.cancel_unfinished()
        for job in jobs:
            job.cancelled.set()
            if job.run is not None:
                job.run.kill()
        return marked

    def close(self) -> None:
        """Kill what runs and close the warehouse."""
        self._stopping = True
        self.forget_all()
        self._warehouse.close()
        self.store.close()

    def _enqueue(self, job_id: int, submission: Submission, user: str, code: str) -> LiveJob:
        now = datetime.now().astimezone()
        below = Path(now.strftime("%Y-%m-%d")) / submission.creator / user
        log_path = self.directory / "log" / below / f"{job_id}.log"
        key = (submission.creator, user, submission.engine)
        with self._lock:
            group = self._groups.setdefault(key, _Group())
            if group.waiting >= WAITING_PER_GROUP:
                raise LinkisError(12001, "The submitted job failed, the queue is full(队列已满)")
            job = LiveJob(job_id, ids.short_id(*key, len(group.jobs)), user, JobLog(log_path))
            group.jobs.append(job)
            group.waiting += 1
        self.store.update(job_id, log_path=f"file://{log_path}")
        task = Task(
            code=code,
            run_type=submission.run_type,
            directory=self.directory / "result" / below / str(job_id),
            log=job.log,
            progress=self._progress_of(job),
        )
        job.log.write(f"job {job_id} of {user} on {submission.engine_type} was accepted")
        threading.Thread(target=self._work, args=(group, job, task, submission), daemon=True).start()
        return job

    def _progress_of(self, job: LiveJob) -> Callable[[float], None]:
        def told(share: float) -> None:
            # Running progress of 1 and more is shown as 0.99.
            job.progress = min(0.99, max(0.0, share))
            self.store.update(job.id, progress=job.progress)

        return told

    def _work(self, group: _Group, job: LiveJob, task: Task, submission: Submission) -> None:
        group.slots.acquire()
        with self._lock:
            group.waiting -= 1
        try:
            if not job.cancelled.is_set():
                self._run(job, task, submission)
        finally:
            group.slots.release()
            job.log.close()

    def _run(self, job: LiveJob, task: Task, submission: Submission) -> None:
        self._step(job, "Scheduled", short_id=job.short_id)
        try:
            job.run = self._engine(submission, job.id)
            if job.cancelled.is_set():
                # Whoever killed it just now may not have seen the run yet.
                job.run.kill()
            self._step(job, "Running", result_location=f"file://{task.directory}", engine_started=now_ms())
            job.run.run(task)
        except CodeFailed as error:
            job.log.write(f"the job failed: {error}", "ERROR")
            self._end(job, "Failed", err_code=error.code, err_desc=str(error)[:512])
        except Exception as error:  # noqa: BLE001 # a defect of an engine must not leave a job running for ever
            job.log.write(f"the engine failed: {error!r}", "ERROR")
            self._end(job, "Failed", err_code=ENGINE_FAILED, err_desc=repr(error)[:512])
        else:
            job.log.write("the job succeeded")
            self._end(job, "Succeed", err_code=0, err_desc="", progress=1.0)

    def _engine(self, submission: Submission, job_id: int) -> Run:
        if submission.engine not in ENGINES:
            raise CodeFailed(
                f"Request engineConn failed: no engine plugin for {submission.engine_type}(没有该引擎)", ENGINE_FAILED
            )
        if submission.run_type in _PROCESS_RUN_TYPES:
            return ProcessRun(mark_of(self.directory, job_id))
        if submission.run_type in DIALECTS:
            return SqlRun(self._warehouse)
        raise CodeFailed(
            f"this local Linkis runs no {submission.run_type}; it runs SQL, Python and shell", ENGINE_FAILED
        )

    def _step(self, job: LiveJob, status: str, **values: object) -> None:
        if not job.cancelled.is_set():
            job.status = status
        self.store.update(job.id, status=status, **values)

    def _end(self, job: LiveJob, status: str, **values: object) -> None:
        if job.cancelled.is_set():
            status = "Cancelled"
        else:
            self.store.update(job.id, status=status, **values)
        job.progress = 1.0
        job.status = status
