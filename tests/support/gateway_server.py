"""The gateway as the api-server serves it: mounted, behind the middleware of the documented paths, over HTTP."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import requests
import uvicorn
from fastapi import FastAPI

from support.task_center import bearer

SYSTEMS = ("linkis", "exchangis", "hlink")


@contextmanager
def gateway_server(**options: str) -> Iterator[str]:
    """Serve it, and give its address.

    :param options: of ``[taskcenter]``, read anew; others are as the environment has them.
    """
    from airflow.api_fastapi.app import create_auth_manager

    from taskcenter_plugin.gateway import views
    from taskcenter_plugin.gateway.app import create_app
    from taskcenter_plugin.routes.paths import GATEWAY_MOUNT, DocumentedPaths

    create_auth_manager()  # as the api-server does when it starts
    root = FastAPI(lifespan=_closing)
    with environment({f"AIRFLOW__TASKCENTER__{name.upper()}": value for name, value in options.items()}):
        views.served_views.cache_clear()
        root.mount(GATEWAY_MOUNT, create_app())
        for served in views.served_views():
            # Read now; another gateway of the test has other options.
            assert isinstance((served.default_connection, served.permissions, served.as_airflow_user), tuple)
        root.add_middleware(DocumentedPaths)
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(root, log_level="warning", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
            listening.close()
            views.served_views.cache_clear()


@asynccontextmanager
async def _closing(_app: FastAPI) -> AsyncIterator[None]:
    """Close the sessions with the systems in the end, which an api-server takes with it."""
    from taskcenter_plugin.gateway import forwarding

    yield
    for session in forwarding._held.pop(asyncio.get_running_loop(), {}).values():
        await session.release()


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Have environment variables set for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def without_gateway() -> Iterator[None]:
    """Have no view served, as long as it lasts: other tests of the same process keep a gateway to the end."""
    from taskcenter_plugin.gateway.views import served_views

    options = [name for name in os.environ if name.startswith("AIRFLOW__TASKCENTER__GATEWAY_")]
    kept = {name: os.environ.pop(name) for name in options}
    served_views.cache_clear()
    try:
        yield
    finally:
        os.environ.update(kept)
        served_views.cache_clear()


class Asker(requests.Session):
    """Somebody who asks through the gateway.

    :param user: one of the tests' Airflow users; None for somebody who is not logged in.
    :param role: of a user who is not one of them.
    """

    def __init__(self, url: str, user: str | None = None, role: str = "") -> None:
        super().__init__()
        self.url = url
        self.trust_env = False
        if user is not None:
            self.headers["Authorization"] = bearer(user, role)

    def ask(self, method: str, path: str, **sent: Any) -> requests.Response:
        """Send a request for a documented path."""
        return self.request(method, self.url + path, **{"timeout": 60, "allow_redirects": False, **sent})
