"""What the gateway itself refuses; the answer wears the envelope of the system that was asked for.

::

    GatewayError
    ├── 400  the request is not one of the documented ones: a parameter, a path, a body
    ├── 403  the user may not do that
    ├── 404  no such path, or the view of the system is not switched on
    ├── 413  the body is too large
    ├── 415  the body is of a type that the systems do not take
    ├── 502  the system cannot be reached, refuses the connection's credentials, or sends what it should not
    ├── 503  the connection that the configuration names is not there, or cannot do what the configuration asks of it
    └── 504  the system does not answer in time
"""

from __future__ import annotations


class GatewayError(Exception):
    """An answer of the gateway's own.

    :param status: the HTTP status
    :param message: what is wrong and what to do, for the user
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
