"""``/jobs/metrics``: the figures of a transfer, which the page draws over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from taskcenter.core.flow import Flow
from taskcenter.exchangis.results import TaskResult
from taskcenter.exchangis.system import ExchangisSystem
from taskcenter_plugin.errors import NotFound
from taskcenter_plugin.job_pages.answers import answers
from taskcenter_plugin.job_pages.remote import ask, job_itself, system_name
from taskcenter_plugin.job_pages.results import EXCHANGIS
from taskcenter_plugin.job_pages.routes import Key, private
from taskcenter_plugin.job_pages.task_job import TaskJob, read_task_job
from taskcenter_plugin.routes.access import Access, Requires, Right
from taskcenter_plugin.routes.answers import Answer
from taskcenter_plugin.routes.envelope import answer
from taskcenter_plugin.routes.transactions import in_transaction
from taskcenter_plugin.ui.run_answers import FiguresOut, JobMetricsOut, PartOut, moment_of

router = APIRouter(prefix="/jobs", tags=["jobs of tasks"])


@router.get("/metrics", summary="How much the job of a task has moved", responses=answers(Answer[JobMetricsOut]))
async def metrics(key: Key, access: Annotated[Access, Depends(Requires(Right.READ_RESULTS))]) -> Response:
    """The figures so far, of Exchangis; jobs on other systems have none, which is a 404."""

    def work() -> TaskJob:
        access.check(key.dag_id)
        return in_transaction(lambda session: read_task_job(key, session))

    task = await run_in_threadpool(work)
    system = system_name(task.job)
    if task.job.conn_type != EXCHANGIS:
        raise NotFound(f"{system} tells no figures of its jobs; only Exchangis does.")
    ref = job_itself(task.job)

    def figures(api: ExchangisSystem) -> Flow[list[TaskResult]]:
        return api.task_results(ref)

    parts = await ask(task.job, figures)
    shown = JobMetricsOut(
        at=moment_of(datetime.now(timezone.utc)) or "",
        system=system,
        figures=_sum(parts),
        parts=[PartOut(name=part["name"], status=part["status"], figures=_sum([part])) for part in parts],
    )
    return private(answer(shown.shown()))


def _sum(parts: Sequence[TaskResult]) -> FiguresOut:
    def total(name: str) -> Any:
        values = [value for part in parts if isinstance(value := part.get(name), int | float)]
        return sum(values) if values else None

    return FiguresOut(
        records=total("records"),
        bytes=None,  # Exchangis counts records alone
        records_per_second=total("records_per_second"),
        bytes_per_second=None,
        error_records=total("error_records"),
        ignored_records=total("ignored_records"),
        cpu_cores=total("cpu_cores"),
        memory_mb=total("memory_mb"),
    )
