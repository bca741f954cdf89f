"""The login of Linkis' clients, with an Airflow user: its cookie is Airflow's own."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import httpx
from airflow.api_fastapi.app import get_cookie_path
from airflow.configuration import conf
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from taskcenter_plugin.airflow_internals.auth import COOKIE_NAME_JWT_TOKEN, login_app
from taskcenter_plugin.gateway.errors import GatewayError
from taskcenter_plugin.gateway.requests import refuse_other_sites
from taskcenter_plugin.gateway.views import view_at

PATH = "/api/rest_j/v1/user/login"
MAX_BYTES = 1 << 16
DESCRIBED: dict[str, Any] = {
    "tags": ["Linkis"],
    "summary": "Log in as an Airflow user",
    "description": "For clients of Linkis: the session is Airflow's cookie, which all of this Airflow takes.",
    "operation_id": "linkis_login",
    "response_model": None,
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["userName", "password"],
                        "properties": {name: {"type": "string", "minLength": 1} for name in ("userName", "password")},
                    }
                }
            },
        }
    },
    "responses": {
        200: {"description": "Logged in: the cookie is set"},
        400: {"description": "The body is another"},
        401: {"description": "Wrong user or password"},
        404: {"description": "Airflow's auth manager gives out no tokens for passwords"},
        413: {"description": "The body is too large"},
    },
}
"""The arguments of ``add_api_route`` that describe it."""

_CREATED = (200, 201)
_NO_USER = (400, 401, 403, 422)


async def log_in(request: Request) -> Response:
    """登录: ``{"userName", "password"}`` of an Airflow user; the session is a cookie, as with Linkis itself.

    Its errors: 400 for another body, 401 for a wrong user or password, 403 for another site's page, 404 where Linkis' view is
    off, or Airflow's auth manager gives out no tokens for passwords.
    """
    view_at(PATH).check_on()
    refuse_other_sites(request)  # it would have its visitor work in somebody else's name
    body = await _body(request)
    user, password = body.get("userName"), body.get("password")
    if not isinstance(user, str) or not isinstance(password, str) or not user or not password:
        raise GatewayError(400, "Give userName and password of an Airflow user, as texts, in a JSON object.")
    if not _is_text(user) or not _is_text(password):
        raise GatewayError(400, "userName and password have half a letter in them, which is no text.")
    token = await _token(user, password)
    data = {"userName": user, "isAdmin": False, "enableWatermark": False}
    answer = JSONResponse(
        {"method": "/api/user/login", "status": 0, "message": "login successful(登录成功)！", "data": data},
        headers={"Cache-Control": "no-store"},
    )
    secure = request.url.scheme == "https" or bool(conf.get("api", "ssl_cert", fallback=""))
    answer.set_cookie(
        COOKIE_NAME_JWT_TOKEN, token, path=get_cookie_path(), secure=secure, httponly=True, samesite="lax"
    )
    return answer


async def _body(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BYTES:
            raise GatewayError(413, f"The body is larger than {MAX_BYTES} bytes.")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise GatewayError(400, "The body must be a JSON object with userName and password.")
    return value


def _is_text(given: str) -> bool:
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


async def _token(user: str, password: str) -> str:
    """What Airflow's auth manager gives for user and password, asked in this process."""
    app = _auth_app()
    if app is None:
        raise _no_tokens()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
        reply = await client.post("/token", json={"username": user, "password": password})
    if reply.status_code in _CREATED and "access_token" in reply.json():
        return str(reply.json()["access_token"])
    if reply.status_code in _NO_USER:
        raise GatewayError(401, "Wrong user or password. Log in with those of an Airflow user.")
    raise _no_tokens()


@cache
def _auth_app() -> FastAPI | None:
    return login_app()


def _no_tokens() -> GatewayError:
    message = "This Airflow gives no token for user and password. Send one of its tokens as Authorization: Bearer."
    return GatewayError(404, message)
