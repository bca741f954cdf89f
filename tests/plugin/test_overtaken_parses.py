"""A plan that changes while the DAG processor parses its file is what it was changed to, not what the parse has read."""

from __future__ import annotations

import pytest

EARLY = {"triggerType": "CRON_JOB", "cronDesc": "0 0 6 * * ?", "timeZone": "UTC"}
LATE = {"triggerType": "CRON_JOB", "cronDesc": "0 30 21 * * ?", "timeZone": "UTC"}


class Processor:
    """What the DAG processor's main process does with the plan bundle, step by step."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from taskcenter_plugin.plans.bundle import PlanBundle

        self._patch = monkeypatch
        self.bundle = PlanBundle(name="taskcenter_plans")

    def look(self) -> None:
        """Refresh the bundle, and note its version."""
        from taskcenter_plugin.plans import bundle

        self.bundle.refresh()
        self.bundle.get_current_version()
        self._version = bundle.current_look.version

    def read(self, plan_id: int) -> None:
        """Parse the file of a plan; the result is kept."""
        from airflow.models.variable import Variable
        from airflow.serialization.serialized_objects import DagSerialization, LazyDeserializedDAG

        from taskcenter_plugin.plans import dag_file
        from taskcenter_plugin.plans.bundle import FILES, file_of
        from taskcenter_plugin.plans.document import shard_of, variable_of

        shard = shard_of(plan_id)
        variable = variable_of(shard)
        self._patch.setenv(f"AIRFLOW_VAR_{variable.upper()}", Variable.get(variable))
        self._parsed = []
        for dag in dag_file.load(shard).values():
            dag.fileloc, dag.relative_fileloc = str(FILES / file_of(shard)), file_of(shard)
            self._parsed.append(LazyDeserializedDAG(data=DagSerialization.to_dict(dag)))
        self._patch.delenv(f"AIRFLOW_VAR_{variable.upper()}")

    def write(self) -> int:
        """Write what was read, as Airflow does; returns how many DAGs."""
        from airflow.dag_processing.collection import update_dag_parsing_results_in_db
        from airflow.utils.session import create_session

        with create_session() as session:
            update_dag_parsing_results_in_db(
                "taskcenter_plans", self._version, self._parsed, {}, None, set(), session=session
            )
        return len(self._parsed)


@pytest.fixture
def processor(ada, monkeypatch):
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    from taskcenter_plugin.plans import bundle, parsed

    monkeypatch.setattr(bundle, "current_look", None)
    yield Processor(monkeypatch)
    for name, listener in (("after_flush", parsed.note), ("after_transaction_end", parsed.look_after)):
        if event.contains(Session, name, listener):
            event.remove(Session, name, listener)


def post(user, key: str, code: str = "SELECT 1", **more) -> dict:
    body = {"entityGroup": "LINKIS", "entityKey": key, "execDetail": {"jobParams": {"code": code}}, **more}
    return user.ok("POST", "/api/schedules", body)["data"]


def dag_of(plan: dict):
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        dag = session.get(DagModel, plan["dagId"])
        session.expunge_all()
        return dag


def pinned_to(context_id: int) -> int:
    """The number of the revision that a run is pinned to."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        return int(session.get(DagRun, context_id).bundle_version.partition(".")[0])


def test_its_next_fire_is_that_of_the_change(ada, processor):
    plan = post(ada, "a", planItems=[EARLY])
    processor.look()
    processor.read(plan["id"])
    post(ada, "a", planItems=[LATE])
    assert processor.write() == 1
    assert f"{dag_of(plan).next_dagrun_create_after:%H:%M}" == "21:30"
    assert "30 21" in dag_of(plan).timetable_summary


def test_its_next_run_runs_what_it_was_changed_to(ada, processor):
    from taskcenter_plugin.models import Plan

    plan = post(ada, "a")
    processor.look()
    processor.read(plan["id"])
    post(ada, "a", "SELECT 2")
    processor.write()
    run = post(ada, "a", "SELECT 2", planItems=[{"triggerType": "ONCE"}])
    from airflow.utils.session import create_session

    with create_session() as session:
        assert pinned_to(run["contextId"]) >= session.get(Plan, plan["id"]).revision


def test_a_plan_that_is_deleted_meanwhile_does_not_come_back(ada, processor):
    plan = post(ada, "a", planItems=[EARLY])
    processor.look()
    processor.read(plan["id"])
    ada.ok("DELETE", f"/api/schedules/{plan['id']}")
    assert processor.write() == 1
    dag = dag_of(plan)
    assert (dag.is_stale, dag.next_dagrun_create_after) == (True, None)


def test_what_has_not_changed_is_left_as_the_parse_has_it(ada, processor, caplog):
    plan = post(ada, "a", planItems=[EARLY])
    processor.look()
    processor.read(plan["id"])
    before = dag_of(plan).bundle_version
    assert processor.write() == 1
    assert dag_of(plan).bundle_version != before
    assert "registered anew" not in caplog.text


def test_a_plan_that_cannot_be_looked_at_does_not_stop_the_parses(ada, processor, caplog):
    from airflow.utils.session import create_session

    from taskcenter_plugin.models import Plan, PlanRevision

    plan = post(ada, "a", planItems=[EARLY])
    processor.look()
    processor.read(plan["id"])
    with create_session() as session:
        session.get(PlanRevision, session.get(Plan, plan["id"]).revision).document = "[]"
    assert processor.write() == 1
    assert "the next parse has them" in caplog.text
    assert dag_of(plan).is_stale is False
