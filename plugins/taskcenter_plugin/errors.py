"""The errors that the REST API answers with: an HTTP status, a ``code`` of our own, and a message that says what to do.

::

    TaskCenterError
    ├── BadRequest        400  40001  the request does not say what it must (code 40002: a cron expression, 40003: a time zone,
    │                                 40004: what to run is not defined well enough, 40005: a dependency cycle)
    ├── Forbidden         403  40301
    ├── NotFound          404  40401
    ├── Conflict          409  40901  the request does not fit the state of the plan
    ├── TooLarge          413  41301
    ├── BadGateway        502  50201  a remote system cannot be reached, or answers with an error
    ├── Unavailable       503  50301  the deployment lacks something, e.g. the DAG bundle of the plans
    └── GatewayTimeout    504  50401  a remote system does not answer in time
"""

from __future__ import annotations

BAD_REQUEST = 40001
BAD_CRON = 40002
BAD_ZONE = 40003
BAD_DEFINITION = 40004
CYCLE = 40005
UNAUTHENTICATED = 40101
FORBIDDEN = 40301
NOT_FOUND = 40401
METHOD_NOT_ALLOWED = 40501
CONFLICT = 40901
TOO_LARGE = 41301
FAILED = 50001
BAD_GATEWAY = 50201
UNAVAILABLE = 50301
GATEWAY_TIMEOUT = 50401


class TaskCenterError(Exception):
    """What is answered instead of data.

    :param message: what is wrong and what to do, for the user
    :param code: one of the codes of this module; the class's own if not given
    """

    status = 500
    code = FAILED

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class BadRequest(TaskCenterError):
    """The request does not say what it must."""

    status = 400
    code = BAD_REQUEST


class Forbidden(TaskCenterError):
    """The user may not do that."""

    status = 403
    code = FORBIDDEN


class NotFound(TaskCenterError):
    """There is no such thing, or the user may not see it."""

    status = 404
    code = NOT_FOUND


class Conflict(TaskCenterError):
    """The request does not fit the state of the plan."""

    status = 409
    code = CONFLICT


class TooLarge(TaskCenterError):
    """The request is larger than what is taken."""

    status = 413
    code = TOO_LARGE


class Unavailable(TaskCenterError):
    """The deployment lacks something that the request needs."""

    status = 503
    code = UNAVAILABLE


class BadGateway(TaskCenterError):
    """A remote system cannot be reached, or answers with an error."""

    status = 502
    code = BAD_GATEWAY


class GatewayTimeout(TaskCenterError):
    """A remote system does not answer in time."""

    status = 504
    code = GATEWAY_TIMEOUT
