"""A real Flink SQL Gateway on this machine, beside a session cluster."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from taskcenter_sandbox.deployment.settings import free_ports
from taskcenter_sandbox.flink.cluster import FlinkStartError
from taskcenter_sandbox.flink.configuration import write_files
from taskcenter_sandbox.flink.distribution import find_distribution
from taskcenter_sandbox.flink.gateway_jars import find_gateway_jars
from taskcenter_sandbox.flink.java_process import launch
from taskcenter_sandbox.gateway.directory import DirectoryLock
from taskcenter_sandbox.processes.guarded import GuardedProcess
from taskcenter_sandbox.waiting import wait_until

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

START_SECONDS = 90.0
HEAP_MB = 384


class SqlGateway:
    """The gateway's REST API on 127.0.0.1; a context manager that leaves no process behind.

    :param data_dir: where it keeps everything.
    :param cluster_port: of the REST API of the cluster, on this machine, that runs the jobs; it need not run yet.
    :param port: of the gateway's REST API; 0 for a free one.
    :param jars: the folder with its jars, see :func:`~taskcenter_sandbox.flink.gateway_jars.jar_folder`.
    :param options: Flink's options for it, such as ``{"sql-gateway.session.idle-timeout": "10 min"}``.
    """

    title = "local SQL Gateway"
    main_class = "org.apache.flink.table.gateway.SqlGateway"

    def __init__(
        self,
        *,
        data_dir: Path,
        cluster_port: int,
        port: int = 0,
        jars: Path | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = Path(data_dir).resolve()
        self.cluster_port = cluster_port
        self.port = port or free_ports(1)[0]
        self.jars = jars
        self.options = dict(options or {})
        self._lock: DirectoryLock | None = None
        self._process: GuardedProcess | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port of the gateway's REST API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The gateway's process, None when it does not run."""
        return self._process.pid if self._process else None

    @property
    def ended(self) -> bool:
        """True when the process should run and has ended by itself."""
        return self._process is not None and self._process.ended

    def start(self) -> None:
        """Start it and wait until it answers.

        :raises ~taskcenter_sandbox.flink.distribution.FlinkMissing: Java, the distribution or the jars are not there.
        :raises ~taskcenter_sandbox.gateway.directory.InUse: another gateway has the data directory.
        :raises ~taskcenter_sandbox.flink.cluster.FlinkStartError: the process ended instead.
        """
        distribution, jars = find_distribution(), find_gateway_jars(self.jars)
        self._lock = DirectoryLock(self.data_dir, self.title)
        try:
            temporary = self.data_dir / "tmp"
            temporary.mkdir(exist_ok=True)
            self._process = launch(
                "sql-gateway",
                self.main_class,
                distribution=distribution,
                configuration=write_files(self.data_dir / "conf", self._entries()),
                directory=self.data_dir,
                heap_mb=HEAP_MB,
                options=[f"-Djava.io.tmpdir={temporary}"],
                jars=jars,
            )
            wait_until(
                self._answers,
                what=f"the local SQL Gateway at {self.url} to answer",
                timeout_seconds=START_SECONDS,
                poll_seconds=0.1,
                last_seen=self.log_tail,
            )
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it: its sessions and the jobs of their queries end, those of INSERTs go on."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()
            shutil.rmtree(self.data_dir / "tmp", ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def kill(self) -> None:
        """SIGKILL it: its sessions are gone, and the jobs of their queries go on."""
        if self._process is not None:
            self._process.kill()
        self.stop()

    def log_tail(self, lines: int = 40) -> str:
        """What it wrote last."""
        return self._process.log_tail(lines) if self._process is not None else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _entries(self) -> dict[str, str | int]:
        return {
            "rest.address": "127.0.0.1",
            "rest.port": self.cluster_port,
            "io.tmp.dirs": str(self.data_dir / "tmp"),
            "sql-gateway.endpoint.rest.address": "127.0.0.1",
            "sql-gateway.endpoint.rest.bind-address": "127.0.0.1",
            "sql-gateway.endpoint.rest.port": self.port,
            "sql-gateway.endpoint.rest.bind-port": f'"{self.port}"',
            # As for the cluster: no web page from elsewhere may read its answers.
            "web.access-control-allow-origin": self.url,
            **self.options,
        }

    def _answers(self) -> bool:
        if self.ended:
            raise FlinkStartError(f"the local SQL Gateway did not start:\n{self.log_tail()}")
        try:
            answer = requests.get(f"{self.url}/v2/info", timeout=2)
            return answer.ok and "version" in answer.json()
        except (requests.RequestException, ValueError):
            return False
