"""Substitution of ``${name}`` and ``${name+1}`` in code (facts section 4; Linkis' VariableUtils).

Besides the variables of the request and of ``--@set name=value`` lines in the code, there are the dates that Linkis
derives from ``run_date``, which is yesterday unless it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from taskcenter_sandbox.gateway.envelope import LinkisError

LANGUAGES = {
    **dict.fromkeys(("sql", "hql", "jdbc", "hive", "psql", "fql", "tsql", "nebula", "ngql"), "sql"),
    **dict.fromkeys(("python", "py", "pyspark"), "python"),
    "java": "java",
    "scala": "scala",
    **dict.fromkeys(("sh", "shell"), "shell"),
    **dict.fromkeys(("json", "data_calc"), "json"),
}
"""Language by run type (``linkis.codeType.language.relation``); code of others is not touched."""

RUN_DATE = "run_date"

_EXPRESSION = re.compile(r"\$\{\s*([A-Za-z][A-Za-z0-9_.]*)\s*([+\-*/]?)\s*([A-Za-z0-9_.]*)\s*\}")
_SET_MARKS = {"sql": "--@set", "python": "#@set", "shell": "#@set", "scala": "//@set", "java": "!!@set"}


class Variable(Protocol):
    """What stands for a name."""

    def value(self) -> str:
        """The text that takes its place."""

    def calculate(self, operator: str, operand: str) -> str:
        """The text for ``${name operator operand}``."""


@dataclass(frozen=True)
class Text:
    """A text; it can be added to."""

    text: str

    def value(self) -> str:
        """The text itself."""
        return self.text

    def calculate(self, operator: str, operand: str) -> str:
        """Only ``+``."""
        if operator != "+":
            raise LinkisError(20049, f"String class is not supported to use:{operator}")
        return self.text + operand


@dataclass(frozen=True)
class Number:
    """Anything that reads as a number, which loses its leading zeros."""

    number: float

    def value(self) -> str:
        """Without decimals if it has none."""
        return str(int(self.number)) if self.number.is_integer() else str(self.number)

    def calculate(self, operator: str, operand: str) -> str:
        """The four operations."""
        left, right = self.number, _number(operand)
        if operator == "/":
            if right == 0:
                return "NaN" if left == 0 else "Infinity" if left > 0 else "-Infinity"
            return Number(left / right).value()
        return Number(left + right if operator == "+" else left - right if operator == "-" else left * right).value()


@dataclass(frozen=True)
class Moment:
    """A date, to which days, months, ... can be added.

    :param shift: moves it by so many of its units.
    :param form: how it is written.
    """

    moment: datetime
    shift: Callable[[datetime, int], datetime]
    form: str

    def value(self) -> str:
        """Written in its form."""
        return self.shift(self.moment, 0).strftime(self.form)

    def calculate(self, operator: str, operand: str) -> str:
        """``+`` and ``-`` of whole units."""
        if operator not in "+-":
            raise LinkisError(20046, f"DateType is not supported to use:{operator}")
        if not operand.isdigit():
            raise LinkisError(
                20039, f'Failed to analysis task,because:NumberFormatException: For input string: "{operand}"'
            )
        amount = int(operand)
        return self.shift(self.moment, amount if operator == "+" else -amount).strftime(self.form)


def substitute(code: str, run_type: str, variables: Mapping[str, object], now: datetime) -> str:
    """Put values in place of variables; names that are not known stay as they are.

    :param variables: ``params.variable`` of the request.
    :param now: the time from which the dates are derived.
    :raises LinkisError: 20042 to 20049, something cannot be calculated.
    """
    language = LANGUAGES.get(run_type)
    if language is None:
        return code
    given = {name: str(value) for name, value in variables.items() if value not in (None, "")}
    known = _known({**given, **_set_in(code, language)}, now)

    def replaced(found: re.Match[str]) -> str:
        name, operator, operand = found.groups()
        variable = known.get(name)
        if variable is None:
            return found[0]
        if not operator:
            return variable.value()
        if not operand:
            raise LinkisError(20042, f"[{found[0]}] expression is not right, please check")
        return variable.calculate(operator, known[operand].value() if operand in known else operand)

    return _EXPRESSION.sub(replaced, code).strip()


def _known(texts: Mapping[str, str], now: datetime) -> dict[str, Variable]:
    known: dict[str, Variable] = {}
    for name, text in texts.items():
        try:
            known[name] = Number(_number(text))
        except ValueError:
            known[name] = Text(text)
    known |= _dates(_run_date(texts.get(RUN_DATE), now), now)
    return known


def _run_date(text: str | None, now: datetime) -> datetime:
    if not text:
        return now - timedelta(days=1)
    for form in ("%Y%m%d", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 # a day, of nowhere in particular
        except ValueError:
            continue
    raise LinkisError(
        20039, f'Failed to analysis task,because:ParseException: Unparseable date: "{text}"(分析任务失败)!'
    )


def _set_in(code: str, language: str) -> dict[str, str]:
    """What ``--@set name=value`` lines say (``#@set`` in Python and shell)."""
    mark = _SET_MARKS.get(language)
    found: dict[str, str] = {}
    if mark is None or mark not in code:
        return found
    for line in code.split("\n"):
        before, sign, rest = line.partition(mark)
        if not sign or before.strip() or not rest.strip():
            continue
        parts = rest.removesuffix(";").split("=")
        if len(parts) > 2:  # name and value
            raise LinkisError(20044, f"{line} var defined uncorrectly")
        if len(parts) == 1:
            raise LinkisError(20045, f"var was defined uncorrectly:{line}")
        found[parts[0].strip()] = parts[1].strip()
    return found


def _number(text: str) -> float:
    """What Java reads as a double.

    :raises ValueError: it is none.
    """
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?", text.strip()):
        raise ValueError(text)
    return float(text.strip().rstrip("dDfF"))


def _dates(run: datetime, now: datetime) -> dict[str, Variable]:
    """``run_date``, ``run_today`` and their kin; each also with ``_std``, written with dashes."""
    today = run + timedelta(days=1)
    hour = datetime.combine(today.date(), now.time())
    shapes = {
        "run_date": (run, _days),
        "run_today": (today, _days),
        "run_month_begin": (run, _period(1, end=False)),
        "run_month_end": (run, _period(1, end=True)),
        "run_quarter_begin": (run, _period(3, end=False)),
        "run_quarter_end": (run, _period(3, end=True)),
        "run_half_year_begin": (run, _period(6, end=False)),
        "run_half_year_end": (run, _period(6, end=True)),
        "run_year_begin": (run, _period(12, end=False)),
        "run_year_end": (run, _period(12, end=True)),
        "run_month_now_begin": (_months(today, -1), _period(1, end=False)),
        "run_month_now_end": (_months(today, -1), _period(1, end=True)),
    }
    months = {
        "run_mon": (run, _months),
        "run_mon_start": (run, _months),
        "run_mon_end": (run.replace(day=1, month=12), _months),
        "run_last_mon_now": (_months(today, -1), _months),
        "run_current_mon_now": (today, _months),
        "run_mon_now": (today, _months),
    }
    hours = {"run_today_h": (hour, _hours), "run_today_hour": (hour, _hours)}
    known: dict[str, Variable] = {}
    for group, form, std_form in (
        (shapes, "%Y%m%d", "%Y-%m-%d"),
        (months, "%Y%m", "%Y-%m"),
        (hours, "%Y%m%d%H", "%Y-%m-%d %H"),
    ):
        for name, (moment, shift) in group.items():
            known[name] = Moment(moment, shift, form)
            known[f"{name}_std"] = Moment(moment, shift, std_form)
    return known


def _days(moment: datetime, amount: int) -> datetime:
    return moment + timedelta(days=amount)


def _hours(moment: datetime, amount: int) -> datetime:
    return moment + timedelta(hours=amount)


def _months(moment: datetime, amount: int) -> datetime:
    """The first day of a month before or after."""
    months = moment.year * 12 + moment.month - 1 + amount
    return datetime.combine(date(months // 12, months % 12 + 1, 1), moment.time())


def _period(length: int, *, end: bool) -> Callable[[datetime, int], datetime]:
    """The first or last day of a period of some months."""

    def shifted(moment: datetime, amount: int) -> datetime:
        start = _months(moment, -((moment.month - 1) % length) + amount * length)
        return _months(start, length) - timedelta(days=1) if end else start

    return shifted
