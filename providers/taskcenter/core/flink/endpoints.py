"""Every endpoint of a JobManager's REST API that we use, declared once (Flink documentation, "REST API").

The paths are the same from Flink 1.10 to 2.x. Errors come as ``{"errors": [stack traces]}``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from taskcenter.core.endpoint import Endpoint, Reply
from taskcenter.core.errors import ErrorContext, MalformedReplyError
from taskcenter.core.flink.replies import parse_list, parse_object

SUBMIT_TIMEOUT_SECONDS = 300.0
"""Running a jar runs its main method in the JobManager, which may take minutes."""

UPLOAD_TIMEOUT_SECONDS = 600.0

_MS = 1000


class JobTasks(msgspec.Struct, gc=False):
    """How many tasks of a job are in which state."""

    total: int = 0
    running: int = 0
    finished: int = 0


class JobRow(msgspec.Struct, gc=False, rename={"start_time": "start-time", "last_modification": "last-modification"}):
    """One job of ``/jobs/overview``: only what waiting needs, the rest is not even read; times in epoch ms."""

    jid: str
    state: str
    name: str = ""
    start_time: int = 0
    duration: int = 0
    last_modification: int = 0
    tasks: JobTasks = msgspec.field(default_factory=JobTasks)

    @property
    def all_run(self) -> bool:
        """Whether each of its tasks runs, or has finished."""
        return 0 < self.tasks.total <= self.tasks.running + self.tasks.finished

    @property
    def unchanged_seconds(self) -> float:
        """For how long nothing has changed about it, by the JobManager's clock."""
        return (self.start_time + self.duration - self.last_modification) / _MS

    def runs_well(self, seconds: float) -> bool:
        """Whether all of it has been running for so long."""
        return self.state == "RUNNING" and self.all_run and self.unchanged_seconds >= seconds


class _JobRows(msgspec.Struct):
    jobs: list[JobRow]


_job_rows = msgspec.json.Decoder(_JobRows)


def parse_job_rows(reply: Reply, context: ErrorContext) -> list[JobRow]:
    """The jobs of a cluster.

    :raises MalformedReplyError: it is not a list of jobs.
    """
    if reply.status == 200:
        try:
            return _job_rows.decode(reply.body).jobs
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # not as usual: what it is, is told below
    value: Any = parse_object(reply, context)
    try:
        return msgspec.convert(value, _JobRows).jobs
    except msgspec.ValidationError as error:
        raise MalformedReplyError(f"The jobs that Flink sent could not be read: {error}", context) from error


OVERVIEW = Endpoint("cluster overview", "GET", "/overview", parse_object)
CONFIG = Endpoint("configuration", "GET", "/config", parse_object)
JOB_MANAGER_CONFIG = Endpoint("JobManager configuration", "GET", "/jobmanager/config", parse_list)
TASK_MANAGERS = Endpoint("TaskManagers", "GET", "/taskmanagers", parse_object)

JARS = Endpoint("jars", "GET", "/jars", parse_object)
JAR_UPLOAD = Endpoint(
    "jar upload",
    "POST",
    "/jars/upload",
    parse_object,
    idempotent=False,
    timeout_seconds=UPLOAD_TIMEOUT_SECONDS,
    changes=True,
)
JAR_RUN = Endpoint(
    "jar run",
    "POST",
    "/jars/{jar_id}/run",
    parse_object,
    idempotent=False,
    timeout_seconds=SUBMIT_TIMEOUT_SECONDS,
    changes=True,
)
JAR_DELETE = Endpoint("jar delete", "DELETE", "/jars/{jar_id}", parse_object, changes=True)

JOBS = Endpoint("jobs", "GET", "/jobs/overview", parse_job_rows)
JOB = Endpoint("job", "GET", "/jobs/{job_id}", parse_object)
JOB_CONFIG = Endpoint("job configuration", "GET", "/jobs/{job_id}/config", parse_object)
EXCEPTIONS = Endpoint("exceptions", "GET", "/jobs/{job_id}/exceptions", parse_object)
METRICS = Endpoint("metrics", "GET", "/jobs/{job_id}/metrics", parse_list)
CHECKPOINTS = Endpoint("checkpoints", "GET", "/jobs/{job_id}/checkpoints", parse_object)
CANCEL = Endpoint("cancel", "PATCH", "/jobs/{job_id}", parse_object, changes=True)

SAVEPOINT_TRIGGER = Endpoint(
    "savepoint", "POST", "/jobs/{job_id}/savepoints", parse_object, idempotent=False, changes=True
)
STOP = Endpoint("stop with savepoint", "POST", "/jobs/{job_id}/stop", parse_object, idempotent=False, changes=True)
SAVEPOINT = Endpoint("savepoint status", "GET", "/jobs/{job_id}/savepoints/{trigger_id}", parse_object)
SAVEPOINT_DISPOSE = Endpoint(
    "savepoint disposal", "POST", "/savepoint-disposal", parse_object, idempotent=False, changes=True
)
DISPOSAL = Endpoint("savepoint disposal status", "GET", "/savepoint-disposal/{trigger_id}", parse_object)
