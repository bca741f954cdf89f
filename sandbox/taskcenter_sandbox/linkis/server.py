"""The local Linkis as a process of its own, for tests and the demo."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from taskcenter_sandbox.linkis.auth import Credentials
from taskcenter_sandbox.processes.guarded import GuardedProcess
from taskcenter_sandbox.waiting import wait_until

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

START_SECONDS = 60.0


class LinkisServer:
    """Runs ``taskcenter-sandbox linkis``; a context manager that leaves no process behind.

    :param data_dir: where it keeps everything; another server started on it later finds it all.
    :param port: 0 for a free one.
    :param faults: switched on from the start.
    """

    def __init__(
        self, *, data_dir: Path, port: int = 0, faults: Sequence[str] = (), credentials: Credentials | None = None
    ) -> None:
        self.data_dir = Path(data_dir).resolve()
        self.port = port or _free_port()
        self.faults = tuple(faults)
        self.credentials = credentials or Credentials()
        self._process: GuardedProcess | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        credentials = self.credentials
        command = [sys.executable, "-m", "taskcenter_sandbox", "linkis"]
        command += ["--port", str(self.port), "--data-dir", str(self.data_dir)]
        for fault in self.faults:
            command += ["--fault", fault]
        environment = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "LINKIS_SANDBOX_USER": credentials.user,
            "LINKIS_SANDBOX_PASSWORD": credentials.password,
            "LINKIS_SANDBOX_TOKEN": credentials.token,
        }
        self._process = GuardedProcess("linkis", command, env=environment, directory=self.data_dir)
        wait_until(self._answers, what="the local Linkis to answer", timeout_seconds=START_SECONDS, poll_seconds=0.05)

    def kill(self) -> None:
        """SIGKILL it, and what it runs."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def stop(self) -> None:
        """Stop it the gentle way."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def log_tail(self, lines: int = 40) -> str:
        """What it wrote last."""
        return self._process.log_tail(lines) if self._process else ""

    def fault(self, *faults: str, clear: bool = False, entrance_restart: bool = False) -> dict[str, Any]:
        """Switch faults on (``name:N``), off, or restart the entrance alone."""
        body = {"set": list(faults), "clear": clear, "entrance_restart": entrance_restart}
        return self._admin("POST", "/sandbox/faults", json=body)

    def stats(self) -> dict[str, Any]:
        """``{"requests": {endpoint: count}, "connections": n, "jobs": n}``."""
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
            raise RuntimeError(f"the local Linkis did not start:\n{self.log_tail()}")
        try:
            return requests.get(self.url, timeout=5).ok
        except requests.ConnectionError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
