"""Makes calls to Hlink as the connection's user: logs in, or sends what proves who calls."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from taskcenter.core.connection import AUTH_NONE, ConnectionSettings
from taskcenter.core.endpoint import Call, Endpoint
from taskcenter.core.errors import AuthenticationError, ErrorContext, RemoteError
from taskcenter.core.flow import Flow, RetryPolicy, request
from taskcenter.core.gateway import AUTH_PASSWORD, LoginState
from taskcenter.hlink.replies import parse_data

AUTH_BASIC = "basic"
AUTHS = (AUTH_PASSWORD, AUTH_BASIC, AUTH_NONE)
"""How to log in: a call of the login path, HTTP basic authentication, or what the connection's headers and cookies say."""

DEFAULT_LOGIN_PATH = "/user/login"


class HlinkClient:
    """Makes calls; the document has no login call, so that its path and its fields are settings of the connection.

    :param settings: the connection.
    :param state: whether the session that the flows run on is logged in.
    """

    def __init__(self, settings: ConnectionSettings, state: LoginState, system: str) -> None:
        self.settings = settings
        self.state = state
        self.retry = RetryPolicy(attempts=settings.attempts)
        self.context = ErrorContext(system=system, connection=settings.conn_id)
        self._headers: dict[str, str] = {}
        self._secrets = settings.secrets
        if settings.auth == AUTH_BASIC:
            pair = base64.b64encode(f"{settings.login}:{settings.password}".encode()).decode("ascii")
            self._headers = {"Authorization": f"Basic {pair}"}
            self._secrets = (*settings.secrets, pair)

    def call(self, call: Call, job_id: str | None = None) -> Flow[Any]:
        """Make a call and return what its endpoint parsed; logs in first, and once more when the session has ended.

        :param job_id: the job it is about, for errors.
        """
        context = replace(self.context, job_id=job_id)
        call = replace(call, headers=self._headers)
        if self.settings.auth != AUTH_PASSWORD:
            return (yield from request(call, context, self.retry, self._secrets))
        try:
            yield from self._ensure_logged_in()
        except RemoteError as error:
            error.sent = False  # what was to be sent has not left
            raise
        generation = self.state.generation
        try:
            return (yield from request(call, context, self.retry, self._secrets))
        except AuthenticationError:
            # Sessions end with idleness and with every restart of the server.
            if self.state.generation == generation:
                self.state.logged_in = False
                yield from self._ensure_logged_in()
        return (yield from request(call, context, self.retry, self._secrets))

    def call_flink(self, call: Call, address: str, job_id: str | None = None) -> Flow[Any]:
        """Make a call to a Flink cluster, once, without the connection's credentials and below its own address."""
        context = replace(self.context, job_id=job_id)
        call = replace(call, endpoint=replace(call.endpoint, prefixed=False), base_url=address, bare=True)
        return request(call, context, RetryPolicy(attempts=1), self._secrets)

    def _ensure_logged_in(self) -> Flow[None]:
        if self.state.logged_in:
            return
        extra, settings = self.settings.extra, self.settings
        path = "/" + extra.get("login_path", DEFAULT_LOGIN_PATH).strip("/")
        login = Endpoint("login", "POST", path.replace("{", "").replace("}", ""), parse_data)
        fields = {
            extra.get("login_user_field", "username"): settings.login,
            extra.get("login_password_field", "password"): settings.password,
        }
        is_json = extra.get("login_format", "form").lower() == "json"
        call = login(body=fields) if is_json else replace(login(), form=fields)
        try:
            yield from request(call, self.context, self.retry, self._secrets)
        except AuthenticationError as error:
            text = f"The login as {settings.login!r} failed. {error.message}"
            raise AuthenticationError(text, error.context) from None
        self.state.logged_in = True
        self.state.generation += 1
