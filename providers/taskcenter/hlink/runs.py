"""The truth about a run of a job: Hlink's stored status, confirmed with the Flink cluster (facts, "Job status")."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.errors import ConfigurationError, ErrorContext, RemoteError
from taskcenter.core.flink.endpoints import EXCEPTIONS, JOBS, JobRow
from taskcenter.core.flink.exceptions import JobException, read_exceptions
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.gateway import LoginState
from taskcenter.core.job import JobRef
from taskcenter.core.status import TERMINAL, JobState, JobStatus
from taskcenter.hlink.api import Json
from taskcenter.hlink.cluster import FlinkRun
from taskcenter.hlink.job_api import JobApi
from taskcenter.hlink.request import RUN_BEFORE, STABLE_SECONDS, UNTIL
from taskcenter.hlink.resource_api import ResourceApi
from taskcenter.hlink.status import DIALECTS, SOURCE, parse_state, stored_word

log = logging.getLogger(__name__)

MAX_MISSES = 3
"""How many answers of a cluster in a row may lack a job before it is given up for lost."""

FLINK_JOB_ID, FLINK_ADDRESS, STORED = "flink_job_id", "flink_address", "stored"
"""Among a status' details: which job it is, where, and what Hlink has stored."""

Overviews: TypeAlias = "dict[str, dict[str, JobRow] | None]"
"""The jobs of the clusters asked so far, by address; None for one that does not answer."""


@lru_cache(maxsize=1024)
def _plain(word: str) -> JobStatus:
    return JobStatus(parse_state(word), word)


class RunApi(JobApi, ResourceApi):
    """Tells what a run is doing; one request a cluster for all jobs that are known to run there."""

    def __init__(self, settings: ConnectionSettings, state: LoginState) -> None:
        super().__init__(settings, state)
        self.dialect = settings.extra.get("status_dialect", SOURCE)
        if self.dialect not in DIALECTS:
            message = (
                f"Connection {settings.conn_id} has status_dialect {self.dialect!r}; it can be {' or '.join(DIALECTS)}."
            )
            raise ConfigurationError(message, ErrorContext(system=self.name, connection=settings.conn_id))
        self._one_address = settings.extra.get(FLINK_ADDRESS, "").strip().rstrip("/")
        self._addresses: dict[str, str] = {}
        self._reached: set[str] = set()
        self._runs: dict[str, FlinkRun] = {}
        self._misses: Counter[str] = Counter()
        self._running_since: dict[str, float] = {}

    def stored_word(self, job: Json) -> str:
        """Hlink's stored status in words."""
        return stored_word(job, self.dialect)

    def run_of(self, job: Json, before: str | None = None) -> Flow[FlinkRun | None]:
        """The run of a job on its cluster, None where there is none or the cluster is not known.

        :param before: the Flink job of an earlier run, which does not count.
        """
        flink_job_id = str(job.get("flinkJobId") or "")
        if not flink_job_id or flink_job_id == before:
            return None
        address = yield from self.cluster_address(str(job.get("clusterId")))
        return FlinkRun(flink_job_id, address) if address else None

    def cluster_address(self, cluster_id: str) -> Flow[str]:
        """The address of a cluster's REST API, the connection's ``flink_address`` before Hlink's; empty without."""
        if self._one_address:
            return self._one_address
        if cluster_id not in self._addresses:
            clusters = yield from self.cluster_choices()
            self._addresses = {str(each.get("id")): str(each.get("address") or "").rstrip("/") for each in clusters}
        return self._addresses.get(cluster_id, "")

    def look(self, ref: JobRef, overviews: Overviews | None = None) -> Flow[JobStatus]:
        """What a run is doing, as its cluster says, or as Hlink says where that knows more or cannot be reached.

        A reference that says until when it is waited for has succeeded then, whatever the run does further.

        :param overviews: what has been asked of clusters in the same look.
        :raises NotFoundError: Hlink does not know the job.
        """
        status = yield from self._look(ref, overviews)
        until = ref.handle.get(UNTIL)
        if until is None:
            return status
        if status.raw in until.split(","):
            # A job counts as running when all of its tasks do, which the state says.
            if status.raw == "RUNNING" and STABLE_SECONDS in ref.handle:
                return status
            return replace(status, state=JobState.SUCCEEDED)
        if status.is_terminal and status.state is not JobState.FAILED:
            reason = f"it was waited for until it is {until.replace(',', ' or ')}"
            return replace(status, state=JobState.FAILED, reason=reason)
        if status.details.get(STORED) == "FAILED" and "CANCELED" in until and not status.is_terminal:
            reason = "it was told to stop with a savepoint, which failed; the job goes on at its cluster"
            return replace(status, state=JobState.FAILED, reason=reason)
        return status

    def _look(self, ref: JobRef, overviews: Overviews | None) -> Flow[JobStatus]:
        overviews = {} if overviews is None else overviews
        known = self._runs.get(ref.id)
        # Of a job that is cancelled, only Hlink knows what has become of its savepoint.
        by_cluster = "CANCELED" not in ref.handle.get(UNTIL, "")
        if by_cluster and known is not None and known.flink_job_id != ref.handle.get(RUN_BEFORE):
            flink = ((yield from self._overview(known.address, overviews)) or {}).get(known.flink_job_id)
            if flink is not None and parse_state(flink.state) not in TERMINAL:
                return self._running(ref, flink)
        job = yield from self.job(ref.id)
        word = self.stored_word(job)
        run = yield from self.run_of(job, ref.handle.get(RUN_BEFORE))
        if run is None:
            return _plain(word)
        jobs = yield from self._overview(run.address, overviews)
        if jobs is None:
            status = yield from self._unconfirmed(ref, word, run)
        elif run.flink_job_id in jobs:
            self._misses.pop(ref.id, None)
            status = self._confirmed(ref, word, jobs[run.flink_job_id])
        else:
            status = self._missed(ref, word, run)
        if status.is_terminal:
            self._runs.pop(ref.id, None)
        else:
            self._runs[ref.id] = run
        details = {FLINK_JOB_ID: run.flink_job_id, FLINK_ADDRESS: run.address, STORED: word}
        return replace(status, details=details)

    def exceptions(self, run: FlinkRun) -> Flow[list[JobException] | None]:
        """What Flink says went wrong; None where the cluster does not tell."""
        try:
            call = EXCEPTIONS(job_id=run.flink_job_id)
            return read_exceptions((yield from self.client.call_flink(call, run.address)))
        except RemoteError as error:
            log.debug("The exceptions of %s could not be read: %s", run, error)
            return None

    def _overview(self, address: str, overviews: Overviews) -> Flow[dict[str, JobRow] | None]:
        """The jobs of a cluster; None where it does not answer."""
        if address not in overviews:
            try:
                rows: list[JobRow] = yield from self.client.call_flink(JOBS(), address)
                overviews[address] = {row.jid: row for row in rows}
                self._reached.add(address)
            except RemoteError as error:
                log.debug("The Flink cluster at %s gives no answer: %s", address, error)
                overviews[address] = None
                self._addresses.clear()  # it may have moved
        return overviews[address]

    def _running(self, ref: JobRef, flink: JobRow) -> JobStatus:
        stable = ref.handle.get(STABLE_SECONDS)
        if stable is not None and flink.runs_well(float(stable)):
            return JobStatus(JobState.SUCCEEDED, flink.state)
        return _plain(flink.state)

    def _confirmed(self, ref: JobRef, word: str, flink: JobRow) -> JobStatus:
        """What both say of a run; Hlink knows whether an end was asked for, and whether its savepoint is complete."""
        if parse_state(flink.state) not in TERMINAL:
            return self._running(ref, flink)
        if flink.state != "FAILED" and word in ("CANCELLING", "CANCELED"):
            return _plain(word)
        return _plain(flink.state)

    def _missed(self, ref: JobRef, word: str, run: FlinkRun) -> JobStatus:
        """The status of a run that its cluster does not list (any more)."""
        if parse_state(word) in TERMINAL:
            return _plain(word)
        self._misses[ref.id] += 1
        if self._misses[ref.id] < MAX_MISSES:
            return JobStatus(JobState.UNKNOWN, f"{word}, and not listed by its Flink cluster")
        reason = (
            f"the Flink cluster at {run.address} does not know the Flink job {run.flink_job_id} any more; it was "
            f"restarted, or has forgotten the job. Hlink still has the job as {word}"
        )
        return JobStatus(JobState.FAILED, "LOST", reason=reason)

    def _unconfirmed(self, ref: JobRef, word: str, run: FlinkRun) -> Flow[JobStatus]:
        """Hlink's word alone, which is no proof that a job runs if the cluster has been seen before."""
        state = parse_state(word)
        raw = word if state in TERMINAL else f"{word} by Hlink's account; its cluster {run.address} gives no answer"
        stable = ref.handle.get(STABLE_SECONDS)
        if stable is not None and word == "RUNNING" and run.address not in self._reached:
            now: float = yield Pause(0)
            if now - self._running_since.setdefault(ref.id, now) >= float(stable):
                self._running_since.pop(ref.id)
                return JobStatus(JobState.SUCCEEDED, word)
        else:
            self._running_since.pop(ref.id, None)
        return JobStatus(state, raw)
