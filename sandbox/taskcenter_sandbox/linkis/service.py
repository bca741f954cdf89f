"""Turns a function into an endpoint: who calls, in which thread it runs, and what becomes of its errors (facts section 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from taskcenter_sandbox.linkis.auth import Gate
from taskcenter_sandbox.linkis.entrance import Entrance
from taskcenter_sandbox.linkis.envelope import LinkisError, NotLoggedIn, PlainError, envelope, spring_error, unexpected
from taskcenter_sandbox.linkis.faults import Faults

Json = dict[str, Any]
Endpoint = Callable[[Request], Any]


@dataclass
class Services:
    """What the endpoints work on."""

    gate: Gate
    entrance: Entrance
    faults: Faults


@dataclass
class Call:
    """A request as an endpoint's function sees it.

    :param user: who calls.
    :param path: the path's parameters.
    :param query: the query's parameters.
    :param body: the JSON body, empty where there is none.
    """

    user: str
    path: dict[str, str]
    query: dict[str, str]
    body: Json

    def number(self, name: str, default: int) -> int:
        """A number in the query.

        :raises ValueError: it is none.
        """
        return int(self.query[name]) if self.query.get(name) else default


@dataclass(frozen=True)
class Reply:
    """An answer that is not just data with ``OK``."""

    data: Json
    message: str = "OK"


def service(
    services: Services, method: str, function: Callable[[Services, Call], Any], *, has_body: bool = False
) -> Endpoint:
    """An endpoint behind the login.

    :param method: what the envelope says, such as ``/api/entrance/submit``.
    :param function: returns data, a :class:`Reply` or a whole response; runs in a thread.
    """

    async def endpoint(request: Request) -> Response:
        try:
            user = _user(services, request)
        except NotLoggedIn as error:
            return envelope(request.url.path, {}, status=-1, message=str(error))
        body: Any = {}
        if has_body:
            try:
                body = await request.json()
            except ValueError:
                return spring_error(request.url.path, 400, "Bad Request")
            if not isinstance(body, dict):
                return spring_error(request.url.path, 400, "Bad Request")
        call = Call(user, dict(request.path_params), dict(request.query_params), body)
        return await run_in_threadpool(_answer, services, method, function, call)

    return endpoint


def _user(services: Services, request: Request) -> str:
    if "Token-Code" in request.headers:
        if services.faults.take("token-store-down"):
            raise NotLoggedIn(
                "Token Authentication Failed, reason: errCode: 15206 ,desc: Failed to query token(数据库异常)"
            )
    elif services.faults.take("expired-session"):  # who comes with a token has no session
        services.gate.expire_all()
    return services.gate.user_of(request)


def _answer(services: Services, method: str, function: Callable[[Services, Call], Any], call: Call) -> Response:
    try:
        result = function(services, call)
    except LinkisError as error:
        return envelope(method, error.data(), status=1, message=error.message())
    except PlainError as error:
        return envelope(None, error.data, status=1, message=str(error), http_status=error.http_status)
    except Exception as error:  # noqa: BLE001 # the aspect around every controller does the same
        return envelope(method, {"errorMsg": {"desc": str(error)}}, status=1, message=unexpected(error))
    if isinstance(result, Response):
        return result
    if isinstance(result, Reply):
        return envelope(method, result.data, message=result.message)
    return envelope(method, result)
