"""``/user``: login, logout, who am I, the login key (facts section 2). The gateway itself answers here."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from taskcenter_sandbox.linkis.auth import COOKIE, SESSION_SECONDS
from taskcenter_sandbox.linkis.envelope import NotLoggedIn, envelope
from taskcenter_sandbox.linkis.service import Call, Json, Services, service

WRONG = "wrong user name or password(用户名或密码错误)！"


def user_info(services: Services, call: Call) -> Json:  # noqa: ARG001 # the common signature
    """GET /user/userInfo."""
    return {"userName": call.user}


def routes(services: Services) -> list[Route]:  # noqa: C901 # the login's refusals, one after another
    """The routes below ``/api/rest_j/v1``."""
    gate, faults = services.gate, services.faults

    async def log_in(request: Request) -> Response:
        method = "/api/rest_j/v1/user/login"
        body = await request.body()
        if not body and not request.query_params:
            # The body never reaches the handler, and nobody answers.
            return Response(b"")
        try:
            given: dict[str, Any] = {**dict(request.query_params), **(await request.json() if body else {})}
        except (ValueError, TypeError):  # no JSON, or no object
            return envelope(method, {}, status=1, message="Json parse error")
        user, password = (
            str(given.get("userName") or ""),
            str(given.get("password") or given.get("passwdEncrypt") or ""),
        )
        if not user.strip():
            return envelope(method, {}, status=1, message="Username can not be empty(用户名不能为空)！")
        if not password.strip():
            return envelope(method, {}, status=1, message="Password can not be blank(密码不能为空)！")
        try:
            already = gate.user_of(request)
        except NotLoggedIn:
            pass
        else:
            text = f"{already} already logged in, please log out before signing in(已经登录，请先退出再进行登录)！"
            return envelope(method, {}, message=text)
        if faults.value("login-encrypt"):
            try:
                password = gate.decrypt(password)
            except ValueError:
                return envelope(method, {}, status=1, message=WRONG)
        ticket = gate.log_in(user, password)
        if ticket is None:
            return envelope(method, {}, status=1, message=WRONG)
        data = {
            "userName": gate.credentials.user,
            "isAdmin": True,
            "sessionTimeOut": int(SESSION_SECONDS * 1000),
            "enableWatermark": False,
        }
        response = envelope(method, data, message="login successful(登录成功)！")
        response.set_cookie(COOKIE, ticket, path="/")
        return response

    async def log_out(request: Request) -> Response:
        gate.log_out(request)
        return envelope("/api/rest_j/v1/user/logout", {}, message="Logout successful(退出登录成功)！")

    async def public_key(request: Request) -> Response:
        enabled = bool(faults.value("login-encrypt"))
        data = {"enableLoginEncrypt": enabled, "publicKey": gate.public_key if enabled else None}
        return envelope(request.url.path, data, message="Gain public key successfully!(获取公钥成功！)")

    async def unknown(request: Request) -> Response:
        return envelope(request.url.path, {}, status=1, message=f"unknown request URI {request.url.path}")

    return [
        Route("/user/login", log_in, methods=["GET", "POST"]),
        Route("/user/logout", log_out, methods=["GET", "POST"]),
        Route("/user/publicKey", public_key, methods=["GET"]),
        Route("/user/userInfo", service(services, "/api/rest_j/v1/user/userInfo", user_info), methods=["GET"]),
        Route("/user/heartbeat", service(services, "/api/rest_j/v1/user/heartbeat", user_info), methods=["GET"]),
        Route("/user/{rest:path}", unknown, methods=["GET", "POST"]),
    ]
