"""Stopping an execution, and what is said of one, whatever the server does meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from support.exchangis_stub import ROOT, ExchangisStub, StubTask, refused
from taskcenter.core.errors import NotFoundError, RefusedError
from taskcenter.core.job import JobRef
from taskcenter.core.status import JobState
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.exchangis.status import parse_progress, parse_state, parse_status


def cancel(hook: ExchangisHook, execution_id: str) -> Any:
    return hook.run(lambda api: api.cancel(JobRef(execution_id)))


def after_looks(stub: ExchangisStub, count: int, change: Any) -> None:
    """Have something happen when the status has been asked for so often."""
    answer, looks = stub.handler, []

    def counting(asked: Any) -> Any:
        if asked.path.endswith("/status"):
            looks.append(asked)
            if len(looks) == count:
                change()
        return answer(asked)

    stub.handler = counting


def test_a_kill_that_is_overwritten_late_is_noticed_and_repeated(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add(status="Inited")

    def tasks_have_been_made() -> None:
        execution.status = "Scheduled"

    after_looks(stub, 6, tasks_have_been_made)
    assert cancel(hook, execution.id).raw == "Cancelled"
    assert len(stub.asked_for("POST /kill")) == 2


def test_a_kill_waits_for_the_tasks_to_end(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add(all_ended=False)

    def tasks_have_ended() -> None:
        execution.all_ended = True

    after_looks(stub, 4, tasks_have_ended)
    cancel(hook, execution.id)
    assert len(stub.asked_for("GET /status")) == 4
    assert len(stub.asked_for("POST /kill")) == 1


def test_an_execution_that_ends_by_itself_meanwhile_is_left_so(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add(status="Success")
    assert cancel(hook, execution.id).raw == "Success"
    running = stub.add()

    def ends_now() -> None:
        running.status = "Success"

    answer = stub.handler

    def too_late(asked: Any) -> Any:
        if asked.path.endswith("/kill"):
            ends_now()
        return answer(asked)

    stub.handler = too_late
    assert cancel(hook, running.id).raw == "Success"


def test_a_kill_that_is_refused_says_so(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add()
    stub.always(f"POST {ROOT}/job/execution/{execution.id}/kill", refused("You have no permission to kill"))
    with pytest.raises(RefusedError, match="no permission to kill") as caught:
        cancel(hook, execution.id)
    assert caught.value.context.job_id == execution.id


def test_an_execution_that_is_not_known_is_missing_among_others(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add()
    refs = [JobRef("nowhere"), JobRef(execution.id)]
    assert list(hook.run(lambda api: api.statuses(refs))) == [execution.id]
    with pytest.raises(NotFoundError, match="Luanched job may be deleted"):
        hook.run(lambda api: api.job_status(refs[0]))


def test_the_reason_of_a_failure_is_in_the_logs_of_the_job_and_of_the_task_that_failed(stub, hook):
    execution = stub.add(status="Failed", log=["ERROR first", "INFO x", "ERROR second", "ERROR third"])
    good = StubTask("901", "good", status="Success", log=["ERROR not this"])
    execution.tasks = [good, StubTask("902", "bad", status="Failed", log=["fine", "java.sql.SQLException ERROR"])]
    status = hook.run(lambda api: api.job_status(JobRef(execution.id)))
    assert status.reason == "ERROR second / ERROR third / [bad] java.sql.SQLException ERROR"


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ("Inited", JobState.PENDING),
        ("Scheduled", JobState.PENDING),
        ("WaitForRetry", JobState.PENDING),
        ("Running", JobState.RUNNING),
        ("running", JobState.RUNNING),
        ("Success", JobState.SUCCEEDED),
        ("Failed", JobState.FAILED),
        ("Undefined", JobState.FAILED),
        ("Partial_Success", JobState.FAILED),
        ("Cancelled", JobState.CANCELLED),
        ("Timeout", JobState.TIMED_OUT),
        ("Something", JobState.UNKNOWN),
        (None, JobState.UNKNOWN),
    ],
)
def test_each_word_of_the_server_has_one_meaning(raw, state):
    assert parse_state(raw) is state
    assert parse_status({"status": raw, "progress": 0.25}).progress == 0.25


@pytest.mark.parametrize(("raw", "value"), [(0, 0.0), (0.5, 0.5), ("0.5", 0.5), (7, 1.0), (None, None), ("x", None)])
def test_progress_is_a_share_or_unknown(raw, value):
    assert parse_progress(raw) == value
    assert parse_progress("nan") is None
