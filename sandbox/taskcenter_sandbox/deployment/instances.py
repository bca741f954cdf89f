"""Of which processes an Airflow consists, and how each is started."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from taskcenter_sandbox.processes.databases import ServerMissingError

if TYPE_CHECKING:
    from taskcenter_sandbox.deployment.settings import DeploymentSettings

AIRFLOW = (sys.executable, "-m", "airflow")

PROXY, API_SERVER, SCHEDULER = "proxy", "api-server", "scheduler"
DAG_PROCESSOR, TRIGGERER, CELERY_WORKER = "dag-processor", "triggerer", "celery-worker"

_HAPROXY = """
global
    maxconn 2000
defaults
    mode http
    timeout connect 2s
    timeout client 10m
    timeout server 10m
    retries 3
    option redispatch
    # An answer that did not begin can be asked of the other one; what has begun is never sent twice.
    retry-on conn-failure
frontend airflow
    bind {address}:{port}
    default_backend api_servers
backend api_servers
    balance roundrobin
    option httpchk GET /api/v2/version
    # A busy server is not a dead one; whom nobody can connect to is passed over at once in any case.
    timeout check 5s
    default-server check inter 2s fall 3 rise 1
{servers}
"""


def instances(settings: DeploymentSettings) -> tuple[str, ...]:
    """The names of all processes, in the order in which they are started: ``scheduler``, ``scheduler-2``, ..."""
    counts = {
        PROXY: 1 if len(settings.server_ports) > 1 else 0,
        API_SERVER: len(settings.server_ports),
        SCHEDULER: settings.replicas.get(SCHEDULER, 1),
        DAG_PROCESSOR: len(settings.bundle_processors) or 1,
        TRIGGERER: settings.replicas.get(TRIGGERER, 1),
        CELERY_WORKER: settings.replicas.get(CELERY_WORKER, 1) if settings.broker_url else 0,
    }
    return tuple(
        kind if number == 1 else f"{kind}-{number}" for kind, count in counts.items() for number in range(1, count + 1)
    )


def kind_of(instance: str) -> str:
    """The component that a process is one of."""
    head, _, number = instance.rpartition("-")
    return head if number.isdigit() else instance


def number_of(instance: str) -> int:
    """Which of its kind a process is, from 1."""
    number = instance.rpartition("-")[2]
    return int(number) if number.isdigit() else 1


def command_of(instance: str, settings: DeploymentSettings) -> list[str]:
    """The command that runs a process.

    :raises ServerMissingError: it is not installed
    """
    kind, number = kind_of(instance), number_of(instance)
    if kind == PROXY:
        return _proxy(settings)
    command = [*AIRFLOW, *kind.split("-")] if kind == CELERY_WORKER else [*AIRFLOW, kind]
    if kind == API_SERVER:
        command += ["--port", str(settings.server_ports[number - 1])]
    if kind == DAG_PROCESSOR and settings.bundle_processors:
        command += ["--bundle-name", settings.bundle_processors[number - 1]]
    if kind in (SCHEDULER, TRIGGERER, CELERY_WORKER) and not settings.serve_logs:
        command.append("--skip-serve-logs")
    if kind == CELERY_WORKER:
        command += ["--without-gossip", "--without-mingle", "--celery-hostname", f"{instance}@localhost"]
    return command


def _proxy(settings: DeploymentSettings) -> list[str]:
    program = shutil.which("haproxy", path="/usr/local/sbin:/usr/sbin:/usr/bin:/sbin")
    if program is None:
        raise ServerMissingError("haproxy is not installed, and several api-servers stand behind it")
    from taskcenter_sandbox.deployment.settings import LOOPBACK

    servers = "\n".join(
        f"    server {API_SERVER}-{number} {LOOPBACK}:{port}" for number, port in enumerate(settings.server_ports, 1)
    )
    file = settings.home / "haproxy.cfg"
    file.write_text(_HAPROXY.format(address=LOOPBACK, port=settings.port, servers=servers), encoding="utf-8")
    return [program, "-f", str(file), "-db"]
