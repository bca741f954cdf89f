"""A retry goes on with the job of the try before; a clear starts anew; no piece of work runs twice."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred

from support.airflow_task import InMemoryAirflow
from support.job_task import InThread, make_task, run_task
from support.linkis_replies import PREFIX
from support.linkis_stub import LinkisStub
from support.scripted_server import DROP, LOSE
from taskcenter.core.errors import JobCancelledError, JobFailedError, RemoteError, SubmitUnknownError, UnavailableError

SUBMIT = f"POST {PREFIX}/entrance/submit"


@pytest.fixture(params=[False, True], ids=["blocking", "deferrable"])
def task(request: pytest.FixtureRequest) -> Any:
    return partial(make_task, deferrable=request.param, retries=2)


@pytest.fixture(params=["with state store", "without"], autouse=True)
def _store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, airflow: InMemoryAirflow) -> None:
    """Airflow 3.2 has no task state store; then the tag alone must do."""
    if request.param == "without":
        start = airflow.start

        def without_store(*args: Any, **kwargs: Any) -> Any:
            context: Any = start(*args, **kwargs)
            context.pop("task_state_store", None)
            return context

        monkeypatch.setattr(airflow, "start", without_store)


def first_try_dies(airflow: InMemoryAirflow) -> None:
    """A try that submits and is never heard of again, as when its worker is killed."""
    task = make_task(deferrable=True, retries=2)
    with pytest.raises(TaskDeferred):
        task.execute(airflow.start(task))


def submissions(linkis: LinkisStub) -> int:
    return len(linkis.asked_for("POST /submit"))


def test_a_retry_adopts_the_job_that_still_runs(airflow: InMemoryAirflow, linkis: LinkisStub, task, task_log):
    first_try_dies(airflow)
    running = InThread(lambda: run_task(airflow, task, try_number=2))
    before = len(linkis.asked)
    linkis.wait_for(lambda: len(linkis.asked) >= before + 3)
    linkis.jobs[1].status = "Succeed"
    assert running.result()["task_id"] == 1
    assert submissions(linkis) == 1
    assert "Adopted job 1" in task_log


def test_a_retry_takes_the_result_of_a_job_that_succeeded_meanwhile(airflow, linkis: LinkisStub, task):
    first_try_dies(airflow)
    linkis.jobs[1].status = "Succeed"
    assert run_task(airflow, task, try_number=2)["task_id"] == 1
    assert submissions(linkis) == 1


@pytest.mark.parametrize("end", ["Failed", "Cancelled", "Timeout"])
def test_a_retry_submits_anew_what_ended_badly(airflow, linkis: LinkisStub, task, end):
    first_try_dies(airflow)
    linkis.jobs[1].status = end
    linkis.first_status = "Succeed"
    assert run_task(airflow, task, try_number=2)["task_id"] == 2


def test_a_third_try_adopts_the_second_ones_job(airflow, linkis: LinkisStub, task):
    first_try_dies(airflow)
    linkis.jobs[1].status = "Failed"
    second = make_task(deferrable=True, retries=2)
    with pytest.raises(TaskDeferred):
        second.execute(airflow.start(second, try_number=2))
    linkis.jobs[2].status = "Succeed"
    assert run_task(airflow, task, try_number=3)["task_id"] == 2
    assert submissions(linkis) == 2


def test_a_clear_runs_anew_although_the_job_has_succeeded(airflow, linkis: LinkisStub, task):
    first_try_dies(airflow)
    linkis.jobs[1].status = "Succeed"
    linkis.first_status = "Succeed"
    # Airflow: cleared after try 1 with retries=2.
    assert run_task(airflow, task, try_number=2, max_tries=3)["task_id"] == 2


def test_a_try_that_could_not_learn_whether_its_job_arrived_leaves_it_to_the_next(airflow, linkis: LinkisStub, task):
    linkis.script(SUBMIT, LOSE)
    linkis.always(f"GET {PREFIX}/jobhistory/list", DROP)
    with pytest.raises(SubmitUnknownError, match="airflow/dag/manual__1/job/-1/1"):
        run_task(airflow, task)
    linkis.always(f"GET {PREFIX}/jobhistory/list", None)
    linkis.jobs[1].status = "Succeed"
    assert run_task(airflow, task, try_number=2)["task_id"] == 1
    assert len(linkis.jobs) == 1


def test_a_retry_that_cannot_look_submits_nothing(airflow, linkis: LinkisStub, task):
    first_try_dies(airflow)
    linkis.always(f"GET {PREFIX}/jobhistory/list", DROP)
    linkis.always(f"GET {PREFIX}/jobhistory/list-taskids", DROP)
    with pytest.raises(UnavailableError):
        run_task(airflow, task, try_number=2)
    assert submissions(linkis) == 1


def test_two_tries_that_live_at_once_share_one_job(airflow, linkis: LinkisStub, task):
    first = InThread(lambda: run_task(airflow, task))
    linkis.wait_for(lambda: len(linkis.jobs) == 1 and len(linkis.asked) >= 3)
    second = InThread(lambda: run_task(airflow, task, try_number=2))
    before = len(linkis.asked)
    linkis.wait_for(lambda: len(linkis.asked) >= before + 6)
    linkis.jobs[1].status = "Succeed"
    assert first.result()["task_id"] == second.result()["task_id"] == 1
    assert submissions(linkis) == 1


def test_another_task_of_the_same_run_does_not_adopt_it(airflow, linkis: LinkisStub):
    first_try_dies(airflow)
    linkis.first_status = "Succeed"
    other = partial(make_task, task_id="other", retries=2)
    assert run_task(airflow, other, try_number=2)["task_id"] == 2


def test_a_retry_whose_job_is_then_killed_says_so(airflow, linkis: LinkisStub, task):
    first_try_dies(airflow)
    running = InThread(lambda: run_task(airflow, task, try_number=2))
    before = len(linkis.asked)
    linkis.wait_for(lambda: len(linkis.asked) >= before + 3)
    linkis.jobs[1].status = "Cancelled"
    with pytest.raises(JobCancelledError):
        running.result()


def test_the_job_is_found_among_many_others(airflow, linkis: LinkisStub, task):
    first_try_dies(airflow)
    for _ in range(230):
        other = linkis.add_job("Succeed")
        other.body = linkis.jobs[1].body | {"source": {"airflowTag": "another", "airflowTry": "1"}}
    airflow.stored.clear()
    linkis.jobs[1].status = "Succeed"
    assert run_task(airflow, task, try_number=2)["task_id"] == 1
    assert submissions(linkis) == 1


def test_a_failed_first_try_is_not_what_the_retry_reports(airflow, linkis: LinkisStub, task):
    linkis.first_status = "Failed"
    with pytest.raises(JobFailedError):
        run_task(airflow, task)
    linkis.first_status = "Succeed"
    assert run_task(airflow, task, try_number=2)["task_id"] == 2


def test_all_errors_of_a_try_are_of_our_tree(airflow, linkis: LinkisStub, task):
    linkis.always("*", DROP)
    with pytest.raises(RemoteError):
        run_task(airflow, task)
