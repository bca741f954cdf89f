"""A remote endpoint is declared once, as data; a call is an endpoint with its arguments filled in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec

from taskcenter.core.errors import ErrorContext, MalformedReplyError
from taskcenter.core.upload import Upload

Sink: TypeAlias = Callable[[], Callable[[bytes], object]]
"""Where a download goes: called at the start of each attempt, returns what takes the pieces."""


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the wire.

    :param status: HTTP status.
    :param headers: header names in lower case.
    :param body: the whole body; empty where it was streamed into the call's sink.
    :param streamed: whether the body went into the sink.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    streamed: bool = False

    @property
    def text(self) -> str:
        """The body as text, undecodable bytes replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON.

        :raises ValueError: it is none.
        """
        try:
            # A third of the time that ``json`` takes, and most answers are polls.
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Stricter than ``json``: half a surrogate pair, a byte order mark or NaN are no JSON to it.
            return json.loads(self.body)

    def json_object(self, context: ErrorContext) -> dict[str, Any]:
        """The body as a JSON object.

        :raises MalformedReplyError: it is something else, such as a proxy's HTML page or JSON that was cut.
        """
        try:
            value = self.json()
        except ValueError:
            value = None
        if isinstance(value, dict):
            return value
        kind = "an HTML page" if self.text.lstrip()[:1] == "<" else "something that is not a JSON object"
        message = (
            f"The server answered with {kind}. Check that host, port and prefix of the connection lead to the "
            "API itself and not to a proxy, a login page or a web console."
        )
        raise MalformedReplyError(message, context)


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of a remote system.

    :param name: the name that errors and documentation use.
    :param method: HTTP verb.
    :param path: path template below the system's prefix; ``{names}`` are quoted as one segment each.
    :param parse: turns a reply into the endpoint's value, or raises an error of the tree.
    :param idempotent: whether sending it twice does no harm, so that it may be retried.
    :param timeout_seconds: how long to wait for an answer, where the connection's setting is too short.
    :param changes: whether it changes anything on the server (rights are told apart by it).
    :param streams: tells from status and headers whether the body is a file to be streamed.
    :param prefixed: whether the path is below the connection's prefix; else it follows host and port at once.
    :param takes: the query parameters that it has, for those who pass on other people's requests.
    :param runs: whether what it changes is only that jobs run or stop (a right of its own).
    :param other_methods: further verbs under which the document lists it.
    :param guarded: whether it shows what lies beside jobs and their results, so that reading it takes the right to change.
    :param uploads: the form field of the file that it takes, empty where it takes none.
    """

    name: str
    method: str
    path: str
    parse: Callable[[Reply, ErrorContext], Any]
    idempotent: bool = True
    timeout_seconds: float | None = None
    changes: bool = False
    streams: Callable[[int, Mapping[str, str]], bool] | None = None
    prefixed: bool = True
    takes: tuple[str, ...] = ()
    runs: bool = False
    other_methods: tuple[str, ...] = ()
    guarded: bool = False
    uploads: str = ""

    def __call__(
        self,
        *,
        query: Mapping[str, str | int | bool | None] | None = None,
        body: Mapping[str, Any] | None = None,
        sink: Sink | None = None,
        upload: Upload | None = None,
        **path_args: str | int,
    ) -> Call:
        """A call of this endpoint; query values of None are left out."""
        given = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in (query or {}).items()
            if value is not None
        }
        return Call(self, path_args=path_args, query=given, body=body, sink=sink, upload=upload)

    @property
    def path_names(self) -> list[str]:
        """The names in the path template."""
        return [name for _, name, _, _ in Formatter().parse(self.path) if name]


@dataclass(frozen=True)
class Content:
    """A body as somebody else has sent it, to be passed on as it is; only the asynchronous transport does that.

    :param data: the bytes, or where they come from.
    :param media_type: its ``Content-Type``.
    :param length: in bytes, where it is known.
    """

    data: bytes | AsyncIterable[bytes] = field(repr=False)
    media_type: str
    length: int | None = None


@dataclass(frozen=True)
class Call:
    """What a flow yields to have a request made; the driver answers with the :class:`Reply`.

    :param query: by name, a value or several.
    :param upload: a file that is the body, instead of ``body``.
    :param base_url: scheme, host and port of a second server of the connection; else the connection's own.
    :param form: fields of a form that is the body, instead of ``body``.
    :param bare: send none of the connection's headers and cookies, since they are not this server's business.
    :param content: the body as it came from somebody else, instead of ``body``.
    :param cookies: whether the session's cookies go with it, and those of the answer are kept; only the asynchronous
        transport can do without.
    """

    endpoint: Endpoint
    path_args: Mapping[str, str | int] = field(default_factory=dict)
    query: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    sink: Sink | None = None
    upload: Upload | None = None
    base_url: str | None = None
    form: Mapping[str, str] | None = None
    bare: bool = False
    content: Content | None = None
    cookies: bool = True

    @property
    def path(self) -> str:
        """The path with every argument quoted as a single segment (Linkis' execID contains ``:``)."""
        return self.endpoint.path.format_map(
            {name: quote(str(value), safe="") for name, value in self.path_args.items()}
        )

    @property
    def label(self) -> str:
        """Verb and path template for messages; no argument in it can leak anything."""
        return f"{self.endpoint.method} {self.endpoint.path}"
