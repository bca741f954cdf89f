"""When a request is made again: never when that could do harm."""

from __future__ import annotations

import pytest

from support.flows import ByHand
from support.linkis_replies import envelope, no_instance, refusal
from support.scripted_server import Answer, html_answer
from taskcenter.core.endpoint import Call, Endpoint
from taskcenter.core.errors import (
    AuthenticationError,
    ErrorContext,
    MalformedReplyError,
    RefusedError,
    RemoteError,
    UnavailableError,
)
from taskcenter.core.flow import RetryPolicy, may_repeat, request
from taskcenter.core.gateway import Envelope

READ = Endpoint("read", "GET", "/read", Envelope("Linkis"))
SUBMIT = Endpoint("submit", "POST", "/submit", Envelope("Linkis"), idempotent=False)
WHERE = ErrorContext("linkis", "linkis_default")


def never_left(call: Call | None = None) -> UnavailableError:
    return UnavailableError("refused", sent=False)


def dropped(call: Call | None = None) -> UnavailableError:
    return UnavailableError("dropped", sent=True)


def timed_out(call: Call | None = None) -> UnavailableError:
    return UnavailableError("slow", sent=True, timed_out=True)


def cut(call: Call | None = None) -> MalformedReplyError:
    return MalformedReplyError("cut")


REPEATED = [
    (READ, never_left(), True),
    (READ, dropped(), True),
    (READ, timed_out(), True),
    (READ, cut(), True),
    (READ, RefusedError("no"), False),
    (READ, AuthenticationError("no"), False),
    (SUBMIT, never_left(), True),
    (SUBMIT, dropped(), False),
    (SUBMIT, timed_out(), False),
    (SUBMIT, cut(), False),
    (SUBMIT, RefusedError("no"), False),
]


@pytest.mark.parametrize(("endpoint", "error", "repeated"), REPEATED)
def test_what_may_be_repeated(endpoint: Endpoint, error: RemoteError, repeated: bool):
    assert may_repeat(endpoint(), error) is repeated


@pytest.mark.parametrize(
    "failure", [dropped, timed_out, html_answer(), no_instance(503), Answer(200, b'{"status": 0,')]
)
def test_a_submit_that_may_have_arrived_is_sent_once(failure):
    by_hand = ByHand(failure)
    with pytest.raises((UnavailableError, MalformedReplyError)):
        by_hand.run(request(SUBMIT(), WHERE, RetryPolicy()))
    assert len(by_hand.calls) == 1


def test_a_submit_that_never_left_is_sent_again():
    by_hand = ByHand(never_left, never_left, envelope({"taskID": 7}))
    assert by_hand.run(request(SUBMIT(), WHERE, RetryPolicy())) == {"taskID": 7}
    assert len(by_hand.calls) == 3


@pytest.mark.parametrize("failure", [never_left, dropped, timed_out, html_answer(502), no_instance(503), cut])
def test_a_read_is_repeated_until_it_is_answered(failure):
    by_hand = ByHand(failure, failure, failure, envelope({"x": 1}))
    assert by_hand.run(request(READ(), WHERE, RetryPolicy(attempts=4))) == {"x": 1}


def test_pauses_grow_with_each_attempt_and_are_spread():
    by_hand = ByHand(dropped, dropped, dropped, envelope())
    by_hand.run(request(READ(), WHERE, RetryPolicy(first_delay_seconds=1.0, max_delay_seconds=3.0)))
    assert [low <= pause <= 1.5 * low for low, pause in zip((1, 2, 3), by_hand.pauses, strict=True)] == [True] * 3


def test_the_last_failure_is_raised_and_says_where_it_happened():
    by_hand = ByHand(dropped, dropped)
    with pytest.raises(UnavailableError) as caught:
        by_hand.run(request(READ(), ErrorContext("linkis", "linkis_default", "7"), RetryPolicy(attempts=2)))
    assert caught.value.context == ErrorContext("linkis", "linkis_default", "7", "GET /read")


def test_a_refusal_is_final():
    by_hand = ByHand(refusal(20007, "The code is empty"))
    with pytest.raises(RefusedError):
        by_hand.run(request(READ(), WHERE, RetryPolicy()))
    assert by_hand.pauses == []


def test_no_error_shows_a_secret_that_the_server_sent_back():
    by_hand = ByHand(envelope({"stack": "at Login(tok-123)"}, 1, "bad tok-123"))
    with pytest.raises(RefusedError) as caught:
        by_hand.run(request(READ(), WHERE, RetryPolicy(), ["tok-123"]))
    assert "tok-123" not in str(caught.value)


def test_delays_do_not_overflow():
    assert RetryPolicy().delay_seconds(10_000) == 10.0
