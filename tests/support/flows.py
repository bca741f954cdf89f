"""Runs flows without a network: by hand, and with either driver over a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from support.scripted_server import Answer
from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.drivers import run_async, run_sync
from taskcenter.core.endpoint import Call, Reply
from taskcenter.core.errors import RemoteError
from taskcenter.core.flow import Flow

T = TypeVar("T")


def reply_of(answer: Answer) -> Reply:
    """What a transport would make of an answer."""
    return Reply(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)


class ByHand:
    """Runs a flow with answers given by hand and a clock that only pauses move.

    :ivar calls: the calls that the flow made.
    :ivar pauses: the pauses that it asked for, without those of no length.
    """

    def __init__(self, *answers: Answer | RemoteError | Callable[[Call], Answer | RemoteError], now: float = 1000.0):
        self.answers = list(answers)
        self.now = now
        self.calls: list[Call] = []
        self.pauses: list[float] = []

    def run(self, flow: Flow[T]) -> T:
        """Run the flow; an answer that nobody asks for, or the lack of one, is an error."""
        value = run_sync(flow, self._send, sleep=self._sleep, clock=lambda: self.now)
        assert not self.answers, f"the flow ended without asking for {self.answers}"
        return value

    def paths(self) -> list[str]:
        """Verb and path of the calls."""
        return [f"{call.endpoint.method} {call.path}" for call in self.calls]

    def _send(self, call: Call) -> Reply:
        self.calls.append(call)
        assert self.answers, f"nobody answers {call.endpoint.method} {call.path}"
        answer = self.answers.pop(0)
        if callable(answer):
            answer = answer(call)
        if isinstance(answer, RemoteError):
            raise answer
        return reply_of(answer)

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Client:
    """One of the two drivers on one session of its transport."""

    def __init__(self, send: Callable[[Call], Reply], run: Callable[[Flow[Any]], Any]) -> None:
        self.send = send
        self.run = run


class Driver:
    """The one of the two drivers that a test is run with.

    :param name: ``sync`` or ``async``.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @contextmanager
    def session(self, settings: ConnectionSettings) -> Iterator[Client]:
        """A session to the server of ``settings``."""
        # Imported here, so that the tests of the core need no Airflow.
        from taskcenter.jobs.transport import AsyncTransport, sync_transport

        if self.name == "sync":
            with sync_transport(settings) as transport:
                yield Client(transport.send, lambda flow: run_sync(flow, transport.send, sleep=_no_sleep))
            return
        loop = asyncio.new_event_loop()
        try:
            shared = AsyncTransport(settings)
            loop.run_until_complete(shared.__aenter__())
            try:
                yield Client(
                    lambda call: loop.run_until_complete(shared.send(call)),
                    lambda flow: loop.run_until_complete(run_async(flow, shared.send, sleep=_no_async_sleep)),
                )
            finally:
                loop.run_until_complete(shared.__aexit__(None, None, None))
                # Lets the transports of closed connections say good-bye, as a loop that lives on would.
                loop.run_until_complete(asyncio.sleep(0))
        finally:
            loop.close()


def _no_sleep(seconds: float) -> None:
    """Pauses between attempts need not be waited for."""


async def _no_async_sleep(seconds: float) -> None:
    await asyncio.sleep(0)
