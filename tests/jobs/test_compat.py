"""What is not Airflow's public interface and that we rely on, on each supported version."""

from __future__ import annotations

import pytest
from airflow.sdk import BaseOperator
from airflow.sdk.bases.operator import TRIGGER_FAIL_REPR
from airflow.triggers.base import BaseTrigger

from support.airflow_task import InMemoryAirflow, in_dag
from taskcenter.jobs import compat


class Idle(BaseTrigger):
    def serialize(self):
        return "x", {}

    async def run(self):
        yield None


def test_the_method_that_a_failed_trigger_resumes_with():
    assert compat.FAIL_METHOD == TRIGGER_FAIL_REPR


def test_whether_triggers_are_told_of_a_kill():
    assert hasattr(BaseTrigger, "on_kill") == compat.TRIGGER_HAS_ON_KILL


@pytest.mark.parametrize("state", ["running", "failed", "deferred", None])
def test_the_state_that_airflow_has_a_task_in(airflow: InMemoryAirflow, state):
    airflow.states["job"] = state
    assert compat.task_state(airflow.start(in_dag(BaseOperator))["ti"]) == state


def test_the_state_of_a_mapped_task(airflow: InMemoryAirflow, monkeypatch):
    ti = airflow.start(in_dag(BaseOperator), map_index=3)["ti"]
    monkeypatch.setattr(
        type(ti), "get_task_states", staticmethod(lambda **_: {ti.run_id: {"job_3": "deferred", "job": "failed"}})
    )
    assert compat.task_state(ti) == "deferred"


@pytest.mark.parametrize(("state", "by_user"), [("deferred", False), ("failed", True), ("success", True), (None, True)])
async def test_a_shutdown_leaves_a_task_deferred_and_a_user_does_not(airflow: InMemoryAirflow, state, by_user):
    airflow.states["job"] = state
    trigger = Idle()
    trigger.task_instance = airflow.start(in_dag(BaseOperator))["ti"]
    assert await compat.cancelled_by_user(trigger) is by_user


async def test_a_trigger_that_has_no_task_was_not_cancelled_by_a_user():
    assert await compat.cancelled_by_user(Idle()) is False
