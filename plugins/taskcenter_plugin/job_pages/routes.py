"""``/jobs/...``: the state, log and results of the remote job of one task instance, and its cancel."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from taskcenter.core.status import JobStatus
from taskcenter_plugin.errors import Forbidden
from taskcenter_plugin.job_pages import log_cursor, results
from taskcenter_plugin.job_pages.answers import (
    CancelOut,
    JobLogOut,
    JobOut,
    JobResultOut,
    JobResultPageOut,
    JobStateOut,
    LinkOut,
    TaskOut,
    answers,
)
from taskcenter_plugin.job_pages.cancelling import stop_task
from taskcenter_plugin.job_pages.new_lines import new_lines
from taskcenter_plugin.job_pages.remote import CANCEL_SECONDS, ask, job_itself, system_name
from taskcenter_plugin.job_pages.task_job import TaskJob, TaskKey, read_task_job
from taskcenter_plugin.routes.access import Access, Requires, Right
from taskcenter_plugin.routes.answers import Answer
from taskcenter_plugin.routes.bodies import check_storable
from taskcenter_plugin.routes.envelope import answer
from taskcenter_plugin.routes.transactions import in_transaction

router = APIRouter(prefix="/jobs", tags=["jobs of tasks"])

MAX_LINES = 5000
"""Most lines of a log in one answer, the last ones; a page keeps no more either."""

MAX_LINE_CHARS = 10_000
_MAX_INTEGER = 2**31 - 1
_SAME_ORIGIN = ("same-origin", "none")

Name = Annotated[str, Query(min_length=1, max_length=250)]
Number = Annotated[int, Path(ge=0, le=10_000)]


def task_key(
    dag_id: Name,
    run_id: Name,
    task_id: Name,
    map_index: Annotated[int, Query(ge=-1, le=_MAX_INTEGER)] = -1,
    try_number: Annotated[int | None, Query(alias="try", ge=1, le=_MAX_INTEGER)] = None,
) -> TaskKey:
    """The task instance that a request is about; without ``try``, its last try."""
    for name, value in (("dag_id", dag_id), ("run_id", run_id), ("task_id", task_id)):
        check_storable(name, value)
    return TaskKey(dag_id, run_id, task_id, map_index, try_number)


Key = Annotated[TaskKey, Depends(task_key)]


def not_from_elsewhere(
    x_requested_with: Annotated[
        str, Header(min_length=1, description="Anything; pages of other sites cannot send it.")
    ],
    sec_fetch_site: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> None:
    """Refuse what a page of another site has a browser send: that takes a header which only our own pages can set.

    :raises Forbidden: the browser says that the request comes from elsewhere.
    """
    if x_requested_with and sec_fetch_site not in (None, *_SAME_ORIGIN):
        raise Forbidden("The request comes from a page of another site.")


@router.get("/state", summary="The job of a task", responses=answers(Answer[JobStateOut]))
async def state(
    key: Key,
    access: Annotated[Access, Depends(Requires(Right.READ_RUNS, Right.READ_LOGS, Right.READ_RESULTS, Right.CANCEL))],
) -> Response:
    """The task instance, its remote job, and what the user may do with it."""
    task = await _task(key, access, Right.READ_RUNS)
    rights = [Right.READ_LOGS, Right.READ_RESULTS, Right.CANCEL]
    allowed = await run_in_threadpool(lambda: [access.may(key.dag_id, right) for right in rights])
    job = None if task.record is None else await _job(task)
    shown = JobStateOut(
        task=_task_out(task),
        job=job,
        links=[LinkOut(name=name, url=url) for name, url in task.links.items()],
        may_read_log=allowed[0],
        may_read_results=allowed[1],
        may_cancel=allowed[2],
    )
    return private(answer(shown.shown()))


@router.get("/log", summary="What the job of a task has said", responses=answers(Answer[JobLogOut]))
async def log(
    key: Key,
    access: Annotated[Access, Depends(Requires(Right.READ_LOGS))],
    from_: Annotated[str | None, Query(alias="from", max_length=log_cursor.MAX_CHARS)] = None,
) -> Response:
    """The lines of the job's log after ``from``, which is what the answer before has given as ``next``."""
    task = await _task(key, access, Right.READ_LOGS)
    cursor, ref = log_cursor.decode(from_), job_itself(task.job)
    chunk, done = await ask(task.job, lambda api: new_lines(api, ref, cursor))
    lines = [line[:MAX_LINE_CHARS] for line in chunk.lines[-MAX_LINES:]]
    shown = JobLogOut(
        lines=lines,
        skipped=len(chunk.lines) - len(lines),
        next=log_cursor.encode(chunk.cursor, keep_last=task.job.conn_type != results.LINKIS),
        done=done,
    )
    return private(answer(shown.shown()))


@router.get("/results", summary="What the job of a task has brought", responses=answers(Answer[list[JobResultOut]]))
async def list_results(key: Key, access: Annotated[Access, Depends(Requires(Right.READ_RESULTS))]) -> Response:
    """The results that there are, in the order of the statements."""
    task = await _task(key, access, Right.READ_RESULTS)
    return private(answer([each.shown() for each in await results.list_results(task)]))


@router.get("/results/{number}", summary="Rows of a result", responses=answers(Answer[JobResultPageOut]))
async def result(
    key: Key,
    number: Number,
    access: Annotated[Access, Depends(Requires(Right.READ_RESULTS))],
    offset: Annotated[int, Query(ge=0, le=_MAX_INTEGER)] = 0,
    limit: Annotated[int, Query(ge=1, le=results.MAX_ROWS)] = 100,
) -> Response:
    """Some rows, as texts."""
    task = await _task(key, access, Right.READ_RESULTS)
    return private(answer((await results.read_result(task, number, offset, limit)).shown()))


@router.get(
    "/results/{number}/download",
    summary="A whole result, as CSV",
    response_class=StreamingResponse,
    responses={**answers(Answer[None]), 200: {"content": {"text/csv": {}}, "description": "UTF-8, with a header"}},
)
async def download(
    key: Key, number: Number, access: Annotated[Access, Depends(Requires(Right.READ_RESULTS))]
) -> Response:
    """The result, streamed; NULL is empty, an empty text is ``""``."""
    task = await _task(key, access, Right.READ_RESULTS)
    headers = {"Content-Disposition": f'attachment; filename="{results.file_name(task, number)}"'}
    stream = StreamingResponse(await results.begin_download(task, number), media_type="text/csv", headers=headers)
    return private(stream)


@router.post("/cancel", summary="Stop the job of a task", responses=answers(Answer[CancelOut]))
async def cancel(
    key: Key,
    access: Annotated[Access, Depends(Requires(Right.CANCEL))],
    _: Annotated[None, Depends(not_from_elsewhere)],
) -> Response:
    """Mark the task as failed if it goes on, so that no retry starts the job anew; stop the job, and wait until it has stopped."""
    task = await _task(key, access, Right.CANCEL)
    ref = job_itself(task.job)
    system_name(task.job)
    stopped = await run_in_threadpool(in_transaction, lambda session: stop_task(task, access.name, session))
    status = await ask(task.job, lambda api: api.cancel(ref), seconds=CANCEL_SECONDS)
    return private(answer(CancelOut(job=_job_out(task, status), task_stopped=stopped).shown()))


async def _task(key: TaskKey, access: Access, right: Right) -> TaskJob:
    """The task instance, if the user may do that with it."""

    def work() -> TaskJob:
        access.check(key.dag_id, right)
        with_result = right is Right.READ_RESULTS
        return in_transaction(lambda session: read_task_job(key, session, with_result=with_result))

    return await run_in_threadpool(work)


async def _job(task: TaskJob) -> JobOut:
    ref = job_itself(task.job)
    return _job_out(task, await ask(task.job, lambda api: api.job_status(ref)))


def _job_out(task: TaskJob, status: JobStatus) -> JobOut:
    return JobOut(
        system=system_name(task.job),
        id=task.job.ref.id,
        state=status.state,
        remote_state=status.raw,
        ended=status.is_terminal,
        progress=status.progress,
        reason=status.reason,
    )


def _task_out(task: TaskJob) -> TaskOut:
    key = task.key
    return TaskOut(
        dag_id=key.dag_id,
        run_id=key.run_id,
        task_id=key.task_id,
        map_index=key.map_index,
        try_number=task.try_number,
        state=task.state,
        ended=task.ended,
    )


def private(response: Response) -> Response:
    """An answer that browsers must not keep."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
