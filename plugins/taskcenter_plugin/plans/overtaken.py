"""Puts right what the DAG processor writes of a plan that has changed while its file was parsed.

Who stores a plan registers its DAG in the same transaction. A parse that has read the plan's shard before that writes its DAG
after it: as it was, for runs and for the next fire, until the file is parsed again, which may be ten minutes. So what a parse has
just written of plans that changed lately is compared with the tables.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta, timezone

from airflow.models.dag import DagModel
from airflow.utils.session import create_session
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from taskcenter_plugin.airflow_internals.registration import hide, is_outdated
from taskcenter_plugin.models import Plan, PlanRevision
from taskcenter_plugin.plans.bundle import FILES, file_of
from taskcenter_plugin.plans.dags import build_dag
from taskcenter_plugin.plans.document import PlanDocument
from taskcenter_plugin.plans.service import register_dags

log = logging.getLogger(__name__)
LATELY = timedelta(minutes=15)
"""Longer than a transaction that stores ten thousand plans, and a parse, take."""
AT_ONCE = 500
OURS = "taskcenter_ours"
"""In the ``info`` of a session: it writes what is right."""


def put_right(dag_ids: Collection[str]) -> list[str]:
    """Register those plans anew that Airflow does not know as the tables have them; return their ``dag_id``."""
    ids = sorted(dag_ids)
    mended = []
    for start in range(0, len(ids), AT_ONCE):
        with create_session(scoped=False) as session:
            behind = [plan.dag_id for plan, _ in _behind(ids[start : start + AT_ONCE], session)]
        for dag_id in behind:
            with create_session(scoped=False) as session:
                session.info[OURS] = True
                # Somebody may be about to change it; then wait, and look again.
                session.execute(select(Plan.id).where(Plan.dag_id == dag_id).with_for_update())
                for plan, document in _behind([dag_id], session):
                    log.info("%s changed while its file was parsed; it is registered anew", dag_id)
                    if plan.deleted_at is not None:
                        hide(dag_id, session)
                    else:
                        register_dags([(plan, build_dag(document))], session)
                    mended.append(dag_id)
    return mended


def _behind(dag_ids: Collection[str], session: Session) -> Iterator[tuple[Plan, PlanDocument]]:
    """The plans that have changed lately, and that Airflow knows as they were before."""
    since = datetime.now(timezone.utc) - LATELY
    rows = session.execute(
        select(Plan, PlanRevision.document, DagModel.is_stale)
        .join(PlanRevision, PlanRevision.id == Plan.revision)
        .join(DagModel, DagModel.dag_id == Plan.dag_id)
        .where(Plan.dag_id.in_(dag_ids), or_(PlanRevision.created_at > since, Plan.deleted_at > since))
        .order_by(Plan.id)
    ).all()
    for plan, text, is_stale in rows:
        document = PlanDocument.load(json.loads(text))
        if plan.deleted_at is not None:
            if not is_stale:
                yield plan, document
        elif is_outdated(build_dag(document), FILES / file_of(plan.shard), version=plan.revision, session=session):
            yield plan, document
