"""The two transports: they send a call and return the reply, or say that none came and whether it left.

Only this module knows ``requests`` and ``aiohttp``.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import urlencode

import aiohttp
import requests
from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk import Connection
from requests.utils import get_environ_proxies
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ReadTimeoutError
from urllib3.exceptions import ProxyError as Urllib3ProxyError
from yarl import URL

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Call, Reply
from taskcenter.core.errors import ErrorContext, UnavailableError
from taskcenter.core.upload import Upload
from taskcenter.jobs.cookies import SessionCookies

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

MAX_CONNECTIONS = 16
"""To one server from one event loop."""

KEEPALIVE_SECONDS = 75.0
"""Longer than any usual poll interval, so that polls find their connection open."""

_CHUNK_BYTES = 1 << 16
_NEVER_LEFT = (NewConnectionError, ConnectTimeoutError, NameResolutionError, Urllib3ProxyError)


class _SinkError(Exception):
    """Carries a failure of the sink (a full disk) past the failures of the connection, which are OSErrors too."""


class _BrokenError(aiohttp.ClientError):
    """A connection that broke under a request that must not be sent again."""


async def _sent_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep ``aiohttp`` from repeating a GET, PUT or DELETE by itself when a connection breaks.

    It takes each for harmless, which a savepoint of Hlink's is not.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise  # it has not left
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenError(f"{type(error).__name__}: {error}") from error


class _OwnConnection(Connection):
    """A connection whose extra is read without a word to Airflow's supervisor.

    A task that is killed makes a new session while it may be interrupted in the middle of a talk with the supervisor,
    and would wait for ever for its lock. The secrets have been masked when the settings were read.
    """

    @property
    def extra_dejson(self) -> dict[str, Any]:
        extra: dict[str, Any] = json.loads(self.extra or "{}")
        return extra


class _SettingsHttpHook(HttpHook):
    """The HTTP provider's hook, fed with our settings: its session has their TLS, proxies and keep-alive.

    It would otherwise send every field of the connection's extra as a header.
    """

    def __init__(self, settings: ConnectionSettings) -> None:
        super().__init__(http_conn_id=settings.conn_id)
        self._settings = settings

    def get_connection(self, conn_id: str) -> Connection:  # type: ignore[override]
        settings = self._settings
        extra = {"verify": settings.verify, "proxies": dict(settings.proxies), "trust_env": settings.trust_env}
        if settings.cert:
            extra["cert"] = settings.cert
        return _OwnConnection(conn_id=conn_id, conn_type="http", host=settings.base_url, extra=json.dumps(extra))


class SyncTransport:
    """Sends calls over one ``requests`` session."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings = settings

    @cached_property
    def session(self) -> requests.Session:
        """The session, made on first use."""
        return _SettingsHttpHook(self.settings).get_conn(headers=dict(self.settings.headers))

    @cached_property
    def bare_session(self) -> requests.Session:
        """A session without the connection's headers and cookies."""
        return _SettingsHttpHook(self.settings).get_conn(headers={})

    def close(self) -> None:
        """Close the sessions' connections."""
        for name in ("session", "bare_session"):
            session = self.__dict__.pop(name, None)
            if session is not None:
                session.close()

    def send(self, call: Call) -> Reply:
        """Send a call.

        :raises UnavailableError: no whole answer came.
        """
        settings = self.settings
        session = self.bare_session if call.bare else self.session
        try:
            with session.request(
                call.endpoint.method,
                _url(settings, call),
                json=call.body,
                data=call.upload or call.form,
                headers={**call.headers, **(call.upload.headers if call.upload else {})},
                timeout=(settings.connect_timeout_seconds, call.endpoint.timeout_seconds or settings.timeout_seconds),
                # Said for each request, since ``requests`` lets the environment win over what a session says.
                verify=settings.verify,
                proxies=dict(settings.proxies),
                stream=True,
                allow_redirects=False,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                sink = _sink(call, response.status_code, headers)
                if sink is None:
                    return Reply(response.status_code, headers, response.content)
                for chunk in response.iter_content(_CHUNK_BYTES):
                    sink(chunk)
                return Reply(response.status_code, headers, b"", streamed=True)
        except requests.RequestException as error:
            _raise_from_requests(error, settings, call)


def _raise_from_requests(error: requests.RequestException, settings: ConnectionSettings, call: Call) -> NoReturn:
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None)
    never_left = (
        isinstance(
            error,
            requests.exceptions.ConnectTimeout
            | requests.exceptions.ProxyError
            | requests.exceptions.InvalidURL
            | requests.exceptions.InvalidSchema,
        )
        or isinstance(reason, _NEVER_LEFT)
        or _in_handshake(error)
    )
    # A body that does not come in time is a ConnectionError to ``requests``.
    timed_out = isinstance(error, requests.exceptions.ReadTimeout) or isinstance(cause, ReadTimeoutError)
    raise _no_answer(error, settings, call, sent=not never_left, timed_out=timed_out and not never_left) from error


def _in_handshake(error: BaseException | None) -> bool:
    """Whether TLS failed before the request was sent; it can also fail while the answer is read."""
    while error is not None:
        if any(frame.f_code.co_name == "do_handshake" for frame, _ in traceback.walk_tb(error.__traceback__)):
            return True
        error = error.__cause__ or error.__context__
    return False


class AsyncTransport:
    """Sends calls over one ``aiohttp`` session; use it as an async context manager on the loop it is used on."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._bare_session: aiohttp.ClientSession | None = None
        self._proxy = _proxy_of(settings)
        given = {name.lower(): value for name, value in settings.headers.items()}
        self._cookies = SessionCookies(given.get("cookie", ""))

    async def __aenter__(self) -> Self:
        settings = self.settings
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=MAX_CONNECTIONS, keepalive_timeout=KEEPALIVE_SECONDS, ssl=_ssl_context(settings)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=dict(settings.headers),
            timeout=self._timeout(settings.timeout_seconds),
            # With trust_env aiohttp looks through the environment and ~/.netrc before every single request.
            trust_env=False,
        )
        self._bare_session = aiohttp.ClientSession(
            connector=self._session.connector,
            connector_owner=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._session.timeout,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._bare_session, self._session):
            if session is not None:
                await session.close()
        self._session = self._bare_session = None

    async def send(self, call: Call) -> Reply:
        """Send a call.

        :raises UnavailableError: no whole answer came.
        """
        try:
            async with self.open(call) as answer:
                sink = _sink(call, answer.status, answer.headers)
                if sink is None:
                    return Reply(answer.status, answer.headers, await answer.read())
                async for chunk in answer.pieces():
                    try:
                        sink(chunk)
                    except OSError as error:
                        raise _SinkError from error
                return Reply(answer.status, answer.headers, b"", streamed=True)
        except _SinkError as error:
            raise cast("OSError", error.__cause__) from None

    @asynccontextmanager
    async def open(self, call: Call) -> AsyncIterator[OpenReply]:
        """Send a call and give out its answer as soon as its headers are there; the body can be read inside.

        :raises UnavailableError: no whole answer came.
        """
        session = self._bare_session if call.bare else self._session
        assert session is not None, "the transport is used outside its context"  # noqa: S101
        seconds = call.endpoint.timeout_seconds
        with_cookies = call.cookies and not call.bare
        cookies = self._cookies.headers if with_cookies else {}
        data, described = _body(call)
        try:
            async with session.request(
                call.endpoint.method,
                URL(_url(self.settings, call), encoded=True),
                json=call.body,
                data=data,
                headers={**cookies, **call.headers, **described},
                proxy=self._proxy,
                timeout=self._timeout(seconds) if seconds else session.timeout,
                allow_redirects=False,
                middlewares=() if call.endpoint.idempotent else (_sent_once,),
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                if "set-cookie" in headers and with_cookies:
                    self._cookies.take(response.cookies)
                yield OpenReply(response, headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise _no_answer(error, self.settings, call, sent=False) from error
        except (TimeoutError, asyncio.TimeoutError) as error:  # two classes on Python 3.10
            raise _no_answer(error, self.settings, call, sent=True, timed_out=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _no_answer(error, self.settings, call, sent=True) from error

    def _timeout(self, seconds: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=None, sock_connect=self.settings.connect_timeout_seconds, sock_read=seconds)


class OpenReply:
    """An answer whose body is still on its way; see :meth:`AsyncTransport.open`."""

    def __init__(self, response: aiohttp.ClientResponse, headers: Mapping[str, str]) -> None:
        self._response = response
        self.status = response.status
        self.headers = headers

    async def read(self) -> bytes:
        """The whole body."""
        return await self._response.read()

    def pieces(self, size: int = _CHUNK_BYTES) -> AsyncIterator[bytes]:
        """The body, in pieces of at most so many bytes."""
        return self._response.content.iter_chunked(size)


def _body(call: Call) -> tuple[Any, Mapping[str, str]]:
    """What to send where it is not JSON, and the headers that describe it."""
    if call.content is not None:
        length = {} if call.content.length is None else {"Content-Length": str(call.content.length)}
        return call.content.data, {"Content-Type": call.content.media_type, **length}
    if call.upload is not None:
        return _pieces(call.upload), call.upload.headers
    return call.form, {}


async def _pieces(upload: Upload) -> AsyncIterator[bytes]:
    """The body, read beside the event loop."""
    pieces = iter(upload)
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece


def _proxy_of(settings: ConnectionSettings) -> str | None:
    """The proxy for the server, the connection's own or the environment's; looked up once."""
    scheme = settings.base_url.partition(":")[0]
    proxy = settings.proxies.get(scheme)
    if proxy is None and settings.trust_env:
        proxy = get_environ_proxies(settings.base_url, no_proxy=None).get(scheme)
    return proxy


def _url(settings: ConnectionSettings, call: Call) -> str:
    prefix = settings.prefix if call.endpoint.prefixed else ""
    url = f"{call.base_url or settings.base_url}{prefix}{call.path}"
    return f"{url}?{urlencode(call.query, doseq=True, safe=',')}" if call.query else url


def _sink(call: Call, status: int, headers: Mapping[str, str]) -> Callable[[bytes], object] | None:
    streams = call.endpoint.streams
    return call.sink() if call.sink and streams and streams(status, headers) else None


def _no_answer(
    error: BaseException, settings: ConnectionSettings, call: Call, *, sent: bool, timed_out: bool = False
) -> UnavailableError:
    base_url = call.base_url or settings.base_url
    if timed_out:
        what = f"{base_url} took the request and did not answer in time."
    elif sent:
        what = f"{base_url} broke off before the answer was whole."
    else:
        what = f"{base_url} cannot be reached. Check host, port, scheme, TLS and proxy of the connection."
    text = f"{what} ({type(error).__name__}: {error})"
    context = ErrorContext(connection=settings.conn_id, endpoint=call.label)
    return UnavailableError(text, context, sent=sent, timed_out=timed_out).conceal(settings.secrets)


def _ssl_context(settings: ConnectionSettings) -> ssl.SSLContext | bool:
    if settings.verify is False and not settings.cert:
        return False
    authorities = settings.verify if isinstance(settings.verify, str) else None
    if settings.verify is True and settings.trust_env:
        # As ``requests`` does.
        authorities = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if settings.verify is True and not settings.cert and not authorities:
        return True
    is_directory = authorities is not None and Path(authorities).is_dir()
    context = ssl.create_default_context(
        cafile=None if is_directory else authorities, capath=authorities if is_directory else None
    )
    if settings.verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.cert:
        context.load_cert_chain(settings.cert)
    return context


@contextmanager
def sync_transport(settings: ConnectionSettings) -> Iterator[SyncTransport]:
    """A transport of its own, closed at the end."""
    transport = SyncTransport(settings)
    try:
        yield transport
    finally:
        transport.close()
