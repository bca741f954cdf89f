"""Turns a function into an endpoint: who calls, in which thread it runs, what becomes of its errors (facts section 1)."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from taskcenter_sandbox.exchangis.data_sources import DataSources
from taskcenter_sandbox.exchangis.errors import Refused, Unforeseen
from taskcenter_sandbox.exchangis.executions import Executions
from taskcenter_sandbox.exchangis.jobs import Jobs
from taskcenter_sandbox.exchangis.projects import Projects
from taskcenter_sandbox.exchangis.settings import Settings
from taskcenter_sandbox.exchangis.systems.opening import Systems
from taskcenter_sandbox.gateway.auth import Gate
from taskcenter_sandbox.gateway.envelope import BadRequest, JavaError, NotLoggedIn, envelope, spring_error
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.java_numbers import java_long
from taskcenter_sandbox.gateway.settings import ADMINISTRATOR, API

MAIN = "/dss/exchangis/main"
"""What Exchangis' paths begin with, after the API's."""

SUBMITTED = "Submitted succeed(提交成功)！"
"""The message of every good answer about jobs."""

Json = dict[str, Any]

_BRACKETS = re.compile(r"\[(.*?)\]")


@dataclass
class Services:
    """What the endpoints work on."""

    settings: Settings
    gate: Gate
    faults: Faults
    sources: DataSources
    systems: Systems
    projects: Projects
    jobs: Jobs
    executions: Executions


@dataclass
class Call:
    """A request as an endpoint's function sees it.

    :param user: who calls.
    :param path: the path's parameters.
    :param query: the query's parameters.
    :param body: the JSON body, empty where there is none.
    """

    user: str
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)

    @property
    def is_administrator(self) -> bool:
        """Whether the caller is Linkis' administrator."""
        return self.user == ADMINISTRATOR

    def id(self, name: str = "id") -> int:
        """A number in the path.

        :raises BadRequest: it is none.
        """
        try:
            return java_long(self.path[name])
        except ValueError:
            raise BadRequest(name) from None

    def number(self, name: str) -> int | None:
        """A number of the query, None where it is missing or empty.

        :raises BadRequest: it is none.
        """
        text = self.query.get(name, "").strip()
        if not text:
            return None
        try:
            return java_long(text)
        except ValueError:
            raise BadRequest(name) from None

    def needed_number(self, name: str) -> int:
        """A number of the query that must be there.

        :raises BadRequest: it is not, or is no number.
        """
        value = self.number(name)
        if value is None:
            raise BadRequest(name)
        return value

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

    def check_fields(self, known: frozenset[str]) -> None:
        """Refuse a body with a field that the server's class does not have.

        :raises BadRequest: it has one.
        """
        if unknown := set(self.body) - known - {"labels"}:
            raise BadRequest(", ".join(sorted(unknown)))


@dataclass(frozen=True)
class Reply:
    """An answer that is not just data with ``OK``.

    :param method: what the controller sets by hand, None for the path.
    """

    data: Json
    message: str = "OK"
    method: str | None = None


Function = Callable[[Services, Call], "Json | Reply"]


@dataclass(frozen=True)
class Endpoint:
    """One of Exchangis' endpoints.

    :param path: below :data:`MAIN`, None where the version has none.
    :param function: returns data or a :class:`Reply`.
    :param slow: run it in a thread; what only looks into our own tables is faster without one.
    :param needs_body: whether a GET must have a body as well.
    :param documented: the document's path, from its very beginning, where it differs.
    :param documented_method: the document's verb, where it differs.
    """

    method: str
    path: str | None
    function: Function
    slow: bool = False
    needs_body: bool = False
    documented: str | None = None
    documented_method: str | None = None

    def routes(self, services: Services) -> list[Route]:
        """The route, or both."""
        served = services.settings.paths
        handler = self._handler(services)
        found = []
        if self.path is not None and (served != "documented" or self.documented is None):
            found.append(Route(f"{API}{MAIN}{self.path}", handler, methods=[self.method]))
        if served != "real" and self.documented is not None:
            found.append(Route(self.documented, handler, methods=[self.documented_method or self.method]))
        return found

    def _handler(self, services: Services) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Response:
            path = request.url.path
            try:
                user = services.gate.user_of(request)
            except NotLoggedIn as error:
                return envelope(path, {}, status=-1, message=str(error))
            call = Call(user, request.path_params, dict(request.query_params))
            raw = await request.body()
            if services.faults.take("empty-answer") or (request.method != "GET" and not raw):
                # The gateway hands no empty body on, and nobody answers (facts section 1.2).
                return Response(b"")
            if raw or self.needs_body:
                body = _json_object(raw)
                if body is None:
                    return spring_error(path, 400, "Bad Request")
                call.body = body
            if self.slow:
                return await run_in_threadpool(_answer, services, path, self.function, call)
            return _answer(services, path, self.function, call)

        return handle


def _json_object(raw: bytes) -> Json | None:
    try:
        # A number is a Long at the most, as Jackson reads them.
        value = json.loads(raw, parse_int=java_long)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _answer(services: Services, path: str, function: Function, call: Call) -> Response:
    method = f"/api{path.removeprefix(API)}"
    try:
        result = function(services, call)
    except BadRequest:
        return spring_error(path, 400, "Bad Request")
    except Refused as error:
        status = 400 if services.settings.version.error_is_http_400 else 200
        return envelope(error.method or method, error.data, status=1, message=_shown(error), http_status=status)
    except Unforeseen as error:
        return _java_error(JavaError(error.name, str(error)))
    except Exception as error:  # noqa: BLE001 # the aspect around every controller does the same
        traceback.print_exc()
        return _java_error(JavaError(type(error).__name__, str(error)))
    if isinstance(result, Reply):
        return envelope(result.method or method, result.data, message=result.message)
    return envelope(method, result)


def _java_error(error: JavaError) -> Response:
    return envelope(None, error.data(), status=1, message=error.message())


def _shown(error: Refused) -> str:
    """What is left of a text: the data source controllers show only what stands in its first brackets."""
    found = _BRACKETS.search(str(error)) if error.in_brackets else None
    return found[1] if found else str(error)
