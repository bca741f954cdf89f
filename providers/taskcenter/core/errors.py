"""The one error tree.

::

    RemoteError                 something went wrong with a remote system
    ├── ConfigurationError      the connection or an argument is wrong; nothing was sent
    ├── UnavailableError        no answer came (``sent`` tells whether the request may have arrived)
    ├── MalformedReplyError     an answer came that is not the system's own (HTML, cut JSON, a 5xx page)
    ├── AuthenticationError     the credentials were refused
    ├── RefusedError            the system understood and said no
    │   └── NotFoundError       there is no such thing, or it is not yours to see
    ├── SubmitUnknownError      a job was sent, and whether it arrived could not be found out
    ├── JobError                a job did not succeed
    │   ├── JobFailedError      it failed
    │   ├── JobCancelledError   somebody or something stopped it
    │   ├── JobExpiredError     it was still running at its deadline, and was cancelled
    │   ├── JobLostError        the system does not know it any more
    │   └── JobUnknownError     what it does could not be found out for too long
    └── ResultError             the job succeeded, and its result cannot be had whole
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from taskcenter.core.masking import mask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self

REPLY_EXCERPT_CHARS = 500
"""How much of a server's answer an error quotes."""


@dataclass(frozen=True)
class ErrorContext:
    """Where an error happened; every field may be unknown.

    :param system: the remote system, for example ``linkis``.
    :param connection: the Airflow connection id.
    :param job_id: the remote job's id.
    :param endpoint: verb and path of the request.
    :param http_status: HTTP status of the answer.
    :param code: the server's own error code.
    :param reply: the answer; once :meth:`RemoteError.conceal` has run, its beginning, with secrets masked.
    """

    system: str | None = None
    connection: str | None = None
    job_id: str | None = None
    endpoint: str | None = None
    http_status: int | None = None
    code: int | str | None = None
    reply: str | None = None


class RemoteError(Exception):
    """Root of the tree; its text says what failed, where, and what to do.

    :param message: what failed and what to do about it.
    :param context: where it happened.
    :ivar sent: False only when the request that mattered certainly never left, so that it may be made again safely.
    """

    def __init__(self, message: str, context: ErrorContext | None = None) -> None:
        self.message = mask(message)
        super().__init__(self.message)
        self.context = context or ErrorContext()
        self.sent = True

    def locate(self, **known: str | None) -> Self:
        """Fill in what the raiser did not know (``system``, ``connection``, ``job_id``) and return the error."""
        missing = {name: value for name, value in known.items() if getattr(self.context, name) is None}
        self.context = replace(self.context, **missing)  # type: ignore[arg-type]
        return self

    def conceal(self, secrets: Iterable[str]) -> Self:
        """Take secrets out of the text and out of the quoted answer, and return the error."""
        self.message = mask(self.message, secrets)
        self.args = (self.message,)
        if self.context.reply is not None:
            # Cut only now: half a secret at the end of the excerpt would not be found any more.
            excerpt = mask(self.context.reply, secrets)[:REPLY_EXCERPT_CHARS]
            self.context = replace(self.context, reply=excerpt)
        return self

    def __str__(self) -> str:
        context = self.context
        facts = [
            ("system", context.system),
            ("connection", context.connection),
            ("job", context.job_id),
            ("endpoint", context.endpoint),
            ("HTTP status", context.http_status),
            ("code", context.code),
        ]
        known = ", ".join(f"{name} {value}" for name, value in facts if value is not None)
        text = f"{self.message} [{known}]" if known else self.message
        reply = mask(context.reply or "")[:REPLY_EXCERPT_CHARS]
        return f"{text} The server answered: {reply}" if reply else text


class ConfigurationError(RemoteError):
    """The connection or an argument is wrong; nothing was sent."""


class UnavailableError(RemoteError):
    """No answer came.

    :param sent: False only when the request certainly never left, so that it may be repeated safely.
    :param timed_out: the request was sent and no answer came in time: the server may still be at it.
    """

    def __init__(
        self, message: str, context: ErrorContext | None = None, *, sent: bool, timed_out: bool = False
    ) -> None:
        super().__init__(message, context)
        self.sent = sent
        self.timed_out = timed_out


class MalformedReplyError(RemoteError):
    """An answer came, but not from the system itself, or not whole: a proxy's page, cut JSON, a 5xx."""


class AuthenticationError(RemoteError):
    """The credentials were refused."""


class RefusedError(RemoteError):
    """The system understood the request and said no."""


class NotFoundError(RefusedError):
    """There is no such thing, or the user may not see it (Linkis does not tell which)."""


class SubmitUnknownError(RemoteError):
    """A job was sent and no usable answer came; looking for it by its tag did not settle whether it exists."""


class JobError(RemoteError):
    """A job did not succeed."""


class JobFailedError(JobError):
    """The job ended in failure."""


class JobCancelledError(JobError):
    """The job was stopped by somebody or something else than this task."""


class JobExpiredError(JobError):
    """The job was still running at its deadline."""


class JobLostError(JobError):
    """The system does not know the job any more."""


class JobUnknownError(JobError):
    """What has become of the job could not be found out for so long that it is not waited for any more."""


class ResultError(RemoteError):
    """The job succeeded, and its result cannot be had, or not whole."""
