"""Users as the documents show them; where they want more than Airflow tells a plugin, null or empty."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from airflow.models.dagrun import DagRun
from sqlalchemy import Select, Subquery, func, select
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.service import Filters, narrow_contexts
from taskcenter_plugin.models import Entity, Plan, User
from taskcenter_plugin.plans.listing import narrow_live_plans
from taskcenter_plugin.plans.ordering import RUN_ORDER


def creators_of_plans(filters: Filters, session: Session) -> list[User]:
    """Those who created what these plans run, by number."""
    plans = _creators(narrow_live_plans(select(Plan.id), filters))
    if not filters.statuses:
        return _users(select(plans.c.creator), session)
    creators: dict[int, int] = dict(session.execute(select(plans.c.id, plans.c.creator)).all())
    found = RUN_ORDER.in_states(filters.statuses, session).of(creators)
    return _users({creators[plan_id] for plan_id in found}, session)


def creators_of_contexts(filters: Filters, session: Session) -> list[User]:
    """Those who created what these executions have run, by number."""
    runs = select(Plan.id).join(DagRun, DagRun.dag_id == Plan.dag_id)
    plans = _creators(narrow_contexts(runs, filters, joined=False).distinct())
    return _users(select(plans.c.creator), session)


def _creators(plan_ids: Select[Any]) -> Subquery:
    """Plans, each with the number of who created what it runs."""
    wanted = plan_ids.subquery()
    return (
        select(Plan.id, func.coalesce(Entity.created_by, Plan.created_by).label("creator"))
        .join(wanted, wanted.c.id == Plan.id)
        .outerjoin(Entity, (Entity.entity_group == Plan.entity_group) & (Entity.entity_key == Plan.entity_key))
        .subquery()
    )


def _users(numbers: Select[Any] | Collection[int], session: Session) -> list[User]:
    return list(session.scalars(select(User).where(User.id.in_(numbers)).order_by(User.id)))


def user_views(users: Iterable[User]) -> list[dict[str, Any]]:
    """In the documented shape."""
    return [_view(user) for user in users]


def _view(user: User) -> dict[str, Any]:
    email = user.name if "@" in user.name else ""
    return {
        "id": user.id,
        "name": user.name,
        "email": email,
        "description": "",
        "avatar": "",
        "enable": True,
        "userType": "internal",
        "loginName": user.name,
        "config": {
            "sys.email": _system("string", email),
            "sys.login_name": _system("string", user.name),
            "sys.mobile": _system("string"),
            "sys.id": _system("number", user.id),
            "sys.loginName": _system("string", user.name),
            "sys.name": _system("string", user.name),
        },
        "options": {},
        "roles": [],
        "salt": None,
        "organizations": [],
    }


def _system(kind: str, value: object = None) -> dict[str, Any]:
    told = {} if value is None else {"value": value}
    return {"source": "SYSTEM_DEFINED", **told, "type": kind}
