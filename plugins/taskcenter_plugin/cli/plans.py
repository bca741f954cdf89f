"""``airflow taskcenter plans``."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from taskcenter_plugin.cli.applying import Report, apply_files, checked, told_where, user_name
from taskcenter_plugin.cli.command import command
from taskcenter_plugin.cli.output import complain, print_json, print_table, say, write_yaml
from taskcenter_plugin.cli.plan_specs import PlanSpec, changes, specs_of
from taskcenter_plugin.cli.yaml_files import Entry
from taskcenter_plugin.contexts.service import Filters
from taskcenter_plugin.entities.service import Outcome
from taskcenter_plugin.errors import NotFound, TaskCenterError
from taskcenter_plugin.models import Plan
from taskcenter_plugin.plans.listing import list_plans
from taskcenter_plugin.plans.readable import everything
from taskcenter_plugin.plans.service import need_bundle, plan_by_name, register_dags, renew_dag, save_plans
from taskcenter_plugin.plans.shards import publish_all
from taskcenter_plugin.plans.upkeep import mend_shards
from taskcenter_plugin.plans.views import plan_views
from taskcenter_plugin.routes.transactions import in_transaction

MAX_ROWS = 1_000_000
SYNC_BATCH = 200
"""How many plans are registered in one transaction."""


@command
def run_apply(args: Namespace) -> None:
    """Create or change the plans of files."""
    user = user_name(args.user)
    apply_files(args.files, lambda entries, session: _apply(entries, user, session))


@command
def run_list(args: Namespace) -> None:
    """Print a table of plans."""
    wanted = Filters(group=args.group, text=args.search)

    def work(session: Session) -> list[dict[str, Any]]:
        return plan_views(list_plans(wanted, 0, args.limit or MAX_ROWS, session), session, everything)

    rows = in_transaction(work)
    columns = (
        "id",
        "entityGroup",
        "entityKey",
        "title",
        "enabled",
        "execFrequency",
        "jobStatus",
        "nextStartAt",
        "dagId",
    )
    print_table([{column: row[column] for column in columns} for row in rows], args.output)


@command
def run_show(args: Namespace) -> None:
    """Print a plan."""

    def work(session: Session) -> dict[str, Any]:
        plan = plan_by_name(args.entity_group, args.entity_key, session)
        if plan is None:
            raise NotFound(f"There is no plan for {args.entity_group} {args.entity_key}. `plans list` shows them.")
        return plan_views([plan], session, everything)[0]

    print_json(in_transaction(work))


@command
def run_export(args: Namespace) -> None:
    """Write plans as YAML."""
    wanted = Filters(group=args.group, text=args.search)

    def work(session: Session) -> None:
        plans = list_plans(wanted, 0, MAX_ROWS, session)
        specs = specs_of(plans, session)
        write_yaml((specs[plan.id].as_data(plan.entity_group, plan.entity_key) for plan in plans), args.file)

    in_transaction(work)


@command
def run_sync(args: Namespace) -> None:  # noqa: ARG001 - a command's signature
    """Register every plan's DAG anew, and write the Variables that do not hold what the tables say."""
    numbers = in_transaction(
        lambda session: list(session.scalars(select(Plan.id).where(Plan.deleted_at.is_(None)).order_by(Plan.id)))
    )
    in_transaction(need_bundle)
    failed: list[str] = []
    for start in range(0, len(numbers), SYNC_BATCH):
        batch = numbers[start : start + SYNC_BATCH]
        failed.extend(in_transaction(lambda session, batch=batch: _register(batch, session)))  # type: ignore[misc]
    mended = mend_shards()
    say(f"{len(numbers) - len(failed)} plans registered, {len(mended)} Variables written anew")
    for problem in failed:
        complain(problem)
    if failed:
        sys.exit(1)


def _register(numbers: list[int], session: Session) -> list[str]:
    """Register some plans; return what is wrong with those that cannot be built."""
    problems = []
    renewed = []
    now = datetime.now(timezone.utc)
    for plan in session.scalars(select(Plan).where(Plan.id.in_(numbers), Plan.deleted_at.is_(None)).order_by(Plan.id)):
        try:
            with session.begin_nested():
                dag = renew_dag(plan, session, now=now)
        except TaskCenterError as error:
            problems.append(f"Plan {plan.id} ({plan.entity_group} {plan.entity_key}): {error.message}")
        else:
            renewed.append((plan, dag))
    register_dags(renewed, session)
    publish_all((plan for plan, _ in renewed), session)
    return problems


def _apply(entries: list[Entry], user: str, session: Session) -> list[Report]:
    requests = []
    for entry in entries:
        with told_where(entry):
            requests.append(checked(PlanSpec, entry))
    present = _present(requests, session)
    specs = specs_of(list(present.values()), session)
    outcomes = []
    for entry, request in zip(entries, requests, strict=True):
        plan = present.get((request.entityGroup, request.entityKey))
        with told_where(entry):
            same = plan is not None and not changes(request, specs[plan.id])
        outcomes.append(Outcome.CREATED if plan is None else Outcome.UNCHANGED if same else Outcome.UPDATED)
    wanted = [number for number, outcome in enumerate(outcomes) if outcome is not Outcome.UNCHANGED]
    save_plans(
        [requests[number] for number in wanted],
        user,
        session,
        about=lambda position: told_where(entries[wanted[position]]),
    )
    names = (f"{request.entityGroup} {request.entityKey}" for request in requests)
    return list(zip(names, outcomes, strict=True))


def _present(requests: list[PlanSpec], session: Session) -> dict[tuple[str, str], Plan]:
    """Those of the plans that there are, looked up by groups: thousands of names would be too many for one query."""
    wanted = {(request.entityGroup, request.entityKey) for request in requests}
    groups = {group for group, _ in wanted}
    plans = session.scalars(select(Plan).where(Plan.entity_group.in_(groups), Plan.deleted_at.is_(None)))
    named = {(plan.entity_group, plan.entity_key): plan for plan in plans}
    return {name: plan for name, plan in named.items() if name in wanted}
