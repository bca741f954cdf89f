from __future__ import annotations

import pytest

from taskcenter.core.status import SUCCESS, TERMINAL, Decision, JobState, JobStatus, decide

DEADLINE = 100.0

TABLE = {
    JobState.PENDING: (Decision.KEEP, Decision.EXPIRED),
    JobState.RUNNING: (Decision.KEEP, Decision.EXPIRED),
    JobState.UNKNOWN: (Decision.KEEP, Decision.EXPIRED),
    JobState.SUCCEEDED: (Decision.DONE, Decision.DONE),
    JobState.FAILED: (Decision.FAILED, Decision.FAILED),
    JobState.CANCELLED: (Decision.FAILED, Decision.FAILED),
    JobState.TIMED_OUT: (Decision.FAILED, Decision.FAILED),
}


def test_the_table_names_every_state():
    assert set(TABLE) == set(JobState)


@pytest.mark.parametrize(("state", "expected"), TABLE.items())
def test_what_is_decided_before_and_after_the_deadline(state, expected):
    before, after = expected
    assert decide(state, DEADLINE - 0.001, DEADLINE) is before
    assert decide(state, DEADLINE, DEADLINE) is after
    assert decide(state, DEADLINE + 1e9, DEADLINE) is after


@pytest.mark.parametrize("state", JobState)
def test_a_status_is_terminal_when_nothing_more_will_come(state):
    assert JobStatus(state, "x").is_terminal == (state in TERMINAL)


def test_only_success_is_success():
    assert {JobState.SUCCEEDED} == SUCCESS
    assert JobState.UNKNOWN not in TERMINAL
