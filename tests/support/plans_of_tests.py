"""Bodies of plans, and how tests send them."""

from __future__ import annotations

from typing import Any

DAILY: dict[str, Any] = {"triggerType": "CRON_JOB", "cronDesc": "0 0 3 * * ?", "timeZone": "Asia/Shanghai"}


def plan(key: str = "1", items: Any = None, **more: Any) -> dict[str, Any]:
    """The body of a plan that runs a statement."""
    detail = {"jobParams": {"code": "SELECT 1"}}
    return {"entityGroup": "LINKIS", "entityKey": key, "planItems": items, "execDetail": detail, **more}


def waits_for(*keys: str) -> list[dict[str, Any]]:
    """Items of a plan that each end of one of these starts."""
    jobs = [{"entityGroup": "LINKIS", "entityKey": key} for key in keys]
    return [{"triggerType": "DEPENDENCY", "triggerByJobs": jobs}]


def post(user: Any, key: str = "1", items: Any = None, **more: Any) -> dict[str, Any]:
    """Create a plan, or change it."""
    return dict(user.ok("POST", "/api/schedules", plan(key, items, **more))["data"])


def run(user: Any, key: str = "1") -> int:
    """Run a plan now."""
    return int(post(user, key, [{"triggerType": "ONCE"}])["contextId"])


def stored() -> dict[str, int]:
    """How many rows there are of all that a request about plans could store."""
    from airflow.models.dag import DagModel
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.models.variable import Variable
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    from taskcenter_plugin.models import metadata

    tables = [*metadata.sorted_tables, *(each.__table__ for each in (DagModel, SerializedDagModel, Variable))]
    with create_session(scoped=False) as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
