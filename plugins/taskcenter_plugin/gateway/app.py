"""The gateway's application: a route for each endpoint that the providers declare as documented, and the login that clients use."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from taskcenter.core.endpoint import Endpoint
from taskcenter_plugin.airflow_internals import audit
from taskcenter_plugin.airflow_internals.auth import GetUserDep, user_name
from taskcenter_plugin.gateway import login
from taskcenter_plugin.gateway.answers import pass_on, refuse
from taskcenter_plugin.gateway.choice import chosen_connection
from taskcenter_plugin.gateway.documents import described
from taskcenter_plugin.gateway.errors import GatewayError
from taskcenter_plugin.gateway.forwarding import forward
from taskcenter_plugin.gateway.masking import mask_text
from taskcenter_plugin.gateway.requests import check_site, read_request
from taskcenter_plugin.gateway.rights import Use
from taskcenter_plugin.gateway.views import Served, served_views, view_at
from taskcenter_plugin.routes.envelope import product_version
from taskcenter_plugin.routes.paths import GATEWAY_MOUNT

log = logging.getLogger(__name__)

_OF_ROUTER = {
    404: "There is no such endpoint here; only those pass that are documented. See the OpenAPI document.",
    405: "The endpoint is documented with another verb. See the OpenAPI document.",
}


def create_app() -> FastAPI:
    """The application, with every documented endpoint at its documented path."""
    app = FastAPI(
        title="Task center gateway",
        description="The documented views of Linkis, Exchangis and Hlink, through Airflow's connections, login and rights.",
        version=product_version(),
        redirect_slashes=False,
    )
    app.add_api_route(login.PATH, login.log_in, methods=["POST"], name="login", **login.DESCRIBED)
    for served, endpoint in sorted(_all_endpoints(), key=_literal_first):
        listed = served.view.documented(endpoint)
        for method in (listed.method, *listed.other_methods):
            app.add_api_route(
                served.view.path_of(endpoint),
                _handler(served, endpoint),
                methods=[method],
                name=f"{served.view.name}: {endpoint.name}",
                **described(served, endpoint, method),
            )
    _wear_envelopes(app)
    return app


def _all_endpoints() -> list[tuple[Served, Endpoint]]:
    return [(served, endpoint) for served in served_views() for endpoint in served.view.endpoints]


def _literal_first(item: tuple[Served, Endpoint]) -> list[bool]:
    """``/jobs/list`` before ``/jobs/{job_id}``, which fits it, too."""
    served, endpoint = item
    return [segment.startswith("{") for segment in served.view.path_of(endpoint).split("/")]


def _handler(served: Served, endpoint: Endpoint) -> Callable[..., Awaitable[Response]]:
    use = served.use_of(endpoint)

    async def handle(request: Request, user: GetUserDep) -> Response:
        name = user_name(user)
        check_site(request, endpoint)
        if not await run_in_threadpool(served.permissions[use], user, request.method):
            raise GatewayError(403, f"User {name} may not {use.value} on {served.view.title}. Ask an administrator.")
        conn_id = await chosen_connection(served, request, user)
        passed = await read_request(served, endpoint, request, name)
        if use is not Use.READ:
            await run_in_threadpool(_note, served, endpoint, request, conn_id, name)
        return await pass_on(await forward(served, conn_id, passed))

    return handle


def _note(served: Served, endpoint: Endpoint, request: Request, conn_id: str, user: str) -> None:
    what = {
        "system": served.view.name,
        "endpoint": endpoint.name,
        "connection": conn_id,
        "method": request.method,
        "path": request.scope["path"].removeprefix(GATEWAY_MOUNT),
        "query": {name: mask_text(value)[:1000] for name, value in request.query_params.multi_items()},
    }
    audit.note(f"gateway_{served.view.name}_{endpoint.name.replace(' ', '_')}", user, what)


def _wear_envelopes(app: FastAPI) -> None:
    def answer(request: Request, status: int, message: str) -> Response:
        path = request.scope["path"].removeprefix(GATEWAY_MOUNT)
        return refuse(view_at(path).view, status, message, path)

    @app.exception_handler(GatewayError)
    def _ours(request: Request, error: GatewayError) -> Response:
        return answer(request, error.status, error.message)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        message = str(error.detail)
        if message == HTTPStatus(error.status_code).phrase:  # of the router, which says no more than that
            message = _OF_ROUTER.get(error.status_code, message)
        return answer(request, error.status_code, message)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, _error: RequestValidationError) -> Response:
        return answer(request, 400, "The request is not as documented.")

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeoutError)
    def _no_database(request: Request, error: Exception) -> Response:
        log.error("%s %s: Airflow's database is out of reach: %s", request.method, request.url.path, error)
        return answer(request, 503, "Airflow's database cannot be reached now. Send it again in a while.")

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return answer(request, 500, "The gateway failed; the api-server's log says why.")
