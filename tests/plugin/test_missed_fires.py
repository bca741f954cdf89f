"""After a downtime a plan has one run at most for all the fires that it missed, whoever was down, and a single one is never lost."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest

OFTEN = ("0/5 * * * * ?", "UTC")
MINUTES = 60.0
DOWN = 10 * MINUTES


@pytest.fixture
def deployment(ada):
    """An Airflow without processes: what they do is called, on its database."""
    return Deployment()


class Deployment:
    """The steps of a scheduler and a DAG processor, one by one; the plan is as old as it is said to be."""

    def __init__(self) -> None:
        from taskcenter_plugin.plans.document import PlanDocument

        now = time.time()
        self.document = PlanDocument(
            plan_id=1,
            dag_id="plan.LINKIS.late",
            group="LINKIS",
            key="late",
            title="late",
            owner="ada",
            created=now - 100 * DOWN,
            since=now - DOWN,
            definition={"code": "SELECT 1"},
        )

    def parse(self, **changes) -> None:
        """The DAG processor parses the plan's DAG, perhaps changed."""
        from airflow.utils.session import create_session

        from taskcenter_plugin.airflow_internals.registration import register
        from taskcenter_plugin.plans.bundle import BUNDLE_NAME, FILES, file_of
        from taskcenter_plugin.plans.dags import build_dag

        self.document = replace(self.document, **changes)
        with create_session(scoped=False) as session:
            register([(build_dag(self.document), FILES / file_of(0))], bundle=BUNDLE_NAME, version=1, session=session)

    def pause(self, *, paused: bool) -> None:
        from airflow.utils.session import create_session

        from taskcenter_plugin.airflow_internals.registration import set_paused

        with create_session(scoped=False) as session:
            set_paused(self.document.dag_id, paused=paused, session=session)

    def schedule(self, looks: int = 1) -> None:
        """A scheduler looks for runs that are due, several times."""
        from airflow.models.dag import DagModel
        from airflow.utils.session import create_session

        runner = scheduler()
        for _ in range(looks):
            with create_session(scoped=False) as session:
                due, _ = DagModel.dags_needing_dagruns(session)
                runner._create_dag_runs(due.all(), session)

    def runs(self) -> list[tuple[float, float, float]]:
        """Of each run when it is for, and from which fire to which it stands; as epoch seconds."""
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session(scoped=False) as session:
            found = session.scalars(select(DagRun).order_by(DagRun.logical_date)).all()
            moments = [(run.logical_date, run.data_interval_start, run.data_interval_end) for run in found]
        return [tuple(moment.timestamp() for moment in each) for each in moments]


def scheduler():
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner

    return SchedulerJobRunner(job=Job())


def ago(seconds: float) -> float:
    """When a cron of every five seconds fired at least so long ago."""
    return (time.time() - seconds) // 5 * 5


def stands_for_all_since(deployment: Deployment, first: float) -> bool:
    """Whether there is one run, for the fires from the first missed one up to the one before the scheduler looked."""
    [(logical_date, start, end)] = deployment.runs()
    return logical_date == start == first and ago(15) <= end <= time.time()


def test_with_the_scheduler_down(deployment):
    deployment.parse(crons=(OFTEN,))
    for _ in range(3):
        deployment.parse()
    deployment.schedule(looks=2)
    assert stands_for_all_since(deployment, deployment.document.since // 5 * 5 + 5)


def test_with_everything_down(deployment):
    deployment.parse(crons=(OFTEN,))
    deployment.schedule(looks=2)
    deployment.parse()
    deployment.schedule(looks=2)
    assert stands_for_all_since(deployment, deployment.document.since // 5 * 5 + 5)


def test_with_the_dag_processor_down_no_fire_is_missed(deployment):
    # On SQLite a fire of this very second is not due before the next one.
    deployment.parse(crons=(OFTEN,), since=time.time() - 25)
    deployment.schedule(looks=10)
    fires = [run[0] for run in deployment.runs()]
    assert len(fires) >= 4
    assert [later - earlier for earlier, later in itertools.pairwise(fires)] == [5.0] * (len(fires) - 1)
    assert all(logical_date == start == end for logical_date, start, end in deployment.runs())


def test_when_a_plan_that_was_switched_off_is_switched_on(deployment):
    deployment.parse(crons=(OFTEN,))
    deployment.pause(paused=True)
    deployment.schedule()
    deployment.parse()
    assert deployment.runs() == []
    deployment.pause(paused=False)
    deployment.schedule(looks=2)
    assert stands_for_all_since(deployment, deployment.document.since // 5 * 5 + 5)


def test_with_several_items(deployment):
    deployment.parse(crons=(OFTEN, ("0 * * * * ?", "Asia/Shanghai"), ("7/30 * * * * ?", "UTC")))
    first = min(deployment.document.since // 5 * 5 + 5, (deployment.document.since - 7) // 30 * 30 + 37)
    deployment.schedule(looks=2)
    assert stands_for_all_since(deployment, first)


def test_a_daily_fire_is_made_up_for_however_often_the_plan_is_parsed_before(deployment):
    missed = (time.time() - 5 * MINUTES) // 60 * 60
    fire = time.gmtime(missed)
    deployment.parse(crons=((f"0 {fire.tm_min} {fire.tm_hour} * * ?", "UTC"),))
    for _ in range(3):
        deployment.parse()
    deployment.schedule(looks=2)
    assert deployment.runs() == [(missed, missed, missed)]


def test_a_schedule_that_is_changed_meanwhile_has_nothing_to_make_up_for(deployment):
    deployment.parse(crons=(OFTEN,))
    deployment.parse(crons=(("0 0 0 1 1 ? 2099", "UTC"),), since=time.time())
    deployment.schedule(looks=2)
    assert deployment.runs() == []


def test_another_change_of_the_plan_leaves_the_missed_fires_as_they_are(deployment):
    deployment.parse(crons=(OFTEN,))
    deployment.parse(definition={"code": "SELECT 2"})
    deployment.schedule(looks=2)
    assert stands_for_all_since(deployment, deployment.document.since // 5 * 5 + 5)


def test_the_schedule_goes_on_with_the_fire_after_the_last_missed_one(deployment):
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session

    deployment.parse(crons=(OFTEN,))
    deployment.schedule()
    [(_, _, end)] = deployment.runs()
    for step in (lambda: None, deployment.parse):
        step()
        with create_session(scoped=False) as session:
            assert session.get(DagModel, deployment.document.dag_id).next_dagrun.timestamp() == end + 5


def test_a_second_scheduler_that_has_seen_the_same_adds_nothing(deployment):
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session

    deployment.parse(crons=(OFTEN,))
    with create_session(scoped=False) as session:
        due = DagModel.dags_needing_dagruns(session)[0].all()
        session.expunge_all()
    deployment.schedule()
    first = deployment.runs()
    with create_session(scoped=False) as session:
        session.add_all(due)
        scheduler()._create_dag_runs(due, session)
    assert deployment.runs() == first
