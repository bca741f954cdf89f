"""What looks at a run have told that neither Hlink nor its cluster tells, for a process that goes on looking."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Learnt:
    """Of one run.

    :param flink_job_id: the run.
    :param silent_since: since when its cluster has not answered, epoch seconds.
    :param running_since: since when Hlink, which alone knows, has it as running, epoch seconds.
    :param misses: how many answers of its cluster in a row have lacked it.
    """

    flink_job_id: str
    silent_since: float | None = None
    running_since: float | None = None
    misses: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be passed on."""
        return self == Learnt(self.flink_job_id)

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str, flink_job_id: str) -> Learnt:
        """The reverse of :meth:`to_text`; nothing where that was of another run, or is none."""
        try:
            found = cls(**json.loads(text))
            return found if found.flink_job_id == flink_job_id else cls(flink_job_id)
        except (ValueError, TypeError):
            return cls(flink_job_id)
