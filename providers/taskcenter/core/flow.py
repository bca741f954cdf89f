"""Flows: what to do with a remote system, written once, without I/O, clock or sleep.

A flow is a generator. It yields a :class:`~taskcenter.core.endpoint.Call` and receives the reply (or has the
transport's error thrown into it), or it yields a :class:`Pause` and receives the time; its return value is the
flow's value. ``taskcenter.core.drivers`` runs flows, synchronously or asynchronously.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from taskcenter.core.endpoint import Call
from taskcenter.core.errors import ErrorContext, MalformedReplyError, RemoteError, UnavailableError

T = TypeVar("T")


@dataclass(frozen=True)
class Pause:
    """Wait, then be told the time (epoch seconds); ``Pause(0)`` only asks for the time.

    :param seconds: how long.
    :param jitter: the driver adds up to this share at random, so that many clients do not come back together.
    """

    seconds: float
    jitter: float = 0.0


Flow: TypeAlias = Generator["Call | Pause", Any, T]


@dataclass(frozen=True)
class RetryPolicy:
    """When a request is sent again.

    Only an idempotent one, or one that certainly never left, is; see :attr:`Endpoint.idempotent`.

    :param attempts: how often it is sent at most, the first time included.
    :param first_delay_seconds: the pause before the second attempt; it doubles each time.
    :param max_delay_seconds: the longest pause.
    """

    attempts: int = 4
    first_delay_seconds: float = 0.5
    max_delay_seconds: float = 10.0

    def delay_seconds(self, attempt: int) -> float:
        """The pause after the ``attempt``-th failure, counted from 1."""
        return float(min(self.max_delay_seconds, self.first_delay_seconds * 2 ** min(attempt - 1, 20)))


def may_repeat(call: Call, error: RemoteError) -> bool:
    """Whether sending the call again can do no harm and may do good."""
    if isinstance(error, UnavailableError) and not error.sent:
        return True
    return call.endpoint.idempotent and isinstance(error, UnavailableError | MalformedReplyError)


def request(call: Call, context: ErrorContext, retry: RetryPolicy, secrets: Sequence[str] = ()) -> Flow[Any]:
    """Make one request, again where that is safe, and return what its endpoint parsed from the answer.

    :param secrets: what no error may show; servers echo tokens.

    :raises RemoteError: the last attempt's error, with the context filled in.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            reply = yield call
            return call.endpoint.parse(reply, context)
        except RemoteError as error:
            error.conceal(secrets)
            if attempt >= retry.attempts or not may_repeat(call, error):
                error.locate(
                    system=context.system, connection=context.connection, job_id=context.job_id, endpoint=call.label
                )
                raise
        yield Pause(retry.delay_seconds(attempt), jitter=0.5)
