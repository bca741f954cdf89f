"""What a local Airflow is started with, and the environment variables that say so to Airflow."""

from __future__ import annotations

import base64
import json
import os
import random
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Config = Mapping[str, Mapping[str, object]]
LOOPBACK = "127.0.0.1"
_SECRET_BYTES = 64  # what PyJWT asks for
_FERNET_BYTES = 32  # what Fernet demands
_MAX_SERVERS = 4


@dataclass(frozen=True)
class Intervals:
    """How soon Airflow notices things, in whole seconds unless said otherwise. Far below its defaults, for tests."""

    scheduler_idle: float = 0.2
    """Pause of the scheduler's loop when there was nothing to do (a fraction is fine)."""
    heartbeat: int = 2
    """Between two heartbeats of the scheduler, the triggerer and the DAG processor."""
    component_timeout: int = 10
    """A component without a heartbeat for so long is dead: another takes over its tasks or triggers."""
    orphan_check: float = 3
    """Between two looks for tasks whose scheduler is dead."""
    task_heartbeat: int = 2
    """Between two heartbeats of a running task."""
    task_timeout: int = 15
    """A running task without a heartbeat for so long is failed or retried (Airflow's "zombie")."""
    task_timeout_check: float = 2
    """Between two looks for such tasks."""
    trigger_check: float = 2
    """Between two looks for deferred tasks whose timeout has passed."""
    bundle_refresh: int = 3
    """Between two looks for new or changed DAG files."""


@dataclass(frozen=True, kw_only=True)
class DeploymentSettings:
    """One local Airflow. Everything that it writes is below ``home``.

    :param home: becomes AIRFLOW_HOME; made, readable for its owner only, if it does not exist
    :param dags_folder: where the DAG files are
    :param database_url: SQLAlchemy URL of the metadata database; a SQLite file in ``home`` if not given
    :param broker_url: of a Redis, ``redis://...``: tasks run in a Celery worker, a component of its own, instead of the
        scheduler's LocalExecutor; needs a ``database_url``
    :param username: the administrator's login
    :param password: the administrator's password; a random one if not given
    :param parallelism: how many tasks run at once; the executor keeps so many worker processes
    :param intervals: how soon Airflow notices things
    :param serve_logs: run the log servers, through which the UI reads the log of a task that is still running; without
        them it reads the file, with a remark that it could not ask the worker
    :param config: further Airflow options, ``{section: {option: value}}``; they win over everything else
    :param environment: further environment variables of all components, e.g. ``AIRFLOW_CONN_...``
    :param port: the api-server's port; a free one if not given
    :param replicas: how many of a component run, where it is not one: ``{"scheduler": 2}``. Several api-servers stand behind
        a proxy, HAProxy, which has ``port`` then
    :param bundle_processors: the DAG processors by the bundle that each is for; one for all bundles if not given
    """

    home: Path
    dags_folder: Path
    database_url: str | None = None
    broker_url: str | None = None
    username: str = "admin"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9), repr=False)
    parallelism: int = 4
    intervals: Intervals = field(default_factory=Intervals)
    serve_logs: bool = False
    config: Config = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_ports(1)[0])
    replicas: Mapping[str, int] = field(default_factory=dict)
    bundle_processors: Sequence[str] = ()
    _fernet_key: str = field(default_factory=lambda: _fernet_key(), init=False, repr=False)
    _secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(_SECRET_BYTES), init=False, repr=False)
    _log_ports: tuple[int, ...] = field(default_factory=lambda: free_ports(2), init=False, repr=False)
    _server_ports: tuple[int, ...] = field(default_factory=lambda: free_ports(_MAX_SERVERS), init=False, repr=False)

    @property
    def url(self) -> str:
        """Where the api-server listens, and the UI is."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def server_ports(self) -> tuple[int, ...]:
        """Where the api-servers listen; a single one has ``port`` itself."""
        count = self.replicas.get("api-server", 1)
        return self._server_ports[:count] if count > 1 else (self.port,)

    @property
    def sqlite_file(self) -> Path:
        """The metadata database when no ``database_url`` is given."""
        return self.home / "airflow.db"

    @property
    def passwords_file(self) -> Path:
        """Where the simple auth manager looks for the administrator's password."""
        return self.home / "passwords.json"

    def prepare_home(self) -> None:
        """Make ``home`` and the file with the password."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.passwords_file.touch(mode=0o600)
        self.passwords_file.write_text(json.dumps({self.username: self.password}), encoding="utf-8")

    def environ(self) -> dict[str, str]:
        """Return the whole environment for the components: ours, less its Airflow settings, plus this deployment's."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "_AIRFLOW"))}
        options = {
            f"AIRFLOW__{section}__{option}".upper(): str(value)
            for config in (self._options(), self.config)
            for section, values in config.items()
            for option, value in values.items()
        }
        return {
            **inherited,
            # Tasks find the programs of this environment first.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)]),
            "NO_PROXY": ",".join(filter(None, [inherited.get("NO_PROXY"), LOOPBACK, "localhost"])),
            "PYTHONUNBUFFERED": "1",
            "AIRFLOW_HOME": str(self.home),
            **options,
            **self.environment,
        }

    def _options(self) -> Config:
        every = self.intervals
        worker_log_port, trigger_log_port = self._log_ports
        celery = {
            "broker_url": self.broker_url,
            "result_backend": f"db+{self.database_url}",
            "worker_concurrency": self.parallelism,
            "sync_parallelism": 1,
        }
        return {
            "core": {
                "dags_folder": self.dags_folder,
                "executor": "CeleryExecutor" if self.broker_url else "LocalExecutor",
                "parallelism": self.parallelism,
                "load_examples": False,
                "fernet_key": self._fernet_key,
                "hostname_callable": "taskcenter_sandbox.deployment.settings.loopback_address",
                "execution_api_server_url": f"{self.url}/execution/",
                "simple_auth_manager_users": f"{self.username}:admin",
                "simple_auth_manager_all_admins": False,
                "simple_auth_manager_passwords_file": self.passwords_file,
                "test_connection": "Enabled",
                "min_serialized_dag_update_interval": 1,
            },
            # A writer waits for another's transaction rather than fail at once with "database is locked".
            "database": {"sql_alchemy_conn": self.database_url or f"sqlite:///{self.sqlite_file}?timeout=60"},
            **({"celery": celery} if self.broker_url else {}),
            "api": {
                "base_url": self.url,
                "host": LOOPBACK,
                "port": self.port,
                "workers": 1,
                "secret_key": self._secret_key,
                "expose_stacktrace": True,
            },
            "api_auth": {"jwt_secret": self._secret_key},
            "scheduler": {
                "scheduler_idle_sleep_time": every.scheduler_idle,
                "job_heartbeat_sec": every.heartbeat,
                "scheduler_heartbeat_sec": every.heartbeat,
                "scheduler_health_check_threshold": every.component_timeout,
                "orphaned_tasks_check_interval": every.orphan_check,
                "task_instance_heartbeat_timeout": every.task_timeout,
                "task_instance_heartbeat_timeout_detection_interval": every.task_timeout_check,
                "trigger_timeout_check_interval": every.trigger_check,
            },
            "workers": {"min_heartbeat_interval": every.task_heartbeat, "execution_api_timeout": 30},
            "triggerer": {
                "job_heartbeat_sec": every.heartbeat,
                "triggerer_health_check_threshold": every.component_timeout,
            },
            "dag_processor": {
                "dag_bundle_storage_path": self.home / "bundles",
                "health_check_threshold": every.component_timeout,
                "refresh_interval": every.bundle_refresh,
                "bundle_refresh_check_interval": every.bundle_refresh,
                "parsing_processes": 1,
                "print_stats_interval": 0,
            },
            "logging": {
                "base_log_folder": self.home / "logs",
                "dag_processor_child_process_log_directory": self.home / "logs" / "dag_processor",
                "colored_console_log": False,
                "worker_log_server_port": worker_log_port,
                "trigger_log_server_port": trigger_log_port,
            },
        }


def loopback_address() -> str:
    """Name this host for Airflow, which asks the worker "on that host" for its logs."""
    return LOOPBACK


def free_ports(count: int) -> tuple[int, ...]:
    """Find TCP ports that nobody listens on now.

    They are taken from below the range of which the system gives out ports by itself, so that no other program's
    ``bind(0)`` or outgoing connection gets one of them before we listen on it.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.randint(15000, 32000)  # noqa: S311  (a port is no secret)
        with socket.socket() as probe:
            if port not in found and probe.connect_ex((LOOPBACK, port)) != 0:
                found.append(port)
    return tuple(found)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(_FERNET_BYTES)).decode()
