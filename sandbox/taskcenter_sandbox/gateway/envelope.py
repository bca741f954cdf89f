"""Linkis' answers: the envelope, and the HTTP status that belongs to its ``status`` (facts section 1)."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from starlette.responses import Response

HTTP_BY_STATUS = {-1: 401, 0: 200, 1: 400, 2: 412, 3: 403, 4: 206}
JSON_TYPE = "application/json;charset=UTF-8"

ENTRANCE = ("linkis-cg-entrance", 9104)
PUBLIC_SERVICE = ("linkis-ps-publicservice", 9105)
GATEWAY = ("linkis-mg-gateway", 9001)

_ERROR_LEVEL = 2


class LinkisError(Exception):
    """An ErrorException of a service: HTTP 400 with Linkis' own number in the text and in ``data.errorMsg``.

    :param code: Linkis' error number.
    :param description: what it says.
    :param service: which service says so, and its port.
    """

    def __init__(self, code: int, description: str, service: tuple[str, int] = ENTRANCE) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self._service = service

    def message(self) -> str:
        """The text of the envelope."""
        return f"error code(错误码): {self.code}, error message(错误信息): {self.description}."

    def java_message(self) -> str:
        """What Java's ``getMessage`` gives for it; some controllers show that instead."""
        kind, port = self._service
        return f"errCode: {self.code} ,desc: {self.description} ,ip: 127.0.0.1 ,port: {port} ,serviceKind: {kind}"

    def data(self) -> dict[str, Any]:
        """The data of the envelope."""
        return {"errorMsg": _error_message(self.code, self.description, self._service)}


class ControllerError(Exception):
    """A ``Message.error`` that a controller returns: ``status`` 1, a text without a number.

    :param gateway: the gateway itself answers: HTTP 200 nevertheless, and ``method`` is the whole path.
    """

    def __init__(self, text: str, data: dict[str, Any] | None = None, *, gateway: bool = False) -> None:
        super().__init__(text)
        self.data = data or {}
        self.gateway = gateway


class JavaError(Exception):
    """An exception that Linkis has not foreseen and that clients see by name, such as a NumberFormatException.

    :param name: the Java class, without its package.
    """

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name

    def message(self) -> str:
        """The text of the envelope; the stray ``s`` and the full-width mark are Linkis' own."""
        return f"operation failed(操作失败)s！the reason(原因)：{self.name}: {self}"

    def data(self) -> dict[str, Any]:
        """The data of the envelope."""
        return {"errorMsg": _error_message(0, self.message(), ENTRANCE)}


class BadRequest(Exception):  # noqa: N818 # an answer more than an error
    """What Spring refuses before a controller is reached, such as a path variable that is no number."""


class NotLoggedIn(Exception):  # noqa: N818 # likewise
    """HTTP 401 with ``status`` -1."""


def _error_message(code: int, description: str, service: tuple[str, int]) -> dict[str, Any]:
    kind, port = service
    where = {"ip": "127.0.0.1", "port": port, "serviceKind": kind}
    return {"level": _ERROR_LEVEL, "errCode": code, "desc": description, **where}


def body_of(method: str | None, data: dict[str, Any], *, status: int = 0, message: str = "OK") -> dict[str, Any]:
    """An envelope as JSON; also nested in others (killJobs)."""
    return {"method": method, "status": status, "message": message, "data": data}


def envelope(
    method: str | None, data: dict[str, Any], *, status: int = 0, message: str = "OK", http_status: int | None = None
) -> Response:
    """An answer in the envelope."""
    return json_response(body_of(method, data, status=status, message=message), http_status or HTTP_BY_STATUS[status])


def raw_envelope(method: str | None, data: dict[str, Any], key: str, raw: bytes) -> Response:
    """A good answer, one item of whose data is JSON already."""
    head = json.dumps(body_of(method, {**data, key: None}), ensure_ascii=False).encode()
    # ``data`` comes last in the envelope, and ``key`` last in it: its null is followed by two braces.
    return Response(head[: -len("null}}")] + raw + b"}}", media_type=JSON_TYPE)


def json_response(body: Any, http_status: int) -> Response:
    """Any JSON."""
    return Response(json.dumps(body, ensure_ascii=False).encode(), status_code=http_status, media_type=JSON_TYPE)


def spring_error(path: str, status: int, reason: str) -> Response:
    """What Spring answers before a controller is reached: not an envelope (facts section 1, deduced)."""
    stamp = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return json_response({"timestamp": stamp, "status": status, "error": reason, "path": path}, status)


def no_instance(path: str, status: int = 503, reason: str = "Service Unavailable") -> Response:
    """What the gateway answers when no instance is there: an HTTP code as status, a list as data."""
    body = {"method": path, "status": status, "message": f"{reason}, with request path:{path}", "data": []}
    return json_response(body, status)
