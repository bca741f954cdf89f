"""Both drivers do the same with every flow: each test here runs with one and with the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from taskcenter.core.drivers import run_async, run_sync
from taskcenter.core.endpoint import Call, Endpoint, Reply
from taskcenter.core.errors import RemoteError, UnavailableError
from taskcenter.core.flow import Flow, Pause

ENDPOINT = Endpoint("x", "GET", "/x", lambda reply, context: reply.status)


class Run:
    """Runs flows with one of the drivers, answers from a list, and notes what was slept."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.slept: list[float] = []
        self.now = 50.0

    def __call__(self, flow: Flow[Any], *answers: Reply | Exception) -> Any:
        left = list(answers)

        def send(call: Call) -> Reply:
            answer = left.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.now += seconds

        if self.kind == "sync":
            return run_sync(flow, send, sleep=sleep, clock=lambda: self.now)

        async def asend(call: Call) -> Reply:
            return send(call)

        async def asleep(seconds: float) -> None:
            sleep(seconds)

        return asyncio.run(run_async(flow, asend, sleep=asleep, clock=lambda: self.now))


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Run:
    return Run(request.param)


def test_a_flow_gets_its_replies_and_returns_its_value(run: Run):
    def flow() -> Flow[list[int]]:
        first = yield ENDPOINT()
        second = yield ENDPOINT()
        return [first.status, second.status]

    assert run(flow(), Reply(200, {}, b""), Reply(404, {}, b"")) == [200, 404]


def test_a_flow_that_does_nothing_returns_its_value(run: Run):
    def flow() -> Flow[str]:
        return "at once"
        yield

    assert run(flow()) == "at once"


def test_an_error_of_the_transport_is_thrown_into_the_flow(run: Run):
    def flow() -> Flow[str]:
        try:
            yield ENDPOINT()
        except UnavailableError:
            reply = yield ENDPOINT()
            return f"after all {reply.status}"
        return "never"

    assert run(flow(), UnavailableError("x", sent=False), Reply(200, {}, b"")) == "after all 200"


def test_an_error_that_the_flow_does_not_take_comes_out(run: Run):
    def flow() -> Flow[None]:
        yield ENDPOINT()

    error = UnavailableError("x", sent=True)
    with pytest.raises(UnavailableError) as caught:
        run(flow(), error)
    assert caught.value is error


def test_an_exception_that_is_none_of_ours_is_not_swallowed(run: Run):
    def flow() -> Flow[None]:
        try:
            yield ENDPOINT()
        except RemoteError:
            pytest.fail("this is no remote error")

    with pytest.raises(ZeroDivisionError):
        run(flow(), ZeroDivisionError())


def test_a_pause_sleeps_and_tells_the_time(run: Run):
    def flow() -> Flow[list[float]]:
        return [(yield Pause(0)), (yield Pause(2.5)), (yield Pause(0))]

    assert run(flow()) == [50.0, 52.5, 52.5]
    assert run.slept == [2.5]


def test_a_jittered_pause_is_longer_by_its_share_at_most(run: Run):
    def flow() -> Flow[None]:
        for _ in range(200):
            yield Pause(10.0, jitter=0.1)

    run(flow())
    assert all(10.0 <= seconds <= 11.0 for seconds in run.slept)
    assert len(set(run.slept)) > 100


async def test_cancelling_the_task_closes_its_flow():
    closed: list[str] = []

    def flow() -> Flow[None]:
        try:
            yield ENDPOINT()
        finally:
            closed.append("closed")

    sending = asyncio.Event()

    async def send(call: Call) -> Reply:
        sending.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task(run_async(flow(), send))
    await sending.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == ["closed"]


@pytest.mark.parametrize("driver", [run_sync, run_async])
def test_the_clock_is_the_epoch_by_default(driver: Callable[..., Any]):
    def flow() -> Flow[float]:
        return (yield Pause(0))

    now = driver(flow(), None)
    if asyncio.iscoroutine(now):
        now = asyncio.run(now)
    assert now > 1_700_000_000
