"""Plans and their runs, made for lists of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

DAILY = {"triggerType": "CRON_JOB", "cronDesc": "0 0 3 * * ?", "timeZone": "UTC"}
NOON = datetime(2026, 3, 5, 12, tzinfo=timezone.utc)


def post(user: Any, key: str, items: list[Any] | None = None, **more: Any) -> int:
    """Make a plan; returns its number."""
    body = {"entityGroup": "LINKIS", "entityKey": key, "planItems": items, **more}
    body["execDetail"] = {"jobParams": {"code": "SELECT 1"}}
    return user.ok("POST", "/api/schedules", body)["data"]["id"]


def keys(user: Any, sort: str | None = None, **query: Any) -> list[str]:
    """A page of the list."""
    query |= {} if sort is None else {"sort": sort}
    return [plan["entityKey"] for plan in user.ok("GET", "/api/schedules", **query)["data"]]


def change(model: Any, where: Any, **fields: Any) -> None:
    """Do to rows what others would do to them."""
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session(scoped=False) as session:
        session.execute(update(model).where(where).values(**fields))


def run(user: Any, key: str, start: datetime | None = None, seconds: float | None = None) -> int:
    """Run a plan; as it would be when it has started then, and has ended so many seconds after."""
    body = {"entityGroup": "LINKIS", "entityKey": key, "planItems": [{"triggerType": "ONCE"}]}
    run_id = user.ok("POST", "/api/schedules", body)["data"]["contextId"]
    went(run_id, start, seconds)
    return run_id


def went(run_id: int, start: datetime | None, seconds: float | None, end_state: str = "success") -> None:
    """Do to a run what the scheduler does to it."""
    from airflow.models.dagrun import DagRun

    state = "queued" if start is None else "running" if seconds is None else end_state
    end = None if start is None or seconds is None else start + timedelta(seconds=seconds)
    change(DagRun, DagRun.id == run_id, state=state, start_date=start, end_date=end)
