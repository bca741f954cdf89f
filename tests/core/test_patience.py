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


@pytest.mark.parametrize("error", MENDING.values(), ids=MENDING)
def test_a_server_that_may_be_down_for_some_time_only_is_looked_for_a_last_time_when_that_is_over(error):
    patience = Patience(5.0, outage_seconds=17.0)
    assert [patience.failed(error, now) for now in (100.0, 105.0, 116.0)] == [5.0, 10.0, 1.0]
    assert patience.failed(error, 117.0) is None
    assert patience.out_of_reach_since == 100.0


def test_an_answer_of_any_kind_shows_that_the_server_is_in_reach():
    patience = Patience(5.0, outage_seconds=60.0)
    down, refused = MENDING["no connection"], LASTING["refused credentials"]
    assert None not in [patience.failed(down, 0.0), patience.failed(refused, 59.0), patience.failed(down, 61.0)]
    assert patience.out_of_reach_since == 61.0
    assert patience.since == 0.0, "it has not been well since then"
    assert patience.failed(down, 121.0) is None
    assert patience.failed(refused, 300.0) is None
    assert patience.out_of_reach_since is None, "the credentials are what is wrong"


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
