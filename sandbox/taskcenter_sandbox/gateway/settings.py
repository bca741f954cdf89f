"""What every service of the sandbox is started with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

ADMINISTRATOR = "hadoop"
"""The user who may see and change what belongs to others (``wds.linkis.governance.station.admin``)."""

API = "/api/rest_j/v1"
"""What all paths of the services begin with."""

HEALTH = "/sandbox/health"
"""A path that answers with the server's process id, without a login, once the server is up."""

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Credentials:
    """Who may log in.

    :param user: the only user with a password; a token stands for any user.
    """

    user: str = ADMINISTRATOR
    password: str = "hadoop"  # noqa: S105 # the sandbox's documented default
    token: str = "SANDBOX-TOKEN"  # noqa: S105 # likewise


class Listening(Protocol):
    """What a server answers to."""

    @property
    def hosts(self) -> frozenset[str]:
        """Names that it answers to in the Host header, beside those of the machine itself."""

    @property
    def any_address(self) -> bool:
        """Answers to any IP address as well, for a server that listens on all of them."""
