"""Which connection a request goes through: the configured one, or another that its user may use."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from taskcenter_plugin.airflow_internals import auth
from taskcenter_plugin.gateway.errors import GatewayError
from taskcenter_plugin.gateway.requests import CONNECTION_HEADER, CONNECTION_PARAMETER
from taskcenter_plugin.gateway.views import Served


async def chosen_connection(served: Served, request: Request, user: Any) -> str:
    """The connection's id.

    :raises GatewayError: 404 where the view is off, 403 where the user may not use the connection, 400 where it does not lead
        to the system.
    """
    served.check_on()
    asked = request.headers.get(CONNECTION_HEADER) or request.query_params.get(CONNECTION_PARAMETER)
    if not asked or asked == served.default_connection:
        return served.default_connection
    if not await run_in_threadpool(auth.may_connect, user, "GET", asked):
        raise GatewayError(403, f"User {auth.user_name(user)} may not use connection {asked!r:.100}.")
    try:
        connection = await BaseHook.aget_connection(asked)
    except AirflowNotFoundException:
        raise GatewayError(400, f"There is no connection {asked!r:.100}.") from None
    if connection.conn_type != served.view.conn_type:
        message = f"Connection {asked!r:.100} is not of type {served.view.conn_type}, and does not lead to {served.view.title}."
        raise GatewayError(400, message)
    return asked
