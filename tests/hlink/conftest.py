"""A local Hlink for each test file, a scripted Flink cluster behind it, and the connection to it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from support.hlink_connection import connection
from support.hlink_flink_stub import FlinkStub
from support.task_fixtures import _no_proxy_of_ours, airflow  # noqa: F401  (fixtures)
from taskcenter.core import lifecycle
from taskcenter.core.flow import RetryPolicy
from taskcenter.hlink import client, system
from taskcenter.hlink.hook import HlinkHook
from taskcenter_sandbox.hlink.server import HlinkServer

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HlinkServer]:
    """A local Hlink, which does not look at its clusters by itself: its status goes stale at once."""
    with HlinkServer(data_dir=tmp_path_factory.mktemp("hlink"), options=["--sync-seconds", "0"]) as server:
        yield server


@pytest.fixture
def server(running_server: HlinkServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[HlinkServer]:
    """The same without faults, and the connection ``hlink_default`` to it; waits are short."""
    monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", connection(running_server.port, running_server))
    monkeypatch.setattr(lifecycle, "SETTLE_SECONDS", (0.02, 0.02, 0.02, 0.02))
    monkeypatch.setattr(client, "RetryPolicy", partial(RetryPolicy, first_delay_seconds=0.02))
    monkeypatch.setattr(system, "CONFIRM_SECONDS", (0.05,) * 60)
    yield running_server
    running_server.fault(clear=True)


@pytest.fixture
def hook(server: HlinkServer) -> Iterator[HlinkHook]:
    """A hook to it."""
    with HlinkHook() as hook:
        yield hook


@pytest.fixture
def flink() -> Iterator[FlinkStub]:
    """A scripted cluster."""
    with FlinkStub() as stub:
        yield stub


@pytest.fixture
def cluster_id(hook: HlinkHook, flink: FlinkStub) -> int:
    """It, as Hlink knows it."""
    name = f"cluster {next(_NUMBERS)}"
    hook.add_cluster(name, flink.url)
    return next(each["id"] for each in hook.cluster_choices() if each["name"] == name)


@pytest.fixture
def jar(tmp_path):
    """Something that Hlink takes for a jar."""
    path = tmp_path / "program.jar"
    path.write_bytes(b"PK\x03\x04 a jar")
    return path


@pytest.fixture
def make_job(hook: HlinkHook, cluster_id: int, jar) -> Callable[..., dict[str, Any]]:
    """Makes a job that runs the jar on the scripted cluster; as it is stored."""

    def make(**fields: Any) -> dict[str, Any]:
        hook.upload_jar(jar, cluster_id)
        newest = max(hook.list_jars(cluster_id), key=lambda each: each["id"])
        body = {"jobName": f"job {next(_NUMBERS)}", "jobType": 1, "clusterId": cluster_id, "useJar": newest["resUname"]}
        return hook.add_job({**body, **fields})

    return make
