"""Who is calling: a session that ``/user/login`` has opened, basic authentication, or the sandbox's token."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
import time

from starlette.requests import Request

from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.settings import Credentials
from taskcenter_sandbox.hlink.answers import UNAUTHORISED, Refused

COOKIE = "JSESSIONID"
LOGIN_PATH = "/user/login"

_NOT_LOGGED_IN = "未授权"
_WRONG_LOGIN = "用户名或密码错误"


class Gate:
    """Checks every request but the login; sessions live in memory.

    :param session_seconds: how long a session lives unused.
    """

    def __init__(self, credentials: Credentials, session_seconds: float, faults: Faults) -> None:
        self._credentials = credentials
        self._session_seconds = session_seconds
        self._faults = faults
        self._sessions: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def user_of(self, request: Request) -> str:
        """The calling user.

        :raises Refused: with -7 when nobody has logged in.
        """
        if token := request.headers.get("Token-Code"):
            if secrets.compare_digest(token.encode(), self._credentials.token.encode()):
                return request.headers.get("Token-User") or self._credentials.user
        elif (given := _basic(request)) is not None:
            if self._is_right(*given):
                return given[0]
        elif (user := self._user_of_session(request)) is not None:
            return user
        raise Refused(_NOT_LOGGED_IN, UNAUTHORISED)

    def log_in(self, user: str, password: str) -> str:
        """Open a session and return its cookie's value.

        :raises Refused: with -7 when user or password are wrong.
        """
        if not self._is_right(user, password):
            raise Refused(_WRONG_LOGIN, UNAUTHORISED)
        session = secrets.token_hex(16).upper()
        with self._lock:
            self._sessions[session] = (user, time.monotonic())
        return session

    def _is_right(self, user: str, password: str) -> bool:
        given, known = f"{user}\0{password}", f"{self._credentials.user}\0{self._credentials.password}"
        return secrets.compare_digest(given.encode(), known.encode())

    def _user_of_session(self, request: Request) -> str | None:
        session = request.cookies.get(COOKIE, "")
        with self._lock:
            user, seen = self._sessions.get(session, ("", 0.0))
            if not user:
                return None
            now = time.monotonic()
            if now - seen > self._session_seconds or self._faults.take("expired-session"):
                del self._sessions[session]
                return None
            self._sessions[session] = (user, now)
            return user


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    return user, password
