"""Stops the task whose job is about to be stopped."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from taskcenter_plugin.airflow_internals.task_instances import fail, note_in_audit_log
from taskcenter_plugin.job_pages.task_job import TaskJob, instance_of

EVENT = "cancel_remote_job"
"""In Airflow's audit log."""


def stop_task(task: TaskJob, user: str, session: Session) -> bool:
    """Mark the task as failed if it goes on, and note who has stopped its job; return whether it was going on.

    Before the job is stopped: a task that sees its job cancelled would be retried, and start it anew.

    :raises NotFound: another try has begun since, whose job may be another one.
    """
    instance = instance_of(replace(task.key, try_number=task.job.attempt), session, lock=True)
    note_in_audit_log(EVENT, instance, user, session, job_id=task.job.ref.id, connection_type=task.job.conn_type)
    return fail(instance, session)
