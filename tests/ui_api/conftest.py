"""The app of the task center on an empty database, and its users."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from support.exchangis_stub import ExchangisStub, StubTask
from support.gateway_server import without_gateway
from support.log_page import LogPage, looking_at_a_run
from support.runs_of_plans import record
from support.task_center import Client, forget_everything, migrated_airflow
from taskcenter.core import gateway
from taskcenter.core.flow import RetryPolicy
from taskcenter_plugin.ui import log_feed


@pytest.fixture(scope="module")
def app():
    with migrated_airflow(), without_gateway():
        from taskcenter_plugin.routes.app import create_app

        yield create_app()


@pytest.fixture
def ada(app):
    """An administrator, before anything is stored."""
    forget_everything()
    return Client(app, "ada")


@pytest.fixture
def vera(app):
    """Who may only look."""
    return Client(app, "vera")


@pytest.fixture
def page(app, monkeypatch) -> Iterator[LogPage]:
    """Who looks at the logs of a run of one task, which runs its first try; with short waits."""
    monkeypatch.setattr(log_feed, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(log_feed, "PAUSE_TO_WORK", 0.0)
    monkeypatch.setattr(gateway, "RetryPolicy", partial(RetryPolicy, attempts=2, first_delay_seconds=0.02))
    with looking_at_a_run(app) as looking:
        yield looking


@pytest.fixture
def exchangis(monkeypatch) -> Iterator[ExchangisStub]:
    with ExchangisStub() as stub:
        monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", stub.connection())
        yield stub


@pytest.fixture
def execution(page, exchangis) -> Any:
    """A transfer that goes on, which the task has on record."""
    made = exchangis.add(log=[f"line {number}" for number in range(1, 2501)], tasks=[StubTask("t1")])
    record(page.context, "exchangis", made.id)
    return made
