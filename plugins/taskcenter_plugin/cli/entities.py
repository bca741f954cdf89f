"""``airflow taskcenter entities``."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime, timezone
from typing import Any

from sqlalchemy.orm import Session

from taskcenter_plugin.cli.applying import Report, apply_files, checked, told_where, user_name
from taskcenter_plugin.cli.command import command
from taskcenter_plugin.cli.output import print_json, print_table, write_yaml
from taskcenter_plugin.cli.yaml_files import Entry
from taskcenter_plugin.contexts.service import Filters
from taskcenter_plugin.entities import listing, service
from taskcenter_plugin.entities.datamodels import EntityIn
from taskcenter_plugin.entities.views import content, entity_views
from taskcenter_plugin.models import Plan
from taskcenter_plugin.plans.datamodels import PlanName
from taskcenter_plugin.plans.service import register_dags
from taskcenter_plugin.plans.shards import publish_all
from taskcenter_plugin.routes.transactions import in_transaction

MAX_ROWS = 1_000_000


@command
def run_apply(args: Namespace) -> None:
    """Create or replace the entities of files; the plans that run them follow."""
    user = user_name(args.user)
    apply_files(args.files, lambda entries, session: _apply(entries, user, session))


@command
def run_list(args: Namespace) -> None:
    """Print a table of entities."""
    wanted = Filters(group=args.group, text=args.search)
    rows = in_transaction(
        lambda session: entity_views(listing.list_entities(wanted, 0, args.limit or MAX_ROWS, session), session)
    )
    columns = ("entityGroup", "entityKey", "title", "path", "planId", "createdByName", "updatedAt")
    print_table([{column: row[column] for column in columns} for row in rows], args.output)


@command
def run_show(args: Namespace) -> None:
    """Print an entity."""

    def work(session: Session) -> dict[str, Any]:
        return entity_views([service.entity_by_name(args.entity_group, args.entity_key, session)], session)[0]

    print_json(in_transaction(work))


@command
def run_export(args: Namespace) -> None:
    """Write entities as YAML."""
    wanted = Filters(group=args.group, text=args.search)

    def work(session: Session) -> None:
        write_yaml((_spec(entity) for entity in listing.all_entities(wanted, session)), args.file)

    in_transaction(work)


def _apply(entries: list[Entry], user: str, session: Session) -> list[Report]:
    reports: list[Report] = []
    followers: dict[int, tuple[Plan, Entry]] = {}
    for entry in entries:
        with told_where(entry):
            name = PlanName.model_validate(entry.data)
            body = checked(EntityIn, entry, also=("entityGroup", "entityKey"))
            group, key = name.entityGroup, name.entityKey
            _, outcome = service.store_entity(group, key, body, user, session)
            if outcome is not service.Outcome.UNCHANGED:
                followers.update({plan.id: (plan, entry) for plan in service.plans_that_run(group, key, session)})
        reports.append((f"{group} {key}", outcome))
    now = datetime.now(timezone.utc)
    renewed = []
    for plan, entry in followers.values():
        with told_where(entry):
            renewed.append((plan, service.follow(plan, now, session)))
    register_dags(renewed, session)
    publish_all((plan for plan, _ in followers.values()), session)
    return reports


def _spec(entity: Any) -> dict[str, Any]:
    told = {name: value for name, value in content(entity).items() if value not in (None, {})}
    return {"entityGroup": entity.entity_group, "entityKey": entity.entity_key, **told}
