"""Hears of every run that ends, and starts the plans that wait for it, in the transaction of who has ended it.

Airflow calls this in the scheduler, and in the api-server when somebody marks a run there. An error here must not disturb them: it is
logged, and the upkeep of the plan bundle does what was missed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from sqlalchemy.orm import object_session

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

log = logging.getLogger(__name__)


@hookimpl
def on_dag_run_success(dag_run: DagRun) -> None:
    """A run has succeeded."""
    _fire(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: DagRun) -> None:
    """A run has failed, which is an end, too (执行完)."""
    _fire(dag_run)


def _fire(dag_run: DagRun) -> None:
    from taskcenter_plugin.plans.dependencies import fire

    session = object_session(dag_run)
    if session is None:
        log.warning(
            "Run %s of %s has ended outside of a session; its dependents follow", dag_run.run_id, dag_run.dag_id
        )
        return
    with session.no_autoflush:
        fire(dag_run, session)
