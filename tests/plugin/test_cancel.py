"""What is cancelled stops, even what the scheduler has started in the same moment."""

from __future__ import annotations

import pytest

BODY = {
    "entityGroup": "LINKIS",
    "entityKey": "1",
    "planItems": [{"triggerType": "ONCE"}],
    "execDetail": {"jobParams": {"code": "SELECT 1"}},
}


def set_task(context_id: int, state: str) -> None:
    """Do what the scheduler or a worker does, who does not know of a change that has just been made."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session(scoped=False) as session:
        run_id = session.get_one(DagRun, context_id).run_id
        session.execute(update(TaskInstance).where(TaskInstance.run_id == run_id).values(state=state))


def task_state(context_id: int) -> str:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session(scoped=False) as session:
        [task] = session.get_one(DagRun, context_id).get_task_instances(session=session)
        return str(task.state)


def look_after() -> int:
    from airflow.utils.session import create_session

    from taskcenter_plugin.contexts.cancel import stop_what_was_cancelled

    with create_session(scoped=False) as session:
        return stop_what_was_cancelled(session)


@pytest.mark.parametrize(
    ("escaped", "stopped"),
    [("scheduled", "skipped"), ("queued", "skipped"), ("running", "failed"), ("deferred", "failed")],
)
def test_a_task_that_escapes_a_cancel_is_stopped_by_the_upkeep(ada, escaped, stopped):
    context = ada.ok("POST", "/api/schedules", BODY)["data"]["contextId"]
    ada.ok("POST", "/api/schedules/cancel", BODY)
    set_task(context, escaped)
    assert look_after() == 1
    assert task_state(context) == stopped
    assert ada.ok("GET", f"/api/contexts/{context}")["data"]["jobStatus"] == "CANCELLED"
    assert look_after() == 0


def test_the_upkeep_leaves_runs_alone_that_were_not_cancelled(ada):
    context = ada.ok("POST", "/api/schedules", BODY)["data"]["contextId"]
    set_task(context, "running")
    assert look_after() == 0
    assert task_state(context) == "running"
