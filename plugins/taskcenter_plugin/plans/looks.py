"""What the DAG processor's main process sees of the plans before their files are parsed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from airflow.configuration import conf
from airflow.models.dag import DagModel
from airflow.models.serialized_dag import SerializedDagModel
from airflow.utils.session import create_session
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from taskcenter_plugin.airflow_internals.registration import mark_parsed
from taskcenter_plugin.models import Plan, PlanRevision, Shard
from taskcenter_plugin.plans.versions import number_in, version_of

RECENT = 20_000
"""How many revisions a look remembers: more than are written in one transaction while others are committed."""
WRITTEN_AT_LEAST = 10
"""Plans of a shard that each parse writes, if there are so many."""
TURNS = 20
"""Parses after which each plan of a large shard has been written."""
ATTEMPTS = 3
_latest: deque[Look] = deque(maxlen=6)
"""A parse may have begun some looks ago."""


@dataclass(frozen=True)
class Look:
    """The state of the plans at one time.

    :param recent: the numbers of the newest revisions that were committed; one may have been missing that is older than others
    :param all_before: every revision below this number is taken as committed
    :param left_out: by shard, the plans that a parse need not write, since Airflow knows them as they are. Airflow takes 8 ms for
        each, in a transaction that lets none of them fire: for 300 plans of a shard that would be seconds. Some are written in
        every parse, others in the next, so that whatever is wrong is mended in the end.
    """

    version: str
    recent: frozenset[int]
    all_before: int = 0
    left_out: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def knows(self, number: int) -> bool:
        """Whether a revision was there."""
        return number in self.recent or number < self.all_before

    def left_out_of(self, shard: int) -> frozenset[str]:
        """The plans of a shard that a parse need not write."""
        return self.left_out.get(shard, frozenset())


def look_at_plans() -> Look:
    """Look at the tables; its version differs from that of any look before which a shard was written."""
    with create_session(scoped=False) as session:
        # The shards last: a version may be newer than what the look knows, but no shard is written between the two unseen.
        recent = session.scalars(select(PlanRevision.id).order_by(PlanRevision.id.desc()).limit(RECENT)).all()
        newest = recent[0] if recent else 0
        since = session.scalar(select(PlanRevision.created_at).where(PlanRevision.id == newest))
        written = session.execute(select(Shard.id, Shard.revision).where(Shard.id >= 0).order_by(Shard.id)).all()
        version = version_of(newest, since, *(tuple(row) for row in written))
        left_out = {shard: _but_some(plans) for shard, plans in _known(session).items()}
        look = Look(version, frozenset(recent), recent[-1] if len(recent) == RECENT else 0, left_out)
    _latest.append(look)
    return look


def _known(session: Session) -> dict[int, list[str]]:
    """By shard, the plans that Airflow knows as they are."""
    rows = session.execute(
        select(Plan.shard, Plan.dag_id)
        .join(DagModel, DagModel.dag_id == Plan.dag_id)
        .where(
            Plan.deleted_at.is_(None),
            DagModel.is_stale.is_(False),
            DagModel.has_import_errors.is_(False),
            number_in(DagModel.bundle_version) >= Plan.revision,
            select(SerializedDagModel.dag_id).where(SerializedDagModel.dag_id == Plan.dag_id).exists(),
        )
        .order_by(Plan.dag_id)
    )
    known: dict[int, list[str]] = {}
    for shard, dag_id in rows:
        known.setdefault(shard, []).append(dag_id)
    return known


def _but_some(plans: Sequence[str]) -> frozenset[str]:
    """All but those whose turn it is."""
    count = max(WRITTEN_AT_LEAST, -(-len(plans) // TURNS))
    if count >= len(plans):
        return frozenset()
    interval = max(conf.getint("dag_processor", "min_file_process_interval"), 1)
    first = int(time.time() / interval) * count % len(plans)
    return frozenset(plans).difference([*plans, *plans][first : first + count])


def keep_left_out(dag_ids: Collection[str]) -> None:
    """Have Airflow take the plans that a parse has left out as seen; else it would take them as gone.

    :param dag_ids: what the parse of a file has written
    """
    with create_session(scoped=False) as session:
        shards = set(session.scalars(select(Plan.shard).where(Plan.dag_id.in_(dag_ids)).distinct()))
    left_out = sorted({dag_id for look in _latest for shard in shards for dag_id in look.left_out_of(shard)})
    for attempt in range(ATTEMPTS):
        try:
            with create_session(scoped=False) as session:
                mark_parsed(left_out, session)
            return
        except OperationalError:  # two that lock the same rows in another order
            if attempt + 1 == ATTEMPTS:
                raise
