"""What can be set, and what each version of Exchangis does differently (facts section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from taskcenter_sandbox.gateway.settings import LOOPBACK_NAMES, Credentials

PATHS = ("both", "real", "documented")
"""Which spelling of the paths is served (facts section 1.1)."""


class Version(NamedTuple):
    """A version of Exchangis."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version:
        """``1.1.8`` as a version.

        :raises ValueError: it is none that this server can be.
        """
        version = next((each for each in VERSIONS if str(each) == text), None)
        if version is None:
            raise ValueError(f"there is no version {text!r}; it can be {', '.join(map(str, VERSIONS))}")
        return version

    def __str__(self) -> str:
        return ".".join(map(str, self))

    @property
    def error_is_http_400(self) -> bool:
        """Whether a refusal has HTTP status 400; with Linkis 1.1.1 it is 200."""
        return self >= (1, 1, 2)

    @property
    def has_fields_mapping(self) -> bool:
        """Whether there is ``fieldsmapping``."""
        return self < (1, 1, 7)

    @property
    def has_transform_settings(self) -> bool:
        """Whether there is ``job/transform/settings``."""
        return self >= (1, 1, 2)

    @property
    def is_late(self) -> bool:
        """Whether it is 1.1.7 or later, which changed much: administrators, ``jobContent``, projects as text, ..."""
        return self >= (1, 1, 7)

    @property
    def hides_passwords_in_logs(self) -> bool:
        """Whether lines of logs with the word password are not shown."""
        return self >= (1, 1, 0)

    @property
    def retries_launches(self) -> bool:
        """Whether a task that cannot be launched is tried again for ever; before, its job fails."""
        return self >= (1, 1, 0)

    @property
    def has_tail(self) -> bool:
        """Whether logs know ``enableTail``."""
        return self >= (1, 1, 3)


VERSIONS = (Version(1, 0, 0), Version(1, 1, 2), Version(1, 1, 3), Version(1, 1, 7), Version(1, 1, 8))
"""The releases."""


@dataclass(frozen=True)
class Settings:
    """One local Exchangis.

    :param directory: where it keeps everything.
    :param version: the version whose behaviour it shows.
    :param paths: one of :data:`PATHS`.
    :param warehouse: the DuckDB file that stands for Hive, where no Linkis is served beside.
    :param hosts: names that it answers to in the Host header, beside those of the machine itself.
    :param any_address: answers to any IP address as well, for a server that listens on all of them.
    :param session_seconds: how long a session lives unused.
    :param running_tasks: tasks of one user that run at once (``wds.exchangis.job.task.parallel.max-per-tenancy``).
    :param batch_rows: rows that are read and written at a time.
    :param poll_seconds: after how long a running task looks whether its job has been killed, or has failed.
    :param retry_seconds: the waits before a launch that failed is tried again; the last one is repeated.
    """

    directory: Path
    credentials: Credentials = field(default_factory=Credentials)
    version: Version = VERSIONS[-1]
    paths: str = "both"
    warehouse: Path | None = None
    hosts: frozenset[str] = LOOPBACK_NAMES
    any_address: bool = False
    session_seconds: float = 7200.0
    running_tasks: int = 20
    batch_rows: int = 5000
    poll_seconds: float = 0.2
    retry_seconds: tuple[float, ...] = (0.5, 1.0, 2.0, 3.0)
