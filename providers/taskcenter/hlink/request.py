"""What a task asks for: which job of Hlink's, and what there was before it was started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from taskcenter.core.errors import ConfigurationError
from taskcenter.core.flink.outages import CLUSTER_PATIENCE
from taskcenter.core.job import JobRef, JobTag
from taskcenter.hlink.api import Json

UNTIL_FINISHED, UNTIL_RUNNING = "finished", "running"

STABLE_SECONDS = "stable_seconds"
"""In a reference's handle: the job counts as succeeded once it has been running for so many seconds."""

RUN_BEFORE = "run_before"
"""In a reference's handle: the Flink job of the run before this one."""

CLUSTER_SEEN = "cluster_seen"
"""In a reference's handle: the run's cluster has answered before."""

LEARNT = "learnt"
"""In a reference's handle: what looks by another process have told of the run, as JSON."""

UNTIL = "until"
"""In a reference's handle: the words, with commas, at which the waiting is over; without it, the run's good end."""


@dataclass(frozen=True)
class JobChoice:
    """The job that a task names, by exactly one of these.

    :param definition: a body of ``/jobs/addDO``; the job of that ``jobName`` is created or changed first.
    """

    job_id: str | None = None
    job_code: str | None = None
    job_name: str | None = None
    definition: Mapping[str, Any] | None = None

    def check(self) -> None:
        """See whether it names a job.

        :raises ConfigurationError: it names none, or in two ways.
        """
        given = [name for name, value in vars(self).items() if value]
        if len(given) != 1:
            names = " and ".join(given) or "none of them"
            raise ConfigurationError(f"Give exactly one of job_id, job_code, job_name and definition, not {names}.")
        if self.job_id and not self.job_id.isdigit():
            raise ConfigurationError(f"job_id is {self.job_id!r}; it is a number. Give a name as job_name.")
        if self.definition is not None and self.definition:
            missing = [name for name in ("jobName", "jobType", "clusterId") if self.definition.get(name) in (None, "")]
            if missing:
                raise ConfigurationError(f"The definition lacks {', '.join(missing)}.")


@dataclass(frozen=True)
class Before:
    """A job as it was before it was started: whatever differs from it is the doing of the start.

    :param key: of the tag under which it is started.
    :param attempt: the try that starts it.
    """

    key: str
    attempt: int
    word: str
    flink_job_id: str
    modified: str

    @classmethod
    def of(cls, job: Json, word: str, tag: JobTag) -> Before:
        """The job as it is now."""
        return cls(tag.key, tag.attempt, word, str(job.get("flinkJobId") or ""), str(job.get("modifyTime") or ""))

    @classmethod
    def from_json(cls, value: Any) -> Before | None:
        """What :func:`vars` of one was, None where it is something else."""
        try:
            return cls(**value)
        except TypeError:
            return None


@dataclass(frozen=True)
class HlinkRequest:
    """A start of a job.

    :param before: the job as it was before the first start that may have been made for the tag.
    :param unrecorded: an earlier try may have started it, and what it noted down is lost.
    :param runs_already: it is not started, but followed as it runs.
    :param until: the words at which the waiting is over; none for the run's good end.
    :param cluster_patience_seconds: how long a cluster that does not answer is waited for; as the connection says
        without it.
    """

    job_id: str
    job_name: str
    before: Before
    stable_seconds: float | None = None
    unrecorded: bool = False
    runs_already: bool = False
    until: Sequence[str] = ()
    cluster_patience_seconds: float | None = None

    def ref(self) -> JobRef:
        """The reference of the run."""
        handle = {"name": self.job_name}
        if self.before.flink_job_id and not self.runs_already:
            handle[RUN_BEFORE] = self.before.flink_job_id
        if self.stable_seconds is not None:
            handle[STABLE_SECONDS] = str(self.stable_seconds)
        if self.until:
            handle[UNTIL] = ",".join(self.until)
        if self.cluster_patience_seconds is not None:
            handle[CLUSTER_PATIENCE] = str(self.cluster_patience_seconds)
        return JobRef(self.job_id, handle)
