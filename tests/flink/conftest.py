"""What the tests of the Flink provider have in common."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from airflow.sdk.execution_time import task_runner

from support.airflow_task import InMemoryAirflow
from support.flink_stub import FlinkStub
from taskcenter.core import lifecycle
from taskcenter.core.flow import RetryPolicy
from taskcenter.flink import client, sql_api, system
from taskcenter.flink.hook import FlinkHook


@pytest.fixture(autouse=True)
def _no_proxy_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> InMemoryAirflow:
    """The Airflow that tasks of the test talk to."""
    memory = InMemoryAirflow()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", memory, raising=False)
    return memory


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
