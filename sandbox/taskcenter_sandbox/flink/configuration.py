"""What a local cluster is configured with: ``config.yaml`` and the logging of its two processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TASK_MANAGER_FRAMEWORK_MB = 128
_OFF_HEAP_MB = 64
_NETWORK_MB = 32
_MANAGED_MB = 64

_LOGGING = """\
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
logger.pekko.name = org.apache.pekko
logger.pekko.level = WARN
"""


@dataclass(frozen=True)
class Configuration:
    """A session cluster on this machine alone.

    :param directory: where the cluster keeps everything.
    :param port: of the REST API.
    :param rpc_port: of the JobManager.
    :param slots: of the one TaskManager.
    :param task_heap_mb: heap for what jobs run, MiB.
    :param savepoints: whether there is a default place for savepoints.
    """

    directory: Path
    port: int
    rpc_port: int
    slots: int
    task_heap_mb: int
    savepoints: bool

    @property
    def folder(self) -> Path:
        """The folder of the configuration files."""
        return self.directory / "conf"

    @property
    def task_manager_heap_mb(self) -> int:
        """The largest heap of the TaskManager, MiB."""
        return TASK_MANAGER_FRAMEWORK_MB + self.task_heap_mb

    @property
    def task_manager_direct_mb(self) -> int:
        """The most direct memory of the TaskManager, MiB; Netty's needs come on top of what Flink counts."""
        return _OFF_HEAP_MB + _NETWORK_MB + 64

    def entries(self) -> dict[str, str | int]:
        """Flink's options."""
        url = f"http://127.0.0.1:{self.port}"
        options: dict[str, str | int] = {
            "rest.address": "127.0.0.1",
            "rest.bind-address": "127.0.0.1",
            "rest.port": self.port,
            "rest.bind-port": f'"{self.port}"',
            # Flink has no login: no web page from elsewhere may read its answers.
            "web.access-control-allow-origin": url,
            "web.upload.dir": str(self.directory / "upload"),
            "web.tmpdir": str(self.directory / "web"),
            "jobmanager.rpc.address": "127.0.0.1",
            "jobmanager.rpc.port": self.rpc_port,
            "jobmanager.bind-host": "127.0.0.1",
            "taskmanager.host": "127.0.0.1",
            "taskmanager.bind-host": "127.0.0.1",
            "taskmanager.numberOfTaskSlots": self.slots,
            "taskmanager.cpu.cores": self.slots,
            "taskmanager.memory.framework.heap.size": f"{TASK_MANAGER_FRAMEWORK_MB}m",
            "taskmanager.memory.framework.off-heap.size": f"{_OFF_HEAP_MB}m",
            "taskmanager.memory.task.heap.size": f"{self.task_heap_mb}m",
            "taskmanager.memory.task.off-heap.size": "0m",
            "taskmanager.memory.managed.size": f"{_MANAGED_MB}m",
            "taskmanager.memory.network.min": f"{_NETWORK_MB}m",
            "taskmanager.memory.network.max": f"{_NETWORK_MB}m",
            "taskmanager.memory.jvm-metaspace.size": "256m",
            "taskmanager.memory.jvm-overhead.min": "64m",
            "taskmanager.memory.jvm-overhead.max": "64m",
            "io.tmp.dirs": str(self.directory / "tmp"),
            "parallelism.default": 1,
            # The JobManager's memory, where they would be kept otherwise, takes 5 MiB at most.
            "execution.checkpointing.dir": (self.directory / "checkpoints").as_uri(),
            # A lost TaskManager is noticed within seconds, not Flink's 50.
            "heartbeat.interval": "1000",
            "heartbeat.timeout": "8000",
        }
        if self.savepoints:
            options["execution.checkpointing.savepoint-dir"] = (self.directory / "savepoints").as_uri()
        return options

    def write(self) -> None:
        """Write the files that Flink reads."""
        for name in ("tmp", "upload", "web"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        write_files(self.folder, self.entries())


def write_files(folder: Path, entries: Mapping[str, str | int]) -> Path:
    """Write ``config.yaml`` with Flink's options, and ``log4j.properties``; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{name}: {value}\n" for name, value in entries.items())
    (folder / "config.yaml").write_text(lines, encoding="utf-8")
    (folder / "log4j.properties").write_text(_LOGGING, encoding="ascii")
    return folder
