"""The two drivers: they do what a flow asks for, and know nothing of any system."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from taskcenter.core.endpoint import Call, Reply
from taskcenter.core.errors import RemoteError
from taskcenter.core.flow import Flow, Pause

T = TypeVar("T")


def run_sync(
    flow: Flow[T],
    send: Callable[[Call], Reply],
    *,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> T:
    """Run a flow to its end and return its value.

    :param send: makes a request; raises an error of the tree when no answer came.
    """
    answer: Any = None
    error: RemoteError | None = None
    while True:
        try:
            step = flow.throw(error) if error else flow.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        answer, error = None, None
        if isinstance(step, Pause):
            if step.seconds > 0:
                sleep(_jittered(step))
            answer = clock()
        else:
            try:
                answer = send(step)
            except RemoteError as caught:
                error = caught


async def run_async(
    flow: Flow[T],
    send: Callable[[Call], Awaitable[Reply]],
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.time,
) -> T:
    """Run a flow to its end on the running event loop and return its value.

    :param send: makes a request; raises an error of the tree when no answer came.
    """
    answer: Any = None
    error: RemoteError | None = None
    try:
        while True:
            try:
                step = flow.throw(error) if error else flow.send(answer)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            answer, error = None, None
            if isinstance(step, Pause):
                if step.seconds > 0:
                    await sleep(_jittered(step))
                answer = clock()
            else:
                try:
                    answer = await send(step)
                except RemoteError as caught:
                    error = caught
    finally:
        flow.close()


def _jittered(pause: Pause) -> float:
    return pause.seconds * (1 + pause.jitter * random.random())  # noqa: S311 # spreads load, guards nothing
