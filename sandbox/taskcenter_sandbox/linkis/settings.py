"""What can be set, and the bounds of one job."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from taskcenter_sandbox.gateway.settings import ADMINISTRATOR, HEALTH, LOOPBACK_NAMES, Credentials

__all__ = ["ADMINISTRATOR", "HEALTH", "LOOPBACK_NAMES", "Credentials", "JobLimits", "Settings"]


@dataclass(frozen=True)
class JobLimits:
    """The bounds of one job, against accidents; sizes in bytes.

    :param cpu_seconds: processor time of each process of a Python or shell job.
    :param wall_seconds: time from start to end, of any job.
    :param memory: address space of each process; also what DuckDB may use for all SQL jobs together.
    :param file: the largest file that a Python or shell job may write.
    :param printed: what a job may print, and the largest log.
    :param result: the largest result set of a query.
    """

    cpu_seconds: int = 3600
    wall_seconds: float = 24 * 3600.0
    memory: int = 4 << 30
    file: int = 4 << 30
    printed: int = 64 << 20
    result: int = 4 << 30


@dataclass(frozen=True)
class Settings:
    """One local Linkis.

    :param directory: where it keeps everything.
    :param hosts: names that it answers to in the Host header, beside those of the machine itself.
    :param any_address: answers to any IP address as well, for a server that listens on all of them.
    :param running_per_group: jobs of one creator, user and engine that run at once (``wds.linkis.rm.instance``).
    :param queue_capacity: places in the ring of such a group; one fewer can wait.
    :param session_seconds: how long a session lives unused.
    :param shell_words: refuse shell code with certain words, as Linkis does unless it is told otherwise.
    :param scripts: further directories that ``openFile`` may read scripts from.
    """

    directory: Path
    credentials: Credentials = field(default_factory=Credentials)
    hosts: frozenset[str] = LOOPBACK_NAMES
    any_address: bool = False
    running_per_group: int = 10
    queue_capacity: int = 1000
    session_seconds: float = 3600.0
    shell_words: bool = True
    scripts: tuple[Path, ...] = ()
    limits: JobLimits = field(default_factory=JobLimits)
