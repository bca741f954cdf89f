"""``/plans``: what the page asks about plans beside the documented endpoints. Nothing here changes anything."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from taskcenter_plugin.errors import BadRequest, NotFound
from taskcenter_plugin.models import Plan, PlanRevision
from taskcenter_plugin.plans import service
from taskcenter_plugin.plans.datamodels import MAX_ID
from taskcenter_plugin.plans.document import PlanDocument
from taskcenter_plugin.routes.access import Access, Requires, Right
from taskcenter_plugin.routes.answers import Answer, answers
from taskcenter_plugin.routes.bodies import body_schema, check_storable, json_body
from taskcenter_plugin.routes.envelope import answer
from taskcenter_plugin.routes.plan_rights import SAVE_RIGHTS, check_save
from taskcenter_plugin.routes.transactions import in_transaction
from taskcenter_plugin.ui.fires import fires_of
from taskcenter_plugin.ui.graph import MAX_DEPTH, graph_of
from taskcenter_plugin.ui.plan_answers import (
    FiresIn,
    FiresOut,
    GraphOut,
    LooseFiresIn,
    PlanExtrasOut,
    PlanOfDagOut,
    PreviewIn,
    PreviewOut,
    StepOut,
)
from taskcenter_plugin.ui.plans_lookup import extras_of, plan_of_dag
from taskcenter_plugin.ui.plans_steps import readable_steps, steps_of_dag
from taskcenter_plugin.ui.preview import preview_of

MAX_IDS = 100
router = APIRouter(prefix="/plans", tags=["page"])
PlanId = Annotated[int, Path(ge=1, le=MAX_ID)]
Reader = Annotated[Access, Depends(Requires(Right.READ))]


@router.get("/extras", summary="What the list shows beside", responses=answers(Answer[list[PlanExtrasOut]]))
def extras(
    access: Annotated[
        Access,
        Depends(Requires(Right.READ, Right.EDIT, Right.RUN, Right.CANCEL, Right.DELETE, Right.READ_RUNS)),
    ],
    ids: Annotated[str, Query(min_length=1, max_length=1200)],
) -> JSONResponse:
    """Of the plans with these ids, comma-separated: next and newest runs, and what the user may do with them."""
    wanted = _ids(ids)
    return answer(in_transaction(lambda session: [each.shown() for each in extras_of(wanted, access, session)]))


@router.get("/by-dag", summary="The plan of a DAG", responses=answers(Answer[PlanOfDagOut]))
def by_dag(
    access: Annotated[Access, Depends(Requires(Right.READ, Right.READ_RUNS))],
    dag_id: Annotated[str, Query(min_length=1, max_length=250)],
    run_id: Annotated[str | None, Query(max_length=250)] = None,
) -> JSONResponse:
    """The plan of this DAG and the execution of this DAG run, null where there is none."""
    check_storable("dag_id", dag_id)
    check_storable("run_id", run_id)
    access.check(dag_id, Right.READ if run_id is None else Right.READ_RUNS)
    return answer(in_transaction(lambda session: plan_of_dag(dag_id, run_id or None, session).shown()))


@router.post(
    "/fires",
    summary="When trigger items would fire",
    openapi_extra=body_schema(FiresIn),
    responses=answers(Answer[FiresOut]),
)
def fires(access: Reader, body: Annotated[LooseFiresIn, Depends(json_body(LooseFiresIn))]) -> JSONResponse:  # noqa: ARG001 # logs in
    """Whether each item would be taken, and the next runs that the right ones make together; an ONCE or DEPENDENCY item has none."""
    return answer(fires_of(body).shown())


@router.post(
    "/preview",
    summary="What a plan would be",
    openapi_extra=body_schema(PreviewIn),
    responses=answers(Answer[PreviewOut]),
)
def preview(
    access: Annotated[Access, Depends(Requires(*SAVE_RIGHTS, Right.READ))],
    body: Annotated[PreviewIn, Depends(json_body(PreviewIn))],
) -> JSONResponse:
    """The DAG of a plan that has not been sent yet; nothing is stored. What a POST would be refused for, this is, too."""

    def work(session: Session) -> dict[str, Any]:
        dag_id = check_save(body, access, session)
        access.check(dag_id, Right.READ)  # it shows what is stored
        if body.entity is not None:
            access.check(dag_id, Right.EDIT)
        return preview_of(body, access, session).shown()

    return answer(in_transaction(work))


@router.get("/{scheduleId}/tasks", summary="The tasks of a plan", responses=answers(Answer[list[StepOut]]))
def tasks(scheduleId: PlanId, access: Reader) -> JSONResponse:  # noqa: N803 # as the documents name it
    """The tasks of the plan's DAG, as it is now."""

    def work(session: Session) -> PlanDocument:
        plan = _plan(scheduleId, access, session)
        revision = session.get(PlanRevision, plan.revision)
        if revision is None:
            raise NotFound(f"Nothing is recorded of what plan {scheduleId} runs. PUT or POST it again.")
        return PlanDocument.load(json.loads(revision.document))

    document = in_transaction(work)
    steps = steps_of_dag(service.built(document), document.group)
    return answer([step.shown() for step in readable_steps(steps, document, access.may_read)])


@router.get("/{scheduleId}/graph", summary="What depends on what", responses=answers(Answer[GraphOut]))
def graph(
    scheduleId: PlanId,  # noqa: N803 # likewise
    access: Reader,
    depth: Annotated[int, Query(ge=1, le=MAX_DEPTH)] = 3,
) -> JSONResponse:
    """The plans that this one waits for, directly and through others, and those that wait for it, up to ``depth`` steps away."""
    return answer(
        in_transaction(lambda session: graph_of(_plan(scheduleId, access, session), depth, access, session).shown())
    )


def _ids(text: str) -> list[int]:
    found = []
    for each in filter(None, (part.strip() for part in text.split(","))):
        if not (each.isascii() and each.isdigit() and len(each) <= 20 and 0 < int(each) <= MAX_ID):
            raise BadRequest(f"ids: {each[:50]!r} is no plan's number")
        found.append(int(each))
    if len(set(found)) > MAX_IDS:
        raise BadRequest(f"ids: {len(set(found))} plans are too many for one request. Ask for {MAX_IDS} at most.")
    return sorted(set(found))


def _plan(plan_id: int, access: Access, session: Session) -> Plan:
    """The plan, if the user may see it."""
    plan = service.plan_by_id(plan_id, session)
    access.check(plan.dag_id)
    return plan
