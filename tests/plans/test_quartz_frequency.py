from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskcenter_plugin.plans.frequency import Frequency, FrequencySettings, expression_of, settings_of
from taskcenter_plugin.plans.quartz import QuartzError

SECONDS = st.integers(0, 59)
TIMES = {"second": SECONDS, "minute": SECONDS, "hour": st.integers(0, 23)}


def sorted_sets(low: int, high: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.sets(st.integers(low, high), min_size=1).map(lambda values: tuple(sorted(values)))


FORMS = st.one_of(
    st.tuples(st.just(Frequency.MINUTELY), st.builds(FrequencySettings, every=st.integers(1, 59), second=SECONDS)),
    st.tuples(
        st.just(Frequency.HOURLY),
        st.builds(FrequencySettings, every=st.integers(1, 23), second=SECONDS, minute=SECONDS),
    ),
    st.tuples(st.just(Frequency.DAILY), st.builds(FrequencySettings, **TIMES)),
    st.tuples(st.just(Frequency.WEEKLY), st.builds(FrequencySettings, **TIMES, weekdays=sorted_sets(1, 7))),
    st.tuples(
        st.just(Frequency.MONTHLY),
        st.builds(FrequencySettings, **TIMES, days=sorted_sets(1, 31) | st.just(("L",))),
    ),
)


@given(FORMS)
def test_settings_come_back_from_the_expression_they_make(form: tuple[Frequency, FrequencySettings]) -> None:
    assert settings_of(expression_of(*form)) == form


@pytest.mark.parametrize(
    ("frequency", "settings", "expression"),
    [
        (Frequency.MINUTELY, FrequencySettings(every=5), "0 0/5 * * * ?"),
        (Frequency.HOURLY, FrequencySettings(every=2, minute=30), "0 30 0/2 * * ?"),
        (Frequency.DAILY, FrequencySettings(hour=6, minute=15), "0 15 6 * * ?"),
        (Frequency.WEEKLY, FrequencySettings(minute=15, weekdays=(1,)), "0 15 0 ? * 1"),
        (Frequency.MONTHLY, FrequencySettings(hour=3, days=(1, 15)), "0 0 3 1,15 * ?"),
        (Frequency.MONTHLY, FrequencySettings(hour=3, days=("L",)), "0 0 3 L * ?"),
    ],
)
def test_each_frequency_has_its_expression(frequency: Frequency, settings: FrequencySettings, expression: str) -> None:
    assert expression_of(frequency, settings) == expression


def test_names_of_weekdays_are_read_as_their_numbers() -> None:
    assert settings_of("0 0 8 ? * mon,FRI *") == (Frequency.WEEKLY, FrequencySettings(hour=8, weekdays=(2, 6)))


@pytest.mark.parametrize(
    "expression", ["*/30 * * * * ?", "0 0 8 ? * 6#3", "0 0 8 1W * ?", "0 0 8 * 2 ?", "0 0 8 * * ? 2030"]
)
def test_what_no_form_makes_is_a_users_own(expression: str) -> None:
    assert settings_of(expression) == (Frequency.CRON, FrequencySettings(expression=expression))


@pytest.mark.parametrize(
    ("frequency", "settings"),
    [
        (Frequency.MINUTELY, FrequencySettings(every=60)),
        (Frequency.HOURLY, FrequencySettings(every=0)),
        (Frequency.DAILY, FrequencySettings(hour=24)),
        (Frequency.WEEKLY, FrequencySettings()),
        (Frequency.WEEKLY, FrequencySettings(weekdays=(0,))),
        (Frequency.MONTHLY, FrequencySettings()),
        (Frequency.MONTHLY, FrequencySettings(days=(1, "L"))),
        (Frequency.CRON, FrequencySettings(expression="every day")),
    ],
)
def test_settings_that_make_no_expression_are_refused(frequency: Frequency, settings: FrequencySettings) -> None:
    with pytest.raises(QuartzError):
        expression_of(frequency, settings)
