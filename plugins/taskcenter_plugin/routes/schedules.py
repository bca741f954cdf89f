"""``/api/schedules``: the nine documented endpoints about execution plans (1.2.1 to 1.2.9) and their users (1.2.10)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from taskcenter_plugin.contexts.cancel import cancel_plan
from taskcenter_plugin.contexts.service import Filters
from taskcenter_plugin.errors import NotFound
from taskcenter_plugin.models import Plan
from taskcenter_plugin.plans import listing, service
from taskcenter_plugin.plans.datamodels import MAX_ID, PlanChange, PlanIn, PlanName
from taskcenter_plugin.plans.item_views import item_view
from taskcenter_plugin.plans.ordering import Sort
from taskcenter_plugin.plans.views import plan_views
from taskcenter_plugin.routes.access import Access, Requires, Right
from taskcenter_plugin.routes.answers import Answer, PlanOut, PlanPage, UserOut, answers
from taskcenter_plugin.routes.bodies import body_schema, json_body
from taskcenter_plugin.routes.envelope import answer
from taskcenter_plugin.routes.filters import Limit, Offset, filters, plan_filters, sort_of
from taskcenter_plugin.routes.plan_rights import SAVE_RIGHTS, check_save
from taskcenter_plugin.routes.transactions import in_transaction
from taskcenter_plugin.routes.waiting import wait_for_end
from taskcenter_plugin.users_view import creators_of_plans, user_views

router = APIRouter(prefix="/api/schedules", tags=["schedules"])
PlanId = Annotated[int, Path(ge=1, le=MAX_ID)]
WantedPlans = Annotated[Filters, Depends(filters)]


@router.post(
    "",
    summary="Create or update a plan, and run it",
    openapi_extra=body_schema(PlanIn),
    responses=answers(Answer[PlanOut]),
)
async def create_plan(
    request: Request,
    access: Annotated[Access, Depends(Requires(*SAVE_RIGHTS))],
    body: Annotated[PlanIn, Depends(json_body(PlanIn))],
) -> JSONResponse:
    """创建执行计划 (1.2.1): the plan, with ``contextId`` if it has been run; ``sync`` waits for the end of the run."""
    view, run_id = await run_in_threadpool(in_transaction, lambda session: _save(body, access, session))
    if body.sync and run_id is not None:
        await wait_for_end(run_id, request)
        fresh = await run_in_threadpool(in_transaction, lambda session: _plan_view(view["id"], access, session))
        view = {**fresh, "contextId": run_id, "planItems": view["planItems"]}
    return answer(view)


def _save(body: PlanIn, access: Access, session: Session) -> tuple[dict[str, Any], int | None]:
    check_save(body, access, session)
    saved = service.save_plan(body, access.name, session, may_read=access.may_read)
    session.flush()
    run_id = saved.run_ids[0] if saved.run_ids else None
    view = plan_views([saved.plan], session, access.may_read, context_id=run_id)[0]
    once = [item_view(item, ()) for item in saved.once]
    if once:  # the items of the request, as the document's example shows them
        view["planItems"] = once if saved.only_once else [*view["planItems"], *once]
    return view, run_id


def _plan_view(plan_id: int, access: Access, session: Session) -> dict[str, Any]:
    return plan_views([service.plan_by_id(plan_id, session)], session, access.may_read)[0]


@router.post(
    "/cancel",
    summary="Cancel the runs of a plan, by name",
    openapi_extra=body_schema(PlanName),
    responses=answers(Answer[None]),
)
def cancel_by_name(
    access: Annotated[Access, Depends(Requires(Right.CANCEL))],
    body: Annotated[PlanName, Depends(json_body(PlanName))],
) -> JSONResponse:
    """根据body信息取消执行计划的执行任务 (1.2.3)."""

    def work(session: Session) -> None:
        plan = service.plan_by_name(body.entityGroup, body.entityKey, session)
        if plan is None:
            raise NotFound(f"There is no plan for {body.entityGroup} {body.entityKey}. GET /api/schedules lists them.")
        access.check(plan.dag_id)
        cancel_plan(plan, access.name, session)

    in_transaction(work)
    return answer()


@router.put("/{scheduleId}/cancel", summary="Cancel the runs of a plan", responses=answers(Answer[None]))
def cancel(scheduleId: PlanId, access: Annotated[Access, Depends(Requires(Right.CANCEL))]) -> JSONResponse:
    """根据执行计划id取消执行计划的执行任务 (1.2.2)."""
    in_transaction(lambda session: cancel_plan(_plan(scheduleId, access, session), access.name, session))
    return answer()


@router.delete("/{scheduleId}", summary="Delete a plan", responses=answers(Answer[None]))
def delete_plan(scheduleId: PlanId, access: Annotated[Access, Depends(Requires(Right.DELETE))]) -> JSONResponse:
    """删除执行计划 (1.2.4): what runs is cancelled; its contexts stay readable."""
    in_transaction(
        lambda session: service.delete_plan(_plan(scheduleId, access, session, lock=True), access.name, session)
    )
    listing.PLAN_TOTALS.forget()
    return answer()


@router.put(
    "/{scheduleId}",
    summary="Replace a plan's items, switch it on or off",
    openapi_extra=body_schema(PlanChange),
    responses=answers(Answer[PlanOut]),
)
def change_plan(
    scheduleId: PlanId,
    access: Annotated[Access, Depends(Requires(Right.EDIT))],
    body: Annotated[PlanChange, Depends(json_body(PlanChange))],
) -> JSONResponse:
    """修改执行计划 (1.2.5)."""

    def work(session: Session) -> dict[str, Any]:
        plan = _plan(scheduleId, access, session, lock=True)
        service.change_plan(plan, body, access.name, session, may_read=access.may_read)
        session.flush()
        return plan_views([plan], session, access.may_read)[0]

    return answer(in_transaction(work))


@router.post("/{scheduleId}/enable", summary="Enable a plan", responses=answers(Answer[None]))
def enable(scheduleId: PlanId, access: Annotated[Access, Depends(Requires(Right.EDIT))]) -> JSONResponse:
    """启用执行计划 (1.2.6)."""
    return _switch(scheduleId, access, enabled=True)


@router.post("/{scheduleId}/disable", summary="Disable a plan", responses=answers(Answer[None]))
def disable(scheduleId: PlanId, access: Annotated[Access, Depends(Requires(Right.EDIT))]) -> JSONResponse:
    """停用执行计划 (1.2.7)."""
    return _switch(scheduleId, access, enabled=False)


def _switch(plan_id: int, access: Access, *, enabled: bool) -> JSONResponse:
    in_transaction(
        lambda session: service.switch_plan(
            _plan(plan_id, access, session, lock=True), access.name, session, enabled=enabled
        )
    )
    return answer()


@router.get("/users", summary="Those who created what plans run", responses=answers(Answer[list[UserOut]]))
def users(wanted: WantedPlans, access: Annotated[Access, Depends(Requires(Right.READ))]) -> JSONResponse:
    """查询执行计划的用户列表 (1.2.10)."""

    def work(session: Session) -> list[dict[str, Any]]:
        return user_views(creators_of_plans(wanted.within(access.visible(session)), session))

    return answer(in_transaction(work))


@router.get("/{scheduleId}", summary="One plan", responses=answers(Answer[PlanOut]))
def get_plan(scheduleId: PlanId, access: Annotated[Access, Depends(Requires(Right.READ))]) -> JSONResponse:
    """查询执行计划 (1.2.8)."""

    def work(session: Session) -> dict[str, Any]:
        return plan_views([_plan(scheduleId, access, session)], session, access.may_read)[0]

    return answer(in_transaction(work))


@router.get("", summary="Plans", responses=answers(PlanPage[list[PlanOut]]))
def list_plans(
    wanted: Annotated[Filters, Depends(plan_filters)],
    sort: Annotated[Sort, Depends(sort_of)],
    access: Annotated[Access, Depends(Requires(Right.READ))],
    offset: Offset = 0,
    limit: Limit = 10,
) -> JSONResponse:
    """查询执行计划列表 (1.2.9)."""

    def work(session: Session) -> JSONResponse:
        page = listing.page_of_plans(wanted.within(access.visible(session)), offset, limit, session, sort)
        return answer(
            plan_views(page.plans, session, access.may_read),
            totalHits=page.total,
            totalDiskUsage=page.disk_usage,
            totalDatasets=page.datasets,
            offset=offset,
        )

    return in_transaction(work)


def _plan(plan_id: int, access: Access, session: Session, *, lock: bool = False) -> Plan:
    """The plan, if the user may do with it what the route has named."""
    plan = service.plan_by_id(plan_id, session, lock=lock)
    access.check(plan.dag_id)
    return plan
