"""A stand-in as a process of its own, for tests and the demo."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import requests

from taskcenter_sandbox.gateway.settings import HEALTH, Credentials
from taskcenter_sandbox.processes.guarded import GuardedProcess
from taskcenter_sandbox.waiting import DeadlineExceeded, wait_until

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

START_SECONDS = 60.0
ORPHAN_SECONDS = 15.0


class StartError(RuntimeError):
    """A stand-in has not started; the text ends with what it said."""


class SandboxServer:
    """Runs ``taskcenter-sandbox SYSTEM``; a context manager that leaves no process behind.

    :param data_dir: where it keeps everything; another server started on it later finds it all.
    :param port: 0 for a free one.
    :param faults: switched on from the start, ``name``, ``name:N`` or ``name:N@K``.
    :param options: further options of the command.
    """

    system: ClassVar[str]
    """The subcommand."""

    title: ClassVar[str]
    """What people call it."""

    start_error: ClassVar[type[StartError]] = StartError

    def __init__(
        self,
        *,
        data_dir: Path,
        port: int = 0,
        faults: Sequence[str] = (),
        credentials: Credentials | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.data_dir = Path(data_dir).resolve()
        self.port = port or _free_port()
        self.faults = tuple(faults)
        self.credentials = credentials or Credentials()
        self.options = tuple(options)
        self._process: GuardedProcess | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The server's own process, None when it does not run."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it and wait until it answers.

        :raises StartError: it ended instead.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        credentials = self.credentials
        command = [sys.executable, "-m", "taskcenter_sandbox", self.system, "--port", str(self.port)]
        command += ["--data-dir", str(self.data_dir), *self.options]
        for fault in self.faults:
            command += ["--fault", fault]
        prefix = f"{self.system.upper()}_SANDBOX"
        environment = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            f"{prefix}_USER": credentials.user,
            f"{prefix}_PASSWORD": credentials.password,
            f"{prefix}_TOKEN": credentials.token,
        }
        self._process = GuardedProcess(self.system, command, env=environment, directory=self.data_dir)
        wait_until(self._answers, what=f"the {self.title} to answer", timeout_seconds=START_SECONDS, poll_seconds=0.02)

    def kill(self) -> None:
        """SIGKILL it, alone; returns when the processes of its jobs have noticed, and are gone as well."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill(whole=False)
        try:
            wait_until(
                lambda: process.ended,
                what=f"the jobs of a killed {self.title} to end",
                timeout_seconds=ORPHAN_SECONDS,
                poll_seconds=0.02,
            )
        except DeadlineExceeded:
            process.kill()
            raise

    def stop(self) -> None:
        """Stop it the gentle way."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def log_tail(self, lines: int = 40) -> str:
        """What it wrote last."""
        return self._process.log_tail(lines) if self._process else ""

    def fault(self, *faults: str, clear: bool = False) -> dict[str, Any]:
        """Switch faults on (``name``, ``name:N``, ``name:N@K``) or off.

        :return: ``{"faults": {name: how much is left}}``.
        """
        return self._admin("POST", "/sandbox/faults", json={"set": list(faults), "clear": clear})

    def stats(self) -> dict[str, Any]:
        """Count what clients have done since the start.

        :return: ``{"requests": {"GET /api/...": n}, "connections": n, "submissions": n, "kills": n, "running": n,
            "jobs": n}``; ``connections`` to the API alone, ``jobs`` in the whole history.
        """
        return self._admin("GET", "/sandbox/stats")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _admin(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        headers = {"Token-User": self.credentials.user, "Token-Code": self.credentials.token}
        answer = requests.request(method, f"{self.url}{path}", headers=headers, timeout=30, **options)
        answer.raise_for_status()
        value: dict[str, Any] = answer.json()
        return value

    def _answers(self) -> bool:
        if self._process is not None and self._process.ended:
            raise self.start_error(f"the {self.title} did not start:\n{self.log_tail()}")
        try:
            answer = requests.get(f"{self.url}{HEALTH}", timeout=1)
        except requests.RequestException:
            return False
        # Somebody else may have the port; ours will say so and end.
        return answer.ok and answer.text.strip() == str(self.pid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
