"""The DAG processor's look at the plans: no two states of them share a version, and it registers nothing that it has not seen."""

from __future__ import annotations

from datetime import datetime, timezone


def post(user, key: str, **more) -> dict:
    body = {"entityGroup": "LINKIS", "entityKey": key, "execDetail": {"jobParams": {"code": "SELECT 1"}}, **more}
    return user.ok("POST", "/api/schedules", body)["data"]


def look():
    from taskcenter_plugin.plans.looks import look_at_plans

    return look_at_plans()


def look_after() -> None:
    from taskcenter_plugin.plans.upkeep import keep_up

    keep_up()


def revise(plan_id: int, number: int) -> None:
    """Commit a revision of a plan whose number was drawn before others that are committed already."""
    from airflow.utils.session import create_session

    from taskcenter_plugin.models import Plan, PlanRevision
    from taskcenter_plugin.plans.shards import publish

    with create_session(scoped=False) as session:
        plan = session.get(Plan, plan_id)
        before = session.get(PlanRevision, plan.revision)
        now = datetime.now(timezone.utc)
        session.add(
            PlanRevision(id=number, plan_id=plan_id, document=before.document, exec_detail={}, items=[], created_at=now)
        )
        plan.revision = number
        publish(plan, session)


def test_while_nothing_changes_the_version_stays(ada):
    empty = look().version
    post(ada, "a")
    first = look().version
    look_after()
    assert look().version == first != empty


def test_each_change_makes_another_version(ada):
    plan = post(ada, "a")
    versions = [look().version]
    for change in (
        {"title": None, "execDetail": {"retryTimes": 1}},
        {"planItems": []},
        {"execDetail": {"retryTimes": 2}},
    ):
        post(ada, "a", **change)
        versions.append(look().version)
    ada.ok("DELETE", f"/api/schedules/{plan['id']}")
    versions.append(look().version)
    assert len(set(versions)) >= 4
    assert versions[-1] not in versions[:-1]


def test_a_change_that_is_committed_after_a_newer_one_makes_another_version(ada):
    plan = post(ada, "a")
    before = look()
    newest = int(before.version.partition(".")[0])
    revise(plan["id"], newest + 9)
    with_newer = look()
    revise(plan["id"], newest + 5)
    with_older = look()
    assert with_newer.version != with_older.version
    assert with_newer.version.partition(".")[0] == with_older.version.partition(".")[0]
    assert [each.knows(newest + 5) for each in (before, with_newer, with_older)] == [False, False, True]


def test_a_look_that_remembers_no_more_takes_older_revisions_as_known(ada, monkeypatch):
    from taskcenter_plugin.plans import looks

    plan = post(ada, "a")
    newest = int(look().version.partition(".")[0])
    for number in (5, 7, 9):
        revise(plan["id"], newest + number)
    monkeypatch.setattr(looks, "RECENT", 3)
    assert [look().knows(newest + number) for number in (1, 5, 6, 9, 10)] == [True, True, False, True, False]


def test_what_a_look_has_not_seen_is_left_to_the_next_one(ada, monkeypatch):
    from airflow.models.variable import Variable

    from taskcenter_plugin.plans import bundle, dag_file
    from taskcenter_plugin.plans.document import shard_of, variable_of

    plan, other = post(ada, "a"), post(ada, "b")
    newest = int(look().version.partition(".")[0])
    revise(other["id"], newest + 9)
    earlier = look()
    revise(plan["id"], newest + 5)
    shard = shard_of(plan["id"])
    monkeypatch.setenv(f"AIRFLOW_VAR_{variable_of(shard).upper()}", Variable.get(variable_of(shard)))
    registered = []
    for seen in (earlier, look()):
        monkeypatch.setattr(bundle, "current_look", seen)
        registered.append(plan["dagId"] in dag_file.load(shard))
    assert registered == [False, True]


def test_a_deleted_plan_whose_run_goes_on_is_not_published_again_and_again(ada):
    run = post(ada, "a", planItems=[{"triggerType": "ONCE"}])
    ada.ok("DELETE", f"/api/schedules/{run['id']}")
    set_state(run["contextId"], "running")  # what is deleted is cancelled; this one has not noticed yet
    publish_anew(run["id"])
    version = look().version
    look_after()
    assert look().version == version
    set_state(run["contextId"], "failed")
    look_after()
    assert look().version != version


def publish_anew(plan_id: int) -> None:
    from airflow.utils.session import create_session
    from sqlalchemy import update

    from taskcenter_plugin.models import Plan, PlanRevision
    from taskcenter_plugin.plans.shards import publish

    with create_session(scoped=False) as session:
        session.execute(update(PlanRevision).where(PlanRevision.plan_id == plan_id).values(published=True))
        publish(session.get(Plan, plan_id), session)


def set_state(context_id: int, state: str) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session(scoped=False) as session:
        session.execute(update(DagRun).where(DagRun.id == context_id).values(state=state))
