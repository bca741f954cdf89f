"""When plans run: every fire of every item once, late ones too, but no crowd of them after a downtime."""

from __future__ import annotations

from datetime import datetime, timezone

import pendulum
import pytest
from airflow.models.dag import DagModel
from airflow.timetables.base import DataInterval, TimeRestriction

from taskcenter_plugin import settings
from taskcenter_plugin.plans.timetable import QuartzTimetable

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc).timestamp()
ANY_TIME = TimeRestriction(earliest=None, latest=None, catchup=True)


def timetable(*crons: tuple[str, str], now: float = NOON, since: float = NOON - 3600) -> QuartzTimetable:
    return QuartzTimetable(crons, since, clock=lambda: now)


def following(table: QuartzTimetable, last: float | None) -> float | None:
    interval = None if last is None else DataInterval.exact(pendulum.from_timestamp(last))
    info = table.next_dagrun_info(last_automated_data_interval=interval, restriction=ANY_TIME)
    return None if info is None else info.run_after.timestamp()


def created(table: QuartzTimetable, noted: float) -> tuple[float, ...]:
    """What the scheduler makes of a run that it has noted as next: when it is for, from which fire to which."""
    at = pendulum.from_timestamp(noted)
    model = DagModel(dag_id="plan", next_dagrun=at, next_dagrun_create_after=at)
    model.next_dagrun_data_interval = DataInterval.exact(at)
    info = table.next_run_info_from_dag_model(dag_model=model)
    assert info is not None
    assert info.data_interval is not None
    return tuple(moment.timestamp() for moment in (info.run_after, *info.data_interval))


def test_several_items_each_in_its_zone_are_one_union():
    table = timetable(("0 0 13 * * ?", "UTC"), ("0 30 20 * * ?", "Asia/Shanghai"), now=NOON, since=NOON)
    half_past = NOON + 1800
    assert following(table, NOON) == half_past  # 20:30 in Shanghai is 12:30 UTC
    assert following(table, half_past) == NOON + 3600


def test_fires_of_several_items_at_once_are_one():
    table = timetable(("0 0 * * * ?", "UTC"), ("0 0/30 * * * ?", "UTC"))
    assert following(table, NOON - 1800) == NOON
    assert following(table, NOON) == NOON + 1800


def test_a_scheduler_that_is_late_by_seconds_runs_every_fire():
    table = timetable(("0/2 * * * * ?", "UTC"), now=NOON + 20)
    assert [following(table, NOON + 2 * number) for number in range(10)] == [NOON + 2 * n + 2 for n in range(10)]


def test_which_fire_is_next_does_not_depend_on_when_somebody_looks():
    # Whoever parses DAGs works out the next run anew, also while no scheduler runs; and a backfill looks at the past.
    looks = [timetable(("0 * * * * ?", "UTC"), now=NOON + late) for late in (1, 90, 3600, 80_000)]
    assert [following(table, NOON) for table in looks] == [NOON + 60] * 4


def test_the_first_missed_fire_stands_for_all_up_to_the_last():
    table = timetable(("0 * * * * ?", "UTC"), ("30 0/10 * * * ?", "UTC"), now=NOON + 3635)
    run = created(table, NOON + 60)
    assert run == (NOON + 60, NOON + 60, NOON + 3630)
    assert following(table, run[-1]) == NOON + 3660


def test_a_single_missed_fire_is_run_as_itself():
    assert created(timetable(("0 0 12 * * ?", "UTC"), now=NOON + 3600), NOON) == (NOON, NOON, NOON)


def test_a_fire_that_is_late_by_no_more_than_the_limit_is_not_missed():
    crons, limit = ("0/5 * * * * ?", "UTC"), settings.missed_fire_seconds()
    assert created(timetable(crons, now=NOON + limit), NOON) == (NOON, NOON, NOON)
    assert created(timetable(crons, now=NOON + limit + 1), NOON) == (NOON, NOON, NOON + limit)


def test_all_missed_fires_are_run_if_so_set(monkeypatch):
    monkeypatch.setattr(settings, "missed_fires", lambda: settings.MissedFires.ALL)
    assert created(timetable(("0 * * * * ?", "UTC"), now=NOON + 3605), NOON + 60) == (NOON + 60,) * 3


def test_what_was_noted_for_a_schedule_that_is_over_is_run_as_itself():
    assert created(timetable(("0 0 0 1 1 ? 2020", "UTC")), NOON - 600) == (NOON - 600,) * 3


def test_a_changed_schedule_does_not_look_back():
    table = timetable(("0/5 * * * * ?", "UTC"), now=NOON + 2, since=NOON + 1)
    assert following(table, NOON - 20) == NOON + 5


def test_a_new_plan_starts_with_its_next_fire():
    assert following(timetable(("0 0 * * * ?", "UTC"), since=NOON + 1, now=NOON + 1), None) == NOON + 3600


def test_an_expression_that_is_over_fires_no_more():
    assert following(timetable(("0 0 0 1 1 ? 2020", "UTC")), None) is None


@pytest.mark.parametrize("since", [0.0, NOON + 0.25])
def test_it_goes_through_airflows_serialisation(since):
    table = timetable(("0 15 0 ? * 1", "GMT+08:00"), ("*/30 * * * * ?", "UTC"), since=since)
    again = QuartzTimetable.deserialize(table.serialize())
    assert (again.crons, again.since, again.summary) == (
        table.crons,
        since,
        "0 15 0 ? * 1 (GMT+08:00) | */30 * * * * ? (UTC)",
    )


def test_in_an_hour_that_the_clock_repeats_no_item_loses_its_fire_to_another():
    first_pass = datetime(2026, 10, 25, 0, 45, tzinfo=timezone.utc).timestamp()  # 02:45 in Berlin, for the first time
    table = timetable(("0 30 2 * * ?", "Europe/Berlin"), ("0 45 0 * * ?", "UTC"), now=first_pass, since=first_pass - 60)
    assert following(table, None) == first_pass
    assert following(table, first_pass) == first_pass + 45 * 60  # 02:30, for the second time
