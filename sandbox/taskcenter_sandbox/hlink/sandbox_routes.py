"""What no Hlink has: switching faults, and counting what clients do. For tests; behind the same login."""

from __future__ import annotations

import os

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from taskcenter_sandbox.gateway.settings import HEALTH
from taskcenter_sandbox.gateway.wire import Statistics
from taskcenter_sandbox.hlink import status
from taskcenter_sandbox.hlink.service import Call, Endpoint, Services


class Switches:
    """The endpoints.

    :param statistics: what the outermost layer has counted.
    """

    def __init__(self, services: Services, statistics: Statistics) -> None:
        self._services = services
        self._statistics = statistics

    def stats(self, services: Services, call: Call) -> Response:  # noqa: ARG002 # the common signature
        """GET /sandbox/stats: counts since the start of the server, but for ``jobs``, which are all that are stored."""
        jobs = services.jobs.records.find()
        return JSONResponse(
            {
                "requests": dict(self._statistics.requests),
                "connections": self._statistics.connections,
                "submissions": services.runs.counts["submissions"],
                "kills": services.runs.counts["kills"],
                "running": sum(job["jobStatus"] == status.RUNNING for job in jobs),
                "jobs": len(jobs),
            }
        )

    def faults(self, services: Services, call: Call) -> Response:
        """POST /sandbox/faults: ``{"clear": bool, "set": [NAME:N@K, ...]}``."""
        faults = services.faults
        if call.body.get("clear"):
            faults.clear()
        try:
            for fault in call.body.get("set") or []:
                faults.set(str(fault))
        except ValueError as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        return JSONResponse({"faults": {name: faults.amount(name) for name in faults.known}})

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route(HEALTH, _health, methods=["GET"]),
            Endpoint("GET", "/sandbox/stats", self.stats).route(self._services),
            Endpoint("POST", "/sandbox/faults", self.faults, takes_json=True).route(self._services),
        ]


async def _health(request: Request) -> Response:  # noqa: ARG001 # the common signature
    """GET /sandbox/health: the server's process id."""
    return PlainTextResponse(f"{os.getpid()}\n")
