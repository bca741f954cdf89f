"""Fixtures of tests that run tasks in the test's own process, for the conftest modules that import them."""

from __future__ import annotations

import pytest
from airflow.sdk.execution_time import task_runner

from support.airflow_task import InMemoryAirflow

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle")


@pytest.fixture(autouse=True)
def _no_proxy_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> InMemoryAirflow:
    """The Airflow that tasks of the test talk to."""
    memory = InMemoryAirflow()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", memory, raising=False)
    return memory
