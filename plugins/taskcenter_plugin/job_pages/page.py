"""``/jobs``: the page itself, which is the same for every job; its script asks for what it shows."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from taskcenter_plugin.airflow_internals.login import is_logged_in, login_path
from taskcenter_plugin.errors import NOT_FOUND
from taskcenter_plugin.routes.envelope import refusal
from taskcenter_plugin.routes.paths import MOUNT

_FILES = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".html": "text/html"}
_PAGE = "page.html"

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


async def page(request: Request) -> Response:
    """The page; who is not logged in is led to Airflow's login, and back."""
    if not await is_logged_in(request):
        root = request.scope.get("root_path", "").removesuffix(MOUNT)
        here = f"{root}{MOUNT}/jobs" + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{root}{login_path(here)}", status_code=302, headers={"Cache-Control": "no-store"})
    return _file(_PAGE)


async def static_file(request: Request) -> Response:
    """A part of the page that holds no data: its style, its script."""
    name = request.path_params["name"]
    known = {file.name for file in _FILES.iterdir() if file.suffix in _TYPES}
    return _file(name) if name in known - {_PAGE} else refusal(404, NOT_FOUND, "There is no such file.")


def _file(name: str) -> Response:
    return FileResponse(_FILES / name, media_type=_TYPES[Path(name).suffix], headers=_HEADERS)


routes = [Route("/jobs", page, methods=["GET"]), Route("/jobs/static/{name}", static_file, methods=["GET"])]
