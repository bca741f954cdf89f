"""Following one job: its log, its progress, the server's outages, its end, its deadline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from support.flows import ByHand
from support.scripted_system import CANCELLED, FAILED, RUNNING, SUCCEEDED, UNKNOWN, ScriptedSystem
from taskcenter.core.errors import (
    AuthenticationError,
    ErrorContext,
    JobCancelledError,
    JobExpiredError,
    JobFailedError,
    JobLostError,
    JobUnknownError,
    MalformedReplyError,
    NotFoundError,
    RemoteError,
    UnavailableError,
)
from taskcenter.core.job import JobRef, LogChunk, LogCursor
from taskcenter.core.lifecycle import FollowEnd, explain_end, follow
from taskcenter.core.status import Decision, JobState, JobStatus

REF = JobRef("42")
FAR = 1e12


class Heard:
    """Notes what is reported."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.progresses: list[tuple[str, float | None]] = []
        self.outages: list[RemoteError] = []
        self.recoveries: list[float] = []

    def log_lines(self, lines: Sequence[str]) -> None:
        self.lines += lines

    def progress(self, status: JobStatus) -> None:
        self.progresses.append((status.raw, status.progress))

    def outage(self, error: RemoteError) -> None:
        self.outages.append(error)

    def recovered(self, seconds: float) -> None:
        self.recoveries.append(seconds)


def run(system: ScriptedSystem, *, deadline: float = FAR, **options: Any) -> tuple[FollowEnd, Heard, ByHand]:
    heard, by_hand = Heard(), ByHand()
    options.setdefault("interval_seconds", 5.0)
    end = by_hand.run(follow(system, REF, heard, deadline=deadline, **options))
    return end, heard, by_hand


@pytest.mark.parametrize(
    ("last", "decision"), [(SUCCEEDED, Decision.DONE), (FAILED, Decision.FAILED), (CANCELLED, Decision.FAILED)]
)
def test_a_job_is_followed_until_it_ends(last, decision):
    end, _, by_hand = run(ScriptedSystem(statuses=[RUNNING, RUNNING, UNKNOWN, last]))
    assert (end.decision, end.status) == (decision, last)
    assert len(by_hand.pauses) == 3
    assert all(5.0 <= seconds <= 5.5 for seconds in by_hand.pauses)


def test_a_job_that_has_ended_is_not_waited_for_even_after_the_deadline():
    end, _, by_hand = run(ScriptedSystem(statuses=[SUCCEEDED]), deadline=0.0)
    assert end.decision is Decision.DONE
    assert by_hand.pauses == []


def test_a_job_of_which_the_system_gives_up_telling_ends_the_following_at_once():
    given_up = JobStatus(JobState.RUNNING, "Running", error=JobUnknownError("nobody knows"))
    with pytest.raises(JobUnknownError, match=r"nobody knows \[system linkis, connection linkis_default, job 42\]"):
        run(ScriptedSystem(statuses=[RUNNING, given_up]))


def test_the_log_goes_on_where_it_was_read_to():
    chunks = [
        LogChunk(["a", "b"], LogCursor(3, "b")),
        LogChunk([], LogCursor(3, "b")),
        LogChunk(["c"], LogCursor(4, "c")),
    ]
    system = ScriptedSystem(statuses=[RUNNING, RUNNING, SUCCEEDED], logs=chunks)
    end, heard, _ = run(system, cursor=LogCursor(1))
    assert heard.lines == ["a", "b", "c"]
    assert system.cursors == [LogCursor(1), LogCursor(3, "b"), LogCursor(3, "b")]
    assert end.cursor == LogCursor(4, "c")


def test_state_and_progress_are_told_when_they_change_and_not_again():
    half = JobStatus(JobState.RUNNING, "Running", 0.5)
    more = JobStatus(JobState.RUNNING, "Running", 0.8)
    _, heard, _ = run(ScriptedSystem(statuses=[half, half, more, more, SUCCEEDED]))
    assert heard.progresses == [("Running", 0.5), ("Running", 0.8), ("Succeed", 1.0)]


def test_an_outage_is_told_once_waited_for_and_its_end_told():
    down = [UnavailableError("x", sent=False) for _ in range(30)]
    end, heard, by_hand = run(ScriptedSystem(statuses=[RUNNING, *down, RUNNING, SUCCEEDED]))
    assert end.decision is Decision.DONE
    assert heard.outages == [down[0]]
    assert len(heard.recoveries) == 1
    assert heard.recoveries[0] > 600, "30 failures at up to 30 s"
    assert max(by_hand.pauses) <= 33.0


def test_an_outage_that_lasts_until_the_deadline_ends_as_expired():
    end, _, by_hand = run(ScriptedSystem(statuses=[UnavailableError("x", sent=False)]), deadline=1100.0)
    assert end == FollowEnd(Decision.EXPIRED, None, LogCursor())
    assert 1100.0 <= by_hand.now <= 1104.0


def test_a_deadline_is_met_although_the_next_poll_would_be_later():
    end, _, by_hand = run(ScriptedSystem(statuses=[RUNNING]), deadline=1010.0, interval_seconds=3600.0)
    assert end.decision is Decision.EXPIRED
    assert end.status == RUNNING
    assert by_hand.now <= 1012.0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AuthenticationError("password changed"), AuthenticationError),
        (MalformedReplyError("a page", ErrorContext(http_status=200)), MalformedReplyError),
        (NotFoundError("no such job"), JobLostError),
    ],
)
def test_what_does_not_mend_itself_is_given_up_after_five_minutes(error, kind):
    by_hand = ByHand(now=0.0)
    with pytest.raises(RemoteError) as caught:
        by_hand.run(follow(ScriptedSystem(statuses=[error]), REF, Heard(), deadline=FAR, interval_seconds=5.0))
    assert type(caught.value) is kind
    assert caught.value.context.job_id == "42"
    assert 300.0 <= by_hand.now <= 340.0


def test_a_log_that_cannot_be_read_is_left_for_the_end_and_is_no_outage():
    logs = [LogChunk(["a"], LogCursor(2, "a")), UnavailableError("x", sent=True)]
    end, heard, _ = run(ScriptedSystem(statuses=[RUNNING, RUNNING, SUCCEEDED], logs=logs))
    assert (end.decision, end.cursor) == (Decision.DONE, LogCursor(2, "a"))
    assert heard.outages == []


def test_a_log_that_is_refused_for_ever_does_not_end_the_waiting_for_a_job_whose_state_is_known():
    statuses = [RUNNING] * 200 + [SUCCEEDED]
    end, _, _ = run(ScriptedSystem(statuses=statuses, logs=[AuthenticationError("no")]))
    assert end.decision is Decision.DONE


ENDS = [
    (FAILED, Decision.FAILED, JobFailedError, ["reached Failed after 310 s: no such table", "log is above"]),
    (
        JobStatus(JobState.FAILED, "Failed"),
        Decision.FAILED,
        JobFailedError,
        ["reached Failed after 310 s, and the server gave no reason"],
    ),
    (JobStatus(JobState.TIMED_OUT, "Timeout"), Decision.FAILED, JobFailedError, ["reached Timeout"]),
    (
        JobStatus(JobState.CANCELLED, "Cancelled", reason="Entrance service restarted"),
        Decision.FAILED,
        JobCancelledError,
        ["was cancelled on linkis after 310 s, not by this task: Entrance service restarted"],
    ),
    (RUNNING, Decision.EXPIRED, JobExpiredError, ["still Running after 310 s", "Raise timeout_seconds"]),
]


@pytest.mark.parametrize(("status", "decision", "kind", "texts"), ENDS)
def test_the_end_of_a_job_is_explained(status, decision, kind, texts):
    error = explain_end(ScriptedSystem(), REF, status, decision, 310.2)
    assert type(error) is kind
    for text in ["Job 42", "system linkis", "connection linkis_default", *texts]:
        assert text in str(error)


def test_a_log_that_was_not_shown_is_not_said_to_be_above():
    error = explain_end(ScriptedSystem(), REF, FAILED, Decision.FAILED, log_shown=False)
    assert "See its log on linkis." in str(error)


def test_the_servers_code_of_a_failure_is_named():
    assert "code 11012" in str(explain_end(ScriptedSystem(), REF, FAILED, Decision.FAILED))
