"""How the log of a remote job goes on, whichever system it runs on."""

from __future__ import annotations

from typing import Any

from taskcenter.core.flow import Flow
from taskcenter.core.job import JobRef, LogChunk, LogCursor
from taskcenter.core.status import JobStatus
from taskcenter.exchangis.status import ALL_ENDED
from taskcenter.exchangis.system import ExchangisSystem


def new_lines(api: Any, ref: JobRef, cursor: LogCursor) -> Flow[tuple[LogChunk, bool]]:
    """New lines, and whether they are the last."""
    status: JobStatus = yield from api.job_status(ref)
    if exec_id := status.details.get("exec_id"):
        ref = JobRef(ref.id, {**ref.handle, "exec_id": exec_id})
    if isinstance(api, ExchangisSystem):
        # To its end it can be long, in many pages, and an execution ends before its tasks do: piece by piece, then.
        chunk: LogChunk = yield from api.read_log(ref, cursor)
        return chunk, ALL_ENDED in status.details and not chunk.lines
    if status.is_terminal:
        return (yield from api.final_log(ref, status, cursor)), True
    return (yield from api.read_log(ref, cursor)), False
