"""What is kept of one log: its lines so far, and whether more will come."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from itertools import islice

from taskcenter_plugin.errors import Unavailable
from taskcenter_plugin.ui.line_file import LineFile

log = logging.getLogger(__name__)

BATCH_LINES = 2000
"""How many lines go into the file at a time."""


class Spool:
    """The lines of a log in a file of the api-server; filled by one thread at a time, read by any.

    :param open_file: makes an empty file
    :param may_grow: whether there is room for so many more bytes
    :param told: called, by whichever thread, when there is more
    """

    def __init__(
        self, open_file: Callable[[], LineFile], may_grow: Callable[[int], bool], told: Callable[[], None]
    ) -> None:
        self._open_file = open_file
        self._may_grow = may_grow
        self._told = told
        self.lines = self.new_file()
        self.done = False
        self.closed = False
        self.is_full = False

    def new_file(self) -> LineFile:
        """An empty file.

        :raises Unavailable: none can be made.
        """
        try:
            return self._open_file()
        except OSError as error:
            raise _no_room(error) from error

    def append(self, lines: Iterable[bytes], file: LineFile | None = None) -> None:
        """Add lines; those for which there is no room are dropped, and :attr:`is_full` says so.

        :param file: instead of the one that is read
        :raises Unavailable: they cannot be written.
        """
        target = self.lines if file is None else file
        coming = iter(lines)
        while batch := list(islice(coming, BATCH_LINES)):
            if self.is_full or self.closed:
                return
            if not self._may_grow(sum(map(len, batch)) + len(batch)):
                self.is_full = True
                return
            try:
                target.append(batch)
            except OSError as error:
                raise _no_room(error) from error
            self.is_full = target.is_full
            if file is None:
                self._told()

    def finish(self) -> None:
        """Note that nothing more will come, unless it was closed before everything was here."""
        self.done = not self.closed

    def replace(self, file: LineFile) -> None:
        """Have another file read from now on."""
        self.lines = file
        self._told()


def _no_room(error: OSError) -> Unavailable:
    log.error("The api-server cannot keep a log that somebody reads: %s", error)
    return Unavailable("The api-server has no room in its temporary directory to show the log. Tell an administrator.")
