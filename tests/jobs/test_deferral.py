"""The hand-over between worker and triggerer, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferralError, TaskDeferralTimeout, TaskDeferred

from support.airflow_task import InMemoryAirflow
from support.job_task import make_task, recreate
from support.linkis_replies import PREFIX
from support.linkis_stub import LinkisStub
from support.scripted_server import DROP
from taskcenter.core.errors import RemoteError
from taskcenter.core.job import JobRef, LogCursor
from taskcenter.jobs import compat
from taskcenter.jobs.events import ENDED, ERROR, EXPIRED, JobEvent
from taskcenter.linkis.operators import LinkisOperator
from taskcenter.linkis.triggers import LinkisTrigger

FAR = 4e9


def defer(airflow: InMemoryAirflow, task: LinkisOperator | None = None, **start: Any) -> TaskDeferred:
    task = task or make_task(deferrable=True)
    with pytest.raises(TaskDeferred) as caught:
        task.execute(airflow.start(task, **start))
    return caught.value


def resume(airflow: InMemoryAirflow, method: str, arguments: dict[str, Any] | None, *, retries: int = 0, **start: Any):
    task = make_task(deferrable=True, retries=retries)
    return task.resume_execution(method, arguments, airflow.start(task, resumed=True, **start))


def test_a_running_job_is_handed_to_the_triggerer(airflow: InMemoryAirflow, linkis: LinkisStub):
    deferred = defer(airflow)
    assert isinstance(deferred.trigger, LinkisTrigger)
    assert deferred.method_name == "execute_complete"
    assert linkis.running() == [1]
    assert deferred.timeout is None, "our own deadline leaves a job behind that is cancelled, Airflow's would not"


def test_what_the_trigger_gets_is_what_the_operator_means(airflow: InMemoryAirflow, linkis: LinkisStub):
    task = make_task(deferrable=True, poll_interval_seconds=7.0, linkis_conn_id="linkis_default")
    deferred = defer(airflow, task)
    path, arguments = deferred.trigger.serialize()
    assert path == "taskcenter.linkis.triggers.LinkisTrigger"
    ref = JobRef("1", {"exec_id": linkis.jobs[1].exec_id})
    expected = task._trigger_args(ref, deferred.kwargs["deadline"])
    assert {name: arguments[name] for name in expected} == expected
    assert arguments == {**expected, "owns_job": True}


def test_a_trigger_survives_its_way_through_the_database(airflow: InMemoryAirflow, linkis: LinkisStub):
    trigger = defer(airflow).trigger
    assert recreate(trigger).serialize() == trigger.serialize()
    assert json.loads(json.dumps(trigger.serialize()[1])) == trigger.serialize()[1]


def test_a_job_that_has_ended_needs_no_trigger(airflow: InMemoryAirflow, linkis: LinkisStub):
    linkis.first_status = "Succeed"
    task = make_task(deferrable=True)
    assert task.execute(airflow.start(task))["status"] == "Succeed"


def test_a_first_look_that_fails_is_left_to_the_trigger(airflow: InMemoryAirflow, linkis: LinkisStub, task_log):
    linkis.script(f"GET {PREFIX}/jobhistory/1/get", *[DROP] * 4)
    defer(airflow)
    assert "the trigger will" in task_log


def test_the_deadline_counts_from_the_submission_on(airflow: InMemoryAirflow, linkis: LinkisStub):
    import time

    before = time.time()
    deferred = defer(airflow, make_task(deferrable=True, timeout_seconds=1000.0))
    assert before + 1000.0 <= deferred.kwargs["deadline"] <= time.time() + 1000.0
    assert deferred.trigger.deadline == deferred.kwargs["deadline"]


@pytest.mark.parametrize("event", [None, {}, "ended", {"outcome": "fine"}, {"status": "success"}])
@pytest.mark.parametrize(("try_number", "running"), [(1, [1]), (2, [])], ids=["a try is left", "the last try"])
def test_a_lost_or_strange_event_never_passes_for_success_nor_leaves_a_job_unknown(
    airflow: InMemoryAirflow, linkis: LinkisStub, event, try_number, running
):
    defer(airflow, make_task(deferrable=True, retries=1), try_number=try_number)
    with pytest.raises(RemoteError, match="sent no event that is known here"):
        resume(airflow, "execute_complete", {"event": event, "deadline": FAR}, retries=1, try_number=try_number)
    assert linkis.running() == running


@pytest.mark.parametrize(
    ("error", "kind"), [("Trigger failure", TaskDeferralError), ("Trigger timeout", TaskDeferralTimeout)]
)
def test_a_trigger_that_broke_stops_its_job_and_fails_the_task(airflow: InMemoryAirflow, linkis, error, kind):
    defer(airflow)
    with pytest.raises(kind):
        resume(airflow, compat.FAIL_METHOD, {"error": error, "traceback": ["Traceback", "boom"]})
    assert linkis.jobs[1].status == "Cancelled"


def test_a_trigger_that_broke_before_anything_was_remembered_still_fails_the_task(airflow, linkis: LinkisStub):
    with pytest.raises(TaskDeferralError):
        resume(airflow, compat.FAIL_METHOD, {"error": "Trigger failure"})


def test_an_event_of_an_end_is_checked_with_the_server(airflow: InMemoryAirflow, linkis: LinkisStub):
    defer(airflow)
    linkis.jobs[1].status = "Succeed"
    event = JobEvent(ENDED, JobRef("1"), LogCursor()).to_json()
    assert resume(airflow, "execute_complete", {"event": event, "deadline": FAR})["status"] == "Succeed"


def test_an_event_of_expiry_cancels_the_job_whatever_the_deadline_was(airflow: InMemoryAirflow, linkis: LinkisStub):
    defer(airflow)
    event = JobEvent(EXPIRED, JobRef("1"), LogCursor()).to_json()
    with pytest.raises(RemoteError, match="time was up"):
        resume(airflow, "execute_complete", {"event": event, "deadline": FAR})
    assert linkis.running() == []


def test_an_event_of_an_error_fails_with_its_text(airflow: InMemoryAirflow, linkis: LinkisStub):
    defer(airflow)
    event = JobEvent(ERROR, JobRef("1"), LogCursor(), "the token was refused").to_json()
    with pytest.raises(RemoteError, match="the token was refused"):
        resume(airflow, "execute_complete", {"event": event, "deadline": FAR})
    assert linkis.running() == [], "it was the last try"


def test_the_log_goes_on_where_the_trigger_stopped(airflow: InMemoryAirflow, linkis: LinkisStub, task_log):
    defer(airflow)
    linkis.jobs[1].log = ["one", "two", "three"]
    linkis.jobs[1].status = "Succeed"
    event = JobEvent(ENDED, JobRef("1"), LogCursor(3, "two", 2)).to_json()
    resume(airflow, "execute_complete", {"event": event, "deadline": FAR})
    assert [line for line in task_log.lines if line in ("one", "two", "three")] == ["three"]
