"""What becomes of a task by what becomes of the execution of its job; the same in a worker and in the triggerer."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from airflow.sdk.execution_time import comms

from support.airflow_task import InMemoryAirflow, in_dag
from support.exchangis_stub import ROOT, ExchangisStub, StubExecution, StubTask, refused
from support.job_task import InThread, run_task
from support.scripted_server import DROP, LOSE, Answer, Asked
from taskcenter.core.errors import (
    ConfigurationError,
    JobCancelledError,
    JobExpiredError,
    JobFailedError,
    NotFoundError,
    RefusedError,
    SubmitUnknownError,
)
from taskcenter.exchangis.links import XCOM_EXECUTION_URL
from taskcenter.exchangis.operators import ExchangisJobOperator
from taskcenter.exchangis.tables import exchangis_table


def has_task_state_store() -> bool:
    """Whether Airflow keeps something between tries."""
    return hasattr(comms, "SetTaskStateStore")


EXECUTE = f"POST {ROOT}/job/7/execute"
METRICS = {
    "resourceUsed": {"cpu": 1.0, "memory": 512},
    "traffic": {"source": "source", "sink": "sink", "flow": 50.5},
    "indicator": {"exchangedRecords": 1000, "errorRecords": 2, "ignoredRecords": 0},
}


def make_task(**arguments: Any) -> ExchangisJobOperator:
    """A task that runs job 7 and looks often, unless the arguments say otherwise."""
    task: ExchangisJobOperator = in_dag(
        ExchangisJobOperator,
        **{"job_id": 7, "poll_interval_seconds": 0.05, "timeout_seconds": 30, "deferrable": False, **arguments},
    )
    return task


@pytest.fixture(params=[False, True], ids=["blocking", "deferrable"])
def task(request: pytest.FixtureRequest) -> Any:
    """Makes the task; each test runs it in both ways."""
    return partial(make_task, deferrable=request.param)


def begin(airflow: InMemoryAirflow, stub: ExchangisStub, make: Any, **start: Any) -> tuple[InThread, StubExecution]:
    """Start the task; give back the execution once its state has been asked for."""
    running = InThread(lambda: run_task(airflow, make, **start))
    stub.wait_for(lambda: bool(stub.asked_for("GET /status")))
    return running, stub.last


def test_a_job_that_succeeds_gives_its_tasks_and_figures(airflow, stub: ExchangisStub, task):
    running, execution = begin(airflow, stub, task)
    execution.tasks = [StubTask("901", status="Success", metrics=METRICS)]
    execution.status = "Success"
    assert running.result() == {
        "job_execution_id": execution.id,
        "job_id": "7",
        "job_name": "orders_daily",
        "status": "Success",
        "tasks": [
            {
                "task_id": "901",
                "name": "orders",
                "status": "Success",
                "engine_type": "DATAX",
                "linkis_job_id": "42",
                "records": 1000,
                "error_records": 2,
                "ignored_records": 0,
                "records_per_second": 50.5,
                "cpu_cores": 1.0,
                "memory_mb": 512,
            }
        ],
        "records": 1000,
        "error_records": 2,
    }
    assert airflow.xcoms["job", XCOM_EXECUTION_URL, -1].endswith(f"jobExecutionId={execution.id}")


def test_every_change_has_a_json_body_with_the_route_label(airflow, stub: ExchangisStub, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", stub.connection(labels="dev"))
    stub.first_status = "Success"
    run_task(airflow, partial(make_task, permit_partial_failures=True))
    [asked] = stub.asked_for("POST /execute")
    assert asked.json == {"permitPartialFailures": True, "labels": {"route": "dev"}}
    assert {asked.query["labels"] for asked in stub.asked if asked.method == "GET"} == {"dev"}


def test_a_job_is_found_by_its_exact_name(airflow, stub: ExchangisStub):
    stub.first_status = "Success"
    result = run_task(airflow, partial(make_task, job_id=None, job_name="orders_daily", project="sales"))
    assert result["job_id"] == "7"


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"job_id": None}, ConfigurationError, "Give either job_id, or job_name and project"),
        ({"job_name": "x"}, ConfigurationError, "Give either job_id, or job_name and project"),
        ({"job_id": None, "job_name": "x"}, ConfigurationError, "give project"),
        ({"job_id": "seven"}, ConfigurationError, "not a number"),
        (
            {"job_id": None, "job_name": "orders", "project": "sales"},
            NotFoundError,
            "no job 'orders' in project 'sales'",
        ),
        ({"job_id": None, "job_name": "orders", "project": "none"}, NotFoundError, "no project 'none'"),
        ({"job_id": 99}, NotFoundError, r"Job related the id: \[99\]"),
        ({"timeout_seconds": 0}, ConfigurationError, "timeout_seconds is 0"),
    ],
)
def test_a_job_that_cannot_be_meant_is_refused_before_anything_is_executed(airflow, stub, arguments, kind, text):
    with pytest.raises(kind, match=text):
        run_task(airflow, partial(make_task, **arguments))
    assert stub.executions == {}


@pytest.mark.parametrize("status", ["Failed", "Undefined"])
def test_a_job_that_fails_fails_the_task_with_the_reason_from_its_log(airflow, stub: ExchangisStub, task, status):
    running, execution = begin(airflow, stub, task)
    execution.log = ["INFO started", "ERROR the sink table does not exist", "INFO ended"]
    execution.status = status
    with pytest.raises(JobFailedError, match=f"reached {status}: ERROR the sink table does not exist"):
        running.result()


def test_a_job_that_somebody_kills_is_said_to_be_cancelled(airflow, stub: ExchangisStub, task):
    running, execution = begin(airflow, stub, task)
    execution.status = "Cancelled"
    with pytest.raises(JobCancelledError, match="not by this task"):
        running.result()


@pytest.mark.parametrize("status", ["WaitForRetry", "Paused"])
def test_a_state_that_is_no_end_is_waited_out(airflow, stub: ExchangisStub, task, status):
    running, execution = begin(airflow, stub, task)
    execution.status = status
    before = len(stub.asked_for("GET /status"))
    stub.wait_for(lambda: len(stub.asked_for("GET /status")) >= before + 4)
    execution.status = "success"
    assert running.result()["status"] == "success"


@pytest.mark.parametrize(("permitted", "succeeds"), [(True, True), (False, False)])
def test_a_partial_success_is_a_success_where_it_is_permitted(airflow, stub: ExchangisStub, task, permitted, succeeds):
    running, execution = begin(airflow, stub, partial(task, permit_partial_failures=permitted))
    execution.status = "Partial_Success"
    if succeeds:
        assert running.result()["status"] == "Partial_Success"
    else:
        with pytest.raises(JobFailedError):
            running.result()


def test_a_job_that_stays_scheduled_is_killed_when_its_time_is_up(airflow, stub: ExchangisStub, task):
    stub.first_status = "Scheduled"
    with pytest.raises(JobExpiredError, match=r"still Scheduled.*Raise timeout_seconds"):
        run_task(airflow, partial(task, timeout_seconds=0.3))
    assert stub.running() == []


def test_a_kill_that_the_server_overwrites_is_repeated(airflow, stub: ExchangisStub, task):
    stub.first_status = "Inited"
    running = InThread(lambda: run_task(airflow, partial(task, timeout_seconds=0.5)))
    stub.wait_for(lambda: bool(stub.executions))
    stub.last.resurrections = 2
    with pytest.raises(JobExpiredError):
        running.result()
    assert stub.running() == []
    assert len(stub.asked_for("POST /kill")) == 3


def test_a_task_that_is_killed_kills_its_execution(airflow, stub: ExchangisStub):
    running_task = make_task()
    context = airflow.start(running_task)
    running = InThread(lambda: running_task.execute(context))
    stub.wait_for(lambda: bool(stub.asked_for("GET /status")))
    airflow.states["job"] = "failed"
    running_task.on_kill()
    assert stub.running() == []
    with pytest.raises(JobCancelledError):
        running.result()


def test_the_tables_of_the_job_become_inlets_and_outlets(airflow, stub: ExchangisStub):
    stub.first_status = "Success"
    operator = make_task()
    operator.execute(airflow.start(operator))
    assert operator.inlets == [exchangis_table("shop_mysql", "shop", "orders")]
    assert operator.outlets == [exchangis_table("warehouse", "ods", "orders")]


def test_figures_that_cannot_be_had_do_not_fail_a_job_that_has_succeeded(airflow, stub: ExchangisStub):
    running, execution = begin(airflow, stub, make_task)
    stub.always(f"POST {ROOT}/task/execution/901/metrics", refused("You have no permission to view metrics"))
    execution.tasks = [StubTask("901", status="Success")]
    execution.status = "Success"
    result = running.result()
    assert result["records"] is None
    assert result["tasks"][0]["status"] == "Success"


# Exactly once


def test_an_execution_whose_answer_was_lost_is_found_and_adopted(airflow, stub: ExchangisStub, task):
    stub.add(status="Success")
    stub.script(EXECUTE, LOSE)
    running, execution = begin(airflow, stub, task)
    execution.status = "Success"
    assert running.result()["job_execution_id"] == execution.id
    assert len(stub.executions) == 2
    assert len(stub.asked_for("POST /execute")) == 1


def test_an_execution_that_was_never_asked_for_is_asked_for_again(airflow, stub: ExchangisStub, task):
    stub.script(EXECUTE, DROP)
    running, execution = begin(airflow, stub, task)
    execution.status = "Success"
    assert running.result()["job_execution_id"] == execution.id
    assert len(stub.executions) == 1


def test_an_answer_without_a_body_is_no_success(airflow, stub: ExchangisStub):
    stub.always(EXECUTE, Answer(200))
    with pytest.raises(SubmitUnknownError, match="has not passed the request on"):
        run_task(airflow, make_task)


def test_two_new_executions_are_not_guessed_between(airflow, stub: ExchangisStub):
    execute = stub.handler

    def with_somebody_else(asked: Asked) -> Answer:
        if asked.endpoint == EXECUTE:
            stub.add()
        return execute(asked)

    stub.handler = with_somebody_else
    stub.script(EXECUTE, LOSE)
    with pytest.raises(SubmitUnknownError, match="history of Exchangis"):
        run_task(airflow, make_task)
    assert len(stub.asked_for("POST /execute")) == 1
    assert len(stub.executions) == 2


def test_a_user_who_cannot_see_the_executions_does_not_start_a_second_one(airflow, stub: ExchangisStub):
    stub.jobs["7"]["createUser"] = "somebody"
    stub.script(EXECUTE, LOSE)
    with pytest.raises(SubmitUnknownError):
        run_task(airflow, make_task)
    assert len(stub.executions) == 1


def test_a_retry_adopts_the_execution_that_the_try_before_has_noted(airflow, stub: ExchangisStub, task):
    first = make_task(retries=1)
    ref = first_submission(airflow, first)
    running, execution = begin(airflow, stub, partial(task, retries=1), try_number=2)
    execution.status = "Success"
    assert running.result()["job_execution_id"] == ref
    assert len(stub.executions) == 1


def test_a_retry_finds_the_execution_of_a_try_that_died_before_it_could_note_it(airflow, stub: ExchangisStub, task):
    stub.add(status="Success")
    first_submission(airflow, make_task(retries=1))
    airflow.stored.pop("taskcenter_job", None)
    running, execution = begin(airflow, stub, partial(task, retries=1), try_number=2)
    execution.status = "Success"
    assert running.result()["job_execution_id"] == execution.id
    assert len(stub.executions) == 2


def test_a_note_is_kept_until_it_is_known_what_came_of_it(airflow, stub: ExchangisStub):
    execution_id = first_submission(airflow, make_task(retries=3))
    airflow.stored.pop("taskcenter_job", None)
    second = make_task(retries=3)
    second._context = airflow.start(second, try_number=2)
    second.build_request()  # and the worker is lost before it can look
    stub.last.status = "Success"
    result = run_task(airflow, partial(make_task, retries=3), try_number=3)
    assert result["job_execution_id"] == execution_id


def request_of(airflow: InMemoryAirflow, **start: Any) -> Any:
    """What a try would ask for."""
    operator = make_task(retries=2)
    operator._context = airflow.start(operator, **start)
    return operator.build_request()


@pytest.mark.skipif(not has_task_state_store(), reason="Airflow keeps nothing between tries before 3.3")
def test_only_an_earlier_try_of_the_same_work_has_a_note_that_counts(airflow, stub: ExchangisStub):
    first = request_of(airflow)
    assert first.earlier is None
    assert request_of(airflow, try_number=2).earlier == first.intent
    assert request_of(airflow, try_number=3).earlier == first.intent
    assert request_of(airflow).earlier is None
    cleared = request_of(airflow, try_number=2, max_tries=3)
    assert cleared.intent.key != first.intent.key
    assert cleared.earlier is None


def test_executions_of_other_jobs_are_not_taken_for_ours(airflow, stub: ExchangisStub):
    execute = stub.handler

    def others_are_busy(asked: Asked) -> Answer:
        answer = execute(asked)
        if asked.endpoint == EXECUTE:
            stub.add("orders_daily_2")
            stub.add(project="another")
        return answer

    stub.handler = others_are_busy
    stub.script(EXECUTE, LOSE)
    running = InThread(lambda: run_task(airflow, make_task))
    stub.wait_for(lambda: bool(stub.asked_for("GET /status")))
    ours = next(iter(stub.executions.values()))
    ours.status = "Success"
    assert running.result()["job_execution_id"] == ours.id


def test_a_retry_after_a_failure_runs_the_job_anew_whatever_others_have_run_meanwhile(airflow, stub, task):
    first_submission(airflow, make_task(retries=1))
    stub.last.status = "Failed"
    stub.add(status="Success")
    running = InThread(lambda: run_task(airflow, partial(task, retries=1), try_number=2))
    stub.wait_for(lambda: len(stub.executions) == 3)
    stub.last.status = "Success"
    assert running.result()["job_execution_id"] == stub.last.id


def retry_without_memory(airflow: InMemoryAirflow) -> Any:
    """Run a second try that finds nothing of the first, as on Airflow 3.2."""
    operator = make_task(retries=1)
    context = airflow.start(operator, try_number=2)
    context.pop("task_state_store", None)
    return operator.execute(context)


@pytest.mark.parametrize("others", [[], ["Failed"], ["Success"]])
def test_without_memory_a_retry_goes_on_with_the_only_execution_that_runs(airflow, stub: ExchangisStub, others):
    for status in others:
        stub.add(status=status)
    execution = stub.add()
    running = InThread(lambda: retry_without_memory(airflow))
    stub.wait_for(lambda: bool(stub.asked_for("GET /status")))
    execution.status = "Success"
    assert running.result()["job_execution_id"] == execution.id
    assert stub.asked_for("POST /execute") == []


def test_without_memory_a_retry_takes_the_only_execution_if_it_has_succeeded(airflow, stub: ExchangisStub):
    execution = stub.add(status="Success")
    assert retry_without_memory(airflow)["job_execution_id"] == execution.id


@pytest.mark.parametrize("found", [["Failed"], ["Failed", "Success"], ["Success", "Success"], ["Running", "Running"]])
def test_without_memory_a_retry_does_not_guess_between_several(airflow, stub: ExchangisStub, found):
    for status in found:
        stub.add(status=status)
    stub.first_status = "Success"
    assert retry_without_memory(airflow)["job_execution_id"] == stub.last.id
    assert len(stub.executions) == len(found) + 1


def test_without_memory_what_is_older_than_the_dag_run_is_not_looked_at(airflow, stub: ExchangisStub):
    old = stub.add(status="Success", created=1_600_000_000)
    stub.first_status = "Success"
    assert retry_without_memory(airflow)["job_execution_id"] != old.id


def first_submission(airflow: InMemoryAirflow, operator: ExchangisJobOperator) -> str:
    """A first try whose worker is lost when it has submitted."""
    context = airflow.start(operator)
    operator._context = context
    return operator._obtain(context, operator.build_request()).id


def test_a_list_that_hides_rows_is_not_taken_for_an_empty_one(airflow, stub: ExchangisStub):
    stub.script(EXECUTE, DROP)
    stub.total_too_high = 1
    with pytest.raises(SubmitUnknownError):
        run_task(airflow, make_task)
    assert stub.executions == {}


def test_a_refusal_is_said_at_once(airflow, stub: ExchangisStub):
    stub.always(EXECUTE, refused("You have no permission to execute job (没有执行任务权限)"))
    with pytest.raises(RefusedError, match="no permission to execute"):
        run_task(airflow, make_task)
