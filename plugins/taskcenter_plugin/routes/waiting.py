"""Waits for the end of an execution, without a thread and without outliving the client."""

from __future__ import annotations

import asyncio

from airflow.utils.session import create_session
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from taskcenter_plugin import settings
from taskcenter_plugin.contexts.service import context_by_id
from taskcenter_plugin.contexts.status import ENDED, is_cancelled, status_of

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
    while not (ended := await run_in_threadpool(has_ended, context_id)):
        if loop.time() >= deadline or await request.is_disconnected():
            break
        await asyncio.sleep(POLL_SECONDS)
    return ended
