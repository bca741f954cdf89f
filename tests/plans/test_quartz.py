from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskcenter_plugin.plans.quartz import QuartzCron, QuartzError, quartz_cron, zone

ZONES = [
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "GMT-03:30",
]
INSTANTS = st.integers(0, 4_000_000_000) | st.floats(0, 4e9)


def lists(low: int, high: int) -> st.SearchStrategy[str]:
    values = st.lists(st.integers(low, high), min_size=1, max_size=4).map(lambda found: ",".join(map(str, found)))
    return st.one_of(st.just("*"), values, st.builds("{}-{}".format, st.integers(low, high), st.integers(low, high)))


DAYS = st.one_of(
    lists(1, 31).map(lambda days: (days, "?")),
    lists(1, 7).map(lambda days: ("?", days)),
    st.sampled_from([("L", "?"), ("L-2W", "?"), ("15W", "?"), ("?", "6#3"), ("?", "2L")]),
)
EXPRESSIONS = st.builds(
    lambda second, minute, hour, days, month: f"{second} {minute} {hour} {days[0]} {month} {days[1]}",
    lists(0, 59), lists(0, 59), lists(0, 23), DAYS, lists(1, 12),
)  # fmt: skip
CRONS = st.builds(quartz_cron, EXPRESSIONS, st.sampled_from(ZONES))


def at(text: str, time_zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(time_zone)).timestamp())


def listed(field: str, low: int, high: int) -> set[int]:
    """A field of the strategies above, read in the plainest way."""
    if field == "*":
        return set(range(low, high + 1))
    start, dash, end = field.partition("-")
    if not dash:
        return set(map(int, field.split(",")))
    wrapped = [*range(low, high + 1)] * 2
    first = wrapped.index(int(start))
    return set(wrapped[first : wrapped.index(int(end), first) + 1])


@given(CRONS, INSTANTS)
def test_each_fire_is_after_the_one_before_and_fits_the_fields(cron: QuartzCron, start: float) -> None:
    second, minute, hour, day, month, weekday = cron.expression.split()
    for _ in range(5):
        fire = cron.next_after(start)
        if fire is None:
            return
        assert fire > start
        wall = datetime.fromtimestamp(fire, zone(cron.time_zone))
        assert wall.second in listed(second, 0, 59)
        assert wall.minute in listed(minute, 0, 59)
        assert wall.hour in listed(hour, 0, 23)
        assert wall.month in listed(month, 1, 12)
        if not set("LW?") & set(day):
            assert wall.day in listed(day, 1, 31)
        if not set("L#?") & set(weekday):
            assert wall.isoweekday() % 7 + 1 in listed(weekday, 1, 7)
        start = fire


@given(CRONS, INSTANTS)
def test_going_back_and_forth_leads_to_the_same_fire(cron: QuartzCron, start: float) -> None:
    fire = cron.next_after(start)
    if fire is None:
        return
    assert cron.previous_before(fire) == fire
    before = cron.previous_before(fire - 1)
    if before is not None:
        assert before < fire
        assert cron.next_after(before) == fire


@pytest.mark.parametrize("time_zone", ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Gaza", "Africa/Casablanca"])
def test_an_hourly_plan_misses_no_hour_but_what_the_clock_repeats(time_zone: str) -> None:
    """Compared with every second hour of a year, read off the wall clock."""
    cron, where = QuartzCron("0 0 */2 * * ?", time_zone), ZoneInfo(time_zone)
    start = at("2026-01-01T00:30", time_zone)
    expected = set()
    for epoch in range(start, start + 365 * 86400, 1800):
        wall = datetime.fromtimestamp(epoch, where)
        if wall.minute == 0 and wall.hour % 2 == 0:
            repeated = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
            if not repeated or wall.fold == 1:
                expected.add(epoch)
    found, fire = [], cron.next_after(start)
    while fire is not None and fire < start + 365 * 86400:
        found.append(fire)
        fire = cron.next_after(fire)
    assert found == sorted(expected)


def test_a_time_that_the_clock_leaves_out_does_not_fire() -> None:
    cron = QuartzCron("0 30 2 * * ?", "Europe/Berlin")
    assert cron.next_after(at("2026-03-28T12:00", "Europe/Berlin")) == at("2026-03-30T02:30", "Europe/Berlin")


def test_a_time_that_the_clock_repeats_fires_once_in_the_second_pass() -> None:
    cron = QuartzCron("0 30 2 25 10 ? 2026", "Europe/Berlin")
    fire = cron.next_after(at("2026-10-24T12:00", "Europe/Berlin"))
    assert fire == datetime(2026, 10, 25, 1, 30, tzinfo=timezone.utc).timestamp()
    assert cron.next_after(fire) is None
    assert cron.previous_before(fire - 1) is None


@pytest.mark.parametrize(
    ("time_zone", "hours"),
    [
        ("GMT+08:00", 8),
        ("GMT+5", 5),
        ("GMT-03:30", -3.5),
        ("GMT+0530", 5.5),
        ("GMT", 0),
        ("UTC", 0),
        ("CTT", 8),
        ("MST", -7),
    ],
)
def test_zones_are_those_of_java(time_zone: str, hours: float) -> None:
    assert datetime.fromtimestamp(1_700_000_000, zone(time_zone)).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    "time_zone",
    ["", "Mars/Olympus", "GMT+24", "GMT+08:60", "GMT+", "GMT+5:", "../etc/passwd", "Asia", "x" * 5000, "a\0b"],
)
def test_an_unknown_zone_is_refused_where_java_would_take_gmt(time_zone: str) -> None:
    with pytest.raises(QuartzError, match="time zone"):
        QuartzCron("0 0 0 * * ?", time_zone)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("0 15 0 * * 0", "day-of-week '0'"),
        ("0 60 0 * * ?", "minute '60': .*between 0 and 59"),
        ("0 0 0 * * *", "exactly one of the two must be '\\?'"),
        ("0 0 0 ? * ?", "exactly one of the two must be '\\?'"),
        ("0 0 0 * *", "it has 5 of the fields"),
        ("0 0 0 L-31 * ?", "day-of-month 'L-31': Offset"),
        ("0 0 L * * ?", "hour 'L': 'L' option"),
        ("0 0 , * * ?", "hour ',': no value"),
        ("0 0 0 * * ? 2030-2020", "year '2030-2020': Start year"),
        ("0 0 0 * * ? " + "9" * 500, "longer than 200"),
    ],
)
def test_a_bad_expression_is_refused_with_the_field_and_the_value(expression: str, said: str) -> None:
    with pytest.raises(QuartzError, match=said):
        QuartzCron(expression)


@given(st.text(alphabet="0123456789*/?-,#LWMONFRI ab\t²", max_size=30))
def test_any_text_is_read_or_refused_and_never_evaluated(expression: str) -> None:
    try:
        cron = QuartzCron(expression)
    except QuartzError:
        return
    fire = cron.next_after(1_700_000_000)
    assert fire is None or fire > 1_700_000_000


def test_a_plan_that_can_never_fire_says_so() -> None:
    cron = QuartzCron("0 0 0 30 2 ?")
    assert cron.next_after(0) is None
    assert cron.previous_before(4e9) is None
    assert QuartzCron("0 0 0 1 1 ? 2020").next_after(at("2020-01-01T00:00", "UTC")) is None
    assert QuartzCron("0 0 0 * * ?").next_after(1e15) is None


def test_equal_expressions_are_one_object() -> None:
    assert quartz_cron("0 0 0 * * ?", "UTC") is quartz_cron("0 0 0 * * ?", "UTC")
    assert QuartzCron("0 0 0 * * ?") == quartz_cron("0 0 0 * * ?", "UTC")
    assert len({QuartzCron("0 0 0 * * ?"), QuartzCron("0 0 0 * * ?", "GMT"), QuartzCron("0 0 0 * * ?")}) == 2


def test_the_evaluator_needs_no_airflow() -> None:
    code = "import sys, taskcenter_plugin.plans.quartz; sys.exit('airflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_summer_time_of_one_week_is_seen() -> None:
    cron = QuartzCron("0 0 12 * * ?", "America/Recife")
    noon = datetime(2000, 10, 6, 15, tzinfo=timezone.utc)
    fires = [cron.next_after((noon + timedelta(days=day)).timestamp() - 7200) for day in range(12)]
    hours = [datetime.fromtimestamp(fire, timezone.utc).hour for fire in fires if fire is not None]
    assert hours == [15, 15, *[14] * 7, 15, 15, 15]
