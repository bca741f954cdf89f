"""Linkis' answers: the envelope, and the HTTP status that belongs to its ``status`` (facts section 1)."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse, Response

HTTP_BY_STATUS = {-1: 401, 0: 200, 1: 400, 2: 412, 3: 403, 4: 206}


class LinkisError(Exception):
    """An error of a service: HTTP 400 with Linkis' own number in the text and in ``data.errorMsg``.

    :param code: Linkis' error number.
    :param description: what it says.
    """

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description

    def message(self) -> str:
        """The text of the envelope."""
        return f"error code(错误码): {self.code}, error message(错误信息): {self.description}."

    def data(self) -> dict[str, Any]:
        """The data of the envelope."""
        details = {"level": 2, "errCode": self.code, "desc": self.description}
        return {"errorMsg": {**details, "ip": "127.0.0.1", "port": 9104, "serviceKind": "linkis-cg-entrance"}}


class PlainError(Exception):
    """An answer with ``status`` 1 and a text without a number.

    :param http_status: 400 from a service, 200 where the gateway itself answers.
    """

    def __init__(self, text: str, data: dict[str, Any] | None = None, *, http_status: int = 400) -> None:
        super().__init__(text)
        self.data = data or {}
        self.http_status = http_status


class NotLoggedIn(Exception):  # noqa: N818 # it is an answer more than an error
    """HTTP 401 with ``status`` -1."""


def unexpected(error: Exception) -> str:
    """What Linkis makes of an exception that nobody has foreseen; the stray ``s`` and the full-width mark are its own."""
    return f"operation failed(操作失败)s！the reason(原因)：{type(error).__name__}: {error}"


def envelope(
    method: str | None, data: dict[str, Any], *, status: int = 0, message: str = "OK", http_status: int | None = None
) -> Response:
    """An answer in the envelope."""
    body = {"method": method, "status": status, "message": message, "data": data}
    return JSONResponse(body, status_code=http_status or HTTP_BY_STATUS[status])


def raw_envelope(method: str, data_json: bytes) -> Response:
    """The same from data that is JSON already."""
    head = json.dumps({"method": method, "status": 0, "message": "OK"})[:-1].encode()
    return Response(head + b', "data": ' + data_json + b"}", media_type="application/json;charset=UTF-8")


def spring_error(path: str, status: int, reason: str) -> Response:
    """What the service's web framework answers before any controller is reached: not an envelope."""
    return JSONResponse({"status": status, "error": reason, "path": path}, status_code=status)


def no_instance(path: str, status: int = 503, reason: str = "Service Unavailable") -> Response:
    """What the gateway answers when no instance is there: an HTTP code as status, a list as data."""
    body = {"method": path, "status": status, "message": f"{reason}, with request path:{path}", "data": []}
    return JSONResponse(body, status_code=status)
