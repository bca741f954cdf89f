"""What stands before every endpoint: the host check, the counters, the gateway's date, faults on the wire."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from taskcenter_sandbox.gateway.envelope import no_instance
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.protocol import Connection
from taskcenter_sandbox.gateway.settings import LOOPBACK_NAMES, Listening

_SERVED = ("/api/rest_j/", "/dss/")
"""What the paths of services begin with; Exchangis' document writes some without the first part."""

_ID = re.compile(r"\d+|exec_id.*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_SIGN_IN = (
    "<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in to the proxy</h1></body></html>"
)


class Statistics:
    """Counts requests by endpoint, and the TCP connections that they came over."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.connections = 0

    def count(self, scope: Scope) -> None:
        """Note a request; ids in its path are put aside."""
        parts = ["{id}" if _ID.fullmatch(part) else part for part in scope["path"].split("/")]
        self.requests[f"{scope['method']} {'/'.join(parts)}"] += 1
        connection: Connection = scope["state"]["connection"]
        if not connection.counted:
            connection.counted = True
            self.connections += 1


class Wire:
    """The outermost layer.

    :param is_submit: whether a request starts a job, for the faults that lose one.
    :param actions: what is done before a request for which a fault of that name strikes.
    :param served: what the paths of the service begin with; others are left alone.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Listening,
        faults: Faults,
        statistics: Statistics,
        *,
        is_submit: Callable[[Scope], bool],
        actions: Mapping[str, Callable[[], None]],
        served: tuple[str, ...] = _SERVED,
    ) -> None:
        self._app = app
        self._settings = settings
        self._faults = faults
        self._statistics = statistics
        self._is_submit = is_submit
        self._actions = actions
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Request(scope).headers
        origin = headers.get("origin")
        if not self._answers_to(headers.get("host", "")) or (origin and not self._answers_to(urlsplit(origin).netloc)):
            text = "This server answers to the names of its own machine only, and to no web pages from elsewhere.\n"
            await PlainTextResponse(text, status_code=403)(scope, receive, send)
            return
        if not scope["path"].startswith(self._served):
            await self._app(scope, receive, send)
            return
        self._statistics.count(scope)
        if self._faults.amount("slow"):
            await asyncio.sleep(self._faults.amount("slow") / 1000)
        for name, action in self._actions.items():
            if self._faults.take(name):
                action()
        await self._answer(scope, receive, _with_gateway_date(send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        faults, connection = self._faults, scope["state"]["connection"]
        submits = self._is_submit(scope)
        if faults.take("dropped") or (submits and faults.take("lost-submit")):
            await connection.cut()
        elif submits and faults.take("lost-submit-answer"):
            await self._app(scope, receive, _swallow)
            await connection.cut()
        elif (instead := self._instead(scope["path"])) is not None:
            await instead(scope, receive, send)
        elif faults.take("truncated-json"):
            await self._app(scope, receive, _halving(send))
        else:
            await self._app(scope, receive, send)

    def _instead(self, path: str) -> Response | None:
        """What a proxy or the gateway says in place of the service."""
        if self._faults.take("server-error"):
            return PlainTextResponse("Internal Server Error", status_code=500)
        if self._faults.take("unavailable"):
            return no_instance(path)
        if self._faults.take("html"):
            return HTMLResponse(_SIGN_IN)
        return None

    def _answers_to(self, host: str) -> bool:
        """Whether a Host header names this machine; another may be a web page's trick (DNS rebinding)."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.strip("[]").lower()
        if name in LOOPBACK_NAMES or name in self._settings.hosts:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # A name can be made to point here, an address cannot.
        return self._settings.any_address or address.is_loopback


async def _swallow(message: Message) -> None:
    """Send nothing."""


def _with_gateway_date(send: Send) -> Send:
    """Add the gateway's ``Date``, which is none of HTTP's (facts section 1).

    Its ``Access-Control-Allow-Origin`` is left out: no web page has any business with a server that runs code.
    """

    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            now = datetime.now().astimezone()
            date = f"{now:%A, %B} {now.day}, {now:%Y} {now.hour % 12 or 12}:{now:%M:%S %p} {now.tzname()}"
            message = {**message, "headers": [*message["headers"], (b"date", date.encode())]}
        await send(message)

    return adding


def _halving(send: Send) -> Send:
    """Send half of a body, as if that were all."""
    started: list[dict[str, Any]] = []

    async def halved(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(dict(message))
            return
        body = message.get("body", b"")
        half = body[: len(body) // 2]
        if started:
            start = started.pop()
            headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", str(len(half)).encode())]})
            await send({**message, "body": half, "more_body": False})

    return halved
