"""Who is calling: token headers, or a session cookie that a login has set (facts section 2)."""

from __future__ import annotations

import base64
import secrets
import threading
import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.requests import Request

from taskcenter_sandbox.linkis.envelope import NotLoggedIn

COOKIE = "linkis_user_session_ticket_id_v1"
SESSION_SECONDS = 3600.0
NOT_LOGGED_IN = "You are not logged in, please login first(您尚未登录，请先登录)!"
EXPIRED = "Login has expired, please log in again!(登录已过期，请重新登录！)"


@dataclass(frozen=True)
class Credentials:
    """Who may log in.

    :param user: the only user; also the one that a token stands for.
    """

    user: str = "hadoop"
    password: str = "hadoop"  # noqa: S105 # the sandbox's documented default
    token: str = "SANDBOX-TOKEN"  # noqa: S105 # likewise


class Gate:
    """Checks every request, as Linkis' gateway does; sessions live in memory and end with the process."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self._sessions: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def user_of(self, request: Request) -> str:
        """The calling user.

        :raises NotLoggedIn: with the server's words; a refused token is echoed, as the real one does.
        """
        token = request.headers.get("Token-Code") or request.cookies.get("Token-Code")
        user = request.headers.get("Token-User") or request.cookies.get("Token-User")
        if token is not None or user is not None:
            if not token or not user:
                raise NotLoggedIn("请在Header或Cookie中同时指定Token-Code 和 Token-User，以便完成token认证！")
            if not secrets.compare_digest(token.encode(), self.credentials.token.encode()):
                raise NotLoggedIn(
                    f"Token Authentication Failed, token: {token}，tokenUser: {user}, reason: errCode: 15207 ,desc: "
                    f"Token is not in table(Token不在数据库中)"
                )
            return user
        ticket = request.cookies.get(COOKIE)
        with self._lock:
            session = self._sessions.get(ticket or "")
            if session is None:
                raise NotLoggedIn(NOT_LOGGED_IN)
            name, seen = session
            if time.monotonic() - seen > SESSION_SECONDS:
                del self._sessions[str(ticket)]
                raise NotLoggedIn(EXPIRED)
            self._sessions[str(ticket)] = (name, time.monotonic())
            return name

    def log_in(self, user: str, password: str) -> str | None:
        """A new session's ticket, None when user or password are wrong."""
        given = f"{user.lower()}\0{password}".encode()
        known = f"{self.credentials.user.lower()}\0{self.credentials.password}".encode()
        if not secrets.compare_digest(given, known):
            return None
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[ticket] = (self.credentials.user, time.monotonic())
        return ticket

    def log_out(self, request: Request) -> None:
        """End the caller's session."""
        with self._lock:
            self._sessions.pop(request.cookies.get(COOKIE, ""), None)

    def expire_all(self) -> None:
        """End every session, as a restart of the gateway does."""
        with self._lock:
            self._sessions.clear()

    @property
    def public_key(self) -> str:
        """The login key, base64 of its DER form."""
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def decrypt(self, password: str) -> str:
        """A password that was encrypted with the login key.

        :raises ValueError: it was not.
        """
        return self._key.decrypt(base64.b64decode(password), padding.PKCS1v15()).decode()
