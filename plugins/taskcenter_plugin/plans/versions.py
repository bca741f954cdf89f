"""The bundle versions of plans, which runs are pinned to: ``17.0482093116``.

Before the point is the number of a plan revision: a run takes the newest revision of its plan up to there. Behind it is a mark, which
tells two states of the plans with the same newest number from one another, also those of two databases: one that was reset counts
from 1 again. Its first digit is 0, so that databases that round find the same number.
"""

from __future__ import annotations

import hashlib
import logging

from sqlalchemy import ColumnElement, Integer, Numeric, SQLColumnExpression, cast

log = logging.getLogger(__name__)
_DIGITS = 9


def version_of(number: int, *state: object) -> str:
    """The version of a state of the plans.

    :param number: of the newest revision in it
    :param state: what makes it differ from other states of the same number
    """
    digest = hashlib.sha256("\n".join(str(each) for each in state).encode()).digest()
    return f"{number}.0{int.from_bytes(digest[:8], 'big') % 10**_DIGITS:0{_DIGITS}}"


def number_of(version: str) -> int | None:
    """The number of the revision in a version; None, and a warning, where it is none."""
    number = version.partition(".")[0]
    if number.isascii() and number.isdigit():
        return int(number)
    log.warning("%r is no version of the plans; the newest is taken", version)
    return None


def is_marked(version: str) -> bool:
    """Whether it has a mark, so that no two states of the plans share it."""
    number, _, mark = version.partition(".")
    return number.isdigit() and len(mark) == _DIGITS + 1 and mark.isdigit()


def number_in(column: SQLColumnExpression[str | None]) -> ColumnElement[int]:
    """The number in a column of versions, for queries; null where there is no version."""
    return cast(cast(column, Numeric(30, _DIGITS + 1)), Integer)
