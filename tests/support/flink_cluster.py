"""A real local Flink for tests, with an SQL Gateway or without, and the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from taskcenter_sandbox.flink.cluster import FlinkCluster
from taskcenter_sandbox.flink.distribution import FlinkMissing, find_distribution
from taskcenter_sandbox.flink.gateway_jars import find_gateway_jars
from taskcenter_sandbox.flink.sql_gateway import SqlGateway


def skip_without_flink() -> None:
    """Skip the test where Java or the distribution is missing."""
    try:
        find_distribution()
    except FlinkMissing as missing:
        pytest.skip(str(missing))


def skip_without_gateway() -> None:
    """Skip the test where a Flink with an SQL Gateway cannot run."""
    skip_without_flink()
    try:
        find_gateway_jars()
    except FlinkMissing as missing:
        pytest.skip(str(missing))


@contextmanager
def flink_cluster(data_dir: Path, **options: Any) -> Iterator[FlinkCluster]:
    """A running cluster; skips the test where there can be none."""
    skip_without_flink()
    with FlinkCluster(data_dir=data_dir, **options) as cluster:
        yield cluster


@contextmanager
def sql_gateway(data_dir: Path, cluster: FlinkCluster, **options: Any) -> Iterator[SqlGateway]:
    """A running SQL Gateway beside a cluster; skips the test where there can be none."""
    skip_without_gateway()
    with SqlGateway(data_dir=data_dir, cluster_port=cluster.port, **options) as gateway:
        yield gateway
