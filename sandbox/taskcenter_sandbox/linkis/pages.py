"""Two small pages for people: the latest jobs, and one job with its log."""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from taskcenter_sandbox.linkis.service import Services
from taskcenter_sandbox.linkis.store import UNDONE, Filter, Job, now_ms

JOBS = 50
LOG_BYTES = 100_000
REFRESH_SECONDS = 3

# Linkis' own page for a job is /#/console/viewHistory?taskID=N; what stands behind the # does not come to the server.
_SCRIPT = "const m=/[?&]taskID=(\\d+)/.exec(location.hash);if(m)location.replace('/jobs/'+m[1])"
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_SCRIPT_HASH}'"

_STYLE = (
    "body{font:15px system-ui,sans-serif;margin:2em;max-width:75em}table{border-collapse:collapse}"
    "td,th{padding:.3em .8em;text-align:left;border-bottom:1px solid #ddd}pre{background:#f5f5f5;padding:1em;overflow:auto}"
)


class Pages:
    """The pages; a browser asks for user and password itself."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def jobs(self, request: Request) -> Response:
        """/: the latest jobs."""
        if not self._may_look(request):
            return _ask()
        jobs, total = self._services.store.page(Filter(0, now_ms()), 1, JOBS)
        head = "<tr><th>job</th><th>status</th><th>run type</th><th>engine</th><th>creator</th><th>user</th><th>created</th></tr>"
        rows = "".join(_row(job) for job in jobs)
        text = f"<script>{_SCRIPT}</script><p>{total} jobs. This server runs what it is sent.</p><table>{head}{rows}</table>"
        return _page("Local Linkis", text, refresh=True)

    async def job(self, request: Request) -> Response:
        """/jobs/{id}: one job, its code and the end of its log."""
        if not self._may_look(request):
            return _ask()
        job = self._services.store.get(request.path_params["id"])
        if job is None:
            return _page("No such job", "<p><a href='/'>all jobs</a></p>", status=404)
        facts = [
            ("status", f"{job.status}, {job.progress or '0.0'}"),
            ("error", f"{job.error_code or ''} {job.error_desc or ''}"),
            ("runs", f"{job.run_type} on {job.engine} as {job.execute_user} for {job.creator}"),
            ("source", job.source or ""),
            ("results", job.result_location or ""),
        ]
        rows = "".join(f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in facts)
        text = (
            f"<p><a href='/'>all jobs</a></p><table>{rows}</table><h2>Code</h2><pre>{html.escape(job.code)}</pre>"
            f"<h2>Log</h2><pre>{html.escape(_tail(job.log_path))}</pre>"
        )
        return _page(f"Job {job.id}", text, refresh=job.status in UNDONE)

    def _may_look(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            user, _, password = base64.b64decode(given).decode().partition(":")
        except (binascii.Error, ValueError):
            return False
        return self._services.gate.is_right(user, password)


def _row(job: Job) -> str:
    created = datetime.fromtimestamp(job.created / 1000).astimezone()
    cells = (job.status, job.run_type, job.engine, job.creator, job.execute_user, f"{created:%Y-%m-%d %H:%M:%S}")
    return f"<tr><td><a href='/jobs/{job.id}'>{job.id}</a></td>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"


def _tail(log_path: str | None) -> str:
    if not log_path:
        return ""
    try:
        with Path(log_path.removeprefix("file://")).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - LOG_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _page(title: str, body: str, *, status: int = 200, refresh: bool = False) -> Response:
    again = f"<meta http-equiv=refresh content={REFRESH_SECONDS}>" if refresh else ""
    text = (
        f"<!doctype html><html lang=en><head><meta charset=utf-8>{again}<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{title}</h1>{body}</body></html>"
    )
    # What a job has printed is shown as text; should some of it be taken for a script, it still does not run.
    return HTMLResponse(text, status_code=status, headers={"Content-Security-Policy": _POLICY})


def _ask() -> Response:
    header = {"WWW-Authenticate": 'Basic realm="Local Linkis", charset="UTF-8"'}
    return HTMLResponse("<!doctype html><title>Local Linkis</title><p>Log in.</p>", status_code=401, headers=header)


def routes(services: Services) -> list[Route]:
    """The routes."""
    pages = Pages(services)
    return [Route("/", pages.jobs, methods=["GET"]), Route("/jobs/{id:int}", pages.job, methods=["GET"])]
