"""What a trigger tells its operator, and the check that nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taskcenter.core.errors import RemoteError
from taskcenter.core.job import JobRef, LogCursor

ENDED, EXPIRED, ERROR = "ended", "expired", "error"
_OUTCOMES = (ENDED, EXPIRED, ERROR)


@dataclass(frozen=True)
class JobEvent:
    """How the waiting for a job ended.

    :param outcome: ``ended`` (well or badly), ``expired`` (its deadline passed) or ``error`` (the waiting broke off).
    :param ref: the job.
    :param cursor: how far its log has been shown.
    :param message: the error's text.
    """

    outcome: str
    ref: JobRef
    cursor: LogCursor
    message: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As the payload of a trigger event."""
        return {
            "outcome": self.outcome,
            "job": self.ref.to_json(),
            "cursor": [self.cursor.line, self.cursor.last, self.cursor.shown],
            "message": self.message,
        }

    @classmethod
    def from_json(cls, event: object) -> JobEvent:
        """The reverse.

        :raises RemoteError: the event is missing or is not one of ours; it must not pass for a success.
        """
        try:
            if not isinstance(event, Mapping) or event["outcome"] not in _OUTCOMES:
                raise TypeError(event)
            line, last, shown = event["cursor"]
            cursor = LogCursor(int(line), str(last), int(shown))
            return cls(event["outcome"], JobRef.from_json(event["job"]), cursor, event.get("message"))
        except (KeyError, TypeError, ValueError) as error:
            text = (
                f"The trigger sent no event that is known here: {event!r:.200}. Workers and triggerer may run "
                "different versions of this package; a retry of the task finds its job again."
            )
            raise RemoteError(text) from error
