"""Who asks, and what they may do: Airflow's own answer.

Private in Airflow: ``core_api.security.GetUserDep`` and ``get_auth_manager``; the auth manager's methods are its public interface.
"""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.resource_details import ConnectionDetails, DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.configuration import conf
from airflow.models.connection import Connection
from airflow.models.dag import DagModel
from fastapi import FastAPI
from sqlalchemy.orm import Session

__all__ = [
    "COOKIE_NAME_JWT_TOKEN",
    "DagAccessEntity",
    "GetUserDep",
    "is_authorized",
    "login_app",
    "may_connect",
    "may_view",
    "readable_dag_ids",
    "user_name",
]


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


def may_connect(user: Any, method: str, conn_id: str | None) -> bool:
    """Whether a user may do this with an Airflow connection; with None, with any."""
    details = None
    if conn_id is not None:
        team = Connection.get_team_name(conn_id) if _multi_team() else None
        details = ConnectionDetails(conn_id=conn_id, team_name=team)
    manager: Any = get_auth_manager()
    return bool(manager.is_authorized_connection(method=method, details=details, user=user))


def may_view(user: Any, method: str, resource: str) -> bool:
    """Whether a user has the permission of a custom view."""
    manager: Any = get_auth_manager()
    return bool(manager.is_authorized_custom_view(method=method, resource_name=resource, user=user))


def login_app() -> FastAPI | None:
    """The auth manager's own application, which gives tokens for user and password at ``POST /token``."""
    return get_auth_manager().get_fastapi_app()


def _multi_team() -> bool:
    return bool(conf.getboolean("core", "multi_team", fallback=False))
