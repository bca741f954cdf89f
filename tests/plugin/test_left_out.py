"""What Airflow knows as it is, a parse leaves out: its plans can fire meanwhile, and stay in sight."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

PLANS = 12


@pytest.fixture
def shard(ada, monkeypatch) -> int:
    """A shard with many plans, of which a parse writes four in a turn."""
    from taskcenter_plugin.plans import looks, service

    monkeypatch.setattr(service, "shard_of", lambda _plan_id: 7)
    monkeypatch.setattr(looks, "WRITTEN_AT_LEAST", 4)
    looks._latest.clear()
    for number in range(PLANS):
        ada.ok("POST", "/api/schedules", plan(number))
    return 7


def plan(number: int, code: str = "SELECT 1", **more) -> dict:
    return {
        "entityGroup": "LINKIS",
        "entityKey": f"p{number}",
        "execDetail": {"jobParams": {"code": code}},
        **more,
    }


def left_out(shard: int) -> set[str]:
    from taskcenter_plugin.plans.looks import look_at_plans

    return set(look_at_plans().left_out_of(shard))


def dags(**values) -> dict[str, datetime]:
    """When each DAG was parsed last; before that, change some columns of all of them."""
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select, update

    with create_session() as session:
        if values:
            session.execute(update(DagModel).values(**values))
        return {row[0]: row[1] for row in session.execute(select(DagModel.dag_id, DagModel.last_parsed_time))}


def test_each_plan_has_its_turn(shard, monkeypatch):
    from taskcenter_plugin.plans import looks

    written = []
    for turn in range(PLANS // 4):
        monkeypatch.setattr(looks.time, "time", lambda turn=turn: turn * 30.0 + 1)
        written.append(dags().keys() - left_out(shard))
    assert [len(each) for each in written] == [4, 4, 4]
    assert set().union(*written) == dags().keys()


def test_a_parse_builds_what_is_not_left_out(shard, monkeypatch):
    from airflow.models.variable import Variable

    from taskcenter_plugin.plans import bundle, dag_file, looks
    from taskcenter_plugin.plans.document import variable_of

    look = looks.look_at_plans()
    monkeypatch.setenv(f"AIRFLOW_VAR_{variable_of(shard).upper()}", Variable.get(variable_of(shard)))
    monkeypatch.setattr(bundle, "current_look", look)
    assert dag_file.load(shard).keys() == dags().keys() - look.left_out_of(shard)


def test_few_plans_are_all_written(shard, monkeypatch):
    from taskcenter_plugin.plans import looks

    monkeypatch.setattr(looks, "WRITTEN_AT_LEAST", PLANS)
    assert left_out(shard) == set()


@pytest.mark.parametrize("wrong", [{"is_stale": True}, {"has_import_errors": True}, {"bundle_version": "0.0123456789"}])
def test_what_airflow_does_not_know_as_it_is_is_written(shard, wrong):
    dags(**wrong)
    assert left_out(shard) == set()


def test_a_deleted_plan_is_nobodys(ada, shard):
    from taskcenter_plugin.plans.looks import look_at_plans

    before = look_at_plans().left_out_of(shard)
    for number in range(PLANS):
        [found] = ada.ok("GET", "/api/schedules", entityKey=f"p{number}")["data"]
        if found["dagId"] in before:
            ada.ok("DELETE", f"/api/schedules/{found['id']}")
            assert found["dagId"] not in left_out(shard)
            return
    pytest.fail("nothing was left out")


def test_what_is_left_out_counts_as_seen_when_the_rest_is_written(shard):
    from taskcenter_plugin.plans.looks import keep_left_out

    some = left_out(shard)
    long_ago = datetime.now(timezone.utc) - timedelta(hours=1)
    dags(last_parsed_time=long_ago)
    keep_left_out([(dags().keys() - some).pop()])
    seen = dags()
    assert {dag_id for dag_id in seen if seen[dag_id] > long_ago} == some


def test_what_is_out_of_sight_stays_so(shard):
    from taskcenter_plugin.plans.looks import keep_left_out

    left_out(shard)
    long_ago = datetime.now(timezone.utc) - timedelta(hours=1)
    written = next(iter(dags(last_parsed_time=long_ago, is_stale=True)))
    keep_left_out([written])
    assert set(dags().values()) == {long_ago}
