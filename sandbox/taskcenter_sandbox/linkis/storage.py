"""The files that clients may see: below the data directory, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from taskcenter_sandbox.linkis.envelope import LinkisError

EMPTY_PATH, NO_ACCESS, UNREADABLE = 80004, 80010, 80012
VISIBLE = ("log", "result", "scripts")


class Storage:
    """Resolves the paths that clients send (``file:///...``).

    :param directory: the data directory; ``scripts`` in it is the users' workspace.
    """

    def __init__(self, directory: Path) -> None:
        self._roots = [(directory / name).resolve() for name in VISIBLE]

    def resolve(self, given: str) -> Path:
        """The local path.

        :raises LinkisError: 80004 it is empty, 80010 it is not for clients.
        """
        if not given:
            raise LinkisError(EMPTY_PATH, "path is empty(路径为空)")
        try:
            path = Path(given.removeprefix("file://")).resolve()
        except (OSError, ValueError) as error:
            raise LinkisError(UNREADABLE, f"{given}: {error}") from error
        if not any(path == root or root in path.parents for root in self._roots):
            raise LinkisError(NO_ACCESS, f"The user does not have permission to access the path(没有权限访问): {given}")
        return path
