"""What is looked after in the background, by the DAG processor's main process at every refresh of the plan bundle."""

from __future__ import annotations

import logging

from airflow.models.variable import Variable
from airflow.utils.session import create_session
from sqlalchemy import select
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.cancel import stop_what_was_cancelled
from taskcenter_plugin.metrics import report_plans
from taskcenter_plugin.models import Plan, PlanRevision
from taskcenter_plugin.plans.dependencies import fire_what_was_lost
from taskcenter_plugin.plans.document import SHARDS, BrokenDocument, unpack, variable_of
from taskcenter_plugin.plans.shards import lock_shard, publish, publish_shard, shard_text, surplus_revisions

log = logging.getLogger(__name__)


def keep_up() -> None:
    """Mend Variables, drop deleted plans whose runs have ended, start what a failed listener has not, stop what escaped a cancel, count plans."""
    with create_session(scoped=False) as session:
        retire_deleted(session)
    mend_shards()
    with create_session(scoped=False) as session:
        fire_what_was_lost(session)
    with create_session(scoped=False) as session:
        stop_what_was_cancelled(session)
    report_plans()


def retire_deleted(session: Session) -> None:
    """Publish deleted plans no longer, once none of their runs needs them."""
    deleted = session.scalars(
        select(Plan)
        .where(Plan.deleted_at.is_not(None))
        .where(select(PlanRevision.id).where(PlanRevision.plan_id == Plan.id, PlanRevision.published).exists())
    )
    for plan in deleted.all():
        if surplus_revisions(plan, session):
            publish(plan, session)


def mend_shards() -> list[int]:
    """Write those Variables anew that do not hold what the tables say; return their shards."""
    mended = []
    for number in range(SHARDS):
        with create_session(scoped=False) as session:
            if _is_right(number, session):
                continue
            # It may only have been read between two commits of a change: look again, now that nobody writes it.
            shard = lock_shard(number, session)
            if not _is_right(number, session):
                log.warning("Variable %s does not hold its plans; it is written anew", variable_of(number))
                publish_shard(shard, session)
                mended.append(number)
    return mended


def _is_right(shard: int, session: Session) -> bool:
    text = shard_text(shard, session)
    variable = session.scalar(select(Variable).where(Variable.key == variable_of(shard)))
    if variable is None:
        return '"plans":{}' in text
    try:
        # Not the packed texts: another zlib packs otherwise.
        return unpack(variable.get_val() or "") == text
    except BrokenDocument:
        return False
