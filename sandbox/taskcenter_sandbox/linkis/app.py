"""The application: Linkis' endpoints at their paths, the sandbox's own switches, a small page for people."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from taskcenter_sandbox.gateway import user_routes
from taskcenter_sandbox.gateway.auth import Gate
from taskcenter_sandbox.gateway.directory import DirectoryLock
from taskcenter_sandbox.gateway.envelope import envelope, spring_error
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.wire import Statistics, Wire
from taskcenter_sandbox.linkis import (
    entrance_routes,
    file_routes,
    history_routes,
    pages,
    sandbox_routes,
)
from taskcenter_sandbox.linkis.entrance import Entrance
from taskcenter_sandbox.linkis.service import API, Services
from taskcenter_sandbox.linkis.settings import ADMINISTRATOR, Settings
from taskcenter_sandbox.linkis.storage import Storage
from taskcenter_sandbox.linkis.store import Store

if TYPE_CHECKING:
    from taskcenter_sandbox.linkis.engines.warehouse import Warehouse

API_VERSION = "v1"

SUBMITS = ("/entrance/submit", "/entrance/execute")


class LinkisApp:
    """One local Linkis on its data directory; what it serves is :attr:`wire`.

    :param gate: who may come in, if that is another server's business as well.
    :raises InUse: another server has the data directory.
    """

    def __init__(self, settings: Settings, faults: Faults, gate: Gate | None = None) -> None:
        self._lock = DirectoryLock(settings.directory, "local Linkis")
        store = Store(settings.directory / "jobhistory.sqlite")
        self._entrance = Entrance(settings, store, faults, f"{_identity(settings.directory)}:")
        gate = gate or Gate(settings.credentials, settings.session_seconds, faults)
        storage = Storage(settings.directory, settings.scripts, ADMINISTRATOR)
        storage.make(settings.credentials.user)
        services = Services(settings, gate, store, self._entrance, faults)
        statistics = Statistics()
        api = [
            *user_routes.routes(gate, faults),
            *entrance_routes.routes(services),
            *history_routes.routes(services),
            *file_routes.routes(services, storage),
        ]
        app = Starlette(
            routes=[Mount(API, routes=api), *sandbox_routes.routes(services, statistics), *pages.routes(services)],
            exception_handlers={404: _not_found, 405: _not_allowed},
        )
        self.wire = Wire(
            app,
            settings,
            faults,
            statistics,
            is_submit=lambda scope: scope["path"].endswith(SUBMITS),
            actions={"entrance-restart": self._entrance.restart, "forgotten-jobs": self._entrance.forget_ended},
        )

    def warehouse(self) -> Warehouse:
        """What all SQL jobs share, for who serves beside this server."""
        return self._entrance.warehouse()

    def start(self) -> None:
        """Take jobs."""
        self._entrance.start()

    def close(self) -> None:
        """End all jobs and close all files."""
        self._entrance.close()
        self._lock.close()


def _identity(directory: Path) -> str:
    """A name of the data directory that nothing else has; the processes of its jobs carry it."""
    path = directory / "identity"
    if not path.exists():
        path.write_text(secrets.token_hex(16), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


async def _not_found(request: Request, _: Exception) -> Response:
    path = request.url.path
    parts = path.split("/")
    if not path.startswith("/api/"):
        return spring_error(path, 404, "Not Found")
    if len(parts) < 6 or not parts[2].startswith("rest_"):  # "", api, rest_j, version, service, rest
        text = f"Cannot find a service to deal {path}, ignore it."
        return envelope(path, {}, status=1, message=text, http_status=200)
    if parts[3] != API_VERSION:
        text = f"The gateway{API_VERSION} not support version {parts[3]}."
        return envelope(path, {}, status=1, message=text, http_status=200)
    if parts[4] in ("entrance", "jobhistory", "filesystem"):
        return spring_error(path, 404, "Not Found")
    text = f"NoApplicationExistsException: errCode: 11010 ,desc: Application {parts[4]} is not exists any instances."
    body = (await request.body()).decode(errors="replace") or None
    return envelope(path, {"data": body}, status=1, message=text, http_status=200)


async def _not_allowed(request: Request, _: Exception) -> Response:
    return spring_error(request.url.path, 405, "Method Not Allowed")
