"""What no Linkis has: switching faults, and counting what clients do. For tests; behind the same login."""

from __future__ import annotations

import os

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from taskcenter_sandbox.gateway.wire import Statistics
from taskcenter_sandbox.linkis.service import Call, Services, service
from taskcenter_sandbox.linkis.settings import HEALTH
from taskcenter_sandbox.linkis.store import Filter, now_ms


class Switches:
    """The endpoints.

    :param statistics: what the outermost layer has counted.
    """

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics

    def stats(self, services: Services, call: Call) -> Response:  # noqa: ARG002 # the common signature
        """GET /sandbox/stats: counts since the start of the server, but for ``jobs``, which are all in its history."""
        entrance = services.entrance
        return JSONResponse(
            {
                "requests": dict(self._statistics.requests),
                "connections": self._statistics.connections,
                "submissions": entrance.counts["submissions"],
                "kills": entrance.counts["kills"],
                "running": entrance.running(),
                "jobs": services.store.count(Filter(0, now_ms())),
            }
        )

    def faults(self, services: Services, call: Call) -> Response:
        """POST /sandbox/faults: ``{"clear": bool, "set": [NAME:N@K, ...], "entrance_restart": bool}``."""
        if call.body.get("clear"):
            services.faults.clear()
        try:
            for fault in call.body.get("set") or []:
                services.faults.set(str(fault))
        except ValueError as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        if call.body.get("entrance_restart"):
            services.entrance.restart()
        return JSONResponse({"faults": {name: services.faults.amount(name) for name in services.faults.known}})


async def _health(request: Request) -> Response:  # noqa: ARG001 # the common signature
    """GET /sandbox/health: the server's process id."""
    return PlainTextResponse(f"{os.getpid()}\n")


def routes(services: Services, statistics: Statistics) -> list[Route]:
    """The routes."""
    switches = Switches(statistics)
    return [
        Route(HEALTH, _health, methods=["GET"]),
        Route("/sandbox/stats", service(services, switches.stats), methods=["GET"]),
        Route("/sandbox/faults", service(services, switches.faults, has_body=True), methods=["POST"]),
    ]
