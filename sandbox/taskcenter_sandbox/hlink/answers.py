"""Hlink's answers: the envelope, its codes and its words (facts, "Envelope")."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

Json = dict[str, Any]

OK, BUSINESS, SYSTEM, PARAMETER, DATABASE, UNAUTHORISED = 200, 0, -2, -3, -4, -7
NAME_TAKEN, NOT_FOUND, IN_USE, FAILED = -11, 404, 423, 500

SUCCESS_MESSAGE = "请求成功"
SYSTEM_ERROR = "系统异常"
PARAMETER_ERROR = "参数不正确"


class Refused(Exception):  # noqa: N818 # an answer more than an error
    """``success`` false, with HTTP 200 all the same.

    :param code: Hlink's number; 0 for most.
    :param text: its words.
    """

    def __init__(self, text: str, code: int = BUSINESS) -> None:
        super().__init__(text)
        self.code = code

    def answer(self) -> Json:
        """The envelope."""
        return {"success": False, "code": self.code, "msg": str(self), "data": None}


class BadRequest(Exception):  # noqa: N818 # likewise
    """What Spring refuses before a controller is reached: HTTP 400."""


def wrong_parameter(text: str = PARAMETER_ERROR) -> Refused:
    """A parameter is missing or wrong."""
    return Refused(text, PARAMETER)


def system_error(text: str = SYSTEM_ERROR) -> Refused:
    """What the real server has not foreseen, or its neighbours did not do."""
    return Refused(text, SYSTEM)


def success(data: Any = None) -> Json:
    """The envelope of a good answer."""
    return {"success": True, "code": OK, "msg": SUCCESS_MESSAGE, "data": data}


def json_response(body: Any, status: int = 200) -> Response:
    """Any JSON."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    return Response(raw, status_code=status, media_type="application/json;charset=UTF-8")
