"""The application: Linkis' endpoints at their paths, a small page for people, and the sandbox's own switches."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from taskcenter_sandbox.linkis import entrance_routes, file_routes, history_routes, user_routes
from taskcenter_sandbox.linkis.auth import Credentials, Gate
from taskcenter_sandbox.linkis.entrance import Entrance
from taskcenter_sandbox.linkis.envelope import envelope, spring_error
from taskcenter_sandbox.linkis.faults import FAULTS, Faults
from taskcenter_sandbox.linkis.middleware import Statistics, Wire, stats_json
from taskcenter_sandbox.linkis.service import Call, Services, service
from taskcenter_sandbox.linkis.storage import VISIBLE, Storage
from taskcenter_sandbox.linkis.store import Store, now_ms

API = "/api/rest_j/v1"
PAGE_JOBS = 50


def make_app(
    directory: Path, credentials: Credentials, faults: Faults, statistics: Statistics, hosts: frozenset[str] | None
) -> tuple[Wire, Callable[[], None]]:
    """The application, and what to call when it stops.

    :param directory: where everything is kept.
    :param hosts: names that it answers to; None for all.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in VISIBLE:
        (directory / name).mkdir(exist_ok=True)
    entrance = Entrance(Store(directory / "history.sqlite"), directory, faults)
    services = Services(Gate(credentials), entrance, faults)
    storage = Storage(directory)

    async def not_found(request: Request, _: Exception) -> Response:
        if request.url.path.startswith("/api/rest_j/") and not request.url.path.startswith(API):
            version = request.url.path.split("/")[3]
            text = f"The gatewayv1 not support version {version}."
            return envelope(request.url.path, {}, status=1, message=text, http_status=200)
        return spring_error(request.url.path, 404, "Not Found")

    async def not_allowed(request: Request, _: Exception) -> Response:
        return spring_error(request.url.path, 405, "Method Not Allowed")

    api = [
        *user_routes.routes(services),
        *entrance_routes.routes(services),
        *history_routes.routes(services),
        *file_routes.routes(services, storage),
    ]
    app = Starlette(
        routes=[Mount(API, routes=api), *_sandbox_routes(services, statistics), *_page_routes(services)],
        exception_handlers={404: not_found, 405: not_allowed},
    )
    return Wire(app, faults=faults, statistics=statistics, hosts=hosts), entrance.close


def _sandbox_routes(services: Services, statistics: Statistics) -> list[Route]:
    def show(services: Services, call: Call) -> Response:  # the common signature
        jobs, total = services.entrance.store.page({"since": 0, "until": now_ms(), "submit_user": call.user}, (), 1, 1)
        del jobs
        return JSONResponse({**stats_json(statistics), "jobs": total})

    def switch(services: Services, call: Call) -> Response:
        if call.body.get("clear"):
            services.faults.clear()
        for fault in call.body.get("set", []):
            services.faults.set(str(fault))
        if call.body.get("entrance_restart"):
            services.entrance.forget_all()
        return JSONResponse({"faults": {name: services.faults.value(name) for name in FAULTS}})

    return [
        Route("/sandbox/stats", service(services, "/sandbox/stats", show), methods=["GET"]),
        Route("/sandbox/faults", service(services, "/sandbox/faults", switch, has_body=True), methods=["POST"]),
    ]


def _page_routes(services: Services) -> list[Route]:
    async def index(request: Request) -> Response:  # noqa: ARG001 # the common signature
        return HTMLResponse(
            "<!doctype html><title>Local Linkis</title><h1>Local Linkis</h1>"
            "<p>A stand-in of Apache Linkis for development. It runs what it is sent.</p>"
            "<p>A job's page is <code>/jobs/&lt;taskID&gt;</code>; it asks for the same login as the API.</p>"
        )

    def job_page(services: Services, call: Call) -> Response:
        job = services.entrance.store.get(int(call.path["id"])) if call.path["id"].isdigit() else None
        if job is None:
            return HTMLResponse("<!doctype html><title>No such job</title><h1>No such job</h1>", status_code=404)
        try:
            log = Path((job.log_path or "").removeprefix("file://")).read_text(encoding="utf-8", errors="replace")
        except OSError:
            log = ""
        text = html.escape
        return HTMLResponse(
            f"<!doctype html><title>Job {job.id}</title><h1>Job {job.id}: {text(job.status)}</h1>"
            f"<p>{text(job.run_type)} on {text(job.engine_type)} as {text(job.execute_user)} "
            f"for {text(job.creator)}</p><h2>Code</h2><pre>{text(job.code)}</pre>"
            f"<h2>Log</h2><pre>{text(log[-100_000:])}</pre>"
        )

    return [
        Route("/", index, methods=["GET"]),
        Route("/jobs/{id}", service(services, "/jobs/{id}", job_page), methods=["GET"]),
    ]
