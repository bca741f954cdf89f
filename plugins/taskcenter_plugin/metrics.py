"""The task center's figures among Airflow's metrics; :mod:`taskcenter.jobs.metrics` tells how they are named and sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.models.dag import DagModel
from airflow.utils.session import create_session
from sqlalchemy import func, select

from taskcenter.jobs.metrics import count, enabled, gauge, timing
from taskcenter_plugin.models import Plan

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PLANS = "plans"
"""Gauge, tag state (enabled, disabled): plans that are not deleted."""
FIRES = "fires"
"""Counter, tag kind (cron, dependency): runs that the scheduler has made by a plan's schedule, or because another plan's has ended."""
FIRE_DELAY = "fire_delay"
"""Timing: from when a cron item fires to when the scheduler makes the run."""
FIRES_LATE = "fires_late"
"""Counter: runs made more than :data:`LATE_SECONDS` late; one that stands for several missed fires is one."""
FIRES_RECOVERED = "fires_recovered"
"""Counter: runs that a listener should have made, and the upkeep of the plan bundle has."""

LATE_SECONDS = 5.0


def count_cron_fire(delay_seconds: float) -> None:
    """The scheduler makes the run of a fire so long after it."""
    if delay_seconds < 0:
        return  # `airflow dags next-execution` asks for what is to come
    count(FIRES, kind="cron")
    timing(FIRE_DELAY, delay_seconds)
    count(FIRES_LATE, int(delay_seconds > LATE_SECONDS))


def report_plans() -> None:
    """Count the plans, where somebody wants to know."""
    if not enabled():
        return
    with create_session(scoped=False) as session:
        numbers = _by_paused(session)
    gauge(PLANS, numbers.get(False, 0), state="enabled")
    gauge(PLANS, numbers.get(True, 0), state="disabled")


def _by_paused(session: Session) -> dict[bool, int]:
    rows = session.execute(
        select(DagModel.is_paused, func.count(Plan.id))
        .join(DagModel, DagModel.dag_id == Plan.dag_id)
        .where(Plan.deleted_at.is_(None))
        .group_by(DagModel.is_paused)
    )
    return {bool(paused): number for paused, number in rows}
