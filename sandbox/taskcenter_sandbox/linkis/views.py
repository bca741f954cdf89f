"""How a job looks in answers: QueryTaskVO of Linkis 1.8 (facts section 10)."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from taskcenter_sandbox.linkis import ids
from taskcenter_sandbox.linkis.store import TERMINAL, Job, now_ms

SUBMIT_TIME, SCHEDULE_TIME, RUNNING_TIME, COMPLETE_TIME = "submitTime", "scheduleTime", "runningTime", "completeTime"
ENGINE_INSTANCE, IS_REUSE = "engineInstance", "isReuse"

_TIME_FORM = "%Y-%m-%dT%H:%M:%S%z"


def metric_time(epoch_ms: int | None = None) -> str:
    """A time as the ``metrics`` of a job hold it: whole seconds, with the offset from UTC."""
    moment = datetime.fromtimestamp((now_ms() if epoch_ms is None else epoch_ms) / 1000, tz=timezone.utc)
    return moment.strftime(_TIME_FORM)


def task_view(job: Job, *, with_code: bool) -> dict[str, Any]:
    """A row of the job history; dates are epoch milliseconds, ``progress`` is a text.

    :param with_code: ``list`` and ``list-taskids`` show the code, ``get`` has not since 1.7.
    """
    metrics: dict[str, Any] = json.loads(job.metrics or "{}")
    labels: dict[str, str] = json.loads(job.labels)
    submitted, scheduled, completed = (
        _epoch_ms(metrics.get(name)) for name in (SUBMIT_TIME, SCHEDULE_TIME, COMPLETE_TIME)
    )
    engine_instance = metrics.get(ENGINE_INSTANCE)
    return {
        "taskID": job.id,
        "instance": ids.INSTANCE,
        "execId": job.job_req_id,
        "umUser": job.submit_user,
        "executeUser": job.execute_user,
        "engineInstance": engine_instance,
        "executionCode": job.code if with_code else None,
        "progress": job.progress,
        "logPath": job.log_path,
        "resultLocation": job.result_location,
        "status": job.status,
        "createdTime": job.created,
        "updatedTime": job.updated,
        "engineType": job.engine,
        "errCode": job.error_code,
        "errDesc": job.error_desc,
        "executeApplicationName": job.engine,
        "requestApplicationName": job.creator,
        "runType": job.run_type,
        "paramsJson": job.params,
        "costTime": _cost(job, submitted, completed),
        "strongerExecId": ids.exec_id(job.job_req_id),
        "sourceJson": job.source,
        "sourceTailor": _source_tailor(job.source),
        "engineStartTime": None,
        "labels": [f"{name}:{value}" for name, value in labels.items()],
        "canRetry": engine_instance is None and job.status == "Failed",
        "observeInfo": None,
        "isReuse": metrics.get(IS_REUSE),
        "requestStartTime": submitted,
        "requestEndTime": scheduled,
        "requestSpendTime": None if submitted is None or scheduled is None else scheduled - submitted,
        "metrics": job.metrics,
        "subJobs": None,
    }


def running_time(metrics: dict[str, Any]) -> str:
    """From submit to end, in words, as job-extra-info says it."""
    submitted, completed = _epoch_ms(metrics.get(SUBMIT_TIME)), _epoch_ms(metrics.get(COMPLETE_TIME))
    if submitted is None or completed is None:
        return (
            "The task did not end normally and the usage time could not be counted.(任务并未正常结束，无法统计使用时间)"
        )
    return f"{(completed - submitted) / 1000:.1f} s"


def _cost(job: Job, submitted: int | None, completed: int | None) -> int | None:
    if submitted is None:
        return None
    if job.status not in TERMINAL:
        return now_ms() - submitted
    return (completed or job.updated) - submitted


def _source_tailor(source: str | None) -> str | None:
    if not source:
        return None
    return "-".join(str(value) for value in json.loads(source).values())


def _epoch_ms(text: str | None) -> int | None:
    # fromisoformat is fast, and wants a colon in the offset.
    return None if text is None else int(datetime.fromisoformat(f"{text[:-2]}:{text[-2:]}").timestamp() * 1000)
