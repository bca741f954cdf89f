"""A PostgreSQL, a MariaDB and a Redis of a test's own; the test is skipped where they are not installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

import pytest

from taskcenter_sandbox.deployment import cluster
from taskcenter_sandbox.processes import databases

T = TypeVar("T")


def _or_skip(server: Callable[[], AbstractContextManager[T]]) -> Callable[[], AbstractContextManager[T]]:
    @contextmanager
    def running() -> Iterator[T]:
        starting = server()
        try:
            value = starting.__enter__()
        except databases.ServerMissingError as error:
            pytest.skip(str(error))
        try:
            yield value
        finally:
            starting.__exit__(None, None, None)

    return running


postgres = _or_skip(databases.postgres)
mariadb = _or_skip(databases.mariadb)
redis = _or_skip(databases.redis)
backends = _or_skip(cluster.backends)

USER, PASSWORD, DATABASE = databases.USER, databases.PASSWORD, databases.DATABASE
free_port = databases.free_port
