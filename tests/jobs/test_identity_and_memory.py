"""Which tries share a job, and how a try learns of the one before."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import BaseOperator

from support.airflow_task import RUN_STARTED, in_dag
from taskcenter.core.job import JobRef
from taskcenter.jobs.identity import CLOCK_SKEW_SECONDS, first_try, is_last_try, job_tag, submitted_since
from taskcenter.jobs.memory import STATE_JOB, recall, remember, remembered_attempt
from taskcenter.jobs.record import XCOM_JOB

REF = JobRef("7", {"exec_id": "exec_7"})
WHERE = {"conn_type": "linkis", "conn_id": "linkis_default"}


@pytest.fixture
def task() -> Any:
    return in_dag(BaseOperator, retries=2)


# Airflow's own arithmetic: retries=2 gives tries 1, 2, 3 with max_tries 2; clearing after try n sets max_tries to n + 2.
TRIES = {
    "first": (1, 2, 1, False),
    "first retry": (2, 2, 1, False),
    "last retry": (3, 2, 1, True),
    "first after a clear of try 3": (4, 5, 4, False),
    "last after a clear of try 3": (6, 5, 4, True),
    "first after a clear of try 1": (2, 3, 2, False),
}


@pytest.mark.parametrize(("try_number", "max_tries", "first", "last"), TRIES.values(), ids=TRIES)
def test_which_try_was_the_first_since_the_last_clear(airflow, task, try_number, max_tries, first, last):
    context = airflow.start(task, try_number=try_number, max_tries=max_tries)
    assert first_try(context) == first
    assert is_last_try(context) is last
    assert job_tag(context).attempt == try_number


def test_retries_share_a_tag_and_a_clear_starts_anew(airflow, task):
    keys = [job_tag(airflow.start(task, try_number=number, max_tries=2)).key for number in (1, 2, 3)]
    assert keys == ["airflow/dag/manual__1/job/-1/1"] * 3
    cleared = [job_tag(airflow.start(task, try_number=number, max_tries=5)).key for number in (4, 5, 6)]
    assert cleared == ["airflow/dag/manual__1/job/-1/4"] * 3


def test_each_task_map_index_and_deployment_has_its_own_tag(airflow, task, monkeypatch):
    keys = [
        job_tag(airflow.start(task)).key,
        job_tag(airflow.start(in_dag(BaseOperator, "other"))).key,
        job_tag(airflow.start(task, map_index=0)).key,
        job_tag(airflow.start(task, map_index=1)).key,
    ]
    monkeypatch.setenv("AIRFLOW__TASKCENTER__DEPLOYMENT_ID", "prod-beijing")
    keys.append(job_tag(airflow.start(task)).key)
    assert len(set(keys)) == 5
    assert keys[-1] == "prod-beijing/dag/manual__1/job/-1/1"


def test_no_job_of_a_run_can_be_older_than_the_run(airflow, task):
    assert submitted_since(airflow.start(task)) == RUN_STARTED.timestamp() - CLOCK_SKEW_SECONDS


def test_a_job_is_recalled_in_the_same_try_after_a_deferral(airflow, task):
    context = airflow.start(task)
    tag = job_tag(context)
    remember(context, tag, REF, **WHERE)
    resumed = airflow.start(task, resumed=True)
    assert recall(resumed, tag) == REF
    assert remembered_attempt(resumed, tag) == 1


def test_the_next_try_recalls_it_from_the_state_store_where_there_is_one(airflow, task):
    context = airflow.start(task)
    remember(context, job_tag(context), REF, **WHERE)
    retry = airflow.start(task, try_number=2)
    expected = REF if "task_state_store" in retry else None
    assert recall(retry, job_tag(retry)) == expected
    assert airflow.xcoms == {}


def test_on_airflow_without_a_state_store_the_tag_is_left_to_find_it(airflow, task):
    context = airflow.start(task)
    context.pop("task_state_store", None)  # as on 3.2
    remember(context, job_tag(context), REF, **WHERE)
    assert airflow.stored == {}
    assert recall(context, job_tag(context)) == REF
    retry = airflow.start(task, try_number=2)
    retry.pop("task_state_store", None)
    assert recall(retry, job_tag(retry)) is None


def test_after_a_clear_the_job_of_before_is_not_recalled(airflow, task):
    context = airflow.start(task)
    remember(context, job_tag(context), REF, **WHERE)
    cleared = airflow.start(task, try_number=2, max_tries=3, resumed=True)
    assert recall(cleared, job_tag(cleared)) is None
    assert remembered_attempt(cleared, job_tag(cleared)) is None


def test_mapped_tasks_do_not_mix_up_their_jobs(airflow, task):
    first, second = airflow.start(task, map_index=0), airflow.start(task, map_index=1)
    for context in (first, second):
        context.pop("task_state_store", None)
    remember(first, job_tag(first), JobRef("70"), **WHERE)
    remember(second, job_tag(second), JobRef("71"), **WHERE)
    assert recall(first, job_tag(first)) == JobRef("70")
    assert recall(second, job_tag(second)) == JobRef("71")


@pytest.mark.parametrize("value", ["7", ["7"], {"id": 7, "handle": {}}, {"handle": {}}, {"id": "", "handle": {}}])
def test_what_is_no_job_is_not_recalled(airflow, task, value):
    context = airflow.start(task)
    tag = job_tag(context)
    if isinstance(value, dict):
        value["key"] = tag.key
    airflow.stored[STATE_JOB] = value
    airflow.xcoms[task.task_id, XCOM_JOB, -1] = value
    assert recall(context, tag) is None


def test_a_memory_that_fails_neither_loses_the_submission_nor_the_look(airflow, task, caplog):
    context = airflow.start(task)
    tag = job_tag(context)
    if "task_state_store" in context:
        context["task_state_store"].set = _fail  # type: ignore[method-assign]
    remember(context, tag, REF, **WHERE)
    airflow.broken = True
    assert recall(context, tag) is None
    assert "looking for its tag" in caplog.text


def _fail(*_: Any) -> None:
    raise RuntimeError("no room")
