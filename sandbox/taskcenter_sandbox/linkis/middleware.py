"""What stands before every endpoint: the host check, the counters, and the faults that strike on the wire."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from typing import Any

from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from taskcenter_sandbox.linkis.envelope import no_instance
from taskcenter_sandbox.linkis.faults import Faults

API = "/api/rest_j/"
ADMIN = "/sandbox/"


class Statistics:
    """Counts requests by endpoint, and TCP connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.connections = 0

    def count(self, method: str, path: str) -> None:
        """Note a request; ids in the path are put aside."""
        parts = ["{id}" if part.isdigit() or part.startswith("exec_id") else part for part in path.split("/")]
        with self._lock:
            self.requests[f"{method} {'/'.join(parts)}"] += 1


class CountingProtocol(H11Protocol):
    """uvicorn's protocol, which also counts connections and lets a fault cut one."""

    statistics: Statistics | None = None
    transports: dict[tuple[str, int], asyncio.Transport] = {}  # noqa: RUF012 # of the one server of this process

    def connection_made(self, transport: Any) -> None:
        """A client has connected."""
        super().connection_made(transport)
        if self.statistics is not None:
            self.statistics.connections += 1
        if self.client is not None:
            self.transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """A client has gone."""
        if self.client is not None:
            self.transports.pop(self.client, None)
        super().connection_lost(exc)


class Wire:
    """The outermost layer.

    :param hosts: names in the Host header that are answered; others may be a web page's trick (DNS rebinding). None
        for all.
    """

    def __init__(self, app: ASGIApp, *, faults: Faults, statistics: Statistics, hosts: frozenset[str] | None) -> None:
        self._app = app
        self._faults = faults
        self._statistics = statistics
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self._host_is_known(scope):
            response = PlainTextResponse("This server answers to loopback names only.\n", status_code=403)
            await response(scope, receive, send)
            return
        path = scope["path"]
        if not path.startswith(API):
            await self._app(scope, receive, send)
            return
        self._statistics.count(scope["method"], path)
        await self._api(scope, receive, send, path)

    async def _api(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        faults = self._faults
        if faults.value("slow"):
            await asyncio.sleep(faults.value("slow") / 1000)
        submits = path.endswith(("/entrance/submit", "/entrance/execute"))
        if faults.take("dropped") or (submits and faults.take("lost-submit")):
            _cut(scope)
        elif faults.take("server-error"):
            await PlainTextResponse("Internal Server Error", status_code=500)(scope, receive, send)
        elif faults.take("unavailable"):
            await no_instance(path)(scope, receive, send)
        elif faults.take("html"):
            page = "<html><head><title>Sign in</title></head><body>Please sign in to the proxy</body></html>"
            await HTMLResponse(page)(scope, receive, send)
        elif submits and faults.take("lost-submit-answer"):
            await self._app(scope, receive, _swallow)
            _cut(scope)
        elif faults.take("truncated-json"):
            await self._app(scope, receive, _halving(send))
        else:
            await self._app(scope, receive, send)

    def _host_is_known(self, scope: Scope) -> bool:
        if self._hosts is None:
            return True
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        return host.rpartition(":")[0].strip("[]") in self._hosts or host in self._hosts


def _cut(scope: Scope) -> None:
    transport = CountingProtocol.transports.get(tuple(scope["client"]))
    if transport is not None:
        transport.abort()


async def _swallow(message: Message) -> None:
    del message


def _halving(send: Send) -> Send:
    """Send half of a body, as if that were all."""
    pending: list[Message] = []

    async def halved(message: Message) -> None:
        if message["type"] == "http.response.start":
            pending.append(message)
            return
        body = message.get("body", b"")
        half = body[: len(body) // 2]
        if pending:
            start = pending.pop()
            headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", str(len(half)).encode())]})
        await send({**message, "body": half, "more_body": False})

    return halved


def stats_json(statistics: Statistics) -> dict[str, Any]:
    """The counters, for tests."""
    value: dict[str, Any] = json.loads(
        json.dumps({"connections": statistics.connections, "requests": statistics.requests})
    )
    return value
