"""The gateway as the api-server serves it: mounted, behind the middleware of the documented paths, over HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import uvicorn
from fastapi import FastAPI

from support.task_center import bearer


@contextmanager
def gateway_server() -> Iterator[str]:
    """Serve it, and give its address; the options of ``[taskcenter]`` are read anew."""
    from taskcenter_plugin.gateway import views
    from taskcenter_plugin.gateway.app import create_app
    from taskcenter_plugin.routes.paths import GATEWAY_MOUNT, DocumentedPaths

    views.served_views.cache_clear()
    root = FastAPI()
    root.mount(GATEWAY_MOUNT, create_app())
    root.add_middleware(DocumentedPaths)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(root, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
        views.served_views.cache_clear()


class Asker(requests.Session):
    """Somebody who asks through the gateway.

    :param user: one of the tests' Airflow users; None for somebody who is not logged in.
    """

    def __init__(self, url: str, user: str | None = None) -> None:
        super().__init__()
        self.url = url
        self.trust_env = False
        if user is not None:
            self.headers["Authorization"] = bearer(user)

    def ask(self, method: str, path: str, **sent) -> requests.Response:
        """Send a request for a documented path."""
        return self.request(method, self.url + path, timeout=60, allow_redirects=False, **sent)
