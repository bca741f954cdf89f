"""Turns a function into an endpoint: who calls, in which thread it runs, what becomes of its errors (facts section 1)."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from taskcenter_sandbox.gateway.auth import Gate
from taskcenter_sandbox.gateway.envelope import (
    BadRequest,
    ControllerError,
    JavaError,
    LinkisError,
    NotLoggedIn,
    envelope,
    spring_error,
)
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.java_numbers import java_long
from taskcenter_sandbox.gateway.settings import ADMINISTRATOR, API
from taskcenter_sandbox.linkis.entrance import Entrance
from taskcenter_sandbox.linkis.settings import Settings
from taskcenter_sandbox.linkis.store import Store

__all__ = ["API", "Call", "Reply", "Services", "service"]

Json = dict[str, Any]
Endpoint = Callable[[Request], Any]


@dataclass
class Services:
    """What the endpoints work on."""

    settings: Settings
    gate: Gate
    store: Store
    entrance: Entrance
    faults: Faults


@dataclass
class Call:
    """A request as an endpoint's function sees it.

    :param user: who calls.
    :param token: the token that came with it, empty without one.
    :param path: the path's parameters.
    :param query: the query's parameters.
    :param body: the JSON body, empty where there is none.
    """

    user: str
    token: str = ""
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)

    @property
    def is_administrator(self) -> bool:
        """Whether the caller may see everybody's jobs."""
        return self.user == ADMINISTRATOR

    def number(self, name: str, default: int) -> int:
        """A number of the query that Spring reads.

        :raises BadRequest: it is none.
        """
        text = self.query.get(name, "").strip()
        if not text:
            return default
        try:
            return java_long(text)
        except ValueError:
            raise BadRequest(name) from None

    def flag(self, name: str) -> bool:
        """A yes or no of the query.

        :raises BadRequest: it is neither.
        """
        text = self.query.get(name, "").strip().lower()
        if text in ("", "false", "off", "no", "0"):
            return False
        if text in ("true", "on", "yes", "1"):
            return True
        raise BadRequest(name)


@dataclass(frozen=True)
class Reply:
    """An answer that is not just data with ``OK``."""

    data: Json
    message: str = "OK"


Function = Callable[[Services, Call], "Json | Reply | Response"]


def service(services: Services, function: Function, *, has_body: bool = False, slow: bool = False) -> Endpoint:
    """An endpoint behind the login.

    :param function: returns data, a :class:`Reply` or a whole response.
    :param slow: run it in a thread; what only looks into memory or the history is faster without one.
    """

    async def endpoint(request: Request) -> Response:
        path = request.url.path
        try:
            call = Call(services.gate.user_of(request), services.gate.token_of(request))
        except NotLoggedIn as error:
            return envelope(path, {}, status=-1, message=str(error))
        call.path = request.path_params
        call.query = dict(request.query_params)
        if has_body:
            raw = await request.body()
            if not raw:
                # The gateway never hands an empty body on, and nobody answers (facts section 1, deduced).
                return Response(b"")
            try:
                call.body = json.loads(raw)
            except ValueError:
                return spring_error(path, 400, "Bad Request")
            if not isinstance(call.body, dict):
                return spring_error(path, 400, "Bad Request")
        method = f"/api{path.removeprefix(API)}"
        if slow:
            return await run_in_threadpool(_answer, services, path, method, function, call)
        return _answer(services, path, method, function, call)

    return endpoint


def _answer(services: Services, path: str, method: str, function: Function, call: Call) -> Response:
    try:
        result = function(services, call)
    except BadRequest:
        return spring_error(path, 400, "Bad Request")
    except LinkisError as error:
        return envelope(None, error.data(), status=1, message=error.message())
    except JavaError as error:
        return envelope(None, error.data(), status=1, message=error.message())
    except ControllerError as error:
        if error.gateway:
            return envelope(path, error.data, status=1, message=str(error), http_status=200)
        return envelope(method, error.data, status=1, message=str(error))
    except Exception as error:  # noqa: BLE001 # the aspect around every controller does the same
        traceback.print_exc()
        unforeseen = JavaError(type(error).__name__, str(error))
        return envelope(None, unforeseen.data(), status=1, message=unforeseen.message())
    if isinstance(result, Response):
        return result
    if isinstance(result, Reply):
        return envelope(method, result.data, message=result.message)
    return envelope(method, result)
