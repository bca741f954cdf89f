"""Who looks at the logs of a run, as the page does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from support.runs_of_plans import ONCE, change
from support.task_center import bearer, forget_everything
from taskcenter_sandbox.waiting import wait_until

LONG_AGO = datetime(2026, 1, 2, 4, tzinfo=timezone.utc)


class LogPage:
    """A user who looks at a run.

    :ivar context: the run's number.
    """

    def __init__(self, http: Any, context: int) -> None:
        self.http = http
        self.context = context

    def ask(self, user: str = "ada", search: bool = False, **query: Any) -> tuple[int, Any, str]:
        """Status, data and message of an answer."""
        path = f"/runs/{query.pop('context', self.context)}/log{'/search' * search}"
        reply = self.http.get(path, params={"task_id": "run", **query}, headers={"Authorization": bearer(user)})
        answer = reply.json()
        assert reply.status_code != 200 or reply.headers["cache-control"] == "no-store"
        return reply.status_code, answer["data"], answer["msg"]

    def read(self, **query: Any) -> dict[str, Any]:
        """An answer that is a success."""
        status, data, message = self.ask(**query)
        assert status == 200, message
        return data

    def until(self, enough: Any, what: str, **query: Any) -> dict[str, Any]:
        """The first answer that is so."""

        def look() -> Any:
            data = self.read(**query)
            return data if enough(data) else None

        return wait_until(look, what=what, timeout_seconds=30)

    def whole(self, **query: Any) -> list[str]:
        """All lines, read as a page does that shows them as they come."""
        lines: list[str] = []

        def look() -> bool:
            data = self.read(from_line=len(lines) + 1, count=1000, **query)
            assert data["first"] == len(lines) + 1
            lines.extend(data["lines"])
            return data["done"] and len(lines) == data["total"]

        wait_until(look, what="the end of the log", timeout_seconds=30)
        return lines


@contextmanager
def looking_at_a_run(app: Any) -> Iterator[LogPage]:
    """A run of a plan with one task, which runs its first try."""
    from starlette.testclient import TestClient

    forget_everything()
    with TestClient(app, raise_server_exceptions=False) as http:
        answer = http.post("/api/schedules", json=ONCE, headers={"Authorization": bearer("ada")}).json()
        page = LogPage(http, answer["data"]["contextId"])
        change(page.context, state="running", try_number=1)
        yield page
        http.portal.call(_forget)


async def _forget() -> None:
    """Close what is kept for the next request, before the event loop ends."""
    from taskcenter_plugin.job_pages import remote
    from taskcenter_plugin.ui.log_feeds import feeds

    feeds().close()
    for kept in remote._kept.pop(asyncio.get_running_loop(), {}).values():
        kept.timer.cancel()
        await kept.session.release()


def end(execution: Any) -> None:
    """Have a transfer end well."""
    execution.status, execution.tasks[0].status, execution.all_ended = "Success", "Success", True
