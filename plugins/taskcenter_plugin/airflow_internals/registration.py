"""Makes a DAG known to Airflow, and starts its runs, inside a transaction of the caller.

Private in Airflow: ``SerializedDAG.bulk_write_to_db``, ``SerializedDagModel.write_dag`` and ``.hash``, ``DBDagBag``, ``create_dagrun``,
``set_dag_run_state_to_failed``. They are what the DAG processor, the scheduler and the UI's "mark failed" call.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.api.common.mark_tasks import set_dag_run_state_to_failed
from airflow.models.dag import DagModel
from airflow.models.dag_version import DagVersion
from airflow.models.dagbag import DBDagBag
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.taskinstance import TaskInstance
from airflow.serialization.definitions.dag import SerializedDAG
from airflow.serialization.serialized_objects import DagSerialization, LazyDeserializedDAG
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import or_, select, update

from taskcenter_plugin.plans.versions import number_of, version_of

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from airflow.sdk import DAG
    from sqlalchemy.orm import Session

_WAITING = (
    TaskInstanceState.SCHEDULED,
    TaskInstanceState.QUEUED,
    TaskInstanceState.UP_FOR_RETRY,
    TaskInstanceState.RESTARTING,
)


def register(dags: Sequence[tuple[DAG, Path]], *, bundle: str, version: int, session: Session) -> None:
    """Write DAGs as the DAG processor would after it has parsed their files; many at once are faster than one by one.

    :param dags: each with its DAG file, which exists; the file's name is relative to the bundle
    :param version: the number of the newest of their revisions: runs created from now on are pinned to it
    """
    lazies = [_lazy(dag, file) for dag, file in dags]
    pinned = version_of(version, uuid.uuid4())
    SerializedDAG.bulk_write_to_db(bundle, pinned, lazies, session=session)
    for lazy in lazies:
        SerializedDagModel.write_dag(lazy, bundle_name=bundle, bundle_version=pinned, session=session)
    session.flush()  # Airflow's sessions do not flush by themselves before a query


def _lazy(dag: DAG, file: Path) -> LazyDeserializedDAG:
    dag.fileloc = str(file)
    dag.relative_fileloc = file.name
    # Through JSON, as the processor's result goes, so that both give the same hash.
    return LazyDeserializedDAG(data=json.loads(json.dumps(DagSerialization.to_dict(dag))))


def is_outdated(dag: DAG, file: Path, *, version: int, session: Session) -> bool:
    """Whether Airflow knows another state of the DAG than this one, or would pin its next run to an older version.

    :param file: its DAG file
    :param version: the number of its newest revision
    """
    query = (
        select(SerializedDagModel.dag_hash, DagVersion.bundle_version, DagModel.bundle_version)
        .join(DagVersion, DagVersion.id == SerializedDagModel.dag_version_id)
        .join(DagModel, DagModel.dag_id == SerializedDagModel.dag_id)
        .where(SerializedDagModel.dag_id == dag.dag_id)
        .order_by(DagVersion.version_number.desc())
        .limit(1)
    )
    known = session.execute(query).one_or_none()
    if known is None:
        return True
    dag_hash, *pinned = known
    if any(each is None or (number_of(each) or 0) < version for each in pinned):
        return True
    return bool(dag_hash != SerializedDagModel.hash(_lazy(dag, file).data))  # type: ignore[no-untyped-call]


def set_paused(dag_id: str, *, paused: bool, session: Session) -> None:
    """Turn the DAG's pause switch."""
    session.execute(update(DagModel).where(DagModel.dag_id == dag_id).values(is_paused=paused))


def hide(dag_id: str, session: Session) -> None:
    """Take the DAG out of sight and stop its schedule; its runs and their logs stay."""
    session.execute(
        update(DagModel).where(DagModel.dag_id == dag_id).values(is_stale=True, next_dagrun_create_after=None)
    )


def mark_parsed(dag_ids: Sequence[str], session: Session) -> None:
    """Note that these DAGs have been seen just now; those that are out of sight stay so."""
    seen = DagModel.dag_id.in_(dag_ids), DagModel.is_stale.is_(False)
    session.execute(update(DagModel).where(*seen).values(last_parsed_time=datetime.now(timezone.utc)))


def start_run(
    dag_id: str,
    *,
    session: Session,
    conf: Mapping[str, Any] | None = None,
    user: str | None = None,
    upstream: bool = False,
) -> DagRun:
    """Create a run of a registered DAG, which the scheduler starts at its next look.

    :param upstream: started because another run has finished, not by hand
    :raises LookupError: there is no such DAG.
    """
    dag = DBDagBag().get_latest_version_of_dag(dag_id, session=session)
    if dag is None:
        raise LookupError(f"No DAG {dag_id} is registered")
    # A logical date of its own puts the run in order with those of the schedule: "the last good run" is one of either kind.
    now = datetime.now(timezone.utc)
    run_type = DagRunType.ASSET_TRIGGERED if upstream else DagRunType.MANUAL
    run: DagRun = dag.create_dagrun(
        run_id=f"{run_type.value}__{now.isoformat()}_{uuid.uuid4().hex[:8]}",
        logical_date=now,
        data_interval=dag.timetable.infer_manual_data_interval(run_after=pendulum.instance(now)),
        run_after=now,
        conf=dict(conf or {}),
        run_type=run_type,
        triggered_by=DagRunTriggeredByType.ASSET if upstream else DagRunTriggeredByType.REST_API,
        triggering_user_name=user,
        state=DagRunState.QUEUED,
        session=session,
    )
    return run


def stop_run(run: DagRun, session: Session) -> None:
    """Fail a run and its tasks; workers and triggers notice, and stop what they run on remote systems."""
    dag = DBDagBag().get_dag_for_run(run, session=session)
    if dag is None:
        return
    waiting = or_(TaskInstance.state.is_(None), TaskInstance.state.in_(_WAITING))
    query = select(TaskInstance).where(TaskInstance.dag_id == run.dag_id, TaskInstance.run_id == run.run_id, waiting)
    for task in session.scalars(query).all():
        # Airflow 3.2 would do this in a session of its own, which has to wait for ours.
        task.set_state(TaskInstanceState.SKIPPED, session=session)
    session.flush()
    set_dag_run_state_to_failed(dag=dag, run_id=run.run_id, commit=True, session=session)
