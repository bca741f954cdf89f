"""Hlink as the shared lifecycle sees it: submit, find, status, cancel, log, on top of the endpoints."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from taskcenter.core.errors import NotFoundError, RefusedError, RemoteError
from taskcenter.core.flink.endpoints import CANCEL
from taskcenter.core.flink.exceptions import explain, of_failed_job
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.job import JobRef, JobTag, LogChunk, LogCursor, TaggedJob
from taskcenter.core.status import TERMINAL, JobState, JobStatus
from taskcenter.hlink.cluster import FLINK_ADDRESS, Answers, FlinkRun
from taskcenter.hlink.logs import last_error, new_lines
from taskcenter.hlink.replies import NOT_RUNNING
from taskcenter.hlink.request import RUN_BEFORE, STABLE_SECONDS, UNTIL, Before, HlinkRequest
from taskcenter.hlink.runs import FLINK_JOB_ID, FORGOTTEN, RunApi
from taskcenter.hlink.status import STARTED, parse_state

log = logging.getLogger(__name__)

BATCH_SIZE = 50

CONFIRM_SECONDS = (0.3, 0.7, 1.0, 2.0, 3.0, 5.0, 5.0, 5.0)
"""When to look whether a cancel has taken effect, and to repeat one that came too early."""


class HlinkSystem(RunApi):
    """The job lifecycle of Hlink; a job here is one run of a Hlink job."""

    @property
    def batch_size(self) -> int:
        """How many jobs are looked at in one go; those of one cluster take one request."""
        return BATCH_SIZE

    def submit_job(self, request: HlinkRequest, tag: JobTag) -> Flow[JobRef]:  # noqa: ARG002 # it cannot be stored
        """Start a job, once."""
        if not request.runs_already:
            yield from self.run_job(request.job_id)
        return request.ref()

    def find(self, request: HlinkRequest, tag: JobTag, since: float) -> Flow[list[TaggedJob]]:  # noqa: ARG002
        """The run that has begun since the job was as ``request.before`` has it; Hlink stores no tag."""
        job = yield from self.job(request.job_id)
        word = self.stored_word(job)
        adoptable = request.unrecorded and word in STARTED
        if not adoptable and not self.has_started(job, request.before):
            return []
        ref = request.ref()
        if str(job.get("flinkJobId") or "") == request.before.flink_job_id and word not in ("STARTING", "CREATED"):
            # Its run is the one that was there before, or there is no Flink job of it at all.
            ref = ref if not adoptable else JobRef(ref.id, _without(ref, RUN_BEFORE))
        status = yield from self.look(ref)
        return [TaggedJob(ref, status, request.before.attempt)]

    def has_started(self, job: dict[str, object], before: Before) -> bool:
        """Whether a job has been started since it was like that."""
        word = self.stored_word(job)
        if word == "UNCOMMITTED" and before.word == "UNCOMMITTED":
            return str(job.get("flinkJobId") or "") != before.flink_job_id
        now = Before(
            before.key, before.attempt, word, str(job.get("flinkJobId") or ""), str(job.get("modifyTime") or "")
        )
        return now != before

    def job_status(self, ref: JobRef) -> Flow[JobStatus]:
        """The status of a run, with the reason for a failure."""
        status = yield from self.look(ref)
        if status.state is not JobState.FAILED or status.reason:
            return status
        return replace(status, reason=(yield from self._reason(ref, status)))

    def statuses(self, refs: Sequence[JobRef]) -> Flow[dict[str, JobStatus]]:
        """The status of each, with one request for each cluster and one for each job that is not known to run."""
        found: dict[str, JobStatus] = {}
        answers = Answers()
        for ref in refs:
            try:
                found[ref.id] = yield from self.look(ref, answers)
            except NotFoundError:
                continue
        return found

    def cancel(self, ref: JobRef) -> Flow[JobStatus]:
        """Cancel a run and look until it has ended; where Hlink does not know that it runs, at its cluster."""
        ref = JobRef(ref.id, _without(ref, STABLE_SECONDS, UNTIL))
        status = yield from self.look(ref)
        told = False
        for seconds in CONFIRM_SECONDS:
            if status.is_terminal:
                break
            if not told:
                told = yield from self._cancel_once(ref)
            yield Pause(seconds)
            status = yield from self.look(ref)
        return status

    def tell_to_stop(self, job_id: str) -> Flow[None]:
        """Cancel a job that runs, or that has been started and is about to run; does not wait for its end."""
        ref = JobRef(job_id)
        for seconds in CONFIRM_SECONDS:
            status = yield from self.look(ref)
            if status.is_terminal or (yield from self._cancel_once(ref)):
                return
            yield Pause(seconds)

    def _cancel_once(self, ref: JobRef) -> Flow[bool]:
        """Tell a run to stop; False where it has not begun to run, which has to be waited for."""
        try:
            yield from self.cancel_job(ref.id)
        except RefusedError as error:
            if NOT_RUNNING not in error.message:
                raise error.locate(job_id=ref.id) from None
        else:
            return True
        word = self.stored_word((yield from self.job(ref.id)))
        if word in ("STARTING", "CREATED", "CANCELLING"):
            return word == "CANCELLING"
        run = self._runs.get(ref.id)
        if run is None:
            return False
        log.info("Hlink has job %s as %s while it runs; it is cancelled at its cluster", ref.id, word)
        yield from self.client.call_flink(CANCEL(job_id=run.flink_job_id), run.address, ref.id)
        return True

    def read_log(self, ref: JobRef, cursor: LogCursor) -> Flow[LogChunk]:
        """What is new in Hlink's log and among Flink's exceptions."""
        text = yield from self.job_log(ref.id)
        run = self._runs.get(ref.id)
        if run is None:
            run = yield from self.run_of((yield from self.job(ref.id)), ref.handle.get(RUN_BEFORE))
        exceptions = (yield from self.exceptions(run)) if run is not None else []
        return new_lines(text, exceptions, cursor)

    def final_log(self, ref: JobRef, status: JobStatus, cursor: LogCursor) -> Flow[LogChunk]:  # noqa: ARG002
        """The rest of the log."""
        return self.read_log(ref, cursor)

    def _reason(self, ref: JobRef, status: JobStatus) -> Flow[str | None]:
        """Why a run failed: Flink's last exception, or else what Hlink's log says of the start."""
        lost: str | None = None
        try:
            if FLINK_JOB_ID in status.details:
                run = FlinkRun(status.details[FLINK_JOB_ID], status.details[FLINK_ADDRESS])
                known = FORGOTTEN not in status.details
                found = yield from of_failed_job(lambda: self.exceptions(run)) if known else self.exceptions(run)
                if found:
                    return explain(found[-1].trace)
                if FORGOTTEN in status.details:
                    lost = f"its Flink cluster at {run.address} does not know the Flink job {run.flink_job_id} any more"
            told = last_error((yield from self.job_log(ref.id)))
            return told or lost
        except RemoteError as error:
            log.debug("The reason of the failure could not be read: %s", error)
            return None

    def is_ended(self, job: dict[str, object]) -> bool:
        """Whether Hlink has a job as ended."""
        return parse_state(self.stored_word(job)) in TERMINAL


def _without(ref: JobRef, *names: str) -> dict[str, str]:
    return {key: value for key, value in ref.handle.items() if key not in names}
