"""Builds the DAG of a plan: the same one in the api-server, the DAG processor and every worker."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset
from airflow.sdk.definitions.mappedoperator import MappedOperator

from taskcenter_plugin import settings
from taskcenter_plugin.job_types.base import Job
from taskcenter_plugin.job_types.registry import job_type
from taskcenter_plugin.job_types.task_ids import safe_id
from taskcenter_plugin.plans.document import PlanDocument
from taskcenter_plugin.plans.timetable import QuartzTimetable

TAG = "task-center"
DONE_TASK = "__done__"
_ASSET_KEY_LENGTH = 1000
RETRY_DELAY = timedelta(seconds=10)


def plan_asset(group: str, key: str) -> Asset:
    """The asset that a plan publishes when it has succeeded, for DAGs written by hand to depend on: ``Asset("taskcenter://plan/...")``.

    Its name is its URI, as Airflow has it where only one of them is given; both are ASCII, as MySQL needs it, and bounded.
    """
    quoted = quote(key, safe="")
    name = quoted if len(quoted) <= _ASSET_KEY_LENGTH else safe_id(key)
    return Asset(f"taskcenter://plan/{quote(group, safe='')}/{name}")


def build_dag(document: PlanDocument) -> DAG:
    """Make the DAG of a plan.

    :raises JobDefinitionError: its definition cannot be run.
    :raises QuartzError: one of its cron expressions or time zones is none.
    """
    schedule = QuartzTimetable(document.crons, document.since) if document.crons else None
    with DAG(
        dag_id=document.dag_id,
        dag_display_name=document.title,
        description=f"{document.group} {document.key}",
        schedule=schedule,
        start_date=datetime.fromtimestamp(document.created, timezone.utc),
        catchup=True,  # the timetable itself decides about missed fires
        is_paused_upon_creation=False,
        default_args={"owner": document.owner, "retries": document.retries, "retry_delay": RETRY_DELAY},
        max_active_runs=settings.max_active_runs(),
        tags=[TAG, document.group],
    ) as dag:
        job = Job(document.group, document.key, document.title, document.definition, document.retries)
        job_type(document.group).build(job)
        _publish_asset(dag, document)
    return dag


def _publish_asset(dag: DAG, document: PlanDocument) -> None:
    """One event a successful run: from the last task, or from an extra one where several are last, or one that is mapped."""
    last = [task for task in dag.tasks if not task.downstream_task_ids]
    outlet = plan_asset(document.group, document.key)
    if len(last) == 1 and not isinstance(last[0], MappedOperator):
        last[0].outlets.append(outlet)
    else:
        last >> EmptyOperator(task_id=DONE_TASK, outlets=[outlet])
    first = [task for task in dag.tasks if not task.upstream_task_ids]
    for task in first:
        # Shown in the lineage graph; what starts the run is the listener in ``dependencies.py``.
        task.inlets.extend(plan_asset(group, key) for group, key in document.upstream)
