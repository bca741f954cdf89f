"""Numbers for Airflow's users, as the documents want them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from taskcenter_plugin.models import User


def user_number(name: str, session: Session) -> int:
    """The number of a user, given out at first sight."""
    query = select(User.id).where(User.name == name)
    number = session.scalar(query)
    if number is None:
        try:
            with session.begin_nested():
                session.add(User(name=name, created_at=datetime.now(timezone.utc)))
        except IntegrityError:
            pass  # another request has just done it
        number = session.scalars(query).one()
    return number


def user_names(numbers: Iterable[int | None], session: Session) -> dict[int, str]:
    """By number, the names of some users."""
    wanted = {number for number in numbers if number is not None}
    if not wanted:
        return {}
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(wanted)))}


def numbers_of(names: Iterable[str | None], session: Session) -> dict[str, int]:
    """By name, the numbers of those users that have one."""
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    return {row.name: row.id for row in session.execute(select(User.id, User.name).where(User.name.in_(wanted)))}
