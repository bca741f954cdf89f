"""A real Flink session cluster on this machine: one JobManager, one TaskManager, the REST API on 127.0.0.1."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from taskcenter_sandbox.deployment.settings import free_ports
from taskcenter_sandbox.flink.configuration import Configuration
from taskcenter_sandbox.flink.distribution import Distribution, find_distribution
from taskcenter_sandbox.flink.java_process import launch
from taskcenter_sandbox.gateway.directory import DirectoryLock
from taskcenter_sandbox.processes.guarded import GuardedProcess
from taskcenter_sandbox.waiting import wait_until

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

START_SECONDS = 90.0
JOB_MANAGER_HEAP_MB = 256
TASK_HEAP_MB = 256

_JOB_MANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
_TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"


class FlinkStartError(RuntimeError):
    """The local Flink has not started; the text ends with what it said."""


class FlinkCluster:
    """A session cluster; a context manager that leaves no process behind.

    Jobs live as long as the JobManager does; uploaded jars and savepoints stay in the data directory.

    :param data_dir: where it keeps everything.
    :param port: of the REST API; 0 for a free one.
    :param slots: how many parallel tasks run at once.
    :param task_heap_mb: heap for what jobs run, MiB.
    :param savepoints: whether there is a default place for savepoints.
    """

    title = "local Flink"

    def __init__(
        self,
        *,
        data_dir: Path,
        port: int = 0,
        slots: int = 4,
        task_heap_mb: int = TASK_HEAP_MB,
        savepoints: bool = True,
    ) -> None:
        self.data_dir = Path(data_dir).resolve()
        self.port = port or free_ports(1)[0]
        self.slots = slots
        self.task_heap_mb = task_heap_mb
        self.savepoints = savepoints
        self._lock: DirectoryLock | None = None
        self._job_manager: GuardedProcess | None = None
        self._task_manager: GuardedProcess | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port of the REST API, which serves Flink's web page, too."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The JobManager's process, None when it does not run."""
        return self._job_manager.pid if self._job_manager else None

    def start(self) -> None:
        """Start both processes and wait until all slots are there.

        :raises ~taskcenter_sandbox.flink.distribution.FlinkMissing: Java or the distribution is not installed.
        :raises ~taskcenter_sandbox.gateway.directory.InUse: another cluster has the data directory.
        :raises FlinkStartError: a process ended instead.
        """
        distribution = find_distribution()
        self._lock = DirectoryLock(self.data_dir, self.title)
        try:
            configuration = Configuration(
                self.data_dir, self.port, free_ports(1)[0], self.slots, self.task_heap_mb, self.savepoints
            )
            configuration.write()
            self._job_manager = self._launch("jobmanager", distribution, configuration, JOB_MANAGER_HEAP_MB)
            self._launch_task_manager(distribution, configuration)
            self._wait_for_slots()
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """SIGKILL the JobManager, with all its jobs; the TaskManager is ended as well."""
        if self._job_manager is not None:
            self._job_manager.kill()
        if self._task_manager is not None:
            self._task_manager.kill()
        self.stop()

    def kill_task_manager(self) -> None:
        """SIGKILL the TaskManager: jobs lose their slots, the REST API stays."""
        if self._task_manager is not None:
            self._task_manager.kill()
            self._task_manager = None

    def start_task_manager(self) -> None:
        """Start another TaskManager in place of a killed one, and wait for its slots.

        :raises FlinkStartError: it ended instead.
        """
        folder = self.data_dir / "conf"
        if self._job_manager is None or not folder.exists():
            raise FlinkStartError("the cluster does not run")
        rpc_port = int(_entry(folder / "config.yaml", "jobmanager.rpc.port"))
        configuration = Configuration(
            self.data_dir, self.port, rpc_port, self.slots, self.task_heap_mb, self.savepoints
        )
        self._launch_task_manager(find_distribution(), configuration)
        self._wait_for_slots()

    def stop(self) -> None:
        """Stop both processes; running jobs are lost."""
        processes = [process for process in (self._task_manager, self._job_manager) if process is not None]
        self._task_manager = self._job_manager = None
        for process in processes:
            process.request_stop()
        for process in processes:
            process.stop()
        if processes:
            # What Flink unpacks; a killed process leaves it behind.
            shutil.rmtree(self.data_dir / "tmp", ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def ended(self) -> bool:
        """True when one of the processes that should run has ended by itself."""
        return any(process is not None and process.ended for process in (self._job_manager, self._task_manager))

    def log_tail(self, lines: int = 40) -> str:
        """What both processes wrote last."""
        processes = (self._job_manager, self._task_manager)
        return "\n".join(f"{each.name}:\n{each.log_tail(lines)}" for each in processes if each is not None)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(
        self, name: str, distribution: Distribution, configuration: Configuration, heap_mb: int, *options: str
    ) -> GuardedProcess:
        main_class = _JOB_MANAGER if name == "jobmanager" else _TASK_MANAGER
        return launch(
            name,
            main_class,
            distribution=distribution,
            configuration=configuration.folder,
            directory=self.data_dir,
            heap_mb=heap_mb,
            options=options,
            arguments=["--configDir", str(configuration.folder)],
        )

    def _launch_task_manager(self, distribution: Distribution, configuration: Configuration) -> None:
        (self.data_dir / "tmp").mkdir(exist_ok=True)
        self._task_manager = self._launch(
            "taskmanager",
            distribution,
            configuration,
            configuration.task_manager_heap_mb,
            f"-XX:MaxDirectMemorySize={configuration.task_manager_direct_mb}m",
        )

    def _wait_for_slots(self) -> None:
        wait_until(
            self._has_slots,
            what=f"the local Flink at {self.url} to have {self.slots} slots",
            timeout_seconds=START_SECONDS,
            poll_seconds=0.1,
            last_seen=self.log_tail,
        )

    def _has_slots(self) -> bool:
        if self.ended:
            raise FlinkStartError(f"the local Flink did not start:\n{self.log_tail()}")
        try:
            answer = requests.get(f"{self.url}/overview", timeout=2)
            return answer.ok and answer.json()["slots-total"] >= self.slots
        except (requests.RequestException, KeyError, ValueError):
            return False


def _entry(path: Path, name: str) -> str:
    """Read one option of a configuration file of ours."""
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(": ")
        if key == name:
            return value
    raise KeyError(name)
