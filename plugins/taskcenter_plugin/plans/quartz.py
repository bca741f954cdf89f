"""Quartz cron expressions: when they fire next, exactly as ``org.quartz.CronExpression`` of Quartz 2.3.2 has it.

On the way from one fire to the next there are whole numbers only: epoch seconds, wall seconds (epoch plus offset) and day numbers.
"""

from __future__ import annotations

import math
from functools import lru_cache

from taskcenter_plugin.plans.quartz_days import Days
from taskcenter_plugin.plans.quartz_error import QuartzError
from taskcenter_plugin.plans.quartz_fields import LAST_YEAR, Kind, parse
from taskcenter_plugin.plans.zones import offsets, zone

__all__ = ["QuartzCron", "QuartzError", "quartz_cron", "zone"]

_DAY = 86400
_EARLIEST, _LATEST = -2 * _DAY, (LAST_YEAR - 1969) * 366 * _DAY  # epoch seconds beyond which nothing fires


class QuartzCron:
    """An expression in a time zone. Immutable; equal and hashable by the two.

    A wall time in a gap of the zone does not fire; one that is repeated fires once, in its second pass. A search that starts in the first pass
    starts at the same wall time of the second, as in Quartz.

    :param expression: six or seven fields, the first seconds; see Quartz's tutorial
    :param time_zone: an id of ``java.util.TimeZone``
    :raises QuartzError: what Quartz refuses in an expression; an unknown zone
    """

    __slots__ = ("_days", "_first", "_hours", "_last", "_minutes", "_offsets", "_seconds", "expression", "time_zone")

    expression: str
    time_zone: str

    def __init__(self, expression: str, time_zone: str = "UTC") -> None:
        self.expression = expression
        self.time_zone = time_zone
        fields = parse(expression)
        seconds, minutes, hours = (fields[kind].values for kind in (Kind.SECOND, Kind.MINUTE, Kind.HOUR))
        self._seconds, self._minutes, self._hours = _successors(seconds), _successors(minutes), _successors(hours)
        self._first = (
            min(seconds),
            min(minutes) * 60 + min(seconds),
            min(hours) * 3600 + min(minutes) * 60 + min(seconds),
        )
        self._last = (sorted(hours), sorted(minutes), sorted(seconds))
        of_month, of_week = fields[Kind.DAY_OF_MONTH], fields[Kind.DAY_OF_WEEK]
        self._offsets = offsets(time_zone)
        self._days = Days(
            of_week if of_month.unspecified else of_month,
            fields[Kind.MONTH].values,
            fields[Kind.YEAR].values,
            self._day_exists,
        )

    def next_after(self, epoch: float) -> int | None:
        """The first fire strictly after a time cut to its second; None: it never fires again. Epoch seconds."""
        start = math.floor(epoch) + 1
        if start > _LATEST:
            return None
        stretch = self._offsets.at(max(start, _EARLIEST))
        fire = self._wall_from(max(start, _EARLIEST) + stretch.offset)
        while fire is not None and fire >= stretch.wall_end:
            stretch = self._offsets.of_wall(fire)
            if fire < stretch.wall_start:  # in a gap, where nothing fires
                fire = self._wall_from(stretch.wall_start)
        return None if fire is None else fire - stretch.offset

    def previous_before(self, epoch: float) -> int | None:
        """The last fire at or before a time cut to its second; None: it has never fired since 1970. Epoch seconds."""
        end = math.floor(epoch)
        if end < _EARLIEST:
            return None
        end = min(end, _LATEST)
        wall: int | None = end + self._offsets.at(end).offset
        while wall is not None and (wall := self._wall_until(wall)) is not None:
            stretch = self._offsets.of_wall(wall)
            # In a gap nothing fires, and what an overlap repeats fires later than the first pass.
            if stretch.wall_start <= wall and wall - stretch.offset <= end:
                return wall - stretch.offset
            wall = min(wall, stretch.wall_start) - 1
        return None

    def _day_exists(self, day: int) -> bool:
        return self._offsets.of_wall(day * _DAY).wall_start < (day + 1) * _DAY

    def _wall_from(self, wall: int) -> int | None:
        day, second = divmod(wall, _DAY)
        found = self._days.from_day(day)
        if found == day:
            time_of_day = self._time_from(second)
            if time_of_day >= 0:
                return day * _DAY + time_of_day
            found = self._days.from_day(day + 1)
        return None if found is None else found * _DAY + self._first[2]

    def _time_from(self, second: int) -> int:
        """The first time of day at or after one; -1: none on that day. Seconds since midnight."""
        hour, rest = divmod(second, 3600)
        next_hour = self._hours[hour]
        if next_hour == hour:
            minute, second = divmod(rest, 60)
            next_minute = self._minutes[minute]
            if next_minute == minute:
                next_second = self._seconds[second]
                if next_second >= 0:
                    return hour * 3600 + minute * 60 + next_second
                next_minute = self._minutes[minute + 1]
            if next_minute >= 0:
                return hour * 3600 + next_minute * 60 + self._first[0]
            next_hour = self._hours[hour + 1]
        return next_hour * 3600 + self._first[1] if next_hour >= 0 else -1

    def _wall_until(self, wall: int) -> int | None:
        day, second = divmod(wall, _DAY)
        found = self._days.until_day(day)
        if found == day:
            time_of_day = self._time_until(second)
            if time_of_day >= 0:
                return day * _DAY + time_of_day
            found = self._days.until_day(day - 1)
        return None if found is None else found * _DAY + self._time_until(_DAY - 1)

    def _time_until(self, second: int) -> int:
        """The last time of day at or before one; -1: none on that day."""
        hours, minutes, seconds = self._last
        latest = minutes[-1] * 60 + seconds[-1]
        for hour in reversed(hours):
            if hour * 3600 + latest <= second:
                return hour * 3600 + latest
            for minute in reversed(minutes):
                start = hour * 3600 + minute * 60
                for each in reversed(seconds) if start <= second else ():
                    if start + each <= second:
                        return start + each
        return -1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, QuartzCron):
            return NotImplemented
        return (self.expression, self.time_zone) == (other.expression, other.time_zone)

    def __hash__(self) -> int:
        return hash((self.expression, self.time_zone))

    def __repr__(self) -> str:
        return f"QuartzCron({self.expression!r}, {self.time_zone!r})"


@lru_cache(maxsize=16384)
def quartz_cron(expression: str, time_zone: str) -> QuartzCron:
    """The expression in the zone, parsed once a process.

    :raises QuartzError: what Quartz refuses in an expression; an unknown zone
    """
    return QuartzCron(expression, time_zone)


def _successors(values: set[int]) -> tuple[int, ...]:
    """For each number of 0 .. 60 the smallest of the values at or after it; -1: none."""
    return tuple(min((value for value in values if value >= number), default=-1) for number in range(61))
