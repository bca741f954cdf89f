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
    _known(session)[number] = name
    return number


def user_names(numbers: Iterable[int | None], session: Session) -> dict[int, str]:
    """By number, the names of some users."""
    wanted, known = {number for number in numbers if number is not None}, _known(session)
    if missing := wanted - known.keys():
        rows = session.execute(select(User.id, User.name).where(User.id.in_(missing)))
        known.update({row.id: row.name for row in rows})
    return {number: known[number] for number in wanted if number in known}


def _known(session: Session) -> dict[int, str]:
    """The names that the session has met: a user's number and name never change."""
    known: dict[int, str] = session.info.setdefault("taskcenter_users", {})
    return known


def numbers_of(names: Iterable[str | None], session: Session) -> dict[str, int]:
    """By name, the numbers of those users that have one."""
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    return {row.name: row.id for row in session.execute(select(User.id, User.name).where(User.name.in_(wanted)))}
