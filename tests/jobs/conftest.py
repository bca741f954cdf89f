"""What the tests of the shared lifecycle have in common."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.flows import Driver
from support.scripted_server import ScriptedServer


@pytest.fixture(params=["sync", "async"])
def driver(request: pytest.FixtureRequest) -> Driver:
    """Each test with it runs with both drivers."""
    return Driver(request.param)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that says what it is told to."""
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture(autouse=True)
def _no_proxy_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
