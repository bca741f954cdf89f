"""A small real HTTP server that answers from a script, misbehaves on demand, and records what it was asked."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from typing_extensions import Self

JSON_TYPE = "application/json;charset=UTF-8"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer.

    :param chunks: sent with chunked transfer encoding, instead of ``body``; it may be endless.
    :param cut: end the connection when the body (or the chunks) is out, although more is announced.
    :param held: wait for :meth:`ScriptedServer.release` before answering.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Iterable[bytes] | None = None
    cut: bool = False
    held: bool = False


@dataclass(frozen=True)
class Asked:
    """A request as the server got it; header names in lower case, ``connection`` counts TCP connections from 1."""

    method: str
    path: str
    raw_path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def endpoint(self) -> str:
        """Verb and path."""
        return f"{self.method} {self.path}"

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Fault:
    """Instead of a good answer.

    :param handled: the server does what it was asked for before it fails to say so.
    :param raw: bytes that are sent instead of an answer; None sends nothing.
    :param hang: keep the connection open and say nothing.
    """

    handled: bool = False
    raw: bytes | None = None
    hang: bool = False


DROP = Fault()
"""Reads the request and closes the connection."""

LOSE = Fault(handled=True)
"""Does what it was asked for and closes the connection."""

HANG = Fault(hang=True)
"""Reads the request and says nothing."""

LOSE_SLOWLY = Fault(handled=True, hang=True)
"""Does what it was asked for and says nothing."""

Handler = Callable[[Asked], Answer]


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    """JSON as Linkis sends it."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(status, body, {"Content-Type": JSON_TYPE, **headers})


def html_answer(status: int = 200, title: str = "Welcome") -> Answer:
    """What a proxy or a console sends."""
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, body.encode(), {"Content-Type": "text/html"})


class ScriptedServer:
    """Serves ``handler`` on a free port of 127.0.0.1, in a thread, while it is entered.

    :param handler: answers what no script does.
    :param tls: serve HTTPS with that context.
    """

    def __init__(self, handler: Handler | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.handler = handler
        self.tls = tls
        self.asked: list[Asked] = []
        self.connections = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.bytes_sent = 0
        self.port = 0
        self._unread_drops = 0
        self._scripts: dict[str, deque[Answer | Fault]] = defaultdict(deque)
        self._always: dict[str, Answer | Fault] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._changed = threading.Condition()

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def script(self, endpoint: str, *answers: Answer | Fault) -> None:
        """Answer the next requests for ``endpoint`` (``"GET /path"``, or ``"*"`` for any) so, then as usual."""
        self._scripts[endpoint].extend(answers)

    def always(self, endpoint: str, answer: Answer | Fault | None) -> None:
        """Answer all requests for ``endpoint`` (or ``"*"``) so; None ends it."""
        self._always.pop(endpoint, None)
        if answer is not None:
            self._always[endpoint] = answer

    def forget(self) -> None:
        """Answer everything as usual again."""
        self._scripts.clear()
        self._always.clear()

    def drop_unread(self, connections: int) -> None:
        """Close the next connections without reading anything."""
        self._unread_drops = connections

    def asked_for(self, endpoint: str) -> list[Asked]:
        """The requests so far whose verb and path end so."""
        verb, _, path = endpoint.partition(" ")
        return [asked for asked in list(self.asked) if asked.method == verb and asked.path.endswith(path)]

    def wait_for(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until a condition holds, which is looked at after each request."""
        with self._changed:
            assert self._changed.wait_for(condition, seconds), f"not in {seconds} s; asked: {self.endpoints()}"

    def endpoints(self) -> list[str]:
        """Verbs and paths asked for so far."""
        return [asked.endpoint for asked in self.asked]

    def release(self) -> None:
        """Let held answers go, those to come too."""
        self._loop.call_soon_threadsafe(self._released.set)

    def close_connections(self) -> None:
        """Break all connections that are open."""
        asyncio.run_coroutine_threadsafe(self._abort_all(), self._loop).result(5)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(5)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _start(self) -> None:
        self._released = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        await self._abort_all()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _abort_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self._writers.add(writer)
        try:
            if self._unread_drops > 0:
                self._unread_drops -= 1
                return
            while (asked := await _read_request(reader, number)) is not None:
                if not await self._respond(asked, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _respond(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Answer; False when the connection must end."""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        with self._changed:
            self.asked.append(asked)
            self._changed.notify_all()
        try:
            planned = self._planned(asked)
            if isinstance(planned, Fault):
                if planned.handled:
                    self._handle(asked)
                if planned.raw is not None:
                    _underneath(writer)(planned.raw)
                if planned.hang:
                    await asyncio.Event().wait()
                return False
            answer = planned or self._handle(asked)
            if answer.held:
                await self._released.wait()
            return await self._write(writer, answer)
        finally:
            self.in_flight -= 1

    async def _write(self, writer: asyncio.StreamWriter, answer: Answer) -> bool:
        headers = dict(answer.headers)
        if answer.chunks is None:
            headers["Content-Length"] = str(len(answer.body) + (1000 if answer.cut else 0))
        else:
            headers["Transfer-Encoding"] = "chunked"
        lines = [f"HTTP/1.1 {answer.status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        for piece in _pieces(answer):
            writer.write(piece)
            await writer.drain()
            self.bytes_sent += len(piece)
        if answer.cut:
            # Let what was sent arrive before the connection breaks.
            writer.close()
            await writer.wait_closed()
        return not answer.cut

    def _planned(self, asked: Asked) -> Answer | Fault | None:
        for endpoint in (asked.endpoint, "*"):
            if self._scripts[endpoint]:
                return self._scripts[endpoint].popleft()
            if endpoint in self._always:
                return self._always[endpoint]
        return None

    def _handle(self, asked: Asked) -> Answer:
        if self.handler is None:
            return Answer(599, f"nobody told the server what to say to {asked.endpoint}".encode())
        return self.handler(asked)


def _underneath(writer: asyncio.StreamWriter) -> Callable[[bytes], object]:
    """Write to the socket itself, under any TLS."""
    sock = writer.get_extra_info("socket")
    return lambda data: sock._sock.sendall(data)


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Asked | None:
    head = await reader.read(1)
    if not head.isalpha():
        return None  # the end, or what is not HTTP
    head += await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return Asked(method, unquote(url.path), target, query, headers, body, connection)


def _pieces(answer: Answer) -> Iterable[bytes]:
    if answer.chunks is None:
        yield answer.body
        return
    for chunk in answer.chunks:
        yield f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n"
    if not answer.cut:
        yield b"0\r\n\r\n"
