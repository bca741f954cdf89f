"""The entrance: takes jobs, queues them, keeps them in memory until it restarts (facts sections 3, 4, 9)."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from taskcenter_sandbox.gateway.envelope import LinkisError
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.linkis import ids
from taskcenter_sandbox.linkis.engines.choice import Engines
from taskcenter_sandbox.linkis.engines.marks import kill_marked
from taskcenter_sandbox.linkis.engines.watchdog import Watchdog
from taskcenter_sandbox.linkis.interceptors import intercept
from taskcenter_sandbox.linkis.job import Interruption, LiveJob
from taskcenter_sandbox.linkis.logs import JobLog
from taskcenter_sandbox.linkis.monitor import Monitor
from taskcenter_sandbox.linkis.runner import JobRunner
from taskcenter_sandbox.linkis.scheduler import QUEUE_FULL, Scheduler
from taskcenter_sandbox.linkis.settings import Settings
from taskcenter_sandbox.linkis.store import MAX_TEXT_BYTES, RESTARTED, RESTARTED_CODE, Job, Store
from taskcenter_sandbox.linkis.submission import Submission, stored_json
from taskcenter_sandbox.linkis.views import ENGINE_INSTANCE, SUBMIT_TIME, metric_time

if TYPE_CHECKING:
    from taskcenter_sandbox.linkis.engines.warehouse import Warehouse

MAX_CODE_BYTES = 50_000
"""Longer code goes to HDFS, which is not here."""

NOT_STORED, KILLED_BY_USER = 20011, 31001

_KILL = Interruption("Job is killed by user!", KILLED_BY_USER, "用户主动kill任务")
_RESTART = Interruption(RESTARTED, RESTARTED_CODE, RESTARTED)
_CLOSE_SECONDS = 5.0


class Counts:
    """How often clients have asked for something; threads may count at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counter[str]()

    def add(self, name: str) -> None:
        """Count one more."""
        with self._lock:
            self._counts[name] += 1

    def __getitem__(self, name: str) -> int:
        return self._counts[name]


class Entrance:
    """Takes, runs and kills jobs.

    :param mark: begins the mark of all processes of its jobs.
    """

    def __init__(self, settings: Settings, store: Store, faults: Faults, mark: str) -> None:
        self.store = store
        self._settings = settings
        self._faults = faults
        self._mark = mark
        self._engines = Engines(settings, mark)
        self._runner = JobRunner(store, faults, settings.limits, self._engines)
        self._scheduler = Scheduler(
            self._runner.run, running_per_group=settings.running_per_group, capacity=settings.queue_capacity
        )
        self._monitor = Monitor(store, settings.limits, self._scheduler.undone, self.interrupt)
        self._watchdog: Watchdog | None = None
        self.counts = Counts()

    def start(self) -> None:
        """End what an earlier run of the server has left, then take jobs."""
        kill_marked(self._mark)
        self.store.cancel_undone()
        self._watchdog = Watchdog(self._mark)
        self._monitor.start()

    def warehouse(self) -> Warehouse:
        """What all SQL jobs share."""
        return self._engines.warehouse()

    def submit(self, submission: Submission) -> LiveJob:
        """Store a job and queue it; the row is there before this returns.

        :raises LinkisError: refused; from the interceptors on with a row in state Failed that the answer does not name.
        """
        job_id = self._persist(submission)
        self.counts.add("submissions")
        metrics = {SUBMIT_TIME: metric_time()}
        now = datetime.now().astimezone()
        try:
            intercepted = intercept(submission, shell_words=self._settings.shell_words, now=now)
        except LinkisError as error:
            metrics[ENGINE_INSTANCE] = "NULL"
            self._refuse(job_id, error, metrics, None)
            raise
        below = Path(f"{now:%Y-%m-%d}") / str(submission.creator)
        log_path = self._settings.directory / "log" / below / submission.execute_user / f"{job_id}.log"
        log = JobLog(log_path, self._settings.limits.printed)
        results = self._settings.directory / "result" / below / submission.execute_user / str(job_id)
        job = LiveJob(job_id, submission, intercepted.code, log, results, metrics)
        if intercepted.log:
            log.extend(intercepted.log)
        try:
            if self._faults.take("queue-full"):
                raise LinkisError(
                    QUEUE_FULL, "The submission job failed and the queue is full!(提交作业失败，队列已满！)"
                )
            self._scheduler.queue(job)
        except LinkisError as error:
            log.write(error.description, "ERROR")
            log.close()
            self._refuse(job_id, error, metrics, log_path)
            raise
        self.store.update(job_id, "Inited", log_path=f"file://{log_path}", metrics=json.dumps(metrics), progress="0.0")
        instance = f"ServiceInstance({ids.APPLICATION}, {ids.INSTANCE})"
        log.write(f"Job with jobId : {job_id} and execID : {job.short_id} submitted ")
        log.write(
            f"Your job is accepted,  jobID is {job.short_id} and jobReqId is {job_id} in {instance}. \n "
            "Please wait it to be scheduled(您的任务已经提交，进入排队中，如果一直没有更新日志，是任务并发达到了限制，可以进行参数修改)"
        )
        self._scheduler.start_waiting(job.group)
        return job

    def find(self, short: str) -> LiveJob | None:
        """The job of a short id; None where its ring is empty.

        :raises LookupError: the group is unknown, or its ring has no such place.
        :raises ValueError: this is no short id.
        """
        return self._scheduler.get(short)

    def find_task(self, row: Job) -> LiveJob | None:
        """The job of a row of the history, if the entrance still knows it; its execID may name another one by now."""
        if row.job_req_id is None:
            return next((job for job in self._scheduler.undone() if job.id == row.id), None)
        try:
            job = self._scheduler.get(row.job_req_id)
        except (LookupError, ValueError):
            return None
        return job if job is not None and job.id == row.id else None

    def kill(self, job: LiveJob) -> None:
        """Cancel a job that has not ended: at once in the history, in the engine once that lets go."""
        if not job.ended:
            self.interrupt(job, _KILL)

    def interrupt(self, job: LiveJob, why: Interruption) -> None:
        """Stop a job from outside; once only."""
        with job.lock:
            if job.ended or job.interruption is not None:
                return
            job.log.write(f"Sorry, your job executed failed with reason: {why.reason}", "ERROR")
            job.interruption = why
            run = job.run
        self.store.update(job.id, "Cancelled", error_code=why.code, error_desc=why.description)
        if self._faults.take("stubborn-engine"):
            return
        if run is not None:
            threading.Thread(target=run.kill, name=f"kill-{job.id}", daemon=True).start()
        elif job.waiting:
            self._runner.end(job, "Cancelled", why.code, why.description)

    def restart(self) -> None:
        """Do what a restart of the entrance does: cancel what runs, forget all execIDs."""
        jobs = self._scheduler.undone()
        for job in jobs:
            self.interrupt(job, _RESTART)
        self._scheduler.forget_all()

    def forget_ended(self) -> None:
        """Do what some idle time does: lose the jobs of groups in which nothing happens."""
        self._scheduler.forget_ended()

    def running(self) -> int:
        """How many jobs wait or run."""
        return len(self._scheduler.undone())

    def close(self) -> None:
        """Cancel what runs, wait for it, close the files."""
        self._scheduler.stop()
        self._monitor.stop()
        self.restart()
        deadline = time.monotonic() + _CLOSE_SECONDS
        for thread in threading.enumerate():
            if thread.name.startswith(("job-", "kill-")):
                thread.join(max(0.0, deadline - time.monotonic()))
        if self._watchdog is not None:
            self._watchdog.close()
        self._engines.close()
        self.store.close()

    def _persist(self, submission: Submission) -> int:
        """Store the row.

        :raises LinkisError: 20011; the real server says so after six minutes of trying.
        """
        texts = {
            "params": stored_json(submission.params),
            "source": stored_json({**submission.source, "requestIP": "127.0.0.1"}),
            "labels": stored_json(submission.labels),
        }
        for name, text in texts.items():
            if len(text.encode()) > MAX_TEXT_BYTES:
                raise _not_stored(f"MysqlDataTruncation: Data truncation: Data too long for column '{name}' at row 1")
        if len(submission.code.encode()) >= MAX_CODE_BYTES:
            raise _not_stored("StorageErrorException: code of 50000 bytes and more is kept on HDFS, which is not here")
        return self.store.add(
            submit_user=submission.submit_user,
            execute_user=submission.execute_user,
            creator=submission.creator or "",
            engine=submission.engine,
            run_type=submission.run_type,
            code=submission.code,
            metrics=json.dumps({SUBMIT_TIME: metric_time()}),
            **texts,
        )

    def _refuse(self, job_id: int, error: LinkisError, metrics: dict[str, str], log_path: Path | None) -> None:
        path = {} if log_path is None else {"log_path": f"file://{log_path}"}
        self.store.update(
            job_id,
            "Failed",
            error_code=error.code,
            error_desc=error.description,
            progress="1.0",
            metrics=json.dumps(metrics),
            **path,
        )


def _not_stored(reason: str) -> LinkisError:
    return LinkisError(NOT_STORED, f"Request jobHistory failed,because:{reason} (请求jobHistory失败)")
