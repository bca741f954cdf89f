"""The truth about a run of a job: Hlink's stored status, confirmed with the Flink cluster (facts, "Job status")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.errors import ConfigurationError, ErrorContext
from taskcenter.core.flink.endpoints import JobRow
from taskcenter.core.flink.outages import in_words, patience_of_connection
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.gateway import LoginState
from taskcenter.core.job import JobRef
from taskcenter.core.status import TERMINAL, JobState, JobStatus
from taskcenter.hlink.api import Json
from taskcenter.hlink.cluster import FLINK_ADDRESS, Answers, ClusterApi, FlinkRun
from taskcenter.hlink.learnt import Learnt
from taskcenter.hlink.outages import Outages, not_known
from taskcenter.hlink.request import CLUSTER_SEEN, LEARNT, RUN_BEFORE, STABLE_SECONDS, UNTIL
from taskcenter.hlink.status import DIALECTS, SOURCE, parse_state, stored_word

MAX_MISSES = 3
"""How many answers of a cluster in a row may lack a job before it is given up for lost."""

FLINK_JOB_ID, STORED, FORGOTTEN = "flink_job_id", "stored", "forgotten"
"""Among a status' details, with :data:`~taskcenter.hlink.cluster.FLINK_ADDRESS`: which job it is, Hlink's word, and that
its cluster answers and does not list it."""


@lru_cache(maxsize=1024)
def _plain(word: str) -> JobStatus:
    return JobStatus(parse_state(word), word)


class RunApi(ClusterApi):
    """Tells what a run is doing; one request a cluster for all jobs that are known to run there."""

    def __init__(self, settings: ConnectionSettings, state: LoginState) -> None:
        super().__init__(settings, state)
        self.dialect = settings.extra.get("status_dialect", SOURCE)
        if self.dialect not in DIALECTS:
            message = (
                f"Connection {settings.conn_id} has status_dialect {self.dialect!r}; it can be {' or '.join(DIALECTS)}."
            )
            raise ConfigurationError(message, ErrorContext(system=self.name, connection=settings.conn_id))
        self._outages = Outages(patience_of_connection(settings.extra, settings.conn_id))
        self._runs: dict[str, FlinkRun] = {}
        self._misses: Counter[str] = Counter()
        self._running_since: dict[str, float] = {}
        self._recalled: set[str] = set()

    def stored_word(self, job: Json) -> str:
        """Hlink's stored status in words."""
        return stored_word(job, self.dialect)

    def look(self, ref: JobRef, answers: Answers | None = None) -> Flow[JobStatus]:
        """What a run is doing, as its cluster says, or as Hlink says where that knows more or cannot be reached.

        A reference that says until when it is waited for has succeeded then, whatever the run does further.

        :param answers: what has been asked in the same round of looks.
        :raises NotFoundError: Hlink does not know the job.
        """
        status = yield from self._look(ref, answers or Answers())
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

    def _look(self, ref: JobRef, answers: Answers) -> Flow[JobStatus]:
        known = self._runs.get(ref.id)
        # Of a job that is cancelled, only Hlink knows what has become of its savepoint.
        by_cluster = "CANCELED" not in ref.handle.get(UNTIL, "")
        if by_cluster and known is not None and known.flink_job_id != ref.handle.get(RUN_BEFORE):
            flink = ((yield from self.jobs_at(known.address, answers)) or {}).get(known.flink_job_id)
            if flink is not None and parse_state(flink.state) not in TERMINAL:
                self._outages.end(known.flink_job_id)
                return self._running(ref, flink)
        job = yield from self.job(ref.id)
        word = self.stored_word(job)
        run = yield from self.run_of(job, ref.handle.get(RUN_BEFORE))
        if run is None:
            return _plain(word)
        self._recall(ref, run)
        jobs = yield from self.jobs_at(run.address, answers)
        if jobs is None:
            status = yield from self._unconfirmed(ref, job, run, answers)
        elif run.flink_job_id in jobs:
            self._misses.pop(ref.id, None)
            status = self._confirmed(ref, word, jobs[run.flink_job_id])
        else:
            status = self._missed(ref, word, run)
        if status.is_terminal or jobs is not None:
            self._outages.end(run.flink_job_id)
        if status.is_terminal:
            self._runs.pop(ref.id, None)
        else:
            self._runs[ref.id] = run
        details = {FLINK_JOB_ID: run.flink_job_id, FLINK_ADDRESS: run.address, STORED: word}
        if jobs is not None and run.flink_job_id not in jobs:
            details[FORGOTTEN] = "yes"
        return replace(status, details=details)

    def mark_seen(self, ref: JobRef) -> JobRef:
        """The reference with the note that its run's cluster has answered, for those who go on waiting for it."""
        run = self._runs.get(ref.id)
        if run is None or not self.has_reached(run.address):
            return ref
        return JobRef(ref.id, {**ref.handle, CLUSTER_SEEN: "yes"})

    def learnt(self, ref: JobRef) -> Mapping[str, str]:
        """What the looks so far have told of a run and its cluster, to be put into the reference's handle."""
        run = self._runs.get(ref.id)
        if run is None:  # it could not be looked at
            return {name: ref.handle[name] for name in (CLUSTER_SEEN, LEARNT) if name in ref.handle}
        learnt = Learnt(
            run.flink_job_id,
            self._outages.since(run.flink_job_id),
            self._running_since.get(ref.id),
            self._misses.get(ref.id, 0),
        )
        found = {} if learnt.empty else {LEARNT: learnt.to_text()}
        seen = CLUSTER_SEEN in ref.handle or self.has_reached(run.address)
        return {**found, CLUSTER_SEEN: "yes"} if seen else found

    def _recall(self, ref: JobRef, run: FlinkRun) -> None:
        """Go on from what another process has learnt of a run, once."""
        if LEARNT not in ref.handle or ref.id in self._recalled:
            return
        self._recalled.add(ref.id)
        learnt = Learnt.from_text(ref.handle[LEARNT], run.flink_job_id)
        if learnt.silent_since is not None:
            self._outages.go_on(run.flink_job_id, learnt.silent_since)
        if learnt.running_since is not None:
            self._running_since.setdefault(ref.id, learnt.running_since)
        if learnt.misses:
            self._misses.setdefault(ref.id, learnt.misses)

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

    def _unconfirmed(self, ref: JobRef, job: Json, run: FlinkRun, answers: Answers) -> Flow[JobStatus]:
        """Hlink's word alone, of a run whose cluster does not answer.

        It is all there is where Airflow has never reached the cluster and Hlink does. Otherwise the cluster is down, and
        is waited for for some time: then Hlink's word proves nothing, not even that the run has failed, since Hlink says
        that of all jobs of a cluster that it does not reach.
        """
        word, cluster_id = self.stored_word(job), str(job.get("clusterId"))
        state = parse_state(word)
        if state in TERMINAL and (word != "FAILED" or word in ref.handle.get(UNTIL, "").split(",")):
            return _plain(word)
        down = self.has_reached(run.address) or CLUSTER_SEEN in ref.handle
        if not down:
            down = (yield from self.reached_by_hlink(cluster_id, answers)) is False
        if not down:
            return (yield from self._by_hlink_alone(ref, word, run))
        self._running_since.pop(ref.id, None)
        now: float = yield Pause(0)
        silent, patience = self._outages.note(run, now), self._outages.patience(ref.handle)
        raw = (
            f"{word} by Hlink's account; its cluster {run.address} gives no answer, which may last {in_words(patience)}"
        )
        status = JobStatus(JobState.UNKNOWN if state in TERMINAL else state, raw)
        if silent < patience:
            return status
        self._outages.end(run.flink_job_id)
        reached = yield from self.reached_by_hlink(cluster_id, answers)
        context = ErrorContext(system=self.name, connection=self.connection, job_id=ref.id)
        return replace(status, error=not_known(ref.id, run, word, silent, context, reached_by_hlink=reached))

    def _by_hlink_alone(self, ref: JobRef, word: str, run: FlinkRun) -> Flow[JobStatus]:
        """What there is to know where Airflow has no way to the cluster."""
        state = parse_state(word)
        stable = ref.handle.get(STABLE_SECONDS)
        if stable is None or word != "RUNNING":
            self._running_since.pop(ref.id, None)
        else:
            now: float = yield Pause(0)
            if now - self._running_since.setdefault(ref.id, now) >= float(stable):
                self._running_since.pop(ref.id)
                return JobStatus(JobState.SUCCEEDED, word)
        if state in TERMINAL:
            return _plain(word)
        return JobStatus(
            state, f"{word} by Hlink's account alone, since Airflow does not reach its cluster {run.address}"
        )
