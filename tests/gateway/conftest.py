"""Local servers of the three systems, connections to them, and the gateway in front of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.gateway_server import SYSTEMS, environment, gateway_server
from support.task_center import migrated_airflow
from taskcenter_sandbox.exchangis.server import ExchangisServer
from taskcenter_sandbox.gateway.server import SandboxServer
from taskcenter_sandbox.gateway.settings import Credentials
from taskcenter_sandbox.hlink.server import HlinkServer
from taskcenter_sandbox.linkis.server import LinkisServer

CREDENTIALS = Credentials("hadoop", "the-connection's-password", "the-connection's-token")


@pytest.fixture(scope="session", autouse=True)
def _airflow() -> Iterator[None]:
    """Airflow's database and users; no proxy of whoever runs the tests."""
    proxies = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    with environment(dict.fromkeys(proxies, "")), migrated_airflow():
        yield


@pytest.fixture(scope="session")
def linkis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkisServer]:
    """A local Linkis."""
    with LinkisServer(data_dir=tmp_path_factory.mktemp("linkis"), credentials=CREDENTIALS) as server:
        yield server


@pytest.fixture(scope="session")
def exchangis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangisServer]:
    """A local Exchangis, which has the real paths and the documented ones, and every documented endpoint."""
    directory = tmp_path_factory.mktemp("exchangis")
    options = ["--exchangis-version", "1.1.3", "--paths", "both"]
    with ExchangisServer(data_dir=directory, credentials=CREDENTIALS, options=options) as server:
        yield server


@pytest.fixture(scope="session")
def hlink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HlinkServer]:
    """A local Hlink, which does not look at its clusters by itself."""
    directory = tmp_path_factory.mktemp("hlink")
    with HlinkServer(data_dir=directory, credentials=CREDENTIALS, options=["--sync-seconds", "0"]) as server:
        yield server


def connection(server: SandboxServer, **fields: Any) -> str:
    """The value of an AIRFLOW_CONN variable that leads to a server."""
    given = {"conn_type": server.system, "host": "127.0.0.1", "port": server.port}
    return json.dumps({**given, "login": CREDENTIALS.user, "password": CREDENTIALS.password, **fields})


@pytest.fixture(scope="session")
def connections(linkis: LinkisServer, exchangis: ExchangisServer, hlink: HlinkServer) -> Iterator[None]:
    """``SYSTEM_default`` logs in with a password, ``SYSTEM_token`` with a token where the system has those."""
    values = {f"{server.system}_default": connection(server) for server in (linkis, exchangis, hlink)}
    for server in (linkis, exchangis):
        token = {"password": CREDENTIALS.token, "extra": {"auth": "token"}}
        values[f"{server.system}_token"] = connection(server, **token)
    values["exchangis_documented"] = connection(exchangis, extra={"paths": "documented"})
    with environment({f"AIRFLOW_CONN_{name.upper()}": value for name, value in values.items()}):
        yield


@pytest.fixture(scope="session")
def gateway(connections: None) -> Iterator[str]:
    """The address of a gateway that serves all views through the default connections."""
    with gateway_server(**{f"gateway_{system}_conn_id": f"{system}_default" for system in SYSTEMS}) as url:
        yield url
