"""A connection's settings, free of Airflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

AUTH_NONE, AUTH_BEARER = "none", "bearer"
"""As ``auth``: the server wants no credentials; it wants a token (the password) and no user."""


@dataclass(frozen=True)
class ConnectionSettings:
    """How to reach a remote system and as whom.

    :param conn_id: the Airflow connection id.
    :param base_url: scheme, host and port, without a trailing slash.
    :param prefix: what stands before every endpoint's path.
    :param login: the user.
    :param password: the password, or the token where ``auth`` says so.
    :param auth: how to log in; what it may be is the system's matter.
    :param extra: the system's own settings.
    :param headers: sent with every request.
    :param verify: whether to check the server's certificate, or the path of a CA bundle.
    :param cert: path of a client certificate (key and certificate in one PEM file).
    :param proxies: proxy URL by scheme.
    :param trust_env: whether proxies and CA bundles are also taken from the environment.
    :param timeout_seconds: how long to wait for an answer.
    :param connect_timeout_seconds: how long to wait for the connection.
    :param attempts: how often a request that may be repeated is made at most.
    """

    conn_id: str
    base_url: str
    prefix: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    auth: str = "password"
    extra: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify: bool | str = True
    cert: str | None = None
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    trust_env: bool = True
    timeout_seconds: float = 60.0
    connect_timeout_seconds: float = 10.0
    attempts: int = 4

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(value for value in (self.password, *self.headers.values()) if value)
