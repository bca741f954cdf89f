"""What a local Hlink is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from taskcenter_sandbox.flink.cluster import FlinkCluster
from taskcenter_sandbox.gateway.settings import LOOPBACK_NAMES, Credentials

DEFAULT_PORT = 9322
"""The real server's, 8086, is that of other programs as well."""


@dataclass(frozen=True)
class Settings:
    """Options of the server.

    :param directory: where everything is kept.
    :param hosts: names that it answers to in the Host header.
    :param any_address: answers to any IP address as well.
    :param session_seconds: how long an unused session lives.
    :param sync_seconds: between two looks at the clusters for what became of running jobs; the real server has 120.
        0 for never.
    :param flink: a cluster that lives with the server.
    :param statebackend_path: what ``checkpointStatebackendPath`` of every new job is overwritten with.
    """

    directory: Path
    credentials: Credentials = field(default_factory=Credentials)
    hosts: frozenset[str] = LOOPBACK_NAMES
    any_address: bool = False
    session_seconds: float = 7200.0
    sync_seconds: float = 120.0
    flink: FlinkCluster | None = None
    statebackend_path: str = ""
