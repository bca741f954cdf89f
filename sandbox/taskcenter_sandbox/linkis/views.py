"""How a job looks in answers: QueryTaskVO of Linkis 1.8 (facts section 10)."""

from __future__ import annotations

import json
from typing import Any

from taskcenter_sandbox.linkis import ids
from taskcenter_sandbox.linkis.store import TERMINAL, Job


def task_view(job: Job, *, with_code: bool) -> dict[str, Any]:
    """A job history row; dates are epoch milliseconds, progress is a text.

    :param with_code: ``list`` shows the code, ``get`` has not since 1.7.
    """
    ended = job.status in TERMINAL
    finished = job.updated if ended else None
    return {
        "taskID": job.id,
        "instance": ids.INSTANCE,
        "execId": job.short_id,
        "umUser": job.submit_user,
        "executeUser": job.execute_user,
        "engineInstance": ids.INSTANCE if job.engine_started else None,
        "executionCode": job.code if with_code else None,
        "progress": _progress(job),
        "logPath": job.log_path,
        "resultLocation": job.result_location,
        "status": job.status,
        "createdTime": job.created,
        "updatedTime": job.updated,
        "engineType": job.engine,
        "errCode": job.err_code if ended else None,
        "errDesc": job.err_desc if ended else None,
        "executeApplicationName": job.engine,
        "requestApplicationName": job.creator,
        "runType": job.run_type,
        "paramsJson": job.params,
        "costTime": job.updated - job.created,
        "strongerExecId": ids.exec_id(job.short_id),
        "sourceJson": job.source,
        "sourceTailor": None,
        "engineStartTime": job.engine_started,
        "labels": json.loads(job.labels),
        "canRetry": job.status == "Failed" and job.engine_started is None,
        "observeInfo": None,
        "isReuse": False,
        "requestStartTime": job.engine_started,
        "requestEndTime": finished,
        "requestSpendTime": job.updated - job.engine_started if ended and job.engine_started else None,
        "metrics": "{}",
        "subJobs": None,
    }


def _progress(job: Job) -> str:
    return "1.0" if job.status in TERMINAL else f"{job.progress:.2f}".rstrip("0").ljust(3, "0")
