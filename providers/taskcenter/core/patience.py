"""How long to put up with a server that does not answer well while a job is running on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from taskcenter.core.errors import JobError, MalformedReplyError, RemoteError, UnavailableError
from taskcenter.core.job import JobRef

SERVER_ERROR = 500


@dataclass
class Patience:
    """Tells, error by error, how long to wait before asking again, and when to give up.

    A server that is down or answers 5xx is waited for until the job's own deadline, since the job may well be running,
    or for ``outage_seconds``. An answer that will hardly mend itself (refused credentials, a proxy's page, no such job) is
    given ``grace_seconds``.

    :param interval_seconds: the pause after the first failure; it doubles up to ``max_delay_seconds``.
    :param grace_seconds: for how long an error of the second kind is put up with.
    :param outage_seconds: for how long one of the first kind is.
    :ivar since: when the first failure was, None while all is well.
    :ivar out_of_reach_since: since when there were failures of the first kind alone, None after another.
    """

    interval_seconds: float
    grace_seconds: float = 300.0
    max_delay_seconds: float = 30.0
    outage_seconds: float = math.inf
    since: float | None = None
    out_of_reach_since: float | None = None
    failures: int = 0

    def failed(self, error: RemoteError, now: float) -> float | None:
        """Note a failure; return the seconds to wait, or None when it is time to give up."""
        if self.since is None:
            self.since = now
        self.failures += 1
        delay = float(min(self.max_delay_seconds, self.interval_seconds * 2 ** min(self.failures - 1, 10)))
        if not may_mend(error):
            self.out_of_reach_since = None
            return delay if now - self.since < self.grace_seconds else None
        if self.out_of_reach_since is None:
            self.out_of_reach_since = now
        left = self.outage_seconds - (now - self.out_of_reach_since)
        return min(delay, left) if left > 0 else None

    def succeeded(self, now: float) -> float | None:
        """Note an answer; return how many seconds there had been none, or None if all was well before."""
        if self.since is None:
            return None
        outage, self.since, self.out_of_reach_since, self.failures = now - self.since, None, None, 0
        return outage


@runtime_checkable
class LimitsOutages(Protocol):
    """A system whose server is not waited for until the job's own deadline."""

    def outage_seconds(self, ref: JobRef) -> float:
        """For how long the server is waited for while this job is."""

    def not_known(self, ref: JobRef, seconds: float, cause: RemoteError) -> JobError:
        """The error for a job whose server has been out of reach for so many seconds, too long to go on waiting.

        :param cause: what the last attempt to reach it ended with.
        """


def outage_limit(system: object, ref: JobRef) -> float:
    """For how long the server of a job is waited for: as the system says, or as long as the job is."""
    return system.outage_seconds(ref) if isinstance(system, LimitsOutages) else math.inf


def may_mend(error: RemoteError) -> bool:
    """Whether it says that the server is down or out of reach, which passes."""
    if isinstance(error, UnavailableError):
        return True
    return isinstance(error, MalformedReplyError) and (error.context.http_status or 0) >= SERVER_ERROR
