"""Creates, changes and deletes plans: each call is one transaction, with the plan's DAG and its run in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from airflow.configuration import conf
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException
from sqlalchemy import select
from sqlalchemy.orm import Session

from taskcenter_plugin.airflow_internals.registration import hide, register, set_paused, start_run
from taskcenter_plugin.contexts.cancel import cancel_runs
from taskcenter_plugin.entities.lookup import StoredEntities
from taskcenter_plugin.errors import BAD_DEFINITION, BadRequest, Conflict, NotFound, Unavailable
from taskcenter_plugin.job_types.base import Entities, JobDefinitionError, JobType
from taskcenter_plugin.job_types.registry import job_type, resolved
from taskcenter_plugin.job_types.task_ids import caseless_id, safe_id
from taskcenter_plugin.models import SORT_LENGTH, Context, Plan, PlanItem, PlanRevision
from taskcenter_plugin.plans.bundle import BUNDLE_NAME, FILES, file_of
from taskcenter_plugin.plans.dags import build_dag
from taskcenter_plugin.plans.datamodels import ExecDetail, PlanChange, PlanIn, TriggerType
from taskcenter_plugin.plans.dependencies import refuse_cycle
from taskcenter_plugin.plans.document import PlanDocument, shard_of
from taskcenter_plugin.plans.item_views import item_record
from taskcenter_plugin.plans.items import (
    CheckedItem,
    Upstream,
    add_item,
    check_items,
    kept_items,
    replace_items,
    upstream_of,
)
from taskcenter_plugin.plans.readable import MayRead, everything
from taskcenter_plugin.plans.search import search_text
from taskcenter_plugin.plans.shards import lock_dependencies, publish, publish_all
from taskcenter_plugin.secrets import refuse_secrets
from taskcenter_plugin.users import user_names, user_number

log = logging.getLogger(__name__)
REGISTERED_AT_ONCE = 100


@dataclass
class Saved:
    """What a POST has done.

    :param once: the items of type ONCE, which are not kept
    :param only_once: whether the request has left the plan's schedule as it is
    :param run_ids: the ids of the DAG runs that they have started
    """

    plan: Plan
    once: list[PlanItem] = field(default_factory=list)
    only_once: bool = False
    run_ids: list[int] = field(default_factory=list)


def dag_id_of(group: str, key: str) -> str:
    """The ``dag_id`` of a new plan that runs this entity; on MySQL, Airflow takes those that differ by case only for one."""
    return f"plan.{safe_id(group)}.{caseless_id(key)}"


def plan_by_id(plan_id: int, session: Session, *, lock: bool = False) -> Plan:
    """A plan.

    :raises NotFound: there is none, or it has been deleted.
    """
    plan = session.get(Plan, plan_id, with_for_update=True if lock else None)
    if plan is None or plan.deleted_at is not None:
        raise NotFound(f"There is no plan {plan_id}. GET /api/schedules lists those there are.")
    return plan


def plan_by_name(group: str, key: str, session: Session) -> Plan | None:
    """The plan of an entity; None if there is none, or it has been deleted."""
    plan = _row(group, key, session)
    return None if plan is None or plan.deleted_at is not None else plan


def _row(group: str, key: str, session: Session, *, lock: bool = False) -> Plan | None:
    query = select(Plan).where(Plan.entity_group == group, Plan.entity_key == key)
    return session.scalar(query.with_for_update() if lock else query)


def save_plan(request: PlanIn, user: str, session: Session, *, may_read: MayRead = everything) -> Saved:
    """Create the plan of an entity, or update it; run it for each item of type ONCE.

    A request with items of type ONCE only leaves the plan's schedule as it is.

    :param may_read: what messages may tell the user of
    :raises BadRequest: the request, what is to run, or a dependency is wrong.
    :raises Conflict: it is to run but is switched off, or its ``dag_id`` is another DAG's.
    """
    return save_plans([request], user, session, may_read=may_read)[0]


def save_plans(
    requests: Sequence[PlanIn],
    user: str,
    session: Session,
    *,
    about: Callable[[int], AbstractContextManager[None]] = lambda _number: nullcontext(),
    may_read: MayRead = everything,
) -> list[Saved]:
    """The same for several, no plan twice: their DAGs are written together, and each shard once.

    :param about: entered around what concerns the request of this number, so that an error can be told to be its
    """
    now = datetime.now(timezone.utc)
    need_bundle(session)
    user_id = user_number(user, session)
    saved: list[Saved] = []
    written: list[Plan] = []
    for start in range(0, len(requests), REGISTERED_AT_ONCE):
        numbers = range(start, min(start + REGISTERED_AT_ONCE, len(requests)))
        dags = []
        for number in numbers:
            with about(number):
                each = _store(requests[number], user_id, now, session, may_read)
                saved.append(each)
                document, changed = _revise(each.plan, now, session)
                if (
                    changed
                ):  # else Airflow and the workers have it, and a POST that only runs it need not write it again
                    dags.append((each.plan, built(document)))
        register_dags(dags, session)
        written += [plan for plan, _ in dags]
        for number in numbers:
            with about(number):
                _start(saved[number], requests[number], user, user_id, session)
    publish_all(written, session)
    return saved


def _store(request: PlanIn, user_id: int, now: datetime, session: Session, may_read: MayRead) -> Saved:
    """Write the rows of a plan, but nothing that its DAG is needed for; who comes back from the dead is not switched off."""
    items = check_items(request.planItems or [])
    once = [item for item in items if item.trigger_type is TriggerType.ONCE]
    scheduled = [item for item in items if item.trigger_type is not TriggerType.ONCE]
    plan = _row(request.entityGroup, request.entityKey, session, lock=True)
    if plan is None:
        plan = _new_plan(request, user_id, now, session)
    elif plan.deleted_at is not None:
        plan.deleted_at, plan.created_at, plan.created_by, plan.exec_detail = None, now, user_id, None
        set_paused(plan.dag_id, paused=False, session=session)
    if request.execDetail is not None:
        plan.exec_detail = exec_detail_of(request.execDetail, plan.exec_detail)
    plan.updated_at, plan.updated_by = now, user_id
    only_once = bool(once) and not scheduled
    if request.planItems is not None and not only_once:
        _replace_items(plan, scheduled, user_id, now, session, may_read)
    return Saved(plan, [add_item(plan, item, 0, user_id, now, session) for item in once], only_once)


def _start(saved: Saved, request: PlanIn, user: str, user_id: int, session: Session) -> None:
    """Do what a plan's DAG is needed for: turn its switch, run it."""
    plan = saved.plan
    if request.enabled is not None:
        set_paused(plan.dag_id, paused=not request.enabled, session=session)
    if saved.once and (_is_paused(plan, session) if request.enabled is None else not request.enabled):
        raise Conflict(
            f"Plan {plan.id} is disabled, so it cannot run. POST /api/schedules/{plan.id}/enable first, or do not send "
            "enabled: false."
        )
    for row in saved.once:
        saved.run_ids.append(_run(plan, row, user, user_id, session))


def change_plan(plan: Plan, change: PlanChange, user: str, session: Session, *, may_read: MayRead = everything) -> None:
    """Replace a plan's items whole, switch it on or off; what the request does not name stays.

    :param may_read: what messages may tell the user of
    :raises BadRequest: an item is wrong, or of type ONCE, which POST takes.
    """
    now = datetime.now(timezone.utc)
    user_id = user_number(user, session)
    if "planItems" in change.model_fields_set:
        items = check_items(change.planItems or [])
        if any(item.trigger_type is TriggerType.ONCE for item in items):
            raise BadRequest("planItems: ONCE runs a plan now; send it with POST /api/schedules")
        _replace_items(plan, items, user_id, now, session, may_read)
        publish_plan(plan, session, now=now)
    if change.enabled is not None:
        set_paused(plan.dag_id, paused=not change.enabled, session=session)
    plan.updated_at, plan.updated_by = now, user_id


def switch_plan(plan: Plan, user: str, session: Session, *, enabled: bool) -> None:
    """Turn a plan on or off: the DAG's pause switch."""
    change_plan(plan, PlanChange(enabled=enabled), user, session)


def delete_plan(plan: Plan, user: str, session: Session) -> None:
    """Remove a plan and its DAG from sight, and cancel what runs; its contexts stay readable."""
    now = datetime.now(timezone.utc)
    user_id = user_number(user, session)
    cancel_runs(plan, user_id, now, session)
    replace_items(plan, [], user_id, now, session)
    plan.deleted_at = plan.updated_at = now
    plan.updated_by = user_id
    hide(plan.dag_id, session)
    publish(plan, session)


def publish_plan(plan: Plan, session: Session, *, now: datetime) -> None:
    """Make a plan's DAG what its rows say: for Airflow, and for workers.

    :raises BadRequest: what it is to run is not defined well enough.
    :raises Conflict: its ``dag_id`` is that of a DAG that is no plan.
    """
    register_plan(plan, session, now=now)
    publish(plan, session)


def register_plan(plan: Plan, session: Session, *, now: datetime) -> None:
    """The same for Airflow only; for workers, the caller has to publish the plan's shard.

    :raises BadRequest: what it is to run is not defined well enough.
    :raises Conflict: its ``dag_id`` is that of a DAG that is no plan.
    """
    register_dags([(plan, renew_dag(plan, session, now=now))], session)


def renew_dag(plan: Plan, session: Session, *, now: datetime) -> DAG:
    """Build a plan's DAG from its rows, and note a revision if the plan has changed.

    :raises BadRequest: what it is to run is not defined well enough.
    :raises Conflict: its ``dag_id`` is that of a DAG that is no plan.
    """
    return built(_revise(plan, now, session)[0])


def built(document: PlanDocument) -> DAG:
    """Build a plan's DAG; what only Airflow finds wrong with it is the request's fault, too.

    :raises BadRequest: Airflow takes no such tasks, e.g. two whose ids are the same to it.
    """
    try:
        return build_dag(document)
    except (ValueError, TypeError, AirflowException) as error:
        log.info("No DAG can be built of plan %s", document.dag_id, exc_info=True)
        raise BadRequest(
            f"{document.group} {document.key}: Airflow can build no tasks of its definition: {error}", BAD_DEFINITION
        ) from error


def _revise(plan: Plan, now: datetime, session: Session) -> tuple[PlanDocument, bool]:
    """What a plan's DAG is built from, and whether that is new to Airflow; then a revision is noted."""
    previous = session.get(PlanRevision, plan.revision) if plan.revision else None
    rows = kept_items([plan.id], session)
    upstream = upstream_of([row.id for row in rows], session)
    document, detail = _document(plan, previous, rows, upstream, now, session)
    text = document.dumps()
    plan.sort_title = document.title.casefold()[:SORT_LENGTH]
    plan.search_text = search_text(document.group, document.key, document.title)
    items = [item_record(row, upstream.get(row.id, ())) for row in rows]
    changed = previous is None or previous.document != text or previous.exec_detail != detail or previous.items != items
    if changed:
        revision = PlanRevision(plan_id=plan.id, document=text, exec_detail=detail, items=items, created_at=now)
        session.add(revision)
        session.flush()
        plan.revision = revision.id
    return document, is_unknown(plan.dag_id, session) or changed


def is_unknown(dag_id: str, session: Session) -> bool:
    """Whether Airflow does not know, or knows no more, the DAG of a plan.

    :raises Conflict: the ``dag_id`` is that of a DAG that is no plan.
    """
    query = select(DagModel.bundle_name, DagModel.is_stale).where(DagModel.dag_id == dag_id)
    known = session.execute(query).one_or_none()
    if known is not None and known.bundle_name != BUNDLE_NAME:
        raise Conflict(f"There is a DAG {dag_id} in bundle {known.bundle_name}, which is no plan. Rename that DAG.")
    return known is None or bool(known.is_stale)


def register_dags(dags: Sequence[tuple[Plan, DAG]], session: Session) -> None:
    """Tell Airflow the renewed DAGs of some plans.

    They share the version of the newest: a run takes the newest revision of its plan up to there, so the one it is meant to.
    """
    if dags:
        files = [(dag, FILES / file_of(plan.shard)) for plan, dag in dags]
        version = max(plan.revision for plan, _ in dags)
        register(files, bundle=BUNDLE_NAME, version=version, session=session)


def need_bundle(session: Session) -> None:
    """DAGs of plans refer to their bundle: the setting, and the row that the DAG processor makes when it first starts.

    :raises Unavailable: one of them is missing.
    """
    if BUNDLE_NAME not in str(conf.get("dag_processor", "dag_bundle_config_list", fallback="")):
        raise Unavailable(
            f"[dag_processor] dag_bundle_config_list does not have the bundle {BUNDLE_NAME}, so no plan could run. Add "
            f'{{"name": "{BUNDLE_NAME}", "classpath": "taskcenter_plugin.plans.bundle.PlanBundle", "kwargs": {{}}}}.'
        )
    if session.get(DagBundleModel, BUNDLE_NAME) is None:
        raise Unavailable(f"Airflow does not know the bundle {BUNDLE_NAME} yet. Start `airflow dag-processor` once.")


def new_dag_id(group: str, key: str, session: Session) -> str:
    """The ``dag_id`` of a plan that is to be created.

    :raises Conflict: another plan has it.
    """
    dag_id = dag_id_of(group, key)
    others = select(Plan).where(Plan.dag_id == dag_id, Plan.entity_key != key)
    if (taken := session.scalar(others)) is not None:
        raise Conflict(
            f"The dag_id {dag_id} is that of plan {taken.id} ({taken.entity_group} {taken.entity_key}) already. "
            "Choose another entityKey."
        )
    return dag_id


def _new_plan(request: PlanIn, user_id: int, now: datetime, session: Session) -> Plan:
    plan = Plan(
        entity_group=request.entityGroup,
        entity_key=request.entityKey,
        dag_id=new_dag_id(request.entityGroup, request.entityKey, session),
        shard=0,
        revision=0,
        created_at=now,
        created_by=user_id,
        updated_at=now,
        updated_by=user_id,
    )
    session.add(plan)
    session.flush()
    plan.shard = shard_of(plan.id)
    return plan


def exec_detail_of(detail: ExecDetail, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """The execDetail of a request, on top of what the plan has.

    :raises BadRequest: it has a credential in it.
    """
    given = detail.model_dump(exclude_unset=True, exclude_none=True)
    refuse_secrets("execDetail.jobParams", given.get("jobParams"))
    return {**(before or {}), **given}


def what_to_run(group: str, key: str, detail: Mapping[str, Any], entities: Entities) -> tuple[JobType, dict[str, Any]]:
    """The job type of a plan, and the definition that its tasks are built from.

    :param detail: its execDetail
    :raises BadRequest: what it is to run is not defined well enough.
    """
    try:
        kind = job_type(group)
        job_class = detail.get("jobClass")
        if job_class is not None and job_class not in kind.job_classes:
            raise JobDefinitionError(
                f"{job_class!r} is no jobClass of {group}. Known: {', '.join(kind.job_classes) or 'none'}"
            )
        return kind, resolved(kind, key, detail.get("jobParams") or {}, entities)
    except JobDefinitionError as error:
        raise BadRequest(str(error), BAD_DEFINITION) from error


def _document(
    plan: Plan,
    previous: PlanRevision | None,
    rows: Sequence[PlanItem],
    waits: Mapping[int, Upstream],
    now: datetime,
    session: Session,
) -> tuple[PlanDocument, dict[str, Any]]:
    """The plan's document, and the execDetail that its contexts show.

    :param rows: its items
    :param waits: by item, the plans that it waits for
    """
    given = plan.exec_detail or {}
    entities = StoredEntities(session)
    kind, definition = what_to_run(plan.entity_group, plan.entity_key, given, entities)
    entity = entities.get(plan.entity_group, plan.entity_key)
    crons = tuple((row.cron_desc or "", row.time_zone or "UTC") for row in rows if row.trigger_type == "CRON_JOB")
    before = PlanDocument.load(json.loads(previous.document)) if previous is not None else None
    unchanged = before is not None and before.crons == crons and before.created == plan.created_at.timestamp()
    document = PlanDocument(
        plan_id=plan.id,
        dag_id=plan.dag_id,
        group=plan.entity_group,
        key=plan.entity_key,
        title=(entity.title if entity else None) or f"{plan.entity_group} {plan.entity_key}",
        owner=user_names([plan.created_by], session)[plan.created_by],
        created=plan.created_at.timestamp(),
        since=before.since if before is not None and unchanged else now.timestamp(),
        retries=int(given.get("retryTimes", 0)),
        crons=crons,
        upstream=tuple(dict.fromkeys(name for each in waits.values() for name in each)),
        definition=definition,
    )
    detail = {
        "jobClass": given.get("jobClass") or next(iter(kind.job_classes), None),
        # Of a plan that says nothing itself: what its entity has it run, and the parameters that the document gives for it.
        "jobParams": given.get("jobParams") or {**kind.named(plan.entity_key), **definition},
        "retryTimes": document.retries,
    }
    return document, detail


def _replace_items(
    plan: Plan, items: list[CheckedItem], user_id: int, now: datetime, session: Session, may_read: MayRead
) -> None:
    upstream = {name for item in items for name in item.upstream}
    if upstream:
        lock_dependencies(session)
    refuse_cycle((plan.entity_group, plan.entity_key), upstream, session, may_read)
    replace_items(plan, items, user_id, now, session)


def _is_paused(plan: Plan, session: Session) -> bool:
    return bool(session.scalar(select(DagModel.is_paused).where(DagModel.dag_id == plan.dag_id)))


def _run(plan: Plan, item: PlanItem, user: str, user_id: int, session: Session) -> int:
    run = start_run(plan.dag_id, user=user, session=session)
    session.flush()
    session.add(Context(dag_run_id=run.id, plan_id=plan.id, item_id=item.id, created_by=user_id))
    return run.id
