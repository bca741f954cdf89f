"""Takes one job from Scheduled to its end: its engine, its states in memory and in the history, its log."""

from __future__ import annotations

import json
import time
import traceback

from taskcenter_sandbox.gateway.envelope import LinkisError
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.linkis import ids
from taskcenter_sandbox.linkis.engines.base import ENGINE_UNAVAILABLE, CodeFailed, Task
from taskcenter_sandbox.linkis.engines.choice import Engines
from taskcenter_sandbox.linkis.job import LiveJob
from taskcenter_sandbox.linkis.settings import JobLimits
from taskcenter_sandbox.linkis.store import Store
from taskcenter_sandbox.linkis.submission import ENGINE_TYPE
from taskcenter_sandbox.linkis.views import COMPLETE_TIME, ENGINE_INSTANCE, RUNNING_TIME, SCHEDULE_TIME, metric_time

NO_ENGINE = (
    "The job request engine time out (任务请求引擎超时，可能是EngineConnManager 启动EngineConn失败导致，"
    "可以查看EngineConnManager对应的out和log日志)."
)

_WAIT_SECONDS = 0.02


class JobRunner:
    """Runs jobs; the scheduler calls :meth:`run` in a thread for each."""

    def __init__(self, store: Store, faults: Faults, limits: JobLimits, engines: Engines) -> None:
        self._store = store
        self._faults = faults
        self._limits = limits
        self._engines = engines

    def run(self, job: LiveJob) -> None:
        """Run a job to its end."""
        try:
            self._run(job)
        except CodeFailed as error:
            if not error.logged:
                job.log.write(str(error), "ERROR")
            self.end(job, "Failed", error.code, str(error))
        except LinkisError as error:
            job.log.write(error.description, "ERROR")
            self.end(job, "Failed", error.code, error.description)
        except Exception as error:  # noqa: BLE001 # a defect here must not leave a job running for ever
            traceback.print_exc()
            job.log.write(f"the engine failed: {error!r}", "ERROR")
            self.end(job, "Failed", None, f"{type(error).__name__}: {error}")
        else:
            self.end(job, "Succeed", 0, "")

    def end(self, job: LiveJob, state: str, code: int | None, description: str) -> None:
        """Bring a job to its end, once; one that was stopped from outside is Cancelled, whatever its code did."""
        with job.lock:
            if job.ended:
                return
            if job.interruption is not None:
                state, code, description = "Cancelled", job.interruption.code, job.interruption.description
            if state == "Succeed":
                job.log.write("Congratulations. Your job completed with status Success.")
            else:
                job.log.write(f"Sorry. Your job completed with a status {state}. You can view logs for the reason.")
            job.metrics[COMPLETE_TIME] = metric_time()
            # The entrance knows the end a little earlier than the history (facts section 6).
            job.state, job.progress, job.run = state, 1.0, None
            job.log.close(repeat_line=self._faults.take("repeated-log-line"))
        self._store.update(
            job.id,
            state,
            progress="1.0",
            error_code=code,
            error_desc=description,
            metrics=json.dumps(job.metrics),
            job_req_id=job.short_id or None,
        )

    def _run(self, job: LiveJob) -> None:
        job.metrics[SCHEDULE_TIME] = metric_time()
        job.log.write("Your job is Scheduled. Please wait it to run.(您的任务已经调度运行中)")
        self._become(job, "Scheduled", job_req_id=job.short_id)
        self._wait_for_engine(job)
        submission = job.submission
        run_type = submission.run_type.lower()
        run = self._engines.run_for(submission.labels[ENGINE_TYPE], run_type)
        with job.lock:
            if job.interruption is not None:
                return
            job.run = run
            job.started = time.monotonic()
        job.metrics[RUNNING_TIME] = metric_time()
        job.metrics[ENGINE_INSTANCE] = ids.INSTANCE
        job.log.write("Your job is Running now. Please wait it to complete.(您的任务已经在运行中)")
        self._become(job, "Running", result_location=f"file://{job.results}", progress="0.0")
        run.run(Task(job.id, job.code, run_type, job.results, job.log, self._limits))

    def _become(self, job: LiveJob, state: str, **values: str) -> None:
        with job.lock:
            if job.interruption is None:
                job.state = state
        self._store.update(job.id, state, metrics=json.dumps(job.metrics), **values)

    def _wait_for_engine(self, job: LiveJob) -> None:
        ready = time.monotonic() + self._faults.amount("slow-engine") / 1000
        while job.interruption is None and time.monotonic() < ready:
            time.sleep(_WAIT_SECONDS)
        # Not a job that was killed meanwhile: the fault is for the next that wants an engine.
        if job.interruption is None and self._faults.take("no-engine"):
            raise CodeFailed(NO_ENGINE, ENGINE_UNAVAILABLE)
