"""A context shows the item that started it as it was then, whatever has become of the plan since."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

EXEC = {"jobParams": {"code": "SELECT 1"}}
NOON = {"triggerType": "CRON_JOB", "cronDesc": "0 0 12 * * ?", "cronType": "DAILY", "timeZone": "UTC"}
EVENING = {**NOON, "cronDesc": "0 0 18 * * ?"}
FIRE = datetime(2099, 1, 1, 12, tzinfo=timezone.utc)


def post(ada, key: str, items) -> dict:
    body = {"entityGroup": "LINKIS", "entityKey": key, "planItems": items, "execDetail": EXEC}
    return ada.ok("POST", "/api/schedules", body)["data"]


def waits_for(*keys: str) -> list[dict]:
    jobs = [{"entityGroup": "LINKIS", "entityKey": key} for key in keys]
    return [{"triggerType": "DEPENDENCY", "triggerByJobs": jobs}]


def fire(dag_id: str) -> int:
    """Do what the scheduler does when a plan fires; return the id of the run."""
    from airflow.models.dagbag import DBDagBag
    from airflow.timetables.base import DataInterval
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    with create_session(scoped=False) as session:
        dag = DBDagBag().get_latest_version_of_dag(dag_id, session=session)
        run = dag.create_dagrun(
            run_id=f"scheduled__{FIRE.isoformat()}",
            logical_date=FIRE,
            data_interval=DataInterval.exact(FIRE),
            run_after=FIRE,
            run_type=DagRunType.SCHEDULED,
            triggered_by=DagRunTriggeredByType.TIMETABLE,
            state=DagRunState.QUEUED,
            session=session,
        )
        session.flush()
        return run.id


def end(context_id: int) -> None:
    """Do what the scheduler does when a run ends."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    from taskcenter_plugin import listeners

    with create_session(scoped=False) as session:
        run = session.get_one(DagRun, context_id)
        run.set_state("success")
        session.flush()
        listeners.on_dag_run_success(run)


def started_by(ada, context_id: int) -> dict:
    context = ada.ok("GET", f"/api/contexts/{context_id}")["data"]
    assert context["planItemId"] == context["planItem"]["id"]
    return context["planItem"]


def put(ada, plan: dict, items) -> dict:
    return ada.ok("PUT", f"/api/schedules/{plan['id']}", {"planItems": items})["data"]


def change(ada, plan: dict) -> None:
    [item] = plan["planItems"]
    put(ada, plan, [{**EVENING, "id": item["id"]}])


def change_what_airflow_does_not_see(ada, plan: dict) -> None:
    [item] = plan["planItems"]
    put(ada, plan, [{**item, "cronType": "CRON"}])


def replace(ada, plan: dict) -> None:
    put(ada, plan, [EVENING, NOON])


def remove(ada, plan: dict) -> None:
    put(ada, plan, [])


def delete(ada, plan: dict) -> None:
    ada.ok("DELETE", f"/api/schedules/{plan['id']}")


CHANGES = [change, change_what_airflow_does_not_see, replace, remove, delete]


@pytest.mark.parametrize("then", CHANGES, ids=lambda then: then.__name__)
def test_a_fire_shows_the_cron_item_that_fired(ada, then):
    plan = post(ada, "noon", [NOON])
    context = fire(plan["dagId"])
    assert started_by(ada, context) == plan["planItems"][0]
    then(ada, plan)
    assert started_by(ada, context) == plan["planItems"][0]


@pytest.mark.parametrize("then", [change, remove, delete], ids=lambda then: then.__name__)
def test_a_finish_shows_the_dependency_item_with_all_that_it_waited_for(ada, then):
    up = post(ada, "up", [{"triggerType": "ONCE"}])
    plan = post(ada, "down", waits_for("up", "other"))
    end(up["contextId"])
    [context] = [each["id"] for each in ada.ok("GET", "/api/contexts", entityKey="down")["data"]]
    assert started_by(ada, context) == plan["planItems"][0]
    then(ada, plan)
    assert started_by(ada, context) == plan["planItems"][0]


def test_a_run_by_hand_keeps_its_once_item(ada):
    plan = post(ada, "now", [{"triggerType": "ONCE"}])
    put(ada, plan, [NOON])
    ada.ok("DELETE", f"/api/schedules/{plan['id']}")
    assert started_by(ada, plan["contextId"]) == plan["planItems"][0]


def test_each_of_several_runs_shows_its_own_item(ada):
    plan = post(ada, "both", [NOON])
    first = fire(plan["dagId"])
    once = post(ada, "both", [{"triggerType": "ONCE"}])
    change(ada, plan)
    later = post(ada, "both", [{"triggerType": "ONCE"}])
    shown = {each["id"]: each["planItem"] for each in ada.ok("GET", "/api/contexts")["data"]}
    assert shown == {
        first: plan["planItems"][0],
        once["contextId"]: once["planItems"][0],
        later["contextId"]: later["planItems"][0],
    }


def test_a_run_from_before_items_were_kept_shows_what_is_known_of_them(ada):
    from airflow.utils.session import create_session
    from sqlalchemy import update

    from taskcenter_plugin.models import PlanRevision

    plan = post(ada, "noon", [NOON])
    context = fire(plan["dagId"])
    with create_session(scoped=False) as session:
        session.execute(update(PlanRevision).values(items=None))
    assert started_by(ada, context) == plan["planItems"][0]
    replace(ada, plan)
    assert started_by(ada, context)["cronDesc"] == NOON["cronDesc"]
