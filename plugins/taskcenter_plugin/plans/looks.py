"""What the DAG processor's main process sees of the plans before their files are parsed."""

from __future__ import annotations

from dataclasses import dataclass

from airflow.utils.session import create_session
from sqlalchemy import select

from taskcenter_plugin.models import PlanRevision, Shard
from taskcenter_plugin.plans.versions import version_of

RECENT = 20_000
"""How many revisions a look remembers: more than are written in one transaction while others are committed."""


@dataclass(frozen=True)
class Look:
    """The state of the plans at one time.

    :param recent: the numbers of the newest revisions that were committed; one may have been missing that is older than others
    :param all_before: every revision below this number is taken as committed
    """

    version: str
    recent: frozenset[int]
    all_before: int = 0

    def knows(self, number: int) -> bool:
        """Whether a revision was there."""
        return number in self.recent or number < self.all_before


def look_at_plans() -> Look:
    """Look at the tables; its version differs from that of any look before which a shard was written."""
    with create_session(scoped=False) as session:
        # The shards last: a version may be newer than what the look knows, but no shard is written between the two unseen.
        recent = session.scalars(select(PlanRevision.id).order_by(PlanRevision.id.desc()).limit(RECENT)).all()
        newest = recent[0] if recent else 0
        since = session.scalar(select(PlanRevision.created_at).where(PlanRevision.id == newest))
        written = session.execute(select(Shard.id, Shard.revision).where(Shard.id >= 0).order_by(Shard.id)).all()
        version = version_of(newest, since, *(tuple(row) for row in written))
        return Look(version, frozenset(recent), recent[-1] if len(recent) == RECENT else 0)
