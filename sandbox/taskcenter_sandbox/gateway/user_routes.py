"""``/user``: login, logout, who am I, the login key (facts section 2). The gateway itself answers here."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from taskcenter_sandbox.gateway.auth import COOKIE, TOKEN, TOKEN_USER, Gate
from taskcenter_sandbox.gateway.envelope import NotLoggedIn, envelope
from taskcenter_sandbox.gateway.faults import Faults

LOGGED_IN = "login successful(登录成功)！"
WRONG = "wrong user name or password(用户名或密码错误)！"
NO_USER = "Username can not be empty(用户名不能为空)！"
NO_PASSWORD = "Password can not be blank(密码不能为空)！"  # noqa: S105 # a message
METHODS = ["GET", "POST"]
"""The gateway does not look at the verb here."""


class UserRoutes:
    """The endpoints of the gateway itself."""

    def __init__(self, gate: Gate, faults: Faults) -> None:
        self._gate = gate
        self._faults = faults

    async def log_in(self, request: Request) -> Response:
        """/user/login: opens a session; a refusal is 400, not 401."""
        given = await _given(request)
        if isinstance(given, Response):
            return given
        try:
            already = self._gate.user_of_session(request)
        except NotLoggedIn:
            pass
        else:
            text = f"{already} already logged in, please log out before signing in(已经登录，请先退出再进行登录)！"
            return envelope(None, {"userName": already}, message=text)
        refusal, user = self._check(given)
        if refusal:
            return envelope(None, self._session_data(), status=1, message=refusal)
        data = {"userName": user, "isAdmin": True, **self._session_data()}
        response = envelope(None, data, message=LOGGED_IN)
        response.set_cookie(COOKIE, self._gate.open_session(user), path="/", samesite=None)
        return response

    def _check(self, given: dict[str, Any]) -> tuple[str, str]:
        """Why a login is refused, empty if it is not, and the user."""
        user, password = (
            str(given.get("userName") or ""),
            str(given.get("password") or given.get("passwdEncrypt") or ""),
        )
        if not user.strip():
            return NO_USER, ""
        if not password.strip():
            return NO_PASSWORD, ""
        if self._faults.amount("login-encrypt"):
            try:
                password = self._gate.decrypt(password)
            except ValueError:
                return WRONG, ""
        return ("", self._gate.credentials.user) if self._gate.is_right(user, password) else (WRONG, "")

    def _session_data(self) -> dict[str, Any]:
        return {"sessionTimeOut": int(self._gate.session_seconds * 1000), "enableWatermark": False}

    async def log_in_by_token(self, request: Request) -> Response:
        """/user/token-login: opens a session for a token."""
        if request.method != "POST":
            return envelope(None, {}, status=1, message="Only support method POST")
        if TOKEN not in request.headers or TOKEN_USER not in request.headers:
            return envelope(
                request.url.path,
                {},
                status=-1,
                message="You are not logged in, please login first(您尚未登录，请先登录)!",
            )
        try:
            user = self._gate.user_of(request)
        except NotLoggedIn as error:
            return envelope(request.url.path, {}, status=-1, message=str(error))
        response = envelope(None, {"userName": user, "isAdmin": False}, message=LOGGED_IN)
        response.set_cookie(COOKIE, self._gate.open_session(user), path="/", samesite=None)
        return response

    async def log_out(self, request: Request) -> Response:
        """/user/logout."""
        self._gate.log_out(request)
        response = envelope(None, {}, message="Logout successful(退出登录成功)！")
        response.delete_cookie(COOKIE, path="/")
        return response

    async def public_key(self, request: Request) -> Response:  # noqa: ARG002 # the common signature
        """/user/publicKey: the key, if passwords must be encrypted with it."""
        enabled = bool(self._faults.amount("login-encrypt"))
        data: dict[str, Any] = {"enableSSL": False, "enableLoginEncrypt": enabled}
        if enabled:
            data["publicKey"] = self._gate.public_key
        return envelope(None, data, message="Gain success(获取成功)！")

    async def user_info(self, request: Request) -> Response:
        """/user/userInfo."""
        return self._for_known(request, "get user information succeed!", with_name=True)

    async def heartbeat(self, request: Request) -> Response:
        """/user/heartbeat: whether the session lives."""
        return self._for_known(request, "Maintain heartbeat success(维系心跳成功)", with_name=False)

    def _for_known(self, request: Request, text: str, *, with_name: bool) -> Response:
        try:
            user = self._gate.user_of(request)
        except NotLoggedIn as error:
            return envelope(request.url.path, {}, status=-1, message=str(error))
        return envelope(None, {"userName": user} if with_name else {}, message=text)

    async def base_info(self, request: Request) -> Response:  # noqa: ARG002 # the common signature
        """/user/baseinfo."""
        data = {"resultSetExportEnable": True, "linkisClusterName": "sandbox", "engineLogOnlyAdminEnable": False}
        return envelope(None, data, message="get baseinfo success(获取成功)！")

    async def unknown(self, request: Request) -> Response:
        """Whatever else."""
        return envelope(None, {}, status=1, message=f"unknown request URI {request.path_params['rest']}")


async def _given(request: Request) -> dict[str, Any] | Response:
    """What a login names, in the query or the body."""
    body = await request.body()
    if request.method != "GET" and not body:
        # An empty body never reaches the handler, and nobody answers (facts section 1, deduced).
        return Response(b"")
    if "userName" in request.query_params:
        return dict(request.query_params)
    try:
        given = json.loads(body or b"{}")
    except ValueError as error:
        given = error
    if not isinstance(given, dict):
        text = "login failed! reason: JsonSyntaxException: java.lang.IllegalStateException: Expected BEGIN_OBJECT"
        return envelope(request.url.path, {}, status=1, message=text)
    return given


def routes(gate: Gate, faults: Faults) -> list[Route]:
    """The routes below ``/api/rest_j/v1``."""
    user = UserRoutes(gate, faults)
    return [
        Route("/user/login", user.log_in, methods=METHODS),
        Route("/user/token-login", user.log_in_by_token, methods=METHODS),
        Route("/user/logout", user.log_out, methods=METHODS),
        Route("/user/publicKey", user.public_key, methods=METHODS),
        Route("/user/userInfo", user.user_info, methods=METHODS),
        Route("/user/heartbeat", user.heartbeat, methods=METHODS),
        Route("/user/baseinfo", user.base_info, methods=METHODS),
        Route("/user/{rest:path}", user.unknown, methods=METHODS),
    ]
