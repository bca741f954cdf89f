"""What a StatsD server receives of plans and of when they fire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pendulum
import pytest
from airflow.models.dag import DagModel
from airflow.timetables.base import DataInterval

from support.statsd_listener import StatsdListener, airflow_sending_to_statsd

EXEC = {"jobParams": {"code": "SELECT 1"}}
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc).timestamp()


@pytest.fixture
def statsd(monkeypatch: pytest.MonkeyPatch) -> Iterator[StatsdListener]:
    """Where Airflow sends its metrics."""
    with airflow_sending_to_statsd(monkeypatch) as listener:
        yield listener


def plan(key: str, items=None, **more) -> dict:
    return {"entityGroup": "LINKIS", "entityKey": key, "planItems": items, "execDetail": EXEC, **more}


def look_after() -> None:
    from taskcenter_plugin.plans.upkeep import keep_up

    keep_up()


def make_run(noted: float, now: float) -> None:
    """The scheduler makes the run of a fire."""
    from taskcenter_plugin.plans.timetable import QuartzTimetable

    at = pendulum.from_timestamp(noted)
    model = DagModel(dag_id="plan", next_dagrun=at, next_dagrun_create_after=at)
    model.next_dagrun_data_interval = DataInterval.exact(at)
    table = QuartzTimetable([("0 0 * * * ?", "UTC")], noted - 7200, clock=lambda: now)
    assert table.next_run_info_from_dag_model(dag_model=model) is not None


def test_plans_are_counted_by_whether_they_are_enabled(ada, statsd: StatsdListener):
    for key in ("one", "two"):
        ada.ok("POST", "/api/schedules", plan(key))
    ada.ok("POST", "/api/schedules", plan("three", enabled=False))
    look_after()
    statsd.wait_for(lambda: statsd.values("taskcenter.plans.disabled") == [1])
    assert statsd.values("taskcenter.plans.enabled") == [2]


def test_a_fire_on_time_is_counted_with_its_delay(statsd: StatsdListener):
    make_run(NOON, NOON + 1.5)
    statsd.wait_for(lambda: statsd.values("taskcenter.fire_delay") == [1500])
    assert statsd.total("taskcenter.fires.cron") == 1
    assert statsd.total("taskcenter.fires_late") == 0


@pytest.mark.parametrize("missed", ["one", "all"])
def test_a_fire_that_is_more_than_five_seconds_late_is_one_late_fire(statsd: StatsdListener, monkeypatch, missed):
    from taskcenter_plugin import settings

    monkeypatch.setattr(settings, "missed_fires", lambda: settings.MissedFires(missed))
    make_run(NOON, NOON + 5.1)
    make_run(NOON, NOON + 4.9)
    make_run(NOON, NOON + 7300)
    statsd.wait_for(lambda: len(statsd.values("taskcenter.fire_delay")) == 3)
    assert statsd.total("taskcenter.fires_late") == 2
    assert statsd.total("taskcenter.fires.cron") == 3


def test_who_asks_for_a_fire_to_come_counts_none(statsd: StatsdListener):
    make_run(NOON, NOON - 10)
    make_run(NOON, NOON)
    statsd.wait_for(lambda: statsd.values("taskcenter.fire_delay"))
    assert statsd.total("taskcenter.fires.cron") == 1


@pytest.mark.parametrize("listened", [True, False])
def test_a_run_by_dependency_is_counted_and_one_made_up_for_too(ada, statsd: StatsdListener, listened):
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import update

    from taskcenter_plugin import listeners
    from taskcenter_plugin.models import PlanDependency

    ada.ok("POST", "/api/schedules", plan("up"))
    jobs = [{"entityGroup": "LINKIS", "entityKey": "up"}]
    ada.ok("POST", "/api/schedules", plan("down", [{"triggerType": "DEPENDENCY", "triggerByJobs": jobs}]))
    number = ada.ok("POST", "/api/schedules", plan("up", [{"triggerType": "ONCE"}]))["data"]["contextId"]
    now = datetime.now(timezone.utc)
    with create_session(scoped=False) as session:
        session.execute(update(PlanDependency).values(since=now - timedelta(hours=1)))
        run = session.get(DagRun, number)
        run.set_state("success")
        run.end_date = now - timedelta(minutes=5)
        session.flush()
        if listened:
            listeners.on_dag_run_success(run)
    look_after()
    statsd.wait_for(lambda: statsd.total("taskcenter.fires.dependency") == 1)
    statsd.wait_for(lambda: statsd.values("taskcenter.plans.enabled"))
    assert statsd.total("taskcenter.fires_recovered") == (0 if listened else 1)
