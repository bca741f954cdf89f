"""A small parent process that keeps everything that one command starts together.

Run as ``python -m taskcenter_sandbox.processes.guard --parent PID --pid-file FILE --grace SECONDS -- COMMAND...``.

Airflow's components start processes that outlive them: LocalExecutor workers, task processes, the programs that tasks
run in sessions of their own. Three things make sure that none of them stays behind:

* On Linux the guard is a *child subreaper*: a process whose parent has died becomes the guard's child, so the process
  tree below the guard is always complete, and nothing is left as a zombie where pid 1 does not collect them.
* When the process that asked for the command (``--parent``) is gone, however it died, the guard kills the tree.
* On SIGTERM the guard passes SIGTERM on to the command, gives it ``--grace`` seconds, then kills the tree.

While the command runs, its pid is in ``--pid-file``; the file goes when the command does. The guard itself ends,
with the command's exit code, once nothing is left below it.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

_PR_SET_CHILD_SUBREAPER = 36  # from <linux/prctl.h>
_TICK_SECONDS = 0.1
COMMAND_NOT_FOUND = 127


class Guard:
    """Starts ``command`` and stays until the last process that came from it has ended."""

    def __init__(self, command: Sequence[str], *, parent_pid: int, pid_file: Path, grace_seconds: float) -> None:
        self.command = command
        self.parent_pid = parent_pid
        self.pid_file = pid_file
        self.grace_seconds = grace_seconds
        self._stop_requested = False
        self._kill_at: float | None = None
        self._exit_code: int | None = None
        self._pid = 0

    def run(self) -> int:
        """Run the command; returns its exit code, 128 + the signal's number if a signal ended it."""
        signal.signal(signal.SIGTERM, self._request_stop)
        signal.signal(signal.SIGINT, self._request_stop)
        become_subreaper()
        try:
            # A session of its own: a signal to the command's group must not reach the guard.
            self._pid = subprocess.Popen(self.command, start_new_session=True).pid  # noqa: S603
        except OSError as error:
            print(f"[guard] cannot run {self.command[0]}: {error}", flush=True)
            return COMMAND_NOT_FOUND
        _write_whole(self.pid_file, str(self._pid))
        while self._reap():
            if os.getppid() != self.parent_pid:
                kill_children()
            elif self._stop_requested:
                self._stop()
            time.sleep(_TICK_SECONDS)
        return self._exit_code if self._exit_code is not None else 0

    def _request_stop(self, *_: object) -> None:
        self._stop_requested = True

    def _stop(self) -> None:
        if self._exit_code is not None or (self._kill_at is not None and time.monotonic() > self._kill_at):
            kill_children()
        elif self._kill_at is None:
            self._kill_at = time.monotonic() + self.grace_seconds
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGTERM)

    def _reap(self) -> bool:
        """Collect every child that has ended; true while there are others."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._pid:
                code = os.waitstatus_to_exitcode(status)
                self._exit_code = code if code >= 0 else 128 - code
                self.pid_file.unlink(missing_ok=True)
                print(f"[guard] the process ended with {_describe(code)}", flush=True)


def become_subreaper() -> None:
    """Adopt orphaned descendants where the platform can (Linux); elsewhere do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_children() -> None:
    """SIGKILL every process below this one. One that is just being forked is caught by the next call."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _describe(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it or nothing."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="ascii")
    partial.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line given in the module's docstring."""
    parser = argparse.ArgumentParser(description="Run one command and leave none of its processes behind.")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--pid-file", type=Path, required=True)
    parser.add_argument("--grace", type=float, required=True)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    guard = Guard(options.command, parent_pid=options.parent, pid_file=options.pid_file, grace_seconds=options.grace)
    try:
        return guard.run()
    finally:
        kill_children()  # there are some only when the guard itself has failed


if __name__ == "__main__":
    sys.exit(main())
