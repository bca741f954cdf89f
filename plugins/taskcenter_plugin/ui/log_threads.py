"""The threads that logs are read in: their own, so that slow logs keep no other request of the api-server waiting.

A thread that reads cannot be stopped, also when nobody wants what it reads any more. It stays in its pool until it has done; what
waits for a place there and is given up takes none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


class LogThreads:
    """Some threads of this process for one kind of work.

    :param most: how many at once; more work waits
    :param name: what it is, for those who look at the process
    """

    def __init__(self, most: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(most, f"taskcenter-log-{name}")

    async def run(self, work: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """Do this in one of them."""
        call = partial(copy_context().run, partial(work, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)


LOOKS = LogThreads(2, "look")
"""Go through whole logs, since Airflow reads each from its beginning; it may wait for a worker or a log storage."""

KEEPING = LogThreads(2, "keep")
"""Write what systems have sent."""

WINDOWS = LogThreads(4, "window")
"""Read and search what is kept here."""
