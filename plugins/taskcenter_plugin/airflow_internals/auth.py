"""Who asks, and what they may do: Airflow's own answer.

Private in Airflow: ``core_api.security.GetUserDep`` and ``get_auth_manager``; the auth manager's methods are its public interface.
"""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.configuration import conf
from airflow.models.dag import DagModel
from sqlalchemy.orm import Session

__all__ = ["DagAccessEntity", "GetUserDep", "is_authorized", "readable_dag_ids", "user_name"]


def user_name(user: Any) -> str:
    """The name by which Airflow's records know a user."""
    return str(user.get_name())


def is_authorized(user: Any, method: str, dag_id: str | None, entity: DagAccessEntity | None = None) -> bool:
    """Whether a user may do this with a DAG; with None, with any DAG."""
    details = None
    if dag_id is not None:
        team = DagModel.get_team_name(dag_id) if _multi_team() else None
        details = DagDetails(id=dag_id, team_name=team)
    manager: Any = get_auth_manager()
    return bool(manager.is_authorized_dag(method=method, access_entity=entity, details=details, user=user))


def readable_dag_ids(user: Any, session: Session) -> frozenset[str] | None:
    """The DAGs that a user may see; None: all, without listing them."""
    if not _multi_team() and is_authorized(user, "GET", None):
        return None
    return frozenset(get_auth_manager().get_authorized_dag_ids(user=user, method="GET", session=session))


def _multi_team() -> bool:
    return bool(conf.getboolean("core", "multi_team", fallback=False))
