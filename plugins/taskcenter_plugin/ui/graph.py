"""Which plans a plan waits for, directly and through others, and which wait for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from airflow.models.dag import DagModel
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.status import status_of
from taskcenter_plugin.models import Plan, PlanDependency
from taskcenter_plugin.plans.views import entities_of, last_runs
from taskcenter_plugin.routes.access import Access, Right
from taskcenter_plugin.ui.plan_answers import GraphEdgeOut, GraphNodeOut, GraphOut

MAX_NODES = 200
MAX_DEPTH = 20
MAX_EDGES = 5000
"""Many items of one plan may wait for the same other."""
_LOOKED_AT = 2 * MAX_NODES + 1
"""How many plans one step further are looked at: all that there is room for, also if the graph has as many of them already."""
BEFORE, AFTER = -1, 1
Name = tuple[str, str]
"""A plan's entityGroup and entityKey."""


@dataclass
class _Found:
    """What has been found so far.

    :ivar distances: by name, how many steps from the plan in the middle
    :ivar plans: of these, the plans that there are and that the user may see; the others are names only
    :ivar more: whether something was left out
    """

    distances: dict[Name, int]
    plans: dict[Name, Plan]
    more: bool = False
    checked: dict[str, bool] = field(default_factory=dict)


def graph_of(middle: Plan, depth: int, access: Access, session: Session) -> GraphOut:
    """What a plan depends on and what depends on it, up to so many steps.

    Plans that the user may not see end the way: one that is waited for is shown by its name, as the item shows it.
    """
    found = _Found({_name(middle): 0}, {_name(middle): middle}, checked={middle.dag_id: True})
    for direction in (BEFORE, AFTER):
        _walk(found, middle, depth, direction, access, session)
    edges = _edges(found, session)
    more = found.more or len(edges) > MAX_EDGES
    return GraphOut(nodes=_nodes(found, session), edges=edges[:MAX_EDGES], more=more)


def _walk(found: _Found, middle: Plan, depth: int, direction: int, access: Access, session: Session) -> None:
    edge = [middle]
    for step in range(1, depth + 2):
        names = _before(edge, session) if direction == BEFORE else set()
        plans = _plans(names, session) if direction == BEFORE else _after(edge, session)
        found.more |= _LOOKED_AT in (len(names), len(plans))
        seen = {_name(plan): plan for plan in plans if _may_see(plan, found, access)}
        new = sorted(name for name in names | seen.keys() if name not in found.distances)
        room = 0 if step > depth else MAX_NODES - len(found.distances)
        found.more |= len(new) > room
        for name in new[:room]:
            found.distances[name] = direction * step
            if name in seen:
                found.plans[name] = seen[name]
        edge = [seen[name] for name in new[:room] if name in seen]
        if not edge:
            return


def _may_see(plan: Plan, found: _Found, access: Access) -> bool:
    if plan.dag_id not in found.checked:
        found.checked[plan.dag_id] = access.may(plan.dag_id, Right.READ)
    return found.checked[plan.dag_id]


def _before(plans: Iterable[Plan], session: Session) -> set[Name]:
    """The names of what some plans wait for."""
    query = select(PlanDependency.entity_group, PlanDependency.entity_key).distinct()
    waited_for = query.where(PlanDependency.plan_id.in_([plan.id for plan in plans]))
    rows = session.execute(
        waited_for.order_by(PlanDependency.entity_group, PlanDependency.entity_key).limit(_LOOKED_AT)
    )
    return {(group, key) for group, key in rows}


def _after(plans: Iterable[Plan], session: Session) -> list[Plan]:
    """The plans that wait for some."""
    wanted = tuple_(PlanDependency.entity_group, PlanDependency.entity_key).in_([_name(plan) for plan in plans])
    waiting = select(PlanDependency.plan_id).where(wanted)
    query = select(Plan).where(Plan.deleted_at.is_(None), Plan.id.in_(waiting)).order_by(Plan.id)
    return list(session.scalars(query.limit(_LOOKED_AT)))


def _plans(names: Iterable[Name], session: Session) -> list[Plan]:
    """The plans of some names."""
    wanted = list(names)
    if not wanted:
        return []
    query = select(Plan).where(Plan.deleted_at.is_(None), tuple_(Plan.entity_group, Plan.entity_key).in_(wanted))
    return list(session.scalars(query))


def _nodes(found: _Found, session: Session) -> list[GraphNodeOut]:
    plans = list(found.plans.values())
    dag_ids = [plan.dag_id for plan in plans]
    entities = entities_of(plans, session)
    runs = last_runs(dag_ids, session)
    on = select(DagModel.dag_id).where(DagModel.dag_id.in_(dag_ids), DagModel.is_paused.is_(False))
    enabled = set(session.scalars(on))
    nodes = []
    for (group, key), distance in sorted(found.distances.items(), key=lambda each: (each[1], each[0])):
        node = GraphNodeOut(
            key=f"{group}/{key}",
            plan_id=None,
            entity_group=group,
            entity_key=key,
            title=None,
            enabled=None,
            job_status=None,
            distance=distance,
        )
        plan = found.plans.get((group, key))
        if plan is not None:
            entity, last = entities.get((group, key)), runs.get(plan.dag_id)
            node.plan_id = plan.id
            node.title = (entity.title if entity else None) or f"{group} {key}"
            node.enabled = plan.dag_id in enabled
            state = str(last.run.state) if last else None
            node.job_status = status_of(state, cancelled=bool(last and last.cancelled))
        nodes.append(node)
    return nodes


def _edges(found: _Found, session: Session) -> list[GraphEdgeOut]:
    """The edges between the plans of the graph, also those that are not on a way from the middle; one more than fit."""
    waiting: Mapping[int, Name] = {plan.id: name for name, plan in found.plans.items()}
    query = select(PlanDependency).where(
        PlanDependency.plan_id.in_(waiting),
        tuple_(PlanDependency.entity_group, PlanDependency.entity_key).in_(list(found.distances)),
    )
    return [
        GraphEdgeOut(
            from_=f"{row.entity_group}/{row.entity_key}", to="/".join(waiting[row.plan_id]), plan_item_id=row.item_id
        )
        for row in session.scalars(query.order_by(PlanDependency.id).limit(MAX_EDGES + 1))
    ]


def _name(plan: Plan) -> Name:
    return (plan.entity_group, plan.entity_key)
