"""``/runs``: one execution with its tasks, and its cancel."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts import service
from taskcenter_plugin.contexts.cancel import cancel_run
from taskcenter_plugin.contexts.revisions import Row
from taskcenter_plugin.contexts.status import ContextStatus, is_cancelled, status_of
from taskcenter_plugin.contexts.views import context_views
from taskcenter_plugin.job_pages.routes import not_from_elsewhere, private
from taskcenter_plugin.plans.datamodels import MAX_ID
from taskcenter_plugin.routes.access import Access, Requires, Right
from taskcenter_plugin.routes.answers import Answer, ContextOut, answers
from taskcenter_plugin.routes.envelope import answer
from taskcenter_plugin.routes.transactions import in_transaction
from taskcenter_plugin.ui.run_answers import RunCancelOut, RunMayOut, RunOut, moment_of
from taskcenter_plugin.ui.run_tasks import run_tasks

router = APIRouter(prefix="/runs", tags=["page: runs"])
ContextId = Annotated[int, Path(ge=1, le=MAX_ID)]
_RIGHTS = (Right.READ_RUNS, Right.READ_LOGS, Right.READ_RESULTS, Right.CANCEL, Right.EDIT, Right.RUN)


def run_row(context_id: int, access: Access, right: Right, session: Session) -> Row:
    """A run, if the user may do that with it.

    :raises NotFound: there is none.
    :raises Forbidden: the user may not.
    """
    row = service.context_by_id(context_id, session)
    access.check(row[1].dag_id, right)
    return row


@router.get("/{contextId}", summary="One run with its tasks", responses=answers(Answer[RunOut]))
def get_run(contextId: ContextId, access: Annotated[Access, Depends(Requires(*_RIGHTS))]) -> Response:  # noqa: N803
    """The execution, its tasks, and what the user may do."""

    def work(session: Session) -> RunOut:
        row = run_row(contextId, access, Right.READ_RUNS, session)
        run, plan, context = row
        deleted = plan.deleted_at is not None
        cancelled_at = context.cancelled_at if context and is_cancelled(run, context) else None
        return RunOut(
            context=ContextOut.model_validate(context_views([row], session, access.may_read)[0]),
            dag_id=run.dag_id,
            dag_run_id=run.run_id,
            start_at=moment_of(run.start_date),
            stop_at=moment_of(run.end_date),
            plan_deleted=deleted,
            tasks=run_tasks(run, session, cancelled_at=cancelled_at),
            may=RunMayOut(
                cancel=access.may(run.dag_id, Right.CANCEL),
                run=not deleted and access.may(run.dag_id, Right.EDIT, Right.RUN),
                read_logs=access.may(run.dag_id, Right.READ_LOGS),
                read_results=access.may(run.dag_id, Right.READ_RESULTS),
            ),
        )

    return private(answer(in_transaction(work).shown()))


@router.post("/{contextId}/cancel", summary="Cancel one run", responses=answers(Answer[RunCancelOut]))
def cancel(
    contextId: ContextId,  # noqa: N803
    access: Annotated[Access, Depends(Requires(Right.CANCEL))],
    _: Annotated[None, Depends(not_from_elsewhere)],
) -> Response:
    """Stop that run alone, as the documented cancel stops all of a plan; one that has ended stays as it is."""

    def work(session: Session) -> RunCancelOut:
        run, plan, _ = run_row(contextId, access, Right.CANCEL, session)
        if cancel_run(run.id, plan, access.name, session):
            return RunCancelOut(cancelled=True, job_status=ContextStatus.CANCELLED)
        run, _, context = service.context_by_id(contextId, session)
        return RunCancelOut(cancelled=False, job_status=status_of(str(run.state), cancelled=is_cancelled(run, context)))

    return private(answer(in_transaction(work).shown()))
