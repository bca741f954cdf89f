"""Turns what came in into what is passed on: documented paths and parameters only, bounded bodies, no headers of the asker's."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

from fastapi import Request
from starlette.requests import ClientDisconnect

from taskcenter import settings as options
from taskcenter.core.endpoint import Content, Endpoint
from taskcenter.core.view import ForwardedRequest
from taskcenter_plugin.gateway.errors import GatewayError
from taskcenter_plugin.gateway.masking import holds_mask
from taskcenter_plugin.gateway.views import Served
from taskcenter_plugin.routes.paths import original_path

CONNECTION_HEADER = "X-Airflow-Connection"
CONNECTION_PARAMETER = "airflow_connection"

MAX_BODY_BYTES = 16 << 20
"""Of a body that is no upload: the largest that Linkis takes, 64 kB of parameters and 16 MB of code, fits."""

_JSON, _MULTIPART, _FORM = "application/json", "multipart/form-data", "application/x-www-form-urlencoded"
_TRICKS = re.compile(rb"(?i)%2f|%5c|%00|%25(?:2f|5c|2e|00)|\\")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FOREIGN_SITES = {"cross-site", "same-site"}


class UploadBody:
    """A body that is passed on piece by piece, up to a limit.

    :param limit: in bytes.
    """

    def __init__(self, request: Request, limit: int) -> None:
        self._request = request
        self._limit = limit
        self.refusal: GatewayError | None = None
        self._begun = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces()

    async def _pieces(self) -> AsyncIterator[bytes]:
        if self._begun:
            # The system refused the session, maybe before it had read all; it now has a new one.
            self.refusal = GatewayError(
                503, "The session with the system had expired and has been renewed; send it again."
            )
            raise self.refusal
        self._begun = True
        count = 0
        try:
            async for piece in self._request.stream():
                count += len(piece)
                if count > self._limit:
                    self.refusal = _too_large(self._limit)
                    raise self.refusal
                yield piece
        except ClientDisconnect:
            self.refusal = GatewayError(400, "The body broke off.")
            raise self.refusal from None


def check_site(request: Request, endpoint: Endpoint) -> None:
    """Refuse a change that another site's page has the user's browser make with the user's cookie; some changes are GETs.

    :raises GatewayError: 403.
    """
    if endpoint.changes or endpoint.guarded:
        refuse_other_sites(request)


def refuse_other_sites(request: Request) -> None:
    """Refuse what another site's page has a browser do.

    :raises GatewayError: 403.
    """
    if request.headers.get("sec-fetch-site") in _FOREIGN_SITES:
        raise GatewayError(403, "Another site's page asks for this. Use a script with a token, or Airflow's own pages.")


async def read_request(served: Served, endpoint: Endpoint, request: Request, user: str) -> ForwardedRequest:
    """The request to pass on.

    :param user: the Airflow user.
    :raises GatewayError: 400, 403, 413 or 415.
    """
    path_args = _path_args(request)
    query = _query(endpoint, request)
    acting = user if served.as_airflow_user else None
    content = await _content(served, endpoint, request, acting)
    return ForwardedRequest(endpoint, path_args, query, content, acting)


def _path_args(request: Request) -> dict[str, str]:
    raw = original_path(request.scope)
    if _TRICKS.search(raw):
        raise GatewayError(400, "The path has encoded slashes or the like in it, which no documented one has.")
    for segment in raw.split(b"/"):
        if unquote(segment.decode("latin-1")) in (".", ".."):
            raise GatewayError(400, "The path leads up with '..' or has '.' in it, which no documented one does.")
    args = {name: str(value) for name, value in request.path_params.items()}
    for value in args.values():
        if not value.strip() or _CONTROL.search(value) or "/" in value:
            raise GatewayError(400, "The path has something in it that names nothing.")
    return args


def _query(endpoint: Endpoint, request: Request) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name == CONNECTION_PARAMETER:
            continue
        if name not in endpoint.takes:
            known = ", ".join(endpoint.takes) or "none"
            raise GatewayError(400, f"{name!r:.100} is not a query parameter of this endpoint; it has: {known}.")
        if "\x00" in value or (name.lower().endswith("path") and ".." in re.split(r"[/\\]", value)):
            raise GatewayError(400, f"{name} has '..' or a NUL in it. Give the plain path.")
        query.setdefault(name, []).append(value)
    return query


async def _content(served: Served, endpoint: Endpoint, request: Request, acting: str | None) -> Content | None:
    given = request.headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if kind == _MULTIPART:
        limit = int(options.get_number(options.GATEWAY_UPLOAD_MEGABYTES)) << 20
        return Content(UploadBody(request, limit), given, _length(request, limit))
    body = await _bytes(request)
    if not body:
        return None
    if kind not in ("", _JSON, _FORM):
        raise GatewayError(415, f"The body is {kind:.100}; the systems take {_JSON}, {_FORM} and {_MULTIPART}.")
    if kind != _FORM:
        _check_json(served, endpoint, body, acting)
    return Content(body, given or _JSON, len(body))


def _check_json(served: Served, endpoint: Endpoint, body: bytes, acting: str | None) -> None:
    if endpoint.changes and holds_mask(body):
        raise GatewayError(
            400, "A password in the body is the mask that answers show instead of it. Send the password."
        )
    if not served.view.actors:
        return
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return  # the system says what it thinks of it; without an object there is no name in it either
    claimed = {value[name] for name in served.view.actors if value.get(name)} if isinstance(value, dict) else set()
    if claimed - {acting}:
        names = ", ".join(served.view.actors)
        raise GatewayError(403, f"The body names the user to run as ({names}); that is the connection's. Leave it out.")


async def _bytes(request: Request) -> bytes:
    _length(request, MAX_BODY_BYTES)
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY_BYTES:
                raise _too_large(MAX_BODY_BYTES)
    except ClientDisconnect:
        raise GatewayError(400, "The body broke off.") from None
    return bytes(body)


def _length(request: Request, limit: int) -> int | None:
    given = request.headers.get("content-length", "")
    if not given.isdigit():
        return None
    if int(given) > limit:
        raise _too_large(limit)
    return int(given)


def _too_large(limit: int) -> GatewayError:
    return GatewayError(413, f"The body is larger than {limit} bytes.")
