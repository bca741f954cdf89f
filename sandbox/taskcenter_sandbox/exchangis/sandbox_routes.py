"""What no Exchangis has: switching faults, and counting what clients do. For tests; behind the same login."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from taskcenter_sandbox.exchangis.service import Services
from taskcenter_sandbox.gateway.envelope import NotLoggedIn, envelope
from taskcenter_sandbox.gateway.settings import HEALTH
from taskcenter_sandbox.gateway.wire import Statistics


class Switches:
    """The endpoints.

    :param statistics: what the outermost layer has counted.
    """

    def __init__(self, services: Services, statistics: Statistics) -> None:
        self._services = services
        self._statistics = statistics

    def stats(self, body: dict[str, Any]) -> Response:  # noqa: ARG002 # the common signature
        """GET /sandbox/stats: counts since the start of the server, but for ``jobs``, which are all executions."""
        executions = self._services.executions
        return JSONResponse(
            {
                "requests": dict(self._statistics.requests),
                "connections": self._statistics.connections,
                "submissions": executions.counts["submissions"],
                "kills": executions.counts["kills"],
                "running": executions.running(),
                "jobs": executions.store.count(),
            }
        )

    def faults(self, body: dict[str, Any]) -> Response:
        """POST /sandbox/faults: ``{"clear": bool, "set": [NAME:N@K, ...]}``."""
        faults = self._services.faults
        if body.get("clear"):
            faults.clear()
        try:
            for fault in body.get("set") or []:
                faults.set(str(fault))
        except ValueError as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        return JSONResponse({"faults": {name: faults.amount(name) for name in faults.known}})

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route(HEALTH, _health, methods=["GET"]),
            Route("/sandbox/stats", self._guarded(self.stats), methods=["GET"]),
            Route("/sandbox/faults", self._guarded(self.faults), methods=["POST"]),
        ]

    def _guarded(self, function: Callable[[dict[str, Any]], Response]) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Response:
            try:
                self._services.gate.user_of(request)
            except NotLoggedIn as error:
                return envelope(request.url.path, {}, status=-1, message=str(error))
            try:
                body = json.loads(await request.body() or b"{}")
            except ValueError:
                body = None
            if not isinstance(body, dict):
                return JSONResponse({"message": "the body must be a JSON object"}, status_code=400)
            return function(body)

        return handle


async def _health(request: Request) -> Response:  # noqa: ARG001 # the common signature
    """GET /sandbox/health: the server's process id."""
    return PlainTextResponse(f"{os.getpid()}\n")
