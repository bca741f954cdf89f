"""Runs one contender in a triggerer process of its own, without a database.

Airflow's supervisor class does what it does in ``airflow triggerer``: it forks the runner, sends it triggers over their
socket, takes events and log lines from it. Only what it would keep in the database or in log files is left out.

Run as ``python triggerer.py '{"contender": "http", ...}'`` (see ``polling.py``, which sets the environment).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid
from collections.abc import Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import attrs
import structlog
from airflow.executors.workloads.task import TaskInstanceDTO
from airflow.executors.workloads.trigger import RunTrigger
from airflow.jobs.triggerer_job_runner import TriggerRunnerSupervisor
from airflow.models.trigger import Trigger

from jobs import WARM_UP_ID, Jobs
from measured_runner import MeasuredRunner, Plan

BATCH = 1000
"""How many triggers are sent at once: what a triggerer takes by default."""


@attrs.define(kw_only=True)
class Supervisor(TriggerRunnerSupervisor):
    """The triggerer's supervisor with the benchmark's triggers in the place of the database."""

    plan: ClassVar[Plan]
    core: ClassVar[int | None] = None

    unsent: Iterator[RunTrigger] = attrs.field(factory=lambda: iter(()), init=False)
    warmed_up: bool = attrs.field(default=False, init=False)

    def begin(self) -> None:
        """Send the warm-up; the rest follows when it has ended."""
        self.creating_triggers.append(workload(self.plan, WARM_UP_ID))

    def load_triggers(self) -> None:
        if not self.creating_triggers:
            self.creating_triggers.extend(islice(self.unsent, BATCH))

    def on_trigger_event(self, trigger_id: int, event: Any) -> None:  # noqa: ARG002
        if trigger_id == WARM_UP_ID and not self.warmed_up:
            self.warmed_up = True
            self.unsent = (workload(self.plan, job) for job in self.plan.jobs.ids)

    def on_trigger_failure(self, trigger_id: int, exc: list[str] | None) -> None:
        print(f"trigger {trigger_id} failed: {''.join(exc or [])}", file=sys.stderr)
        if trigger_id == WARM_UP_ID:
            self.plan.result.write_text(json.dumps({"error": "its first trigger failed, see above"}))
            self.kill(signal.SIGKILL)

    def clean_unused(self) -> None:
        pass

    def heartbeat(self) -> None:
        pass

    def emit_metrics(self) -> None:
        pass

    def should_stop(self) -> bool:
        return not self.is_alive()

    def _process_log_messages_from_subprocess(self) -> Generator[None, bytes | bytearray, None]:
        while True:
            line = yield
            if b'"level":"error"' in line or b'"level":"critical"' in line:
                print(bytes(line).decode(errors="replace"), file=sys.stderr)

    @classmethod
    def run_in_process(cls) -> None:
        if cls.core is not None:
            os.sched_setaffinity(0, {cls.core})
        MeasuredRunner(cls.plan).run()  # type: ignore[no-untyped-call]


def workload(plan: Plan, job: int) -> RunTrigger:
    """What the supervisor of a real triggerer sends for a deferred task."""
    task = TaskInstanceDTO(
        id=uuid.uuid4(),
        dag_version_id=uuid.UUID(int=0),
        task_id=f"wait_for_job_{job}",
        dag_id="benchmark_polling",
        run_id="scheduled__2026-11-02T00:00:00+00:00",
        try_number=1,
        map_index=-1,
        pool_slots=1,
        queue="default",
        priority_weight=1,
    )
    kwargs = Trigger.encrypt_kwargs(plan.subject.arguments(job, plan.interval, plan.url))
    return RunTrigger(id=job, ti=task, classpath=plan.subject.classpath, encrypted_kwargs=kwargs)


def main() -> None:
    """Run the command line of the module's docstring."""
    settings = json.loads(sys.argv[1])
    cores = settings.pop("cores")
    jobs = Jobs(settings.pop("jobs"), settings.pop("ending_share"))
    result, profile = Path(settings.pop("result")), settings.pop("profile")
    Supervisor.plan = Plan(**settings, jobs=jobs, result=result, profile=Path(profile) if profile else None)
    if cores:
        os.sched_setaffinity(0, {cores[0]})
        Supervisor.core = cores[1]
    supervisor = Supervisor.start(job=None, capacity=jobs.count + 1, logger=structlog.get_logger())
    supervisor.begin()
    supervisor.run()


if __name__ == "__main__":
    main()
