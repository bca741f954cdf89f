"""What a sensor that leaves its worker between its looks (``mode="reschedule"``) has to know of the looks before.

Airflow 3.3 keeps it, in the task state store. Airflow 3.2 keeps nothing: XComs are emptied whenever such a sensor comes
back, and the time of its first look does not tell since when a server gives no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from taskcenter.core.job import JobRef
from taskcenter.core.patience import Patience
from taskcenter.jobs.memory import keep, kept

if TYPE_CHECKING:
    from airflow.sdk import Context

STATE_POKES = "taskcenter_pokes"
"""Key in the task state store."""


@runtime_checkable
class LearnsOfJobs(Protocol):
    """A system that remembers from one look at a job to the next what the server does not tell."""

    def learnt(self, ref: JobRef) -> Mapping[str, str]:
        """What the looks so far have told; a later look, of another process, finds it in the reference's handle."""


@dataclass
class Pokes:
    """What the looks at a job so far have told.

    :param since: epoch seconds since which there is no answer, None while all is well.
    :param out_of_reach_since: see :class:`~taskcenter.core.patience.Patience`.
    :param failures: how many looks in a row had no answer.
    :param learnt: see :meth:`LearnsOfJobs.learnt`.
    """

    since: float | None = None
    out_of_reach_since: float | None = None
    failures: int = 0
    learnt: dict[str, str] = field(default_factory=dict)

    @classmethod
    def recall(cls, context: Context, ref: JobRef) -> Pokes:
        """What the looks of this try at this job have told; nothing where there were none, or nothing was kept."""
        value = kept(context, STATE_POKES)
        if not isinstance(value, dict) or (value.get("job"), value.get("attempt")) != _whose(context, ref):
            return cls()
        learnt = value.get("learnt")
        return cls(
            _seconds(value.get("since")),
            _seconds(value.get("out_of_reach_since")),
            int(_seconds(value.get("failures")) or 0),
            {str(name): str(text) for name, text in learnt.items()} if isinstance(learnt, dict) else {},
        )

    @classmethod
    def of(cls, patience: Patience | None, learnt: Mapping[str, str]) -> Pokes:
        """As things are after a look."""
        if patience is None:
            return cls(learnt=dict(learnt))
        return cls(patience.since, patience.out_of_reach_since, patience.failures, dict(learnt))

    def keep(self, context: Context, ref: JobRef) -> None:
        """Keep it for the next look."""
        job, attempt = _whose(context, ref)
        keep(context, STATE_POKES, {"job": job, "attempt": attempt, **vars(self)})

    def restore(self, patience: Patience) -> None:
        """Have a new patience go on from there."""
        patience.since, patience.out_of_reach_since, patience.failures = (
            self.since,
            self.out_of_reach_since,
            self.failures,
        )


def _whose(context: Context, ref: JobRef) -> tuple[str, int]:
    return ref.id, context["ti"].try_number


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
