"""What the tests of the Exchangis provider have in common."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from support.exchangis_stub import ExchangisStub
from support.task_fixtures import _no_proxy_of_ours, airflow  # noqa: F401  (fixtures)
from taskcenter.core import gateway, lifecycle
from taskcenter.core.flow import RetryPolicy
from taskcenter.exchangis import system
from taskcenter.exchangis.hook import ExchangisHook


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExchangisStub]:
    """An Exchangis that does what the test says, and the connection ``exchangis_default`` to it; waits are short."""
    with ExchangisStub() as server:
        monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", server.connection())
        monkeypatch.setattr(lifecycle, "SETTLE_SECONDS", (0.02, 0.02, 0.02, 0.02))
        monkeypatch.setattr(gateway, "RetryPolicy", partial(RetryPolicy, first_delay_seconds=0.02))
        monkeypatch.setattr(system, "SETTLE_SECONDS", (0.02,) * 8)
        monkeypatch.setattr(system, "CONFIRM_SECONDS", (0.02,) * 6)
        yield server


@pytest.fixture
def hook(stub: ExchangisStub) -> Iterator[ExchangisHook]:
    """A hook to the stub."""
    with ExchangisHook() as hook:
        yield hook
