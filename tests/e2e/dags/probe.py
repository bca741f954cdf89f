"""DAGs that show whether a deployment runs tasks, and survives the loss of its parts."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import dag, get_current_context, task

AT_ONCE = timedelta(seconds=0)


@dag(schedule=None)
def probe_plain():
    @task
    def add(left: int, right: int) -> int:
        print(f"adding {left} and {right}")
        return left + right

    BashOperator(task_id="shell", bash_command="echo from the shell") >> add(1, 2)


@dag(schedule=None)
def probe_long():
    """Its first try lasts until it is killed, with a program of its own running in a session of its own."""

    @task(retries=2, retry_delay=AT_ONCE)
    def first_try_hangs() -> str:
        started = Path(get_current_context()["dag_run"].conf["marker"])
        if started.exists():
            return "second try"
        started.touch()
        BashOperator(task_id="hang", bash_command="exec sleep 600").execute({})
        time.sleep(600)
        return "first try"

    first_try_hangs()


@dag(schedule=None)
def probe_deferred():
    DateTimeSensorAsync(task_id="wait", target_time="{{ dag_run.conf['until'] }}")


probe_plain()
probe_long()
probe_deferred()
