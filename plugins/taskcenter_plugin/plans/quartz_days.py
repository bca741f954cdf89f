"""Which days of a month a Quartz expression means, and the calendar's arithmetic in whole numbers.

Days are counted from 1970-01-01 = 0. The days of a month hang on its length and on the weekday of its first day alone, so an expression has at
most 28 kinds of month; each is worked out once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from taskcenter_plugin.plans.quartz_fields import Field, Kind

SATURDAY, SUNDAY = 7, 1
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_BEFORE = tuple(sum(_LENGTHS[:month]) for month in range(12))  # days of a common year before each month


def first_day(year: int, month: int) -> int:
    """The day number of a month's first day."""
    past = year - 1 if month <= 2 else year  # the leap days of the years before, and of this one once February is over
    leap_days = past // 4 - past // 100 + past // 400 - 477  # 477: those until 1969
    return (year - 1970) * 365 + _BEFORE[month - 1] + leap_days


def month_of(day: int) -> tuple[int, int]:
    """The year and the month (1 .. 12) of a day number."""
    year = 1970 + day * 400 // 146097
    if day < first_day(year, 1):
        year -= 1
    elif day >= first_day(year + 1, 1):
        year += 1
    month = min(12, (day - first_day(year, 1)) // 29 + 1)
    while day < first_day(year, month):
        month -= 1
    return year, month


class Days:
    """The days that the day, month and year fields mean, in order.

    :param day_field: day-of-month or day-of-week, whichever is not ``?``
    :param exists: whether the zone has a day number: when it moves over the date line it leaves one out
    """

    def __init__(
        self, day_field: Field, months: set[int], years: set[int], exists: Callable[[int], bool] = lambda _: True
    ) -> None:
        self._field = day_field
        self._exists = exists
        self._months = tuple(sorted(months))
        self._years = tuple(sorted(years))
        self._masks: dict[tuple[int, int, bool], int] = {}
        self._month = (0, 0, 0)  # the month found last: its first day, the first after it, the mask of its days

    def from_day(self, day: int) -> int | None:
        """The first day at or after this one; None: there is none."""
        start, end, mask = self._month
        if start <= day < end:
            rest = mask >> (day - start)
            if rest:
                return day + (rest & -rest).bit_length() - 1
            day = end
        year, month = month_of(day)
        for each in self._years[bisect_left(self._years, year) :]:
            for at in self._months[bisect_left(self._months, month) if each == year else 0 :]:
                start, end, mask = self._of(each, at)
                rest = mask >> max(0, day - start)
                if rest:
                    self._month = (start, end, mask)
                    return max(day, start) + (rest & -rest).bit_length() - 1
        return None

    def until_day(self, day: int) -> int | None:
        """The last day at or before this one; None: there is none."""
        year, month = month_of(day)
        for each in reversed(self._years[: bisect_right(self._years, year)]):
            for at in reversed(self._months[: bisect_right(self._months, month) if each == year else 12]):
                start, end, mask = self._of(each, at)
                rest = mask & ((1 << (min(day, end) - start + 1)) - 1)
                if rest:
                    return start + rest.bit_length() - 1
        return None

    def _of(self, year: int, month: int) -> tuple[int, int, int]:
        start = first_day(year, month)
        end = first_day(year, month + 1) if month < 12 else start + 31
        length, exists = end - start, True
        if self._field.nearest_weekday:
            exists = self._exists(start + _marked_day(self._field, length) - 1)
        key = (length, (start + 4) % 7 + 1, exists)  # 1970-01-01 was a Thursday, 5
        if key not in self._masks:
            self._masks[key] = sum(1 << (day - 1) for day in days_of_month(self._field, *key))
        return start, end, self._masks[key]


def days_of_month(day_field: Field, length: int, first_weekday: int, marked_day_exists: bool = True) -> set[int]:
    """The days (1 ..) of a month of a length, whose first day is a weekday (1 = SUN .. 7 = SAT).

    :param marked_day_exists: of ``W``: false if the zone leaves out the day to which the nearest weekday is looked for
    """
    if day_field.kind is Kind.DAY_OF_WEEK:
        wanted = _of_weekdays(day_field, length, first_weekday)
    elif day_field.last or day_field.nearest_weekday:
        day = _marked_day(day_field, length)
        # Java reads a date that is left out as the day after it, and so with that day's weekday.
        weekday = (day - 1 + first_weekday - 1 + (not marked_day_exists)) % 7 + 1
        wanted = {_nearest_weekday(day, length, weekday) if day_field.nearest_weekday else day}
    else:
        wanted = day_field.values
    return {day for day in wanted if 1 <= day <= length}


def _of_weekdays(day_field: Field, length: int, first_weekday: int) -> set[int]:
    first = (min(day_field.values) - first_weekday) % 7 + 1  # of L and # Quartz takes the smallest day alone
    if day_field.last:
        return {first + (length - first) // 7 * 7}
    if day_field.nth:
        return {first + 7 * (day_field.nth - 1)}
    return {day for day in range(1, length + 1) if (day - 1 + first_weekday - 1) % 7 + 1 in day_field.values}


def _marked_day(day_field: Field, length: int) -> int:
    """The day of ``L``, ``L-n`` and ``W``; it may lie outside the month."""
    return length - day_field.last_offset if day_field.last else min(day_field.values)


def _nearest_weekday(day: int, length: int, weekday: int) -> int:
    """The weekday nearest to a day, in the same month; beyond the month's end only a Saturday leads back into it, as in Quartz."""
    if weekday == SATURDAY:
        return day + 2 if day == 1 else day - 1
    if weekday == SUNDAY:
        return day - 2 if day == length else day + 1
    return day
