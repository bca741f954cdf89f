"""Remembers the job of a task instance between its tries and its deferrals.

Airflow 3.3 has a task state store, which outlives a try; on 3.2 there is XCom, which Airflow empties when a try
begins. Either way the tag on the remote system is what a lost job is found by; this only saves the look.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from taskcenter.core.job import JobRef, JobTag
from taskcenter.jobs.record import XCOM_JOB, JobRecord

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

STATE_JOB = "taskcenter_job"
"""Key of a job's record in the task state store; it is in XCom as well, under :data:`~taskcenter.jobs.record.XCOM_JOB`."""


def remember(context: Context, tag: JobTag, ref: JobRef, *, conn_type: str, conn_id: str) -> None:
    """Keep the job; never fails, since the tag finds it too.

    :param conn_type: the type of the connection that it runs on, for those who look at the task.
    :param conn_id: that connection.
    """
    value = JobRecord(conn_type, conn_id, ref, tag.key, tag.attempt).to_json()
    context["ti"].xcom_push(key=XCOM_JOB, value=value)
    keep(context, STATE_JOB, value)


def keep(context: Context, key: str, value: dict[str, Any]) -> bool:
    """Keep a value for the tries to come; False where Airflow cannot (3.2, or its store fails)."""
    store = _state_store(context)
    if store is None:
        return False
    try:
        store.set(key, value)
    except Exception:
        log.warning(
            "The job could not be put into the task state store; a retry will look for it on the server.", exc_info=True
        )
        return False
    return True


def kept(context: Context, key: str) -> Any:
    """What an earlier try has kept under that key, None where there is nothing."""
    store = _state_store(context)
    try:
        return store.get(key) if store is not None else None
    except Exception:
        log.warning("The task state store could not be read.", exc_info=True)
        return None


def outlives_tries(context: Context) -> bool:
    """Whether what is kept is still there for the next try (Airflow 3.3)."""
    return _state_store(context) is not None


def recall(context: Context, tag: JobTag) -> JobRef | None:
    """The job remembered for that tag, if any."""
    value = _read(context, tag)
    try:
        return JobRef.from_json(value) if value is not None else None
    except ValueError:
        return None


def remembered_attempt(context: Context, tag: JobTag) -> int | None:
    """The try that has last taken on the job of that tag, if any."""
    value = _read(context, tag)
    attempt = value.get("attempt") if value is not None else None
    return attempt if isinstance(attempt, int) else None


def _read(context: Context, tag: JobTag) -> dict[str, Any] | None:
    store = _state_store(context)
    value: Any = None
    try:
        if store is not None:
            value = store.get(STATE_JOB)
        if not value:
            ti = context["ti"]
            value = ti.xcom_pull(task_ids=ti.task_id, key=XCOM_JOB, map_indexes=ti.map_index)
    except Exception:
        log.warning("The job that was remembered could not be read; looking for its tag.", exc_info=True)
    return value if isinstance(value, dict) and value.get("key") == tag.key else None


def _state_store(context: Context) -> Any:
    return context.get("task_state_store")
