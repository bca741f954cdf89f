"""The Linkis gateway, behind which Linkis and Exchangis both sit: its envelope and its login.

Source: facts on Linkis, sections 1 and 2.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Call, Endpoint, Reply
from taskcenter.core.errors import (
    AuthenticationError,
    ConfigurationError,
    ErrorContext,
    MalformedReplyError,
    NotFoundError,
    RefusedError,
    RemoteError,
)
from taskcenter.core.flow import Flow, RetryPolicy, request
from taskcenter.core.view import ForwardedRequest

NO_LOGIN, OK, WARNING = -1, 0, 4
"""Values of the envelope's ``status`` that are told apart (facts section 1)."""

AUTH_PASSWORD, AUTH_TOKEN = "password", "token"

_GOOD = (200, 206)
"""A warning is sent as 206."""
_UNAUTHORIZED = 401
_SERVER_ERROR = 500
_UNAVAILABLE = (502, 503, 504)

_CODE = re.compile(r"(?:error code(?:\(错误码\))?|errCode|Warning code(?:\(警告码\))?)\s*[:：]\s*(\d+)")

_TOKEN_STORE_CODES = {"15200", "15206"}
"""The gateway could not load its tokens: its database is down, the token may be right."""


@dataclass(frozen=True)
class Envelope:
    """Reads answers of the form ``{"method", "status", "message", "data"}``; an instance is an endpoint's ``parse``.

    :param system: the system's name as messages use it.
    :param advice: what to do, by the server's error code.
    :param not_found: texts that say that a thing is unknown, since the HTTP status does not.
    """

    system: str
    advice: Mapping[str, str] = field(default_factory=dict)
    not_found: tuple[str, ...] = ()

    def __call__(self, reply: Reply, context: ErrorContext) -> dict[str, Any]:
        """The ``data`` of an answer that says it went well.

        :raises AuthenticationError: HTTP 401, or ``status`` -1.
        :raises NotFoundError: the thing asked for is unknown, or not ours to see.
        :raises RefusedError: any other ``status`` that is not 0 (or 4, a warning).
        :raises MalformedReplyError: the answer is not such an envelope, or the service is not there.

        The body's ``status`` and HTTP's must both be good (facts section 15).
        """
        data = _good_data(reply)
        if data is not None:
            return data
        context = self.check_reachable(reply, context)
        envelope = reply.json_object(context)
        status, data = envelope.get("status"), envelope.get("data")
        if status in (OK, WARNING) and reply.status in _GOOD:
            # Not a refusal: a submit that is answered so has arrived.
            raise MalformedReplyError(f"{self.system} says that it went well, and sends no data.", context)
        message = str(envelope.get("message") or "no message")
        if isinstance(status, int) and status >= _SERVER_ERROR:
            # The gateway found no instance: HTTP code in "status", a list in "data".
            raise self._unavailable(replace(context, http_status=status))
        raise self._refusal(status, message, data, context)

    def check_reachable(self, reply: Reply, context: ErrorContext) -> ErrorContext:
        """Put the answer into the error context.

        :raises MalformedReplyError: a proxy or the gateway says that the service is not there.
        """
        context = replace(context, http_status=reply.status, reply=reply.text)
        if reply.status in _UNAVAILABLE:
            raise self._unavailable(context)
        return context

    def _unavailable(self, context: ErrorContext) -> MalformedReplyError:
        message = f"The gateway answers, but {self.system} behind it does not. See whether its services are up."
        return MalformedReplyError(message, context)

    def _refusal(self, status: Any, message: str, data: Any, context: ErrorContext) -> RemoteError:
        code = _error_code(message, data)
        context = replace(context, code=code)
        if context.http_status == _UNAUTHORIZED or status == NO_LOGIN:
            if code in _TOKEN_STORE_CODES:
                text = f"The gateway could not load its tokens; its database may be down: {message}"
                return MalformedReplyError(text, replace(context, http_status=503))
            text = (
                f"The gateway refused the credentials: {message} Check user, password or token, and the auth "
                "setting (password or token) of the connection."
            )
            return AuthenticationError(text, context)
        if any(known in message for known in self.not_found):
            text = f"{self.system} does not know it, or this user may not see it: {message}"
            return NotFoundError(text, context)
        if (context.http_status or 0) >= _SERVER_ERROR:
            return MalformedReplyError(f"{self.system} failed: {message}", context)
        advice = self.advice.get(str(code), "")
        return RefusedError(f"{self.system} refused: {message} {advice}".rstrip(), context)


def _good_data(reply: Reply) -> dict[str, Any] | None:
    """The data of a plainly good answer, without building what only errors need: most answers are polls."""
    if reply.status not in _GOOD:
        return None
    try:
        envelope = reply.json()
    except ValueError:
        return None
    if not isinstance(envelope, dict) or envelope.get("status") not in (OK, WARNING):
        return None
    data = envelope.get("data")
    return data or {} if data is None or isinstance(data, dict) else None


def _error_code(message: str, data: Any) -> str | None:
    if isinstance(data, dict) and isinstance(data.get("errorMsg"), dict):
        code = data["errorMsg"].get("errCode")
        if code:
            return str(code)
    found = _CODE.search(message)
    return found.group(1) if found else None


LOGIN = Endpoint("login", "POST", "/user/login", Envelope("Linkis"))
PUBLIC_KEY = Endpoint("public key", "GET", "/user/publicKey", Envelope("Linkis"))


@dataclass
class LoginState:
    """Whether a session (and its cookie jar) is logged in.

    :param generation: counts logins, so that of several flows that find the session expired one logs in again.
    """

    logged_in: bool = False
    generation: int = 0


class GatewayClient:
    """Makes calls through the gateway: adds the token, or logs in first and once more when the session has expired.

    :param settings: the connection.
    :param state: belongs to the session (the cookie jar) that the calls are made on.
    """

    def __init__(self, settings: ConnectionSettings, state: LoginState, system: str) -> None:
        self.settings = settings
        self.state = state
        self.retry = RetryPolicy(attempts=settings.attempts)
        self.context = ErrorContext(system=system, connection=settings.conn_id)
        self._secrets = settings.secrets

    def call(self, call: Call, job_id: str | None = None) -> Flow[Any]:
        """Make a call as the connection's user and return what its endpoint parsed.

        :param job_id: the job it is about, for errors.
        """
        context = ErrorContext(self.context.system, self.context.connection, job_id)
        if self.settings.auth == AUTH_TOKEN:
            headers = {"Token-User": self.settings.login, "Token-Code": self.settings.password}
            return (yield from self._request(replace(call, headers=headers), context))
        yield from self.ensure_logged_in()
        generation = self.state.generation
        try:
            return (yield from self._request(call, context))
        except AuthenticationError:
            # Sessions end with idleness and with every restart of the gateway.
            if self.state.generation == generation:
                self.state.logged_in = False
                yield from self.log_in()
        return (yield from self._request(call, context))

    def ensure_logged_in(self) -> Flow[None]:
        """Log in if this session is not; a token needs no login."""
        if self.settings.auth != AUTH_TOKEN and not self.state.logged_in:
            yield from self.log_in()

    def log_in(self) -> Flow[None]:
        """Log in with user and password, the latter RSA-encrypted where the server asks for it.

        :raises AuthenticationError: the server refused them.
        """
        encrypted = yield from self._encrypted_password()
        body = {"userName": self.settings.login, "password": encrypted or self.settings.password}
        try:
            yield from self._request(LOGIN(body=body), self.context)
        except RefusedError as error:
            # A wrong password is HTTP 400 here, not 401 (facts section 2).
            text = f"The login as {self.settings.login!r} failed: {error.message} Check user and password."
            raise AuthenticationError(text, error.context) from None
        self.state.logged_in = True
        self.state.generation += 1

    def _request(self, call: Call, context: ErrorContext) -> Flow[Any]:
        return request(call, context, self.retry, self._secrets)

    def _encrypted_password(self) -> Flow[str | None]:
        try:
            data = yield from self._request(PUBLIC_KEY(), self.context)
        except (RefusedError, AuthenticationError):
            return None  # an older gateway does not have it, and then does not want it either
        if not data.get("enableLoginEncrypt") or not data.get("publicKey"):
            return None
        try:
            key = load_der_public_key(base64.b64decode(str(data["publicKey"])))
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, rsa.RSAPublicKey):
            text = "The gateway wants the password encrypted, and its public key is not an RSA key. See its settings."
            raise MalformedReplyError(text, self.context)
        cipher = key.encrypt(self.settings.password.encode(), padding.PKCS1v15())
        return base64.b64encode(cipher).decode()


def forward_as(client: GatewayClient, request: ForwardedRequest, call: Call | None = None) -> Flow[Reply]:
    """Pass somebody's request on through the gateway, as the connection's user or as the request's.

    :param call: the request's call, where it is not the plain one.
    :raises ConfigurationError: it is to be made as another user, which the gateway allows to those with a token.
    """
    if request.user is not None and request.user != client.settings.login:
        if client.settings.auth != AUTH_TOKEN:
            message = (
                f"Connection {client.settings.conn_id} logs in with a password, as {client.settings.login}; to make "
                "requests as other users it needs a token (auth: token)."
            )
            raise ConfigurationError(message, client.context)
        client = GatewayClient(replace(client.settings, login=request.user), client.state, client.context.system or "")
    call = call or request.call()
    if request.user is not None and client.settings.auth == AUTH_TOKEN:
        # Users share the connection's session, and a cookie that names one of them must not reach another's request.
        call = replace(call, cookies=False)
    return client.call(call)


def refusal(status: int, message: str, path: str) -> dict[str, Any]:
    """An error in the gateway's envelope, as somebody says it in the gateway's place."""
    return {"method": path, "status": NO_LOGIN if status == _UNAUTHORIZED else 1, "message": message, "data": {}}
