"""What is asked of Exchangis, and the note that lets a lost execution be found again (facts section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taskcenter.core.errors import ConfigurationError
from taskcenter.core.job import JobRef
from taskcenter.exchangis.status import PERMIT_PARTIAL


@dataclass(frozen=True)
class JobChoice:
    """Names a job: by its id, or by its name in a project.

    :param job_id: the job's id.
    :param job_name: its name, exactly.
    :param project: the project's name or id; needed with ``job_name``.
    """

    job_id: str | None = None
    job_name: str | None = None
    project: str | None = None

    def check(self) -> None:
        """Refuse a choice that names none, or two.

        :raises ConfigurationError: naming the argument and what to do.
        """
        if bool(self.job_id) == bool(self.job_name):
            raise ConfigurationError("Give either job_id, or job_name and project, to say which job is to run.")
        if self.job_name and not self.project:
            raise ConfigurationError(
                f"job_name is {self.job_name!r}, and names are unique in a project only: give project (name or id) too."
            )
        if self.job_id and not self.job_id.isdigit():
            raise ConfigurationError(
                f"job_id is {self.job_id!r}, not a number. For a name there are job_name and project."
            )


@dataclass(frozen=True)
class KnownJob:
    """A job as the server has it.

    :param id: its id.
    :param name: its name, under which executions are listed.
    :param project_id: its project.
    :param creator: the user who created it, who alone (with admins) finds its executions in the list.
    :param content: what it moves, as the server keeps it.
    """

    id: str
    name: str
    project_id: str
    creator: str
    content: str = ""


@dataclass(frozen=True)
class Intent:
    """What was there before an execution was asked for: whatever else there is afterwards is new.

    It needs no clock to be compared. Kept before the request is sent, since Exchangis stores nothing of ours.

    :param key: the idempotency key of the task instance.
    :param attempt: the try.
    :param seen: the newest executions of that name, by id.
    :param at: when, epoch seconds.
    """

    key: str
    attempt: int
    seen: frozenset[str]
    at: float

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {"key": self.key, "attempt": self.attempt, "seen": sorted(self.seen), "at": self.at}

    @classmethod
    def from_json(cls, value: object) -> Intent | None:
        """The reverse of :meth:`to_json`; None for anything else."""
        if not isinstance(value, Mapping):
            return None
        try:
            seen = frozenset(str(name) for name in value["seen"])
            return cls(str(value["key"]), int(value["attempt"]), seen, float(value["at"]))
        except (KeyError, TypeError, ValueError):
            return None


@dataclass(frozen=True)
class ExchangisRequest:
    """An execution of a job.

    :param job: the job.
    :param permit_partial_failures: whether a partial success will do.
    :param intent: this try's.
    :param earlier: that of a try before, of which it is not known what came of it.
    :param unrecorded: there was a try before, and Airflow keeps nothing between tries (3.2).
    """

    job: KnownJob
    permit_partial_failures: bool
    intent: Intent
    earlier: Intent | None = None
    unrecorded: bool = False

    def ref(self, execution_id: str) -> JobRef:
        """The reference of an execution of this job."""
        handle = {"job_id": self.job.id, "job_name": self.job.name}
        if self.permit_partial_failures:
            handle[PERMIT_PARTIAL] = "yes"
        return JobRef(execution_id, handle)
