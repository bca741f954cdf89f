"""``/api/contexts``: the documented endpoints about executions (1.2.11 to 1.2.15)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from airflow.models.dagrun import DagRun
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from taskcenter_plugin.contexts import service
from taskcenter_plugin.contexts.output import logs_of, results_of
from taskcenter_plugin.contexts.revisions import Row
from taskcenter_plugin.contexts.service import Filters
from taskcenter_plugin.contexts.views import context_views
from taskcenter_plugin.plans.datamodels import MAX_ID
from taskcenter_plugin.routes.access import Access, Requires, Right
from taskcenter_plugin.routes.answers import Answer, ContextOut, LogOut, Output, Page, ResultOut, UserOut, answers
from taskcenter_plugin.routes.envelope import answer
from taskcenter_plugin.routes.filters import Limit, Offset, context_filters
from taskcenter_plugin.routes.transactions import in_transaction
from taskcenter_plugin.routes.waiting import has_ended, wait_for_end
from taskcenter_plugin.users_view import creators_of_contexts, user_views

router = APIRouter(prefix="/api/contexts", tags=["contexts"])
ContextId = Annotated[int, Path(ge=1, le=MAX_ID)]
WantedContexts = Annotated[Filters, Depends(context_filters)]


@router.get("/users", summary="Those who created what has been run", responses=answers(Answer[list[UserOut]]))
def users(wanted: WantedContexts, access: Annotated[Access, Depends(Requires(Right.READ_RUNS))]) -> JSONResponse:
    """查询任务执行进度信息的用户列表 (1.2.13)."""

    def work(session: Session) -> list[dict[str, Any]]:
        return user_views(creators_of_contexts(wanted.within(access.visible(session)), session))

    return answer(in_transaction(work))


@router.get("/{contextId}", summary="One execution", responses=answers(Answer[ContextOut]))
def get_context(contextId: ContextId, access: Annotated[Access, Depends(Requires(Right.READ_RUNS))]) -> JSONResponse:
    """查询任务执行进度信息 (1.2.11)."""

    def work(session: Session) -> dict[str, Any]:
        return context_views([_row(contextId, access, session)], session, access.may_read)[0]

    return answer(in_transaction(work))


@router.get("", summary="Executions", responses=answers(Page[list[ContextOut]]))
def list_contexts(
    wanted: WantedContexts,
    access: Annotated[Access, Depends(Requires(Right.READ_RUNS))],
    offset: Offset = 0,
    limit: Limit = 10,
) -> JSONResponse:
    """查询任务执行进度信息列表 (1.2.12), newest first."""

    def work(session: Session) -> JSONResponse:
        visible = wanted.within(access.visible(session))
        rows, total = service.page_of_contexts(visible, offset, limit, session)
        return answer(context_views(rows, session, access.may_read), totalHits=total, offset=offset)

    return in_transaction(work)


@router.get("/{contextId}/logs", summary="What an execution has said", responses=answers(Output[list[LogOut]]))
async def logs(
    request: Request,
    contextId: ContextId,
    access: Annotated[Access, Depends(Requires(Right.READ_LOGS))],
    block: bool = True,
) -> JSONResponse:
    """查询任务执行进度信息的日志 (1.2.14): one entry a task; without ``block``, nothing before the end."""
    return await _output(contextId, request, access, logs_of, block=block)


@router.get(
    "/{contextId}/results", summary="What an execution has returned", responses=answers(Output[list[ResultOut]])
)
async def results(
    request: Request,
    contextId: ContextId,
    access: Annotated[Access, Depends(Requires(Right.READ_RESULTS))],
    block: bool = True,
) -> JSONResponse:
    """查询任务执行进度信息的执行结果 (1.2.15): one entry a task that returned something."""
    return await _output(contextId, request, access, results_of, block=block)


async def _output(
    context_id: int,
    request: Request,
    access: Access,
    read: Callable[[DagRun, Session], list[dict[str, Any]]],
    *,
    block: bool,
) -> JSONResponse:
    """Check the right, wait if asked to, then read; an execution that has not ended gives no data and ``done: false``."""

    def work(session: Session) -> list[dict[str, Any]]:
        run, _, _ = _row(context_id, access, session)
        return read(run, session)

    await run_in_threadpool(in_transaction, lambda session: _row(context_id, access, session) and None)
    done = await (wait_for_end(context_id, request) if block else run_in_threadpool(has_ended, context_id))
    return answer(await run_in_threadpool(in_transaction, work) if done else [], done=done)


def _row(context_id: int, access: Access, session: Session) -> Row:
    """The execution, if the user may do with it what the route has named."""
    row = service.context_by_id(context_id, session)
    access.check(row[1].dag_id)
    return row
