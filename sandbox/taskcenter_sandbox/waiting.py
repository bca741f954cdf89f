"""Waiting for a condition, with a deadline and an error that says what was waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class DeadlineExceeded(TimeoutError):  # noqa: N818  (named as grpc and pendulum users know it)
    """What was waited for did not happen in time. The message ends with what was seen last."""


def wait_until(
    check: Callable[[], T | None],
    *,
    what: str,
    timeout_seconds: float,
    poll_seconds: float = 0.2,
    last_seen: Callable[[], str] | None = None,
) -> T:
    """Call ``check`` until it returns something true, and return that.

    :param check: asked every ``poll_seconds``; an exception from it ends the wait
    :param what: names the condition in the error, e.g. ``"run manual_1 of etl to end"``
    :param timeout_seconds: how long to go on asking
    :param last_seen: called once when time is up; its text is appended to the error
    :raises DeadlineExceeded: when ``check`` was still false after ``timeout_seconds``
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        if result := check():
            return result
        if time.monotonic() >= deadline:
            message = f"Waited {timeout_seconds:g} s for {what}"
            raise DeadlineExceeded(f"{message}; {last_seen()}" if last_seen else message)
        time.sleep(poll_seconds)
