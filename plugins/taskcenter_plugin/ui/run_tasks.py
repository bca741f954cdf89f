"""The tasks of a run as the page shows them: their state, their place in the graph, their remote job."""

from __future__ import annotations

from datetime import datetime

from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.state import State
from sqlalchemy.orm import Session

from taskcenter_plugin.airflow_internals.task_instances import xcoms_of_run
from taskcenter_plugin.airflow_internals.task_logs import TaskOfRun, tasks_of
from taskcenter_plugin.job_pages.answers import LinkOut
from taskcenter_plugin.job_pages.remote import SYSTEMS
from taskcenter_plugin.job_pages.task_job import TaskKey, job_in, xcoms_on_job
from taskcenter_plugin.plans.dags import DONE_TASK
from taskcenter_plugin.times import seconds_between
from taskcenter_plugin.ui.run_answers import RunTaskOut, moment_of


def run_tasks(run: DagRun, session: Session, *, cancelled_at: datetime | None = None) -> list[RunTaskOut]:
    """The tasks of a run, those first that others wait for.

    :param cancelled_at: when the run was cancelled, if it was and has not been cleared since
    """
    xcoms = xcoms_of_run(run.dag_id, run.run_id, xcoms_on_job(), session)
    found = []
    for task in tasks_of(run, session):
        if task.task_id == DONE_TASK:
            continue
        key = TaskKey(run.dag_id, run.run_id, task.task_id, task.map_index)
        record, links = job_in(xcoms.get((task.task_id, task.map_index), {}), key)
        job = record if record is not None and record.conn_type in SYSTEMS else None
        instance = task.instance
        found.append(
            RunTaskOut(
                task_id=task.task_id,
                map_index=task.map_index,
                title=task.name,
                try_number=task.tries,
                tries=task.tries,
                max_tries=max(task.tries, instance.max_tries + 1),
                state=str(instance.state) if instance.state else None,
                stopped=_stopped(instance, cancelled_at),
                start_at=moment_of(instance.start_date),
                stop_at=moment_of(instance.end_date),
                cost_time=seconds_between(instance.start_date, instance.end_date),
                downstream=_downstream(task),
                has_job=job is not None,
                system=SYSTEMS[job.conn_type] if job else None,
                remote_id=job.ref.id if job else None,
                links=[LinkOut(name=name, url=url) for name, url in links.items()],
            )
        )
    return found


def _stopped(instance: TaskInstance, cancelled_at: datetime | None) -> bool:
    """Whether the cancel has ended it: to Airflow it has failed."""
    ended = instance.end_date
    return cancelled_at is not None and instance.state == State.FAILED and ended is not None and ended >= cancelled_at


def _downstream(task: TaskOfRun) -> list[str]:
    operator = getattr(task.instance, "task", None)  # none where the DAG of that time is gone
    return sorted(set(operator.downstream_task_ids) - {DONE_TASK}) if operator is not None else []
