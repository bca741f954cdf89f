"""The envelope of every answer: ``{code, msg, data, version}``, and more where documented; errors wear it too."""

from __future__ import annotations

import json
import logging
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from taskcenter_plugin import errors
from taskcenter_plugin.errors import TaskCenterError

log = logging.getLogger(__name__)
SUCCESS = "success"
NO_DATABASE = "Airflow's database cannot be reached now; nothing was stored. Send it again in a while."
_CODES = {
    400: errors.BAD_REQUEST,
    401: errors.UNAUTHENTICATED,
    403: errors.FORBIDDEN,
    404: errors.NOT_FOUND,
    405: errors.METHOD_NOT_ALLOWED,
    409: errors.CONFLICT,
    413: errors.TOO_LARGE,
    422: errors.BAD_REQUEST,
}
_OF_ROUTER = {
    404: "There is no {1} here. See the OpenAPI document for the paths that there are; none ends with a slash.",
    405: "{1} takes no {0}. See the OpenAPI document for what it takes.",
}


@cache
def product_version() -> str:
    """The ``version`` of answers: this package's."""
    return version("airflow-taskcenter")


class _Envelope(JSONResponse):
    """JSON in UTF-8, which has no half surrogate pairs, as remote systems' texts may: these are escaped then."""

    def render(self, content: Any) -> bytes:
        """The body."""
        try:
            return super().render(content)
        except UnicodeEncodeError:
            return json.dumps(content, allow_nan=False).encode()


def answer(data: Any = None, **more: Any) -> JSONResponse:
    """A success; ``more`` are fields beside ``data``, e.g. ``totalHits``."""
    return _Envelope({"code": 0, "msg": SUCCESS, "data": data, **more, "version": product_version()})


def refusal(status: int, code: int, message: str, headers: Any = None) -> JSONResponse:
    """An error."""
    content = {"code": code, "msg": message, "data": None, "version": product_version()}
    return _Envelope(content, status_code=status, headers=headers)


def wear_envelope(app: FastAPI) -> None:
    """Give all errors of an app the envelope."""

    @app.exception_handler(TaskCenterError)
    def _ours(_request: Request, error: TaskCenterError) -> JSONResponse:
        return refusal(error.status, error.code, error.message)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, error.status_code * 100 + 1)
        message = str(error.detail)
        if message == HTTPStatus(error.status_code).phrase:  # of the router, which says no more than that
            message = _OF_ROUTER.get(error.status_code, message).format(request.method, request.url.path[:200])
        return refusal(error.status_code, code, message, error.headers)

    @app.exception_handler(RequestValidationError)
    def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return refusal(400, errors.BAD_REQUEST, explain(error.errors()))

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeoutError)
    def _no_database(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s: Airflow's database is out of reach: %s", request.method, request.url.path, error)
        return refusal(503, errors.UNAVAILABLE, NO_DATABASE)

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return refusal(500, errors.FAILED, "The task center failed; the api-server's log says why.")


def explain(problems: Any, prefix: tuple[str, ...] = ("body", "query", "path")) -> str:
    """What pydantic found, in one line: where, and what is wrong there."""
    lines = []
    for problem in list(problems)[:5]:
        where = [str(step) for step in problem["loc"] if step not in prefix]
        what = "must be an object" if problem["type"] == "model_type" else problem["msg"].removeprefix("Value error, ")
        lines.append(f"{'.'.join(where) or 'the request'}: {what}")
    return "; ".join(lines)
