"""A guarded command as the process that started it sees it: start, look, stop, kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from taskcenter_sandbox.waiting import wait_until

_GUARD = "taskcenter_sandbox.processes.guard"
_START_SECONDS = 30
_KILL_SECONDS = 20


class GuardedProcess:
    """A command, running below a guard that leaves none of its processes behind (see :mod:`.guard`).

    :param name: names the log file and the pid file, and appears in errors
    :param command: program and arguments
    :param env: the whole environment of the command
    :param directory: where ``<name>.log`` and ``<name>.<random>.pid`` are written; also the working directory
    :param grace_seconds: how long :meth:`stop` lets the command end by itself
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        directory: Path,
        grace_seconds: float = 5,
    ) -> None:
        directory = directory.resolve()
        self.name = name
        self.log_path = directory / f"{name}.log"
        self.grace_seconds = grace_seconds
        # Each launch has its own file: the guard of an earlier launch may still look after orphans.
        self._pid_file = directory / f"{name}.{os.urandom(4).hex()}.pid"
        guard = [
            sys.executable, "-m", _GUARD, "--parent", str(os.getpid()), "--pid-file", str(self._pid_file),
            "--grace", str(grace_seconds), "--", *command,
        ]  # fmt: skip
        with self.log_path.open("ab") as log:
            # A session of its own, so that Ctrl-C in a terminal reaches only us and we can stop things in order.
            self._guard = subprocess.Popen(  # noqa: S603
                guard,
                env=dict(env),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(
            lambda: self.pid or self.ended,
            what=f"{name} to be launched",
            timeout_seconds=_START_SECONDS,
            poll_seconds=0.05,
        )

    @property
    def pid(self) -> int | None:
        """The command's own pid, None once it has ended."""
        try:
            return int(self._pid_file.read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    @property
    def ended(self) -> bool:
        """True when neither the command nor anything that it started is left."""
        return self._guard.poll() is not None

    @property
    def exit_code(self) -> int | None:
        """The command's exit code, 128 + signal number if it was killed; None while anything of it is left."""
        return self._guard.poll()

    def tree(self) -> list[psutil.Process]:
        """All living processes that came from the command, itself included."""
        try:
            below = psutil.Process(self._guard.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [process for process in below if _is_alive(process)]

    def kill(self, *, whole: bool = True) -> None:
        """SIGKILL the command and wait until it is gone.

        :param whole: with everything that it started; otherwise only the command's own process, so that its children
            live on as orphans, as they do when somebody types ``kill -9``
        """
        if whole:
            wait_until(
                self._kill_tree, what=f"{self.name} to be killed", timeout_seconds=_KILL_SECONDS, poll_seconds=0.05
            )
            self._guard.wait(_KILL_SECONDS)
        elif pid := self.pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            wait_until(
                lambda: self.pid is None,
                what=f"{self.name} to be killed",
                timeout_seconds=_KILL_SECONDS,
                poll_seconds=0.05,
            )

    def stop(self) -> None:
        """End the command: SIGTERM, then SIGKILL of all that is left after the grace time."""
        self.request_stop()
        try:
            self._guard.wait(self.grace_seconds + 5)
        except subprocess.TimeoutExpired:
            self.kill()

    def request_stop(self) -> None:
        """Begin what :meth:`stop` does, without waiting, so that several commands can end at once."""
        if not self.ended:
            self._guard.terminate()

    def log_tail(self, lines: int = 40) -> str:
        """Return the last lines that the command wrote."""
        return tail(self.log_path, lines)

    def _kill_tree(self) -> bool:
        alive = self.tree()
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return not alive


def tail(path: Path, lines: int) -> str:
    """Return the last ``lines`` lines of a text file, of its last 256 KiB at most; empty if there is no file."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 256 * 1024))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
