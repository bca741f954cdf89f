"""Runs the components of one Airflow, a Celery worker included if it is to have one, each as processes of their own."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import psutil
import requests

from taskcenter_sandbox.deployment.client import AirflowApiError, AirflowClient
from taskcenter_sandbox.deployment.instances import (
    AIRFLOW,
    API_SERVER,
    CELERY_WORKER,
    DAG_PROCESSOR,
    PROXY,
    SCHEDULER,
    command_of,
    instances,
    kind_of,
    number_of,
)
from taskcenter_sandbox.deployment.settings import LOOPBACK, DeploymentSettings
from taskcenter_sandbox.processes.guarded import GuardedProcess, tail
from taskcenter_sandbox.waiting import DeadlineExceeded, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

_MIGRATE_SECONDS = 300


class DeploymentError(Exception):
    """A component did not start, or ended by itself. The message ends with its log's tail."""


class AirflowDeployment:
    """One local Airflow; a context manager that leaves no process behind.

    ::

        with AirflowDeployment(DeploymentSettings(home=tmp_path, dags_folder=dags)) as airflow:
            airflow.client.wait_for_dags(["etl"])
            airflow.client.set_paused("etl", paused=False)
            run_id = airflow.client.trigger("etl")
            airflow.kill("scheduler")
            airflow.start_component("scheduler")
            assert airflow.client.wait_for_run("etl", run_id) == "success"

    :param settings: what to run and where; :attr:`client` logs in as its administrator
    """

    def __init__(self, settings: DeploymentSettings) -> None:
        self.settings = settings
        self.client = AirflowClient(settings.url, settings.username, settings.password)
        self.components = instances(settings)
        self._running: dict[str, GuardedProcess] = {}
        self._started_at: dict[str, datetime] = {}
        self._log_begins: dict[str, int] = {}
        self._launched: list[GuardedProcess] = []

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:  # Ctrl-C too
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *, only: Iterable[str] | None = None, timeout_seconds: float = 180) -> None:
        """Migrate the database, start every component, and wait until all are healthy.

        :param only: start these only
        :raises DeploymentError: when the migration fails or a component ends
        :raises DeadlineExceeded: when they are not healthy in time
        """
        self.settings.prepare_home()
        self._migrate()
        wanted = list(self.components if only is None else only)
        # Two DAG processors that see a new database at once both write the bundles down, and one fails: one after the other.
        later = [component for component in wanted if kind_of(component) == DAG_PROCESSOR and number_of(component) > 1]
        for component in wanted:
            if component not in later:
                self.start_component(component)
        self.wait_healthy(timeout_seconds=timeout_seconds)
        for component in later:
            self.start_component(component)
        if later:
            self.wait_healthy(timeout_seconds=timeout_seconds)

    def stop(self) -> None:
        """Stop all that was started, and what that started: SIGTERM first, SIGKILL after some seconds."""
        for process in self._launched:
            process.request_stop()
        for process in self._launched:
            process.stop()
        self._launched.clear()
        self._running.clear()

    def start_component(self, component: str) -> None:
        """Start one component that does not run; :meth:`wait_healthy` tells when it is at work."""
        if self._is_running(component):
            raise DeploymentError(f"{component} is running already")
        self._started_at[component] = datetime.now(timezone.utc)
        self._log_begins[component] = _size(self._log_path(component))
        command = command_of(component, self.settings)
        process = GuardedProcess(component, command, env=self.settings.environ(), directory=self.settings.home)
        self._running[component] = process
        self._launched.append(process)

    def kill(self, component: str, *, whole: bool = True) -> None:
        """SIGKILL a component.

        :param whole: with all its processes, as when its machine fails: for the scheduler also the LocalExecutor's
            workers, their tasks and what those run. Otherwise its main process only: workers live on as orphans.
        """
        self._process(component).kill(whole=whole)

    def stop_component(self, component: str) -> None:
        """Stop a component the gentle way (SIGTERM)."""
        self._process(component).stop()

    def restart(self, component: str) -> None:
        """SIGKILL a component if it runs, start it again, and wait until all are healthy."""
        if self._is_running(component):
            self.kill(component)
        self.start_component(component)
        self.wait_healthy()

    def revive(self) -> list[str]:
        """Start again what has ended by itself, as a supervisor does; returns what that was.

        Schedulers, triggerers and DAG processors end when they lose the database.
        """
        ended = [component for component in self._running if not self._is_running(component)]
        for component in ended:
            self.start_component(component)
        return ended

    def processes(self, component: str) -> list[psutil.Process]:
        """The processes of a component that runs, with those that it has started."""
        return self._process(component).tree()

    def worker_pids(self, *, busy: bool = False) -> list[int]:
        """Return the pids of the LocalExecutor's workers.

        :param busy: only of those that are running a task now
        """
        return [worker.pid for worker in self._workers() if not busy or _children(worker)]

    def task_pids(self) -> list[int]:
        """Return the pids of the task processes: each is the child of a busy worker, and runs the operator's code."""
        return [task.pid for worker in self._workers() for task in _children(worker)]

    def pids(self) -> list[int]:
        """Return the pids of everything that runs for this deployment, the guards aside."""
        return [process.pid for launched in self._launched for process in launched.tree()]

    def log_tail(self, component: str, lines: int = 40) -> str:
        """Return the last lines that a component wrote."""
        return tail(self._log_path(component), lines)

    def wait_healthy(self, *, timeout_seconds: float = 120) -> None:
        """Wait until every component that runs has sent a heartbeat since it was started.

        :raises DeploymentError: when one of them has ended
        :raises DeadlineExceeded: when time is up
        """
        waiting: list[str] = []

        def all_healthy() -> bool:
            waiting[:] = self._unhealthy()
            return not waiting

        try:
            wait_until(all_healthy, what="a healthy Airflow", timeout_seconds=timeout_seconds, poll_seconds=0.3)
        except DeadlineExceeded as error:
            raise DeadlineExceeded(f"{error}; not healthy: {self._tails(waiting)}") from error

    def _unhealthy(self) -> list[str]:
        for component, process in self._running.items():
            if process.pid is None:
                raise DeploymentError(f"{component} has ended: {self._tails([component])}")
        try:
            self.client.health()
            return [component for component in self._running if not self._is_at_work(component)]
        except (requests.RequestException, AirflowApiError):
            return list(self._running)

    def _is_at_work(self, component: str) -> bool:
        kind = kind_of(component)
        if kind == PROXY:
            return True  # through it the api-server has just answered
        if kind == API_SERVER:
            port = self.settings.server_ports[number_of(component) - 1]
            return requests.get(f"http://{LOOPBACK}:{port}/api/v2/version", timeout=5).ok
        if kind == CELERY_WORKER:
            # It has no heartbeat in the database, but says so when it takes tasks.
            with self._log_path(component).open("rb") as log:
                log.seek(self._log_begins[component])
                return b" ready." in log.read()
        # A job is not told apart from that of another process of its kind, and an older one is of a process that has been
        # killed; so as many have to be at work as run.
        own = [each for each in self._running if kind_of(each) == kind]
        began = sorted(self.client.beating_since(kind), reverse=True)
        latest = sorted((self._started_at[each] for each in own), reverse=True)
        return len(began) >= len(own) and all(job > start for job, start in zip(began, latest, strict=False))

    def _migrate(self) -> None:
        log = self.settings.home / "migrate.log"
        with log.open("wb") as output:
            # Below our own process group, so Ctrl-C ends it; it starts nothing itself.
            done = subprocess.run(  # noqa: S603
                [*AIRFLOW, "db", "migrate"],
                env=self.settings.environ(),
                cwd=self.settings.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_MIGRATE_SECONDS,
                check=False,
            )
        if done.returncode:
            raise DeploymentError(f"`airflow db migrate` ended with exit code {done.returncode}:\n{tail(log, 40)}")
        if self.settings.database_url is None:
            with closing(sqlite3.connect(self.settings.sqlite_file)) as database:
                # Readers and a writer at the same time; the file keeps the mode.
                database.execute("PRAGMA journal_mode=WAL")

    def _log_path(self, component: str) -> Path:
        return self.settings.home / f"{component}.log"

    def _is_running(self, component: str) -> bool:
        return component in self._running and self._running[component].pid is not None

    def _process(self, component: str) -> GuardedProcess:
        if not self._is_running(component):
            raise DeploymentError(f"{component} is not running")
        return self._running[component]

    def _workers(self) -> list[psutil.Process]:
        """LocalExecutor forks its workers from the scheduler: the same program, told apart by their title."""
        return [
            process
            for launched in self._launched
            if kind_of(launched.name) == SCHEDULER
            for process in launched.tree()
            if _title(process).startswith("airflow worker -- LocalExecutor")
        ]

    def _tails(self, components: list[str]) -> str:
        return "\n".join(f"\n--- {component}.log\n{self.log_tail(component)}" for component in components)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [child for child in process.children() if child.status() != psutil.STATUS_ZOMBIE]
    except psutil.NoSuchProcess:
        return []
