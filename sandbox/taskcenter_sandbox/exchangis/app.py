"""The application: Exchangis' endpoints at their paths, the gateway's login, the sandbox's own switches."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from taskcenter_sandbox.exchangis import (
    data_source_routes,
    execution_routes,
    job_routes,
    log_routes,
    metadata_routes,
)
from taskcenter_sandbox.exchangis.data_sources import DataSources
from taskcenter_sandbox.exchangis.database import Database
from taskcenter_sandbox.exchangis.execution_store import ExecutionStore
from taskcenter_sandbox.exchangis.executions import Executions
from taskcenter_sandbox.exchangis.jobs import Jobs
from taskcenter_sandbox.exchangis.projects import Projects
from taskcenter_sandbox.exchangis.sandbox_routes import Switches
from taskcenter_sandbox.exchangis.service import Services
from taskcenter_sandbox.exchangis.settings import Settings
from taskcenter_sandbox.exchangis.systems.opening import Systems
from taskcenter_sandbox.exchangis.task_runner import TaskRunner
from taskcenter_sandbox.exchangis.vault import Vault
from taskcenter_sandbox.gateway import user_routes
from taskcenter_sandbox.gateway.auth import Gate
from taskcenter_sandbox.gateway.directory import DirectoryLock
from taskcenter_sandbox.gateway.envelope import envelope, spring_error
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.settings import API
from taskcenter_sandbox.gateway.user_routes import METHODS
from taskcenter_sandbox.gateway.wire import Statistics, Wire

if TYPE_CHECKING:
    from taskcenter_sandbox.linkis.engines.warehouse import Warehouse

WAREHOUSE_MEMORY = 1 << 30

_EXECUTE = re.compile(r".*/(job/[^/]+/execute|appJob/execute/[^/]+)")


class ExchangisApp:
    """One local Exchangis on its data directory; what it serves is :attr:`wire`.

    :param gate: who may come in, if that is another server's business as well.
    :param warehouse: finds what stands for Hive; a DuckDB file of its own without it.
    :raises InUse: another server has the data directory.
    """

    def __init__(
        self,
        settings: Settings,
        faults: Faults,
        *,
        gate: Gate | None = None,
        warehouse: Callable[[], Warehouse] | None = None,
    ) -> None:
        self._lock = DirectoryLock(settings.directory, "local Exchangis")
        self._settings = settings
        self._own_warehouse: Warehouse | None = None
        self._database = Database(settings.directory / "exchangis.sqlite")
        gate = gate or Gate(settings.credentials, settings.session_seconds, faults)
        version = settings.version
        sources = DataSources(self._database, Vault(settings.directory / "key"), version)
        systems = Systems(warehouse or self._make_warehouse)
        projects = Projects(self._database, version)
        store = ExecutionStore(self._database)
        runner = TaskRunner(settings, store, sources, systems, faults)
        self._executions = Executions(settings, store, runner, faults)
        jobs = Jobs(self._database, projects, version)
        services = Services(settings, gate, faults, sources, systems, projects, jobs, self._executions)
        statistics = Statistics()
        endpoints = [
            *data_source_routes.endpoints(services),
            *metadata_routes.endpoints(services),
            *execution_routes.endpoints(services),
            *log_routes.endpoints(services),
            *job_routes.endpoints(services),
        ]
        app = Starlette(
            routes=[
                *(route for endpoint in endpoints for route in endpoint.routes(services)),
                # Not mounted: a mount would answer 404 where the verb alone is wrong.
                *(
                    Route(f"{API}{route.path}", route.endpoint, methods=METHODS)
                    for route in user_routes.routes(gate, faults)
                ),
                *Switches(services, statistics).routes(),
            ],
            exception_handlers={404: _not_found, 405: _not_allowed},
        )
        self.wire = Wire(app, settings, faults, statistics, is_submit=_is_submit, actions={})

    def start(self) -> None:
        """Take jobs."""
        self._executions.start()

    def close(self) -> None:
        """End all tasks and close all files."""
        self._executions.close()
        if self._own_warehouse is not None:
            self._own_warehouse.close()
        self._database.close()
        self._lock.close()

    def _make_warehouse(self) -> Warehouse:
        from taskcenter_sandbox.linkis.engines.warehouse import Warehouse

        path = self._settings.warehouse or self._settings.directory / "warehouse.duckdb"
        self._own_warehouse = Warehouse(path, WAREHOUSE_MEMORY)
        return self._own_warehouse


def _is_submit(scope: Scope) -> bool:
    return scope["method"] == "POST" and _EXECUTE.fullmatch(scope["path"]) is not None


async def _not_found(request: Request, _: Exception) -> Response:
    path = request.url.path
    parts = path.split("/")
    if len(parts) >= 6 and parts[1] == "api" and parts[4] not in ("dss", "exchangis", "user"):
        text = (
            f"NoApplicationExistsException: errCode: 11010 ,desc: Application {parts[4]} is not exists any instances."
        )
        return envelope(path, {}, status=1, message=text, http_status=200)
    return spring_error(path, 404, "Not Found")


async def _not_allowed(request: Request, _: Exception) -> Response:
    return spring_error(request.url.path, 405, "Method Not Allowed")
