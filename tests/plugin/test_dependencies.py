"""Every end of a run starts each waiting plan once: many at a time, by listener or by upkeep, never both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Barrier

import pytest

from support.task_center import Client

EXEC = {"jobParams": {"code": "SELECT 1"}}


@pytest.fixture
def center(ada):
    """A user, a plan ``up``, and ``down`` that waits for it."""
    ada.ok("POST", "/api/schedules", plan("up"))
    jobs = [{"entityGroup": "LINKIS", "entityKey": "up"}]
    ada.ok("POST", "/api/schedules", plan("down", [{"triggerType": "DEPENDENCY", "triggerByJobs": jobs}]))
    return ada


def plan(key: str, items=None, **more) -> dict:
    return {"entityGroup": "LINKIS", "entityKey": key, "planItems": items, "execDetail": EXEC, **more}


def run_up(center, count: int = 1) -> list[int]:
    return [
        center.ok("POST", "/api/schedules", plan("up", [{"triggerType": "ONCE"}]))["data"]["contextId"]
        for _ in range(count)
    ]


def end(context_ids: list[int], state: str = "success", *, ago: timedelta = timedelta(), listen: bool = True) -> None:
    """Do what the scheduler does when runs end, all in one transaction."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    from taskcenter_plugin import listeners

    with create_session(scoped=False) as session:
        for run in session.scalars(select(DagRun).where(DagRun.id.in_(context_ids))).all():
            run.set_state(state)
            run.end_date = datetime.now(timezone.utc) - ago
            session.flush()
            if listen:
                (listeners.on_dag_run_failed if state == "failed" else listeners.on_dag_run_success)(run)


def look_after() -> None:
    from airflow.utils.session import create_session

    from taskcenter_plugin.plans.dependencies import fire_what_was_lost

    with create_session(scoped=False) as session:
        fire_what_was_lost(session)


def started(center) -> int:
    return center.ok("GET", "/api/contexts", entityKey="down")["totalHits"]


def wait_since_long(center) -> None:
    """As if the plan had waited for an hour already."""
    from airflow.utils.session import create_session
    from sqlalchemy import update

    from taskcenter_plugin.models import PlanDependency

    with create_session(scoped=False) as session:
        session.execute(update(PlanDependency).values(since=datetime.now(timezone.utc) - timedelta(hours=1)))


def test_fifty_ends_at_once_are_fifty_runs(center):
    end(run_up(center, 50))
    assert started(center) == 50


def test_a_failed_run_is_an_end_too(center):
    end(run_up(center), "failed")
    assert started(center) == 1


def test_with_success_only_a_failed_run_is_none(center, monkeypatch):
    from taskcenter_plugin import settings

    monkeypatch.setattr(settings, "success_only", lambda: True)
    end(run_up(center), "failed")
    end(run_up(center))
    assert started(center) == 1


def test_the_same_end_told_twice_is_one_run(center):
    [context_id] = run_up(center)
    end([context_id])
    end([context_id])
    assert started(center) == 1


def test_what_a_listener_has_missed_is_made_up_for_once(center):
    wait_since_long(center)
    lost = run_up(center, 2)
    end(lost[:1], ago=timedelta(minutes=2))
    end(lost[1:], ago=timedelta(minutes=2), listen=False)
    for _ in range(2):
        look_after()
    assert started(center) == 2


def test_an_end_of_just_now_is_left_to_the_listener(center):
    wait_since_long(center)
    end(run_up(center), listen=False)
    look_after()
    assert started(center) == 0


def test_ends_before_a_plan_waited_do_not_count(center):
    end(run_up(center), ago=timedelta(minutes=2), listen=False)
    look_after()
    assert started(center) == 0


def test_a_disabled_plan_misses_what_ends_meanwhile(center):
    wait_since_long(center)
    [down] = center.ok("GET", "/api/schedules", entityKey="down")["data"]
    center.ok("POST", f"/api/schedules/{down['id']}/disable")
    end(run_up(center), ago=timedelta(minutes=2))
    center.ok("POST", f"/api/schedules/{down['id']}/enable")
    look_after()
    assert started(center) == 0


def test_a_cancelled_run_is_no_end(center):
    wait_since_long(center)
    run_up(center)
    center.ok("POST", "/api/schedules/cancel", {"entityGroup": "LINKIS", "entityKey": "up"})
    look_after()
    assert started(center) == 0


def test_runs_of_other_dags_and_of_plans_that_nobody_waits_for_start_nothing(center):
    center.ok("POST", "/api/schedules", plan("alone"))
    other = center.ok("POST", "/api/schedules", plan("alone", [{"triggerType": "ONCE"}]))["data"]["contextId"]
    end([other])
    assert started(center) == 0


def clear(context_ids: list[int]) -> None:
    """Do what the Airflow UI's "clear" does."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import clear_task_instances
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        for run in session.scalars(select(DagRun).where(DagRun.id.in_(context_ids))).all():
            clear_task_instances(run.get_task_instances(session=session), session)


@pytest.mark.parametrize(("state", "shown"), [("success", "SUCCESSFUL"), ("failed", "FAILED")])
def test_a_cancelled_run_that_is_cleared_ends_as_it_ends_and_starts_its_dependents(center, state, shown):
    up = run_up(center)
    center.ok("POST", "/api/schedules/cancel", {"entityGroup": "LINKIS", "entityKey": "up"})
    assert center.ok("GET", f"/api/contexts/{up[0]}")["data"]["jobStatus"] == "CANCELLED"
    clear(up)
    end(up, state)
    assert center.ok("GET", f"/api/contexts/{up[0]}")["data"]["jobStatus"] == shown
    assert center.ok("GET", "/api/contexts", jobStatus=shown)["totalHits"] == 1
    assert center.ok("GET", "/api/contexts", jobStatus="CANCELLED")["totalHits"] == 0
    assert center.ok("GET", "/api/schedules", entityKey="up")["data"][0]["jobStatus"] == shown
    assert started(center) == 1


def test_of_two_halves_of_a_circle_that_come_at_once_one_is_refused(app, ada):
    def wait_for(pair: tuple[str, str]) -> int:
        key, other = pair
        jobs = [{"entityGroup": "LINKIS", "entityKey": other}]
        body = plan(key, [{"triggerType": "DEPENDENCY", "triggerByJobs": jobs}])
        ready.wait()
        return Client(app, "ada")("POST", "/api/schedules", body)[1]["code"]

    for number in range(5):
        a, b = f"a{number}", f"b{number}"
        ready = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(wait_for, [(a, b), (b, a)])) == [0, 40005]
