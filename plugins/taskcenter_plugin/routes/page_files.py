"""``/ui``: the built page's files, which hold no data and are the same for everybody."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from taskcenter_plugin.errors import NOT_FOUND
from taskcenter_plugin.react_apps import BUILT, ENTRY, build_version
from taskcenter_plugin.routes.envelope import refusal

_TYPES = {".css": "text/css", ".js": "text/javascript"}
_HASHED = "assets"
_FOREVER = "public, max-age=31536000, immutable"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",  # for who opens one as a page
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def _built(name: str) -> Path | None:
    """A file of the page; nothing else on the disk can be asked for."""
    try:
        file = (BUILT / name).resolve()
        return file if file.is_relative_to(BUILT) and file.suffix in _TYPES and file.is_file() else None
    except (OSError, ValueError):  # no name that a file could have: too long, or with a NUL in it
        return None


async def page_file(request: Request) -> Response:
    """One file. What is named by its hash, or asked for with its build's, browsers may keep."""
    name = request.path_params["name"]
    file = _built(name)
    if file is None:
        return refusal(
            404, NOT_FOUND, "There is no such file. Reload the page: the task center may have been upgraded."
        )
    kept = name.startswith(f"{_HASHED}/") or (name == ENTRY and request.query_params.get("v") == build_version())
    headers = {**_HEADERS, "Cache-Control": _FOREVER if kept else "no-cache"}
    return FileResponse(file, media_type=_TYPES[file.suffix], headers=headers)


routes = [Route("/ui/{name:path}", page_file, methods=["GET"])]
