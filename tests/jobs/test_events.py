from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskcenter.core.errors import RemoteError
from taskcenter.core.job import JobRef, LogCursor
from taskcenter.jobs.events import ENDED, ERROR, EXPIRED, JobEvent

GOOD: dict[str, Any] = JobEvent(ENDED, JobRef("7", {"exec_id": "e"}), LogCursor(3, "last", 2)).to_json()


@given(
    outcome=st.sampled_from([ENDED, EXPIRED, ERROR]),
    job_id=st.text(min_size=1),
    line=st.integers(0),
    last=st.text(),
    message=st.none() | st.text(),
)
def test_an_event_survives_its_way_through_the_database(outcome, job_id, line, last, message):
    event = JobEvent(outcome, JobRef(job_id), LogCursor(line, last, line), message)
    assert JobEvent.from_json(json.loads(json.dumps(event.to_json()))) == event


GARBAGE = {
    "nothing": None,
    "a text": "ended",
    "a list": ["ended"],
    "an empty one": {},
    "another package's": {"status": "success", "run_id": 7},
    "no outcome": {key: value for key, value in GOOD.items() if key != "outcome"},
    "an unknown outcome": {**GOOD, "outcome": "success"},
    "an outcome that is none": {**GOOD, "outcome": ["ended"]},
    "no job": {**GOOD, "job": None},
    "a job without id": {**GOOD, "job": {"id": "", "handle": {}}},
    "no cursor": {**GOOD, "cursor": None},
    "half a cursor": {**GOOD, "cursor": [1]},
    "a cursor of texts": {**GOOD, "cursor": ["x", "y", "z"]},
}


@pytest.mark.parametrize("event", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_event_of_ours_never_passes_for_a_success(event):
    with pytest.raises(RemoteError, match="sent no event that is known here"):
        JobEvent.from_json(event)


def test_an_overlong_event_is_quoted_in_part():
    with pytest.raises(RemoteError) as caught:
        JobEvent.from_json({"x": "y" * 10_000})
    assert len(str(caught.value)) < 600
