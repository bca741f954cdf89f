"""When the remote system is not well: the page is told what is wrong and what to do, and nothing that is secret."""

from __future__ import annotations

import json
import time
from functools import partial

import pytest

from support.scripted_server import Answer, ScriptedServer, html_answer
from taskcenter.core import gateway
from taskcenter.core.flow import RetryPolicy

PASSWORD = "a-secret-word"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch) -> None:
    monkeypatch.setattr(gateway, "RetryPolicy", partial(RetryPolicy, attempts=2, first_delay_seconds=0.02))


@pytest.fixture
def server():
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def connect(task, monkeypatch):
    """Let the job run on a server on that port."""

    def to(port: int, **extra) -> None:
        connection = {
            "conn_type": "linkis",
            "host": "127.0.0.1",
            "port": port,
            "login": "a-user",
            "password": PASSWORD,
            "extra": {"auth": "token", **extra},
        }
        monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", json.dumps(connection))
        task.record("linkis", "7", exec_id="exec_7")

    return to


def told(task, path: str = "/jobs/state") -> tuple[int, str]:
    status, data, message = task.ask(path)
    assert data is None
    for secret in (PASSWORD, "a-user", "127.0.0.1", "linkis_default"):
        assert secret not in message
    return status, message


@pytest.mark.parametrize(
    "path", ["/jobs/state", "/jobs/log", "/jobs/results", "/jobs/results/0", "/jobs/results/0/download"]
)
def test_a_system_that_is_down(task, connect, path):
    connect(9)
    assert told(task, path) == (502, "Linkis cannot be reached. See whether it is up, and try again later.")


def test_a_system_that_does_not_answer_in_time(task, connect, server):
    server.always("GET /api/rest_j/v1/jobhistory/7/get", Answer(held=True))
    connect(server.port, timeout_seconds=0.2)
    assert told(task) == (504, "Linkis does not answer in time. See whether it is well, and try again later.")


def test_a_system_that_takes_longer_than_a_page_waits(task, connect, server, monkeypatch):
    from taskcenter_plugin.job_pages import remote

    monkeypatch.setattr(remote.ask, "__kwdefaults__", {"seconds": 0.3})
    server.always("GET /api/rest_j/v1/jobhistory/7/get", Answer(held=True))
    connect(server.port)
    begun = time.monotonic()
    assert told(task)[0] == 504
    assert time.monotonic() - begun < 5


def test_a_proxy_that_answers_instead(task, connect, server):
    server.always("GET /api/rest_j/v1/jobhistory/7/get", html_answer(502))
    connect(server.port)
    assert told(task) == (502, "The gateway answers, but Linkis behind it does not. See whether its services are up.")


def test_credentials_that_are_refused(task, connect, linkis):
    connect(linkis.port)
    assert told(task) == (502, "Linkis refused the credentials of the connection. The api-server's log says more.")


def test_a_job_that_the_system_does_not_know(task, connection):
    task.record("linkis", "999999")
    status, message = told(task)
    assert (status, "does not know it" in message) == (404, True)


def test_a_connection_that_is_not_there_or_is_wrong(task, connect, monkeypatch):
    connect(9)
    for value in (None, json.dumps({"conn_type": "linkis"}), "linkis://u@h?extra__x=%ZZ"):
        if value is None:
            monkeypatch.delenv("AIRFLOW_CONN_LINKIS_DEFAULT")
        else:
            monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", value)
        assert told(task) == (503, "The connection to Linkis cannot be used here. The api-server's log says why.")


def test_requests_share_one_login(task, submit, linkis):
    submit("SELECT 1")
    task.when_ended()
    linkis.fault(clear=True)
    from taskcenter_plugin.job_pages import remote

    for _ in range(3):
        task.ok("/jobs/state")
        task.ok("/jobs/log")
    [kept] = [kept for loop in remote._kept.values() for kept in loop.values()]
    assert kept.session.users == 1
    assert kept.session.settings.conn_id == "linkis_default"
