"""Plans that nobody may look at, whatever else they may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def hiding(monkeypatch: Any) -> Callable[..., None]:
    """What hides the DAGs of these ids: Airflow's auth manager then says no of them to everybody who wants to read."""
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    allowed = SimpleAuthManager.is_authorized_dag

    def hidden(*dag_ids: str) -> None:
        def but_for_some(self: Any, *, method: str, user: Any, access_entity: Any = None, details: Any = None) -> bool:
            looks = method == "GET" and details is not None and details.id in dag_ids
            return not looks and allowed(self, method=method, user=user, access_entity=access_entity, details=details)

        monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", but_for_some)

    return hidden
