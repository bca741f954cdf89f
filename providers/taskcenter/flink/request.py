"""What a task starts on a cluster, each under an id that the task has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from taskcenter.core.errors import NotFoundError, RefusedError, RemoteError
from taskcenter.core.flink.replies import is_duplicate
from taskcenter.core.flow import Flow
from taskcenter.core.job import JobRef
from taskcenter.flink.api import FlinkApi
from taskcenter.flink.status import RUNNING_FOR, parse_state

KIND, JOB_ID = "kind", "job_id"
"""Names in a reference's handle: what it refers to, if not a job; and the job that it is about."""

SAVEPOINT, STOP, CANCEL = "savepoint", "stop", "cancel"
KINDS = (SAVEPOINT, STOP, CANCEL)

_OLD_SERVER = "did not match expected format"
"""A server that does not know a field of the request says so."""


class FlinkRequest(Protocol):
    """Something that can be started once, under a given id."""

    @property
    def seed(self) -> str:
        """See :func:`~taskcenter.flink.identity.id_for`."""

    def ref(self, given_id: str) -> JobRef:
        """What is referred to when it has been started under that id."""

    def start(self, api: FlinkApi, given_id: str) -> Flow[JobRef]:
        """Start it; a second time under the same id does nothing."""


@dataclass(frozen=True)
class JarRequest:
    """A program in an uploaded jar.

    :param jar_id: the cluster's id of the jar.
    :param entry_class: the class with the main method; the manifest's by default.
    :param arguments: of the main method.
    :param parallelism: of the job; the cluster's default without it.
    :param savepoint_path: where to go on from.
    :param allow_non_restored_state: whether the savepoint may hold state that the program has no place for.
    :param configuration: Flink's options for the job (Flink 1.17 and later).
    :param running_for: count the job as succeeded when it has been running for so many seconds.
    """

    jar_id: str
    entry_class: str | None = None
    arguments: tuple[str, ...] = ()
    parallelism: int | None = None
    savepoint_path: str | None = None
    allow_non_restored_state: bool = False
    configuration: Mapping[str, str] = field(default_factory=dict)
    running_for: float | None = None
    seed: str = ""

    def body(self, job_id: str) -> dict[str, Any]:
        """The body of ``POST /jars/{id}/run``; a field of later versions only where it is needed."""
        body = {
            "jobId": job_id,
            "entryClass": self.entry_class,
            "programArgsList": list(self.arguments),
            "parallelism": self.parallelism,
            "savepointPath": self.savepoint_path,
            "allowNonRestoredState": self.allow_non_restored_state,
            "flinkConfiguration": dict(self.configuration),
        }
        return {name: value for name, value in body.items() if value}

    def ref(self, given_id: str) -> JobRef:
        """The job."""
        return job_ref(given_id, self.running_for)

    def start(self, api: FlinkApi, given_id: str) -> Flow[JobRef]:
        """Run the program, once.

        :raises RefusedError: it did not run, or ended with an error; no job of it goes on.
        """
        try:
            yield from api.run_jar(self.jar_id, self.body(given_id))
        except RefusedError as error:
            yield from settle_refusal(api, given_id, error)
        return self.ref(given_id)


@dataclass(frozen=True)
class SavepointRequest:
    """A savepoint of a job, which goes on.

    :param job_id: the job.
    :param target_directory: where to put it; the cluster's default without it.
    :param format_type: ``CANONICAL`` or ``NATIVE`` (Flink 1.15 and later).
    """

    job_id: str
    target_directory: str | None = None
    format_type: str | None = None
    seed: str = ""

    def ref(self, given_id: str) -> JobRef:
        """The savepoint."""
        return JobRef(given_id, {KIND: SAVEPOINT, JOB_ID: self.job_id})

    def start(self, api: FlinkApi, given_id: str) -> Flow[JobRef]:
        """Trigger it, once."""
        body = _given({"target-directory": self.target_directory, "formatType": self.format_type})
        body["cancel-job"] = False
        try:
            trigger = yield from api.trigger_savepoint(self.job_id, {**body, "triggerId": given_id})
        except RefusedError as error:
            if _OLD_SERVER not in error.message:
                raise
            trigger = yield from api.trigger_savepoint(self.job_id, body)
        return self.ref(trigger or given_id)


@dataclass(frozen=True)
class StopRequest:
    """The end of a job, with a savepoint.

    :param job_id: the job.
    :param target_directory: where to put the savepoint; the cluster's default without it.
    :param drain: whether to let all windows fire before; the job cannot go on from such a savepoint as if nothing was.
    :param format_type: ``CANONICAL`` or ``NATIVE`` (Flink 1.15 and later).
    """

    job_id: str
    target_directory: str | None = None
    drain: bool = False
    format_type: str | None = None
    seed: str = ""

    def ref(self, given_id: str) -> JobRef:
        """The savepoint with which the job stops."""
        return JobRef(given_id, {KIND: STOP, JOB_ID: self.job_id})

    def start(self, api: FlinkApi, given_id: str) -> Flow[JobRef]:
        """Trigger it, once."""
        body = _given({"targetDirectory": self.target_directory, "formatType": self.format_type})
        body["drain"] = self.drain
        try:
            trigger = yield from api.stop_job(self.job_id, {**body, "triggerId": given_id})
        except RefusedError as error:
            if _OLD_SERVER not in error.message:
                raise
            trigger = yield from api.stop_job(self.job_id, body)
        return self.ref(trigger or given_id)


@dataclass(frozen=True)
class CancelRequest:
    """The end of a job, at once and without a savepoint.

    :param job_id: the job.
    """

    job_id: str
    seed: str = ""

    def ref(self, given_id: str) -> JobRef:
        """The job's end."""
        return JobRef(given_id, {KIND: CANCEL, JOB_ID: self.job_id})

    def start(self, api: FlinkApi, given_id: str) -> Flow[JobRef]:
        """Ask for it; a job that has ended stays as it is."""
        try:
            yield from api.cancel_job(self.job_id)
        except NotFoundError:
            raise
        except RefusedError as error:
            job = yield from api.job(self.job_id)
            if not _is_over(job):
                raise error from None
        return self.ref(given_id)


def job_ref(job_id: str, running_for: float | None = None) -> JobRef:
    """A job.

    :param running_for: count it as succeeded when it has been running for so many seconds.
    """
    return JobRef(job_id, {} if running_for is None else {RUNNING_FOR: str(running_for)})


def settle_refusal(api: FlinkApi, job_id: str, error: RefusedError) -> Flow[None]:
    """After a refusal to run a job: take it if it is there because an earlier request has started it.

    :raises RefusedError: the refusal, when it is not; a program that has started its job and then failed leaves none.
    """
    try:
        job = yield from api.job(job_id)
    except RemoteError:
        raise error from None
    if is_duplicate(error):
        return
    if not _is_over(job):
        # What must be said is why the program failed; a job that has ended meanwhile is as good.
        try:
            yield from api.cancel_job(job_id)
            settled = "which is cancelled"
        except RemoteError as failure:
            settled = f"and cancelling it failed: {failure.message}"
        error.message += f" The program had started a job before, {settled}."
        error.args = (error.message,)
    raise error.locate(job_id=job_id) from None


def _is_over(job: Mapping[str, Any]) -> bool:
    return parse_state(job.get("state")).value in ("succeeded", "failed", "cancelled")


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
