"""Who is calling: token headers, or a session cookie that a login has set (facts section 2)."""

from __future__ import annotations

import base64
import secrets
import threading
import time
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.requests import Request

from taskcenter_sandbox.gateway.envelope import NotLoggedIn
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.settings import Credentials

__all__ = ["COOKIE", "TOKEN", "TOKEN_USER", "Credentials", "Gate"]

COOKIE = "linkis_user_session_ticket_id_v1"
TOKEN, TOKEN_USER = "Token-Code", "Token-User"
NOT_LOGGED_IN = "You are not logged in, please login first(您尚未登录，请先登录)!"
EXPIRED = "Login has expired, please log in again!(登录已过期，请重新登录！)"

_GATEWAY = ",ip: 127.0.0.1 ,port: 9001 ,serviceKind: linkis-mg-gateway"


class Gate:
    """Checks every request, as Linkis' gateway does; sessions live in memory and end with the process.

    :param session_seconds: how long a session lives unused.
    """

    def __init__(self, credentials: Credentials, session_seconds: float, faults: Faults) -> None:
        self.credentials = credentials
        self.session_seconds = session_seconds
        self._faults = faults
        self._sessions: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def user_of(self, request: Request) -> str:
        """The calling user.

        A token goes before a session; it counts only when its user is there as well.

        :raises NotLoggedIn: with the server's words; a refused token is echoed, as the real one does.
        """
        for given in (request.headers, request.cookies):
            if TOKEN in given and TOKEN_USER in given:
                return self._user_of_token(given[TOKEN], given[TOKEN_USER])
        return self.user_of_session(request)

    def token_of(self, request: Request) -> str:
        """The token that came with a request, empty without one."""
        return request.headers.get(TOKEN) or request.cookies.get(TOKEN) or ""

    def user_of_session(self, request: Request) -> str:
        """The user of the session cookie.

        :raises NotLoggedIn: there is no session, or it has been unused for too long.
        """
        ticket = request.cookies.get(COOKIE)
        if ticket and self._faults.take("expired-session"):
            self.log_out(request)
        if ticket and self._faults.take("gateway-restart"):
            self.log_everybody_out()
        now = time.monotonic()
        with self._lock:
            session = self._sessions.get(ticket or "")
            if ticket is None or session is None:
                raise NotLoggedIn(NOT_LOGGED_IN)
            user, seen = session
            if now - seen > self.session_seconds:
                del self._sessions[ticket]
                raise NotLoggedIn(EXPIRED)
            # Linkis notes the use of a session only once half of its life is over.
            if now - seen >= self.session_seconds / 2:
                self._sessions[ticket] = (user, now)
            return user

    def _user_of_token(self, token: str, user: str) -> str:
        if not token.strip() or not user.strip():
            raise NotLoggedIn(f"请在Header或Cookie中同时指定{TOKEN} 和 {TOKEN_USER}，以便完成token认证！")
        if self._faults.take("token-store-down"):
            reason = (
                f"errCode: 15206 ,desc: Failed to query token:{token} data(Token:{token} 数据查询失败), "
                f"Caused by:the database is down {_GATEWAY}"
            )
        elif not secrets.compare_digest(token.encode(), self.credentials.token.encode()):
            reason = (
                f"errCode: 15207 ,desc: Token:{token} does not exist in the table(Token:{token} 表中不存在)!, "
                f"Caused by:errCode: 15204 ,desc: Invalid Token(数据库中未配置的无效令牌) {_GATEWAY} {_GATEWAY}"
            )
        else:
            return user
        raise NotLoggedIn(f"Token Authentication Failed, token: {token}，tokenUser: {user}, reason: {reason}")

    def is_right(self, user: str, password: str) -> bool:
        """Whether a user may log in; the case of the name does not matter."""
        given = f"{user.lower()}\0{password}".encode()
        known = f"{self.credentials.user.lower()}\0{self.credentials.password}".encode()
        return secrets.compare_digest(given, known)

    def open_session(self, user: str) -> str:
        """Open a session without a password and return its ticket."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[ticket] = (user, time.monotonic())
        return ticket

    def log_out(self, request: Request) -> None:
        """End the caller's session."""
        with self._lock:
            self._sessions.pop(request.cookies.get(COOKIE, ""), None)

    def log_everybody_out(self) -> None:
        """End every session, as a restart of the gateway does."""
        with self._lock:
            self._sessions.clear()

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public_key(self) -> str:
        """The login key, base64 of its DER form."""
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def decrypt(self, password: str) -> str:
        """A password that was encrypted with the login key.

        :raises ValueError: it was not.
        """
        return self._key.decrypt(base64.b64decode(password, validate=True), padding.PKCS1v15()).decode()
