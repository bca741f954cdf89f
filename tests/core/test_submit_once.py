"""A job is submitted exactly once, whatever becomes of the answers."""

from __future__ import annotations

from typing import Any

import pytest

from support.flows import ByHand
from support.scripted_system import CANCELLED, FAILED, RUNNING, SUCCEEDED, UNKNOWN, ScriptedSystem, job
from taskcenter.core.errors import (
    AuthenticationError,
    MalformedReplyError,
    RefusedError,
    RemoteError,
    SubmitUnknownError,
    UnavailableError,
)
from taskcenter.core.job import JobRef, JobTag, TaggedJob
from taskcenter.core.lifecycle import MAX_SUBMISSIONS, SETTLE_SECONDS, Submission, pick, stop_tagged, submit_once

TAG = JobTag("airflow/dag/run/task/-1/1", attempt=2)
REF = JobRef("7", {"exec_id": "exec_7"})


def never_left() -> RemoteError:
    return UnavailableError("cannot be reached", sent=False)


def dropped() -> RemoteError:
    return UnavailableError("broke off", sent=True)


def timed_out() -> RemoteError:
    return UnavailableError("did not answer", sent=True, timed_out=True)


def page() -> RemoteError:
    return MalformedReplyError("a page")


def submit(system: ScriptedSystem, *, look_first: bool = False) -> tuple[Submission, ByHand]:
    by_hand = ByHand()
    return by_hand.run(submit_once(system, None, TAG, since=0.0, look_first=look_first)), by_hand


def test_a_first_try_submits_without_looking():
    system = ScriptedSystem(submits=[REF])
    submission, by_hand = submit(system)
    assert submission == Submission(REF, adopted=False)
    assert system.asked == ["submit"]
    assert by_hand.pauses == []


@pytest.mark.parametrize("failure", [dropped, timed_out, page])
def test_a_job_whose_answer_was_lost_is_found_and_adopted(failure):
    system = ScriptedSystem(submits=[failure()], finds=[[], [job(7, RUNNING, attempt=2)]])
    submission, by_hand = submit(system)
    assert submission == Submission(JobRef("7"), adopted=True)
    assert system.asked == ["submit", "find", "find"]
    assert by_hand.pauses == list(SETTLE_SECONDS[:2])


@pytest.mark.parametrize("status", [RUNNING, SUCCEEDED, FAILED, CANCELLED])
def test_the_found_job_of_this_try_is_adopted_even_if_it_has_ended(status):
    system = ScriptedSystem(submits=[dropped()], finds=[[job(7, status, attempt=2)]])
    assert submit(system)[0].ref == JobRef("7")
    assert system.asked.count("submit") == 1


def test_the_job_of_an_earlier_try_is_not_taken_for_the_lost_one():
    earlier = job(3, FAILED, attempt=1)
    system = ScriptedSystem(submits=[dropped(), REF], finds=[[earlier]])
    assert submit(system)[0] == Submission(REF, adopted=False)


@pytest.mark.parametrize("failure", [dropped, page])
def test_a_job_that_did_not_arrive_is_sent_again(failure):
    system = ScriptedSystem(submits=[failure(), REF], finds=[[]])
    assert submit(system)[0] == Submission(REF, adopted=False)
    assert system.asked == ["submit", *["find"] * len(SETTLE_SECONDS), "submit"]


def test_after_a_timeout_nothing_is_sent_again_since_the_server_may_still_be_storing_it():
    system = ScriptedSystem(submits=[timed_out()], finds=[[]])
    with pytest.raises(SubmitUnknownError) as caught:
        submit(system)
    assert TAG.key in str(caught.value)
    assert "did not answer" in str(caught.value)
    assert system.asked.count("submit") == 1


def test_while_the_server_cannot_say_whether_it_arrived_nothing_is_sent_again():
    system = ScriptedSystem(submits=[dropped()], finds=[never_left()])
    with pytest.raises(SubmitUnknownError):
        submit(system)
    assert system.asked.count("submit") == 1


def test_the_last_look_decides_not_an_earlier_one():
    system = ScriptedSystem(submits=[dropped()], finds=[[], [], [], never_left()])
    with pytest.raises(SubmitUnknownError):
        submit(system)


def test_a_look_that_fails_in_between_is_made_good_by_the_next():
    system = ScriptedSystem(submits=[dropped()], finds=[never_left(), page(), [job(7, attempt=2)]])
    assert submit(system)[0].adopted


@pytest.mark.parametrize("refusal", [RefusedError("bad name"), AuthenticationError("who are you")])
def test_a_look_that_is_refused_leaves_it_unknown_and_says_so(refusal):
    system = ScriptedSystem(submits=[dropped()], finds=[refusal])
    with pytest.raises(SubmitUnknownError, match=TAG.key):
        submit(system)
    assert system.asked.count("submit") == 1


def test_a_server_that_loses_every_submit_is_not_asked_for_ever():
    system = ScriptedSystem(submits=[dropped() for _ in range(MAX_SUBMISSIONS)], finds=[[]])
    with pytest.raises(SubmitUnknownError):
        submit(system)
    assert system.asked.count("submit") == MAX_SUBMISSIONS


@pytest.mark.parametrize("error", [never_left(), RefusedError("12001"), AuthenticationError("no")])
def test_a_submit_that_certainly_made_no_job_fails_at_once(error):
    system = ScriptedSystem(submits=[error])
    with pytest.raises(type(error)) as caught:
        submit(system)
    assert caught.value is error
    assert system.asked == ["submit"]


LOOKED_FIRST: list[tuple[str, list[TaggedJob], str | None]] = [
    ("nothing there", [], None),
    ("running", [job(5, RUNNING)], "5"),
    ("in a state we do not know", [job(5, UNKNOWN)], "5"),
    ("succeeded", [job(5, SUCCEEDED)], "5"),
    ("failed", [job(5, FAILED)], None),
    ("cancelled", [job(5, CANCELLED)], None),
    ("running and succeeded", [job(6, SUCCEEDED), job(5, RUNNING)], "5"),
    ("failed and succeeded", [job(6, FAILED), job(5, SUCCEEDED)], "5"),
    ("two running: the newer", [job(6, RUNNING), job(5, RUNNING)], "6"),
]


@pytest.mark.parametrize(("found", "adopted"), [case[1:] for case in LOOKED_FIRST], ids=[c[0] for c in LOOKED_FIRST])
def test_a_retry_adopts_a_job_that_runs_or_has_succeeded_and_submits_anew_otherwise(found, adopted):
    system = ScriptedSystem(submits=[REF], finds=[found])
    submission, _ = submit(system, look_first=True)
    assert submission == (Submission(JobRef(adopted), True) if adopted else Submission(REF, False))
    assert (None if pick(found) is None else pick(found).ref.id) == adopted


def test_a_retry_that_cannot_look_submits_nothing():
    system = ScriptedSystem(submits=[REF], finds=[never_left()])
    with pytest.raises(UnavailableError):
        submit(system, look_first=True)
    assert "submit" not in system.asked


def test_a_task_that_is_killed_while_it_submits_stops_every_running_job_of_its_tag():
    system = ScriptedSystem(finds=[[job(6, RUNNING), job(5, SUCCEEDED), job(4, UNKNOWN)]], cancels=[CANCELLED])
    stopped: Any = ByHand().run(stop_tagged(system, None, TAG, since=0.0))
    assert stopped == [CANCELLED, CANCELLED]
    assert system.asked == ["find", "cancel", "cancel"]
