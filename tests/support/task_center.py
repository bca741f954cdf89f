"""The task center's app in the test's own process, on a database of its own."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

BUNDLES = [
    {"name": "taskcenter_plans", "classpath": "taskcenter_plugin.plans.bundle.PlanBundle", "kwargs": {}},
]
USERS = {"ada": "admin", "vera": "viewer"}
_ENVIRONMENT = {
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(BUNDLES),
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
    "AIRFLOW__API_AUTH__JWT_SECRET": "a-secret-of-the-tests-that-is-long-enough-for-a-signature-of-512-bits-a-b",
}


@contextmanager
def migrated_airflow() -> Iterator[None]:
    """An Airflow whose database, the one of this process, has all tables; it knows the plans' bundle and two users."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    _migrate()
    from airflow.api_fastapi.app import create_auth_manager
    from airflow.dag_processing.bundles.manager import DagBundlesManager

    DagBundlesManager().sync_bundles_to_db()  # as the DAG processor does when it starts
    create_auth_manager()  # as the api-server does when it starts
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


@cache
def _migrate() -> None:
    """Make all tables in the database of this process; of the processes of one run the first does, the others copy it."""
    own = Path(os.environ["AIRFLOW_HOME"]) / "airflow.db"
    made = Path(os.environ["TASKCENTER_TESTS_SHARED"]) / "migrated.db"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made.exists():
            shutil.copyfile(made, own)
        else:
            _make_tables()
            shutil.copyfile(own, made)


def _make_tables() -> None:
    airflow = Path(sys.executable).with_name("airflow")
    done = subprocess.run([airflow, "db", "migrate"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"airflow db migrate failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def forget_everything() -> None:
    """Empty the tables of the task center, and Airflow's of what it has made there."""
    from airflow.models.dag import DagModel
    from airflow.models.dagrun import DagRun
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.models.variable import Variable
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    from taskcenter_plugin.models import metadata
    from taskcenter_plugin.plans.ordering import RUN_ORDER

    RUN_ORDER.forget()
    with create_session(scoped=False) as session:
        for table in reversed(metadata.sorted_tables):
            session.execute(delete(table))
        for model in (DagRun, SerializedDagModel, DagModel, Variable):
            session.execute(delete(model))


class Client:
    """A user of the REST API."""

    def __init__(self, app: Any, user: str | None) -> None:
        from starlette.testclient import TestClient

        headers = {"Authorization": bearer(user)} if user else {}
        self._app = app
        self._http = TestClient(app, headers=headers, raise_server_exceptions=False)

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, dict[str, Any]]:
        """Send a request; return the status and the decoded answer."""
        sent = {} if body is None else {"json": body}
        reply = self._http.request(method, path, params=query, **sent)
        return reply.status_code, reply.json()

    def ok(self, method: str, path: str, body: Any = None, **query: Any) -> Mapping[str, Any]:
        """The answer to a request that must succeed."""
        status, answer = self(method, path, body, **query)
        assert (status, answer["code"]) == (200, 0), answer
        self._described(method, path).model_validate(answer, strict=False)
        return answer

    def _described(self, method: str, path: str) -> Any:
        """What the OpenAPI document says of the answer; every answer in the tests is held against it."""
        from starlette.routing import Match

        scope = {"type": "http", "method": method, "path": unquote(path), "root_path": "", "headers": []}
        route = next(route for route in self._app.routes if route.matches(scope)[0] is Match.FULL)
        return route.responses[200]["model"]


def bearer(user: str, role: str = "") -> str:
    """The Authorization header of a user who is logged in.

    :param role: of a user who is not one of :data:`USERS`.
    """
    from airflow.api_fastapi.app import create_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = create_auth_manager().generate_jwt(SimpleAuthManagerUser(username=user, role=(role or USERS[user]).upper()))
    return f"Bearer {token}"
