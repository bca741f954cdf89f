"""The document's ``cronType``: settings such as "every Monday at 00:15" as a Quartz expression, and back.

Source: the task center's document, 计划表达式的生成类型.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from taskcenter_plugin.plans.quartz import QuartzCron, QuartzError

LAST_DAY = "L"
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_EVERY = re.compile(r"0/([0-9]{1,2})", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,2}", re.ASCII)


class Frequency(str, Enum):
    """How an expression was made."""

    MINUTELY = "MINUTELY"
    """Every n minutes."""
    HOURLY = "HOURLY"
    """Every n hours."""
    DAILY = "DAILY"
    """Every day at a time."""
    WEEKLY = "WEEKLY"
    """On days of the week, at a time."""
    MONTHLY = "MONTHLY"
    """On days of the month, at a time."""
    CRON = "CRON"
    """Written by the user."""


@dataclass(frozen=True)
class FrequencySettings:
    """What a form asks for; each frequency reads its own part, the rest keeps its default.

    :param every: MINUTELY: minutes, 1 .. 59; HOURLY: hours, 1 .. 23; counted from the full hour, or from midnight
    :param second: 0 .. 59
    :param minute: 0 .. 59; not of MINUTELY
    :param hour: 0 .. 23; DAILY, WEEKLY, MONTHLY
    :param weekdays: WEEKLY: 1 = SUN .. 7 = SAT, as Quartz counts
    :param days: MONTHLY: 1 .. 31, or ``("L",)`` alone for the last day
    :param expression: CRON: the expression as it is
    """

    every: int = 1
    second: int = 0
    minute: int = 0
    hour: int = 0
    weekdays: tuple[int, ...] = ()
    days: tuple[int | str, ...] = ()
    expression: str = ""


def expression_of(frequency: Frequency, settings: FrequencySettings) -> str:
    """The Quartz expression of settings.

    :raises QuartzError: a value out of range; no weekday, or no day; ``L`` beside other days, which Quartz does not take
    """
    if frequency is Frequency.CRON:
        expression = settings.expression
    else:
        expression = f"{settings.second} {_rest(frequency, settings)}"
    QuartzCron(expression)
    return expression


def settings_of(expression: str) -> tuple[Frequency, FrequencySettings]:
    """The settings that make an expression; CRON with the expression itself if none of the forms does.

    :raises QuartzError: what Quartz refuses
    """
    QuartzCron(expression)
    return _form_of(expression.upper().split()) or (Frequency.CRON, FrequencySettings(expression=expression))


def _rest(frequency: Frequency, settings: FrequencySettings) -> str:
    if frequency is Frequency.MINUTELY:
        return f"{_every(settings.every, 59)} * * * ?"
    if frequency is Frequency.HOURLY:
        return f"{settings.minute} {_every(settings.every, 23)} * * ?"
    at = f"{settings.minute} {settings.hour}"
    if frequency is Frequency.DAILY:
        return f"{at} * * ?"
    if frequency is Frequency.WEEKLY:
        if not settings.weekdays:
            raise QuartzError("WEEKLY: at least one day of the week is needed")
        return f"{at} ? * {_list(settings.weekdays)}"
    if not settings.days:
        raise QuartzError("MONTHLY: at least one day of the month, or L, is needed")
    return f"{at} {_list(settings.days)} * ?"


def _every(number: int, most: int) -> str:
    if not 1 <= number <= most:
        raise QuartzError(f"every {number}: must be between 1 and {most}")
    return "*" if number == 1 else f"0/{number}"


def _list(values: tuple[int | str, ...] | tuple[int, ...]) -> str:
    return ",".join(map(str, sorted(set(values), key=lambda value: (isinstance(value, str), value))))


def _form_of(fields: list[str]) -> tuple[Frequency, FrequencySettings] | None:
    if len(fields) == 7 and fields[6] == "*":
        fields = fields[:6]
    if len(fields) != 6 or fields[4] != "*" or not _NUMBER.fullmatch(fields[0]):
        return None
    second, minute, hour, day, weekday = (fields[index] for index in (0, 1, 2, 3, 5))
    every_day = (day, weekday) in (("*", "?"), ("?", "*"))
    every_minutes, every_hours = _steps(minute), _steps(hour)
    if every_day and hour == "*" and every_minutes:
        return Frequency.MINUTELY, FrequencySettings(every_minutes, int(second))
    if not _NUMBER.fullmatch(minute):
        return None
    if every_day and every_hours:
        return Frequency.HOURLY, FrequencySettings(every_hours, int(second), int(minute))
    if not _NUMBER.fullmatch(hour):
        return None
    at = (1, int(second), int(minute), int(hour))
    if every_day:
        return Frequency.DAILY, FrequencySettings(*at)
    if day == "?":
        weekdays = _numbers(weekday, _WEEKDAYS)
        return (Frequency.WEEKLY, FrequencySettings(*at, weekdays=weekdays)) if weekdays else None
    days: tuple[int | str, ...] | None = (LAST_DAY,) if day == LAST_DAY else _numbers(day)
    return (Frequency.MONTHLY, FrequencySettings(*at, days=days)) if days else None


def _steps(field: str) -> int | None:
    """The n of ``0/n`` or ``*/n``, 1 of ``*``; None: something else."""
    if field == "*":
        return 1
    found = _EVERY.fullmatch(field.replace("*/", "0/", 1))
    return int(found[1]) or None if found else None


def _numbers(field: str, names: tuple[str, ...] = ()) -> tuple[int, ...] | None:
    """The numbers of a list of numbers and names, in order; None: something else is in it."""
    values = set()
    for token in field.split(","):
        if token in names:
            values.add(names.index(token) + 1)
        elif _NUMBER.fullmatch(token):
            values.add(int(token))
        else:
            return None
    return tuple(sorted(values))
