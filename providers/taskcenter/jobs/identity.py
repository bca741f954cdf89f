"""Who a task instance is, for the remote system: the tag under which it submits, and since when."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from taskcenter import settings
from taskcenter.core.job import JobTag

if TYPE_CHECKING:
    from airflow.sdk import Context

CLOCK_SKEW_SECONDS = 3600.0
"""How far the remote server's clock may be behind Airflow's when a job is looked for."""


def job_tag(context: Context) -> JobTag:
    """The tag of the running task instance.

    Its key is the same for all tries between two clears, so that a retry finds the job of the try before, while a
    user's *clear* starts anew: Airflow then raises ``max_tries`` above the tries made so far.
    """
    ti = context["ti"]
    map_index = ti.map_index if ti.map_index is not None else -1
    deployment = settings.get_text(settings.DEPLOYMENT_ID)
    key = "/".join((deployment, ti.dag_id, ti.run_id, ti.task_id, str(map_index), str(first_try(context))))
    return JobTag(key, ti.try_number)


def first_try(context: Context) -> int:
    """The number of the first try since the task instance was last cleared."""
    ti = context["ti"]
    return max(1, ti.max_tries - (context["task"].retries or 0) + 1)


def is_last_try(context: Context) -> bool:
    """Whether Airflow will not retry after this try."""
    ti = context["ti"]
    return ti.try_number > ti.max_tries


def submitted_since(context: Context) -> float:
    """The time, epoch seconds, before which no job of this run can have been submitted."""
    run = context["dag_run"]
    started = run.start_date or run.run_after
    return (started.timestamp() if started else time.time()) - CLOCK_SKEW_SECONDS
