"""What the tests of the shared lifecycle have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import pytest

from support.flows import Driver
from support.linkis_stub import LinkisStub
from support.scripted_server import ScriptedServer
from support.task_fixtures import _no_proxy_of_ours, airflow  # noqa: F401  (fixtures)
from taskcenter.core import gateway, lifecycle
from taskcenter.core.flow import RetryPolicy
from taskcenter.core.patience import Patience
from taskcenter.jobs import poller


@pytest.fixture(params=["sync", "async"])
def driver(request: pytest.FixtureRequest) -> Driver:
    """Each test with it runs with both drivers."""
    return Driver(request.param)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that says what it is told to."""
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def linkis(monkeypatch: pytest.MonkeyPatch) -> Iterator[LinkisStub]:
    """A Linkis whose jobs do what the test says, and the connection ``linkis_default`` to it.

    What is waited between attempts and looks is short.
    """
    with LinkisStub() as stub:
        monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", stub.connection())
        monkeypatch.setattr(lifecycle, "SETTLE_SECONDS", (0.02, 0.02, 0.02, 0.02))
        monkeypatch.setattr(gateway, "RetryPolicy", partial(RetryPolicy, first_delay_seconds=0.02))
        yield stub


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not mend itself is given up after a moment, not after five minutes."""
    for module in (lifecycle, poller):
        monkeypatch.setattr(module, "Patience", partial(Patience, grace_seconds=0.1))


class TaskLog:
    """What a task and its trigger wrote into their log, without times and names of loggers."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    @property
    def lines(self) -> list[str]:
        """The messages so far."""
        self._text += self._capsys.readouterr().out
        return [found.group(1).rstrip() for found in _LOG_LINE.finditer(self._text)]

    def __contains__(self, text: str) -> bool:
        return any(text in line for line in self.lines)


_LOG_LINE = re.compile(r"^\S+ \[\w+ *\] (.*?) *\[[\w.]+\] loc=", re.MULTILINE)


@pytest.fixture
def task_log(capsys: pytest.CaptureFixture[str]) -> TaskLog:
    """The log of the test's tasks and triggers."""
    return TaskLog(capsys)
