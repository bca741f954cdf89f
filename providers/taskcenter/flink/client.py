"""Makes calls to a cluster, and to the SQL Gateway beside it, with the connection's credentials."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from taskcenter.core.connection import AUTH_BEARER, ConnectionSettings
from taskcenter.core.endpoint import Call
from taskcenter.core.errors import ConfigurationError, ErrorContext
from taskcenter.core.flow import Flow, RetryPolicy, request

AUTH_BASIC = "basic"

SQL_GATEWAY = "sql_gateway"
"""Name in the connection's extra of the SQL Gateway's address."""


class FlinkClient:
    """Makes calls; Flink itself knows no users, so that credentials are for a proxy in front of it.

    :param settings: the connection.
    :param system: the system's name, for errors.
    """

    def __init__(self, settings: ConnectionSettings, system: str) -> None:
        self.settings = settings
        self.retry = RetryPolicy(attempts=settings.attempts)
        self.context = ErrorContext(system=system, connection=settings.conn_id)
        self._headers = _authorization(settings)
        self._secrets = (*settings.secrets, *(value.partition(" ")[2] for value in self._headers.values()))

    def call(self, call: Call, job_id: str | None = None, attempts: int | None = None) -> Flow[Any]:
        """Make a call to the cluster and return what its endpoint parsed.

        :param job_id: the job it is about, for errors.
        :param attempts: how often it is made at most; what the connection says by default.
        """
        context = replace(self.context, job_id=job_id)
        retry = self.retry if attempts is None else replace(self.retry, attempts=attempts)
        return request(replace(call, headers=self._headers), context, retry, self._secrets)

    def call_gateway(self, call: Call, job_id: str | None = None, attempts: int | None = None) -> Flow[Any]:
        """Make a call to the SQL Gateway.

        :raises ConfigurationError: the connection does not say where it is.
        """
        return self.call(replace(call, base_url=self.gateway_url), job_id, attempts)

    @property
    def gateway_url(self) -> str:
        """Where the SQL Gateway is.

        :raises ConfigurationError: the connection does not say.
        """
        url = self.settings.extra.get(SQL_GATEWAY, "").strip().rstrip("/")
        if not url:
            raise ConfigurationError(
                f"Connection {self.settings.conn_id} names no SQL Gateway. Set {SQL_GATEWAY} in its extra to the "
                "gateway's address, such as http://flink:8083.",
                self.context,
            )
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError(
                f"Connection {self.settings.conn_id}: {SQL_GATEWAY} in extra is {url!r}; it begins with http:// or "
                "https://.",
                self.context,
            )
        return url


def _authorization(settings: ConnectionSettings) -> dict[str, str]:
    if settings.auth == AUTH_BASIC:
        pair = f"{settings.login}:{settings.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
    if settings.auth == AUTH_BEARER:
        return {"Authorization": f"Bearer {settings.password}"}
    return {}
