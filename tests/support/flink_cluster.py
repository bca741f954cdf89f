"""A real local Flink for tests, and the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from taskcenter_sandbox.flink.cluster import FlinkCluster
from taskcenter_sandbox.flink.distribution import FlinkMissing, find_distribution


def skip_without_flink() -> None:
    """Skip the test where Java or the distribution is missing."""
    try:
        find_distribution()
    except FlinkMissing as missing:
        pytest.skip(str(missing))


@contextmanager
def flink_cluster(data_dir: Path, **options: Any) -> Iterator[FlinkCluster]:
    """A running cluster; skips the test where there can be none."""
    skip_without_flink()
    with FlinkCluster(data_dir=data_dir, **options) as cluster:
        yield cluster
