"""Ends the processes of all jobs when the server is gone, however it went.

Run as ``python -m taskcenter_sandbox.linkis.engines.watchdog MARK``, its standard input a pipe from the server: when
the pipe closes, the server has ended.
"""

from __future__ import annotations

import os
import subprocess
import sys

from taskcenter_sandbox.linkis.engines.marks import kill_marked

_READ_BYTES = 4096


class Watchdog:
    """The watching process, as the server sees it.

    :param mark: of the processes to kill.
    """

    def __init__(self, mark: str) -> None:
        # A session of its own: Ctrl-C in a terminal must not end it before the server.
        self._process = subprocess.Popen(  # noqa: S603 # our own module
            [sys.executable, "-m", "taskcenter_sandbox.linkis.engines.watchdog", mark],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def close(self) -> None:
        """Let it kill what is left, and wait for that."""
        assert self._process.stdin is not None  # noqa: S101 # it is a pipe
        self._process.stdin.close()
        self._process.wait()


def main() -> int:
    """Wait for the end of the pipe, then kill."""
    while os.read(sys.stdin.fileno(), _READ_BYTES):
        pass
    kill_marked(sys.argv[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
