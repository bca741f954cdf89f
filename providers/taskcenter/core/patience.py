"""How long to put up with a server that does not answer well while a job is running on it."""

from __future__ import annotations

from dataclasses import dataclass

from taskcenter.core.errors import MalformedReplyError, RemoteError, UnavailableError

SERVER_ERROR = 500


@dataclass
class Patience:
    """Tells, error by error, how long to wait before asking again, and when to give up.

    A server that is down or answers 5xx is waited for until the job's own deadline, since the job may well be running.
    An answer that will hardly mend itself (refused credentials, a proxy's page, no such job) is given
    ``grace_seconds``.

    :param interval_seconds: the pause after the first failure; it doubles up to ``max_delay_seconds``.
    :param grace_seconds: for how long an error of the second kind is put up with.
    """

    interval_seconds: float
    grace_seconds: float = 300.0
    max_delay_seconds: float = 30.0
    since: float | None = None
    failures: int = 0

    def failed(self, error: RemoteError, now: float) -> float | None:
        """Note a failure; return the seconds to wait, or None when it is time to give up."""
        if self.since is None:
            self.since = now
        self.failures += 1
        if not _may_mend(error) and now - self.since >= self.grace_seconds:
            return None
        return float(min(self.max_delay_seconds, self.interval_seconds * 2 ** min(self.failures - 1, 10)))

    def succeeded(self, now: float) -> float | None:
        """Note an answer; return how many seconds there had been none, or None if all was well before."""
        if self.since is None:
            return None
        outage, self.since, self.failures = now - self.since, None, 0
        return outage


def _may_mend(error: RemoteError) -> bool:
    if isinstance(error, UnavailableError):
        return True
    return isinstance(error, MalformedReplyError) and (error.context.http_status or 0) >= SERVER_ERROR
