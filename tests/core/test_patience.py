from __future__ import annotations

import pytest

from taskcenter.core.errors import (
    AuthenticationError,
    ErrorContext,
    MalformedReplyError,
    NotFoundError,
    RefusedError,
    RemoteError,
    UnavailableError,
)
from taskcenter.core.patience import Patience

DAY = 86_400.0

MENDING = {
    "no connection": UnavailableError("x", sent=False),
    "no answer": UnavailableError("x", sent=True, timed_out=True),
    "HTTP 503": MalformedReplyError("x", ErrorContext(http_status=503)),
    "HTTP 500": MalformedReplyError("x", ErrorContext(http_status=500)),
}

LASTING = {
    "a page instead of JSON": MalformedReplyError("x", ErrorContext(http_status=200)),
    "a page of unknown status": MalformedReplyError("x"),
    "refused credentials": AuthenticationError("x"),
    "no such job": NotFoundError("x"),
    "a refusal": RefusedError("x"),
    "anything else": RemoteError("x"),
}


@pytest.mark.parametrize("error", MENDING.values(), ids=MENDING)
def test_a_server_that_is_down_is_waited_for_without_end(error):
    patience = Patience(5.0)
    assert [patience.failed(error, now) for now in (0.0, 200.0, 400.0, DAY)] == [5.0, 10.0, 20.0, 30.0]


@pytest.mark.parametrize("error", LASTING.values(), ids=LASTING)
def test_an_answer_that_will_not_mend_itself_is_given_five_minutes(error):
    patience = Patience(5.0)
    assert patience.failed(error, 1000.0) == 5.0
    assert patience.failed(error, 1299.9) == 10.0
    assert patience.failed(error, 1300.0) is None


def test_an_answer_ends_the_outage_and_tells_its_length():
    patience = Patience(5.0)
    assert patience.succeeded(0.0) is None
    patience.failed(LASTING["no such job"], 10.0)
    patience.failed(LASTING["no such job"], 15.0)
    assert patience.succeeded(72.0) == 62.0
    assert patience.succeeded(73.0) is None
    assert patience.failed(LASTING["no such job"], 500.0) == 5.0, "the next outage starts anew"


def test_the_pause_stays_bounded_after_very_many_failures():
    patience = Patience(1.0, max_delay_seconds=30.0)
    delays = [patience.failed(MENDING["HTTP 503"], float(second)) for second in range(5000)]
    assert delays[-1] == 30.0
