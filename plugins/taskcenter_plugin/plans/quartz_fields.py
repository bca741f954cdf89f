"""Reads a Quartz cron expression into the values of each field, as leniently and as strictly as Quartz 2.3.2 does.

Quartz ignores what follows a complete value (``5x``, ``MON-FRI/2``, ``JANX``); plans written for it rely on that, so it stays. Two
things that Quartz's constructor lets pass are refused, since its evaluation fails on them later: a field without any value (``,``), and ``L``
outside the day fields.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from enum import Enum

from taskcenter_plugin.plans.quartz_error import QuartzError

MAX_LENGTH = 200
FIRST_YEAR, LAST_YEAR = 1970, 2999  # Quartz's search ends with the year 2999
YEARS_AHEAD = 100  # how far from now an open range of years goes
_MAX_INT = 2**31 - 1

_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: number for number, name in enumerate(_DAY_NAMES, 1)}
_LAST = re.compile(r"L|LW|L-[0-9]*W?", re.ASCII)
_NUMBER = re.compile(r"([0-9]+)(.*)", re.ASCII | re.DOTALL)
_RANGE = re.compile(r"-([0-9]+)(?:/(.*))?", re.ASCII | re.DOTALL)
_DECIMAL = "0123456789"
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


class Kind(Enum):
    """A field: its name, its least and greatest value, its greatest step after ``/``, what Quartz says of a value outside."""

    SECOND = ("second", 0, 59, 59, "Minute and Second values must be between 0 and 59")
    MINUTE = ("minute", 0, 59, 59, "Minute and Second values must be between 0 and 59")
    HOUR = ("hour", 0, 23, 23, "Hour values must be between 0 and 23")
    DAY_OF_MONTH = ("day-of-month", 1, 31, 31, "Day of month values must be between 1 and 31")
    MONTH = ("month", 1, 12, 12, "Month values must be between 1 and 12")
    DAY_OF_WEEK = ("day-of-week", 1, 7, 7, "Day-of-Week values must be between 1 (SUN) and 7 (SAT)")
    YEAR = ("year", FIRST_YEAR, LAST_YEAR, _MAX_INT, "")

    def __init__(self, label: str, low: int, high: int, max_step: int, outside: str) -> None:
        self.label, self.low, self.high, self.max_step, self.outside = label, low, high, max_step, outside


@dataclass
class Field:
    """What one field says.

    :param values: the values it lists; of days of the week 1 = SUN .. 7 = SAT
    :param unspecified: ``?``
    :param last: ``L`` in day-of-month, ``nL`` in day-of-week
    :param last_offset: the n of ``L-n``, days
    :param nearest_weekday: ``W``
    :param nth: the n of ``day#n``; 0: none
    """

    kind: Kind
    values: set[int] = field(default_factory=set)
    unspecified: bool = False
    last: bool = False
    last_offset: int = 0
    nearest_weekday: bool = False
    nth: int = 0


def parse(expression: str) -> dict[Kind, Field]:
    """Read the six or seven fields of an expression.

    :raises QuartzError: as Quartz's ``CronExpression`` does, in other words; also an expression over 200 characters
    """
    if len(expression) > MAX_LENGTH:
        raise QuartzError(f"cron expression {expression[:40]!r}...: longer than {MAX_LENGTH} characters")
    texts = [text for text in re.split(r"[ \t]+", expression.upper()) if text.strip()]
    fields: dict[Kind, Field] = {}
    for kind, text in zip(Kind, [*texts, "*"][:7] if len(texts) == 6 else texts, strict=False):
        try:
            fields[kind] = _field(kind, text.strip())
        except QuartzError as error:
            raise QuartzError(f"cron expression {expression!r}: {kind.label} {text.strip()!r}: {error}") from None
    if len(texts) < 6:
        raise QuartzError(
            f"cron expression {expression!r}: Unexpected end of expression: it has {len(texts)} of the fields "
            "second, minute, hour, day-of-month, month, day-of-week, [year]"
        )
    if fields[Kind.DAY_OF_MONTH].unspecified == fields[Kind.DAY_OF_WEEK].unspecified:
        raise QuartzError(
            f"cron expression {expression!r}: Support for specifying both a day-of-week AND a day-of-month parameter is "
            "not implemented: exactly one of the two must be '?'"
        )
    return fields


def _field(kind: Kind, text: str) -> Field:
    if "L" in text and "," in text and kind in (Kind.DAY_OF_MONTH, Kind.DAY_OF_WEEK):
        raise QuartzError("'L' cannot be combined with other days")
    if kind is Kind.DAY_OF_WEEK and text.count("#") > 1:
        raise QuartzError("only one '#' is supported")
    result = Field(kind)
    for token in text.split(","):
        if token:
            _token(result, token)
    if not (result.values or result.unspecified or result.last):
        raise QuartzError("no value")
    return result


def _token(into: Field, token: str) -> None:
    first = token[0]
    if _LAST.fullmatch(token):
        _last(into, token)
    elif "A" <= first <= "Z":
        _name(into, token)
    elif first == "?":
        if len(token) > 2:  # Quartz looks no nearer
            raise QuartzError(f"Illegal character after '?': {token[1]}")
        if into.kind not in (Kind.DAY_OF_MONTH, Kind.DAY_OF_WEEK):
            raise QuartzError("'?' can only be specified for Day-of-Month or Day-of-Week.")
        into.unspecified = True
    elif first in "*/":
        rest = token.removeprefix("*")
        # A step of 0 or less is no step.
        step = max(1, _step(into.kind, rest[1:], signed=True)) if rest.startswith("/") else 1
        into.values.update(_spread(into.kind, into.kind.low, None, step))
    elif number := _NUMBER.fullmatch(token):
        _number(into, _integer(number[1]), number[2])
    else:
        raise QuartzError(f"Unexpected character: {first}")


def _last(into: Field, token: str) -> None:
    if into.kind is Kind.DAY_OF_WEEK:
        into.values.add(7)  # L alone is Saturday, whatever follows
    elif into.kind is Kind.DAY_OF_MONTH:
        into.last, into.nearest_weekday = True, token.endswith("W")
        offset = token[2:].rstrip("W") if token.startswith("L-") else "0"
        if not offset and not into.nearest_weekday:
            raise QuartzError("a number must follow 'L-'")
        into.last_offset = _integer(offset or "0")
        if into.last_offset > 30:
            raise QuartzError("Offset from last day must be <= 30")
    else:
        raise QuartzError("'L' option is not valid here.")


def _name(into: Field, token: str) -> None:
    names = {Kind.MONTH: _MONTHS, Kind.DAY_OF_WEEK: _DAYS}.get(into.kind)
    if names is None:
        raise QuartzError(f"Illegal characters for this position: {token[:3]!r}")
    value, rest = _lookup(names, into.kind, token), token[3:]
    if rest.startswith("-"):
        into.values.update(_spread(into.kind, value, _lookup(names, into.kind, rest[1:]), 1))
        return
    if into.kind is Kind.DAY_OF_WEEK and rest.startswith("#"):
        into.nth = _nth(rest[1:])
    into.last = into.last or (into.kind is Kind.DAY_OF_WEEK and rest.startswith("L"))
    into.values.add(value)


def _lookup(names: dict[str, int], kind: Kind, text: str) -> int:
    if text[:3] not in names:
        raise QuartzError(f"Invalid {kind.label} name: {text[:3]!r}; a range of names must end in a name")
    return names[text[:3]]


def _number(into: Field, value: int, rest: str) -> None:
    option, kind = rest[:1], into.kind
    end, step = None, 0
    if option and option in "LW#":
        _option(into, value, option, rest[1:])
        return
    if option == "-":
        span = _RANGE.match(rest)
        if span is None:
            raise QuartzError("a range must end in a number")
        end, step = _integer(span[1]), 1
        if span[2] is not None:
            step = _digits(span[2])  # of a range, Quartz takes any step
    elif option == "/":
        step = _step(kind, rest[1:])
    _check(kind, value)
    if end is not None and end > kind.high and kind is not Kind.YEAR:
        raise QuartzError(kind.outside)
    into.values.update(_spread(kind, value, end, step) if step else [value])


def _option(into: Field, value: int, option: str, rest: str) -> None:
    wanted = Kind.DAY_OF_MONTH if option == "W" else Kind.DAY_OF_WEEK
    if into.kind is not wanted:
        raise QuartzError(f"{option!r} option is not valid here.")
    if option == "#":
        into.nth = _nth(rest)
        value = value or 7  # 0#n is Saturday's
    _check(into.kind, value)
    into.last = into.last or option == "L"
    into.nearest_weekday = into.nearest_weekday or option == "W"
    into.values.add(value)


def _check(kind: Kind, value: int) -> None:
    if kind is not Kind.YEAR and not kind.low <= value <= kind.high:  # a year out of reach only never comes
        raise QuartzError(kind.outside)


def _spread(kind: Kind, start: int, end: int | None, step: int) -> list[int]:
    """The values from start to end; over the end of the cycle if end is before start, with the step's phase kept."""
    if kind is Kind.YEAR:
        stop = time.gmtime().tm_year + YEARS_AHEAD if end is None else end
        if stop < start:
            raise QuartzError("Start year must be less than stop year")
        return list(range(start, min(stop, LAST_YEAR) + 1, step))
    stop = kind.high if end is None else end
    if stop >= start:
        return list(range(start, stop + 1, step))
    cycle = kind.high - kind.low + 1
    return [(each - kind.low) % cycle + kind.low for each in range(start, stop + cycle + 1, step)]


def _step(kind: Kind, text: str, *, signed: bool = False) -> int:
    if signed:  # after * the whole rest is the number
        if not re.fullmatch(r"[+-]?[0-9]+", text, re.ASCII):
            raise QuartzError("'/' must be followed by an integer.")
        step = _integer(text)
    else:
        step = _digits(text)
        if text[1:2] not in _DECIMAL:
            raise QuartzError(f"Unexpected character {text[1]!r} after '/'")
    if step > kind.max_step:
        raise QuartzError(f"Increment > {kind.max_step} : {step}")
    return step


def _digits(text: str) -> int:
    found = _DIGITS.match(text)
    if found is None:
        raise QuartzError("'/' must be followed by an integer.")
    return _integer(found[0])


def _nth(text: str) -> int:
    if not re.fullmatch(r"\+?0*[1-5]", text, re.ASCII):
        raise QuartzError("A numeric value between 1 and 5 must follow the '#' option")
    return int(text)


def _integer(text: str) -> int:
    value = int(text)
    if value > _MAX_INT:
        raise QuartzError(f"{text} is too large")
    return value
