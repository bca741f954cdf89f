"""Publishes plans to workers and the DAG processor: a Variable a shard, written in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable

from airflow.models.dagrun import DagRun
from airflow.models.variable import Variable
from airflow.utils.state import DagRunState
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from taskcenter_plugin.models import Plan, PlanRevision, Shard
from taskcenter_plugin.plans.document import dump_shard, pack, variable_of
from taskcenter_plugin.plans.versions import number_of

KEPT_REVISIONS = 3
"""How many revisions of a plan stay published for runs that are cleared later."""
_DESCRIPTION = "Plans of the task center. Written by it; change plans through /api/schedules."
_DEPENDENCIES = -1
"""The id of a row of ``taskcenter_shard`` that belongs to no shard."""
_UNFINISHED = (DagRunState.QUEUED, DagRunState.RUNNING)


def lock_shard(shard: int, session: Session) -> Shard:
    """Keep others from writing the shard until the transaction ends."""
    found = session.scalar(select(Shard).where(Shard.id == shard).with_for_update())
    if found is None:
        try:
            with session.begin_nested():
                session.add(Shard(id=shard, revision=0))
        except IntegrityError:
            pass  # another has just made it
        found = session.scalars(select(Shard).where(Shard.id == shard).with_for_update()).one()
    return found


def lock_dependencies(session: Session) -> None:
    """Keep others from changing what any plan waits for, until the transaction ends: two halves of a circle cannot come at once."""
    lock_shard(_DEPENDENCIES, session)
    # SQLite knows no locks of rows: a write keeps others out there.
    session.execute(update(Shard).where(Shard.id == _DEPENDENCIES).values(revision=Shard.revision))


def publish(plan: Plan, session: Session) -> None:
    """Write the shard of a plan that has changed; its newest revision is in the session."""
    publish_all([plan], session)


def publish_all(plans: Iterable[Plan], session: Session) -> None:
    """Write the shards of plans that have changed, each shard once."""
    by_shard: dict[int, list[Plan]] = {}
    for plan in plans:
        by_shard.setdefault(plan.shard, []).append(plan)
    session.flush()
    for number in sorted(by_shard):  # everybody locks in this order, so that nobody waits in a circle
        shard = lock_shard(number, session)
        for plan in by_shard[number]:
            _retire_revisions(plan, session)
        publish_shard(shard, session)


def publish_shard(shard: Shard, session: Session) -> None:
    """Write a locked shard's Variable from the tables."""
    text = shard_text(shard.id, session)
    Variable.set(variable_of(shard.id), pack(text), description=_DESCRIPTION, session=session)
    shard.revision += 1
    session.flush()


def shard_text(shard: int, session: Session) -> str:
    """What the shard's Variable should hold."""
    rows = session.execute(
        select(Plan.dag_id, Plan.deleted_at, PlanRevision.id, PlanRevision.document)
        .join(PlanRevision, PlanRevision.plan_id == Plan.id)
        .where(Plan.shard == shard, PlanRevision.published)
        .order_by(Plan.id, PlanRevision.id.desc())
    ).all()
    plans: dict[str, tuple[bool, list[tuple[int, str]]]] = {}
    for dag_id, deleted_at, number, text in rows:
        plans.setdefault(dag_id, (deleted_at is None, []))[1].append((number, text))
    return dump_shard((dag_id, live, revisions) for dag_id, (live, revisions) in plans.items())


def _retire_revisions(plan: Plan, session: Session) -> None:
    """Publish no longer what no run needs."""
    if surplus := surplus_revisions(plan, session):
        session.execute(update(PlanRevision).where(PlanRevision.id.in_(surplus)).values(published=False))


def surplus_revisions(plan: Plan, session: Session) -> set[int]:
    """The published revisions of a plan that no run needs."""
    numbers = list(
        session.scalars(
            select(PlanRevision.id)
            .where(PlanRevision.plan_id == plan.id, PlanRevision.published)
            .order_by(PlanRevision.id.desc())
        )
    )
    if plan.deleted_at is None and len(numbers) <= KEPT_REVISIONS:
        return set()
    return set(numbers) - set(_needed(plan, numbers, session))


def _needed(plan: Plan, numbers: list[int], session: Session) -> list[int]:
    versions = session.scalars(
        select(DagRun.bundle_version).where(DagRun.dag_id == plan.dag_id, DagRun.state.in_(_UNFINISHED)).distinct()
    )
    running = [number for version in versions if version and (number := number_of(version)) is not None]
    used = [next((number for number in numbers if number <= version), numbers[-1]) for version in running]
    newest = [] if plan.deleted_at is not None else numbers[:KEPT_REVISIONS]
    return [*newest, *used]
