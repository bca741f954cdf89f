"""What the tests of the Flink provider have in common."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from support.flink_stub import FlinkStub
from support.task_fixtures import _no_proxy_of_ours, airflow  # noqa: F401  (fixtures)
from taskcenter.core import lifecycle
from taskcenter.core.flow import RetryPolicy
from taskcenter.flink import client, sql_api, system
from taskcenter.flink.hook import FlinkHook


@pytest.fixture
def flink(monkeypatch: pytest.MonkeyPatch) -> Iterator[FlinkStub]:
    """A Flink that does what the test says, and the connection ``flink_default`` to it; waits are short."""
    with FlinkStub() as server:
        monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", server.connection())
        monkeypatch.setattr(lifecycle, "SETTLE_SECONDS", (0.02, 0.02, 0.02, 0.02))
        monkeypatch.setattr(client, "RetryPolicy", partial(RetryPolicy, first_delay_seconds=0.02))
        monkeypatch.setattr(system, "CONFIRM_SECONDS", (0.02,) * 6)
        monkeypatch.setattr(sql_api, "LOOK_SECONDS", (0.02,))
        yield server


@pytest.fixture
def hook(flink: FlinkStub) -> Iterator[FlinkHook]:
    """A hook to the stub."""
    with FlinkHook() as hook:
        yield hook
