"""A request that waits for the end of a run ends with the run, or when nobody waits for its answer any more."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from threading import Event, Thread

import pytest
import uvicorn
from starlette.middleware.base import BaseHTTPMiddleware

from support.task_center import bearer
from taskcenter_sandbox.waiting import wait_until

BODY = {"entityGroup": "LINKIS", "entityKey": "1", "planItems": [{"triggerType": "ONCE"}]}
DETAIL = {"execDetail": {"jobParams": {"code": "SELECT 1"}}}
SECONDS = 15


async def pass_on(request, call_next):
    return await call_next(request)


@pytest.fixture
def served(app, ada):
    """The address of the app behind a middleware of the kind that Airflow's api-server has, and an event: a request is over."""
    over = Event()

    async def watched(scope, receive, send):
        await BaseHTTPMiddleware(app, dispatch=pass_on)(scope, receive, send)
        over.set()

    server = uvicorn.Server(uvicorn.Config(watched, port=0, lifespan="off", log_level="warning"))
    thread = Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started, what="the server", timeout_seconds=SECONDS, poll_seconds=0.05)
        yield server.servers[0].sockets[0].getsockname(), over
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


@contextmanager
def sent(address, method: str, path: str, body: object = None):
    """A request on its way, whose answer nobody has read."""
    data = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {bearer('ada')}\r\nContent-Length: {len(data)}\r\n\r\n"
    with socket.create_connection(address) as connection:
        connection.sendall(head.encode() + data)
        yield connection


def stored(ada) -> list:
    return ada.ok("GET", "/api/contexts")["data"]


def test_a_client_that_goes_away_while_it_waits_for_a_run_is_noticed_and_the_run_stays(ada, served):
    address, over = served
    with sent(address, "POST", "/api/schedules", {**BODY, **DETAIL, "sync": True}):
        wait_until(lambda: stored(ada), what="the run", timeout_seconds=SECONDS, poll_seconds=0.1)
        assert not over.wait(1.5)  # it waits
    assert over.wait(SECONDS)
    assert [each["jobStatus"] for each in stored(ada)] == ["PENDING"]


@pytest.mark.parametrize("what", ["logs", "results"])
def test_a_client_that_goes_away_while_it_waits_for_output_is_noticed(ada, served, what):
    address, over = served
    context = ada.ok("POST", "/api/schedules", {**BODY, **DETAIL})["data"]["contextId"]
    with sent(address, "GET", f"/api/contexts/{context}/{what}"):
        assert not over.wait(1.5)
    assert over.wait(SECONDS)


def test_who_waits_is_answered_when_the_run_has_ended(ada, served):
    address, over = served
    context = ada.ok("POST", "/api/schedules", {**BODY, **DETAIL})["data"]["contextId"]
    with sent(address, "GET", f"/api/contexts/{context}/logs") as connection:
        assert not over.wait(1)
        ada.ok("POST", "/api/schedules/cancel", BODY)
        assert over.wait(SECONDS)
        assert b'"done":true' in connection.recv(65536)
