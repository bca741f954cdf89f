"""Waits for the end of an execution, without a thread and without outliving the client."""

from __future__ import annotations

import asyncio
import logging

from airflow.utils.session import create_session
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from taskcenter_plugin import settings
from taskcenter_plugin.contexts.service import context_by_id
from taskcenter_plugin.contexts.status import ENDED, is_cancelled, status_of

log = logging.getLogger(__name__)
POLL_SECONDS = 0.5


def has_ended(context_id: int) -> bool:
    """Whether an execution has ended.

    :raises NotFound: there is none.
    """
    with create_session(scoped=False) as session:
        run, _, context = context_by_id(context_id, session)
        return status_of(str(run.state), cancelled=is_cancelled(run, context)) in ENDED


async def wait_for_end(context_id: int, request: Request) -> bool:
    """Wait until an execution has ended, the client has gone, or ``[taskcenter] sync_seconds`` are over; return whether it has."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + settings.sync_seconds()
    gone = asyncio.ensure_future(_client_has_gone(request))
    try:
        while not (ended := await run_in_threadpool(has_ended, context_id)):
            left = deadline - loop.time()
            if left <= 0:
                break
            await asyncio.wait({gone}, timeout=min(POLL_SECONDS, left))
            if gone.done():
                log.info("Nobody waits for the end of context %d any more", context_id)
                break
        return ended
    finally:
        gone.cancel()
        await asyncio.wait({gone})


async def _client_has_gone(request: Request) -> None:
    """Return when the client has closed the connection; the body has been read, or there is none of interest.

    ``Request.is_disconnected`` never learns of it behind Starlette's ``BaseHTTPMiddleware``, which Airflow's api-server uses.
    """
    while (await request.receive())["type"] != "http.disconnect":
        pass
