"""Passes requests on: over the session that the providers' hook keeps for the connection on the api-server's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.drivers import run_async
from taskcenter.core.endpoint import Call, Reply
from taskcenter.core.errors import (
    AuthenticationError,
    ConfigurationError,
    MalformedReplyError,
    RemoteError,
    UnavailableError,
)
from taskcenter.core.view import ForwardedRequest, UnfitRequestError
from taskcenter.jobs.transport import OpenReply
from taskcenter_plugin.gateway.errors import GatewayError
from taskcenter_plugin.gateway.requests import UploadBody
from taskcenter_plugin.gateway.views import Served

MAX_ANSWER_BYTES = 64 << 20
"""Of an answer that is no file, since its passwords are looked for in memory."""

_REDIRECTS = range(300, 400)


@dataclass
class Answer:
    """A system's answer.

    :param reply: the answer; its body is empty where it is a file.
    :param file: a file that is still on its way.
    :param held: what to close when the file has been read.
    :param secrets: of the connection; no answer may show them.
    """

    reply: Reply
    file: OpenReply | None
    held: AsyncExitStack
    secrets: tuple[str, ...]


_held: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], Any]] = WeakKeyDictionary()


@asynccontextmanager
async def _session(served: Served, conn_id: str) -> AsyncIterator[Any]:
    """The loop's session for a connection; it stays open between requests, and is replaced when the connection changes."""
    hook = served.hook_class(conn_id)
    session = await hook.acquire()
    kept = _held.setdefault(asyncio.get_running_loop(), {})
    key = (served.view.name, conn_id)
    try:
        if kept.get(key) is not session:
            holding = await hook.acquire()
            # Looked at again: another request may have been here meanwhile.
            before, kept[key] = kept.get(key), holding
            if before is not None:
                await before.release()
        yield session
    finally:
        await session.release()


async def forward(served: Served, conn_id: str, request: ForwardedRequest) -> Answer:
    """Pass a request on and return the answer, a file's as soon as it begins.

    :raises GatewayError: 400, 502, 503 or 504; what the system itself refuses is an answer.
    """
    opened: list[OpenReply] = []
    async with AsyncExitStack() as held:
        try:
            session = await held.enter_async_context(_session(served, conn_id))
        except ConfigurationError as error:
            raise GatewayError(503, error.message) from error

        async def send(call: Call) -> Reply:
            try:
                return await send_once(call)
            except UnavailableError as error:
                if error.timed_out or (call.content is not None and isinstance(call.content.data, UploadBody)):
                    # Who asks has waited once, and an upload cannot be read twice.
                    raise _explained(served, conn_id, request, error) from error
                raise

        async def send_once(call: Call) -> Reply:
            async with AsyncExitStack() as stack:
                answer = await stack.enter_async_context(session.transport.open(call))
                streams = call.endpoint.streams
                if streams and streams(answer.status, answer.headers):
                    opened.append(answer)
                    held.push_async_callback(stack.pop_all().aclose)
                    return Reply(answer.status, answer.headers, b"", streamed=True)
                return Reply(answer.status, answer.headers, await _body(answer))

        try:
            await _renew(served, session, request, send)
            reply = await run_async(session.system.forward(request), send)
        except RemoteError as error:
            raise _explained(served, conn_id, request, error) from error
        if reply.status in _REDIRECTS:
            raise GatewayError(502, f"{served.view.title} leads to another address, where the gateway does not go.")
        return Answer(reply, opened[-1] if opened else None, held.pop_all(), _secrets(session.settings))


def _secrets(settings: ConnectionSettings) -> tuple[str, ...]:
    """What no answer may show. A password that is the user's name is none."""
    return tuple(secret for secret in settings.secrets if secret != settings.login)


async def _renew(served: Served, session: Any, request: ForwardedRequest, send: Any) -> None:
    """Have an expired session renewed before a body is sent that cannot be sent twice."""
    probe = served.view.probe
    if probe is not None and request.content is not None and isinstance(request.content.data, UploadBody):
        await run_async(session.system.forward(ForwardedRequest(probe, {}, {})), send)


async def _body(answer: OpenReply) -> bytes:
    body = bytearray()
    async for piece in answer.pieces():
        body += piece
        if len(body) > MAX_ANSWER_BYTES:
            raise GatewayError(502, f"The answer has more than {MAX_ANSWER_BYTES} bytes. Ask for a smaller page.")
    return bytes(body)


def _explained(served: Served, conn_id: str, request: ForwardedRequest, error: RemoteError) -> GatewayError:
    content = request.content.data if request.content else None
    if isinstance(content, UploadBody) and content.refusal is not None:
        return content.refusal
    title = served.view.title
    if isinstance(error, UnavailableError):
        if error.timed_out:
            return GatewayError(504, f"{title} did not answer in time. What it was asked for may still happen; look.")
        return GatewayError(502, f"{title} cannot be reached through connection {conn_id}. See whether it is up.")
    if isinstance(error, AuthenticationError):
        return GatewayError(502, f"{title} refuses the credentials of connection {conn_id}. Ask an administrator.")
    if isinstance(error, ConfigurationError):
        return GatewayError(400 if isinstance(error, UnfitRequestError) else 503, error.message)
    if isinstance(error, MalformedReplyError):
        return GatewayError(502, f"{title} answers the gateway's login with something that is no answer.")
    return GatewayError(502, f"{title} does not let connection {conn_id} in: {error.message}")
