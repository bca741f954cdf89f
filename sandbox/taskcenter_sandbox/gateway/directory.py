"""A data directory, which one server at a time has."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class InUse(Exception):  # noqa: N818 # said to the user, and that is all
    """Another server has the data directory."""


class DirectoryLock:
    """Holds a data directory until it is closed, or the process ends.

    :param title: what serves from such a directory.
    :raises InUse: another server has it.
    """

    def __init__(self, directory: Path, title: str) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The lock goes with the process, however that ends; open files of its children do not hold it.
        self._file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise InUse(f"{directory} is in use by another {title}; name another with --data-dir") from None

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)
