"""Asks the remote systems about jobs, through the providers' own hooks, in the api-server's event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from taskcenter.core.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    RemoteError,
    UnavailableError,
)
from taskcenter.core.flow import Flow
from taskcenter.core.job import JobRef
from taskcenter.jobs.hook import AsyncSession, RemoteHook
from taskcenter.jobs.record import JobRecord
from taskcenter.provider import get_provider_info
from taskcenter_plugin.errors import BadGateway, GatewayTimeout, NotFound, TaskCenterError, Unavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

ANSWER_SECONDS = 20.0
"""How long a page waits for what it has asked for."""

CANCEL_SECONDS = 30.0
"""How long it waits until a job has stopped."""

KEPT_SECONDS = 60.0
"""How long a session is kept for the next request, so that not each of them logs in anew."""

SYSTEMS = {"linkis": "Linkis", "exchangis": "Exchangis", "hlink": "Hlink", "flink_rest": "Flink"}
"""By connection type, what people call the system."""

_WAITED_FOR = ("stable_seconds", "until", "running_for")
"""Names in a handle that say what a task waits for: a streaming job counts as done while it runs. A page shows the job."""


@dataclass
class _Kept:
    session: AsyncSession[Any]
    timer: asyncio.TimerHandle


_kept: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[type, str], _Kept]] = WeakKeyDictionary()
_releasing: set[asyncio.Task[None]] = set()


def system_name(record: JobRecord) -> str:
    """What people call the system of a job.

    :raises NotFound: it is none of ours.
    """
    if record.conn_type not in SYSTEMS:
        raise NotFound("The task has no remote job on record that a page can show.")
    return SYSTEMS[record.conn_type]


def job_itself(record: JobRecord) -> JobRef:
    """The job, without what its task waits for."""
    handle = {name: value for name, value in record.ref.handle.items() if name not in _WAITED_FOR}
    return JobRef(record.ref.id, handle)


async def ask(record: JobRecord, flow: Callable[[Any], Flow[T]], *, seconds: float = ANSWER_SECONDS) -> T:
    """Run a flow on a job's system.

    :param flow: makes the flow from the system.
    :raises TaskCenterError: it did not work; the text names neither the connection nor what is in it.
    """
    name = system_name(record)
    hook = _hook_classes()[record.conn_type](record.conn_id)
    try:
        return await asyncio.wait_for(_run(hook, flow), seconds)
    except asyncio.TimeoutError:
        raise GatewayTimeout(f"{name} has not answered within {seconds:.0f} seconds. Try again later.") from None
    except RemoteError as error:
        log.warning("A page on job %s could not be filled: %s", record.ref.id, error)
        raise _refusal(name, error) from error


async def secrets_of(record: JobRecord) -> tuple[str, ...]:
    """What of a job's connection must be shown to nobody.

    :raises TaskCenterError: the connection cannot be used.
    """
    hook = _hook_classes()[record.conn_type](record.conn_id)
    try:
        session = await hook.acquire()
    except RemoteError as error:
        raise _refusal(system_name(record), error) from error
    try:
        return tuple(session.settings.secrets)
    finally:
        await session.release()


def _refusal(name: str, error: RemoteError) -> TaskCenterError:
    if isinstance(error, ConfigurationError):
        return Unavailable(f"The connection to {name} cannot be used here. The api-server's log says why.")
    if isinstance(error, AuthenticationError):
        return BadGateway(f"{name} refused the credentials of the connection. The api-server's log says more.")
    if isinstance(error, UnavailableError):
        if error.timed_out:
            return GatewayTimeout(f"{name} does not answer in time. See whether it is well, and try again later.")
        return BadGateway(f"{name} cannot be reached. See whether it is up, and try again later.")
    if isinstance(error, NotFoundError):
        return NotFound(error.message)
    return BadGateway(error.message)


async def _run(hook: RemoteHook[Any], flow: Callable[[Any], Flow[T]]) -> T:
    await _keep_session(hook)
    return await hook.arun(flow)


async def _keep_session(hook: RemoteHook[Any]) -> None:
    """Hold the session that this loop shares for the connection, until nobody has used it for a while."""
    loop = asyncio.get_running_loop()
    kept = _kept.setdefault(loop, {})
    key = (type(hook), hook.conn_id)
    session = await hook.acquire()
    known = kept.pop(key, None)
    kept[key] = _Kept(session, loop.call_later(KEPT_SECONDS, _let_go, loop, key, session))
    if known is not None:
        # The same session, which is held once; or one of before the connection was changed.
        known.timer.cancel()
        await known.session.release()


def _let_go(loop: asyncio.AbstractEventLoop, key: tuple[type, str], session: AsyncSession[Any]) -> None:
    kept = _kept.get(loop, {})
    if key in kept and kept[key].session is session:
        del kept[key]
    task = loop.create_task(session.release())
    _releasing.add(task)
    task.add_done_callback(_releasing.discard)


@cache
def _hook_classes() -> dict[str, type[RemoteHook[Any]]]:
    """By connection type."""
    found = {}
    for entry in get_provider_info()["connection-types"]:
        module, _, name = entry["hook-class-name"].rpartition(".")
        found[entry["connection-type"]] = getattr(import_module(module), name)
    return found
