"""Run the demo: ``python -m taskcenter_sandbox.demo [--once] [--cluster] [--dags FOLDER] [--directory FOLDER] [DAG_ID...]``."""

from __future__ import annotations

import argparse
import json
import re
import secrets
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests

from taskcenter_sandbox.demo import forwarded, streaming, transfer
from taskcenter_sandbox.demo.display import Display
from taskcenter_sandbox.demo.follow import RunFollower
from taskcenter_sandbox.demo.plans import BUNDLES, show_plans
from taskcenter_sandbox.deployment import (
    AirflowApiError,
    AirflowDeployment,
    DeadlineExceeded,
    DeploymentError,
    DeploymentSettings,
    Intervals,
    cluster,
)
from taskcenter_sandbox.deployment.settings import LOOPBACK, free_ports
from taskcenter_sandbox.exchangis.server import ExchangisServer
from taskcenter_sandbox.flink.distribution import FlinkMissing
from taskcenter_sandbox.gateway.auth import Credentials
from taskcenter_sandbox.processes.databases import ServerMissingError

LINKIS_PORT = 9001
AIRFLOW_PORT = 8080
RUN_SECONDS = 300
INTERVALS = Intervals(task_timeout=60, component_timeout=30)  # nobody kills anything here; the machine may be slow


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if all runs succeeded, 1 if one did not or something did not start, 130 after Ctrl-C."""
    options = _parse(arguments)
    display = Display()
    try:
        return _demo(options, display)
    except KeyboardInterrupt:
        display.say("\nStopped.")
        return 130 if options.once else 0
    except (DeploymentError, DeadlineExceeded, AirflowApiError, ServerMissingError, requests.RequestException) as error:
        display.say(f"\nThe demo failed: {error}")
        return 1


def _demo(options: argparse.Namespace, display: Display) -> int:
    dag_ids = options.dag_ids or example_dag_ids(options.dags)
    if not dag_ids:
        raise DeploymentError(f"there are no example_*.py files in {options.dags.resolve()}; name the folder: --dags")
    directory = options.directory.resolve()
    _empty(directory)
    with ExitStack() as running:
        display.title("Starting")
        shop = None
        if transfer.DAG_ID in dag_ids:
            with display.step(f"a shop with {transfer.ROWS} orders, for Exchangis to move"):
                shop = running.enter_context(transfer.shop(directory))
            display.say(f"  it is {shop.described}")
        flink = None
        if streaming.DAG_ID in dag_ids:
            try:
                with display.step("a real Flink, and a local Hlink beside it"):
                    flink = running.enter_context(streaming.hlink(directory))
                display.say(f"  {flink.described}")
            except FlinkMissing as missing:
                display.say(f"  Flink is left out: {missing}")
                dag_ids.remove(streaming.DAG_ID)
        gateway, airflow = _start(running, display, directory, options)
        with display.step(f"connections; example DAGs: {len(dag_ids)}"):
            running.callback(display.say, "\nStopping everything...")
            for kind in ("linkis", "exchangis"):
                airflow.client.set_connection(f"{kind}_default", gateway_connection(kind, gateway))
            if shop is not None:
                airflow.client.set_connection("shop_db", shop.connection)
            if flink is not None:
                airflow.client.set_connection("hlink_default", flink.connection)
            airflow.client.wait_for_dags(dag_ids)
        outcomes = {dag_id: _run(airflow, display, dag_id, shop, flink) for dag_id in dag_ids}
        if not options.dag_ids:
            outcomes |= show_plans(airflow, display)
            outcomes |= forwarded.show_gateway(airflow, display)
        display.summary(outcomes)
        if not options.once:
            _stay(airflow, display)
    return 0 if all(state == "success" for state, _ in outcomes.values()) else 1


def _start(
    running: ExitStack, display: Display, directory: Path, options: argparse.Namespace
) -> tuple[ExchangisServer, AirflowDeployment]:
    # A password of its own: Airflow masks it wherever it appears, and were it "hadoop", the user's name too.
    login = Credentials(password=secrets.token_urlsafe(9))
    gateway = ExchangisServer(
        data_dir=directory / "gateway", port=_port(LINKIS_PORT), credentials=login, options=["--linkis"]
    )
    with display.step(f"local Linkis and Exchangis at {gateway.url} ({login.user} / {login.password})"):
        running.enter_context(gateway)
    distributed: dict[str, Any] = {}
    if options.cluster:
        with display.step("PostgreSQL and Redis"):
            distributed = running.enter_context(cluster.backends()).settings
    settings = DeploymentSettings(
        home=directory / "airflow",
        dags_folder=options.dags.resolve(),
        port=_port(AIRFLOW_PORT),
        intervals=INTERVALS,
        config={
            **(cluster.CONFIG if options.cluster else {}),
            "taskcenter": {"poll_interval_seconds": 1, **forwarded.OPTIONS},
            "dag_processor": {"dag_bundle_config_list": json.dumps(cluster.BUNDLES if options.cluster else BUNDLES)},
        },
        # A log server has one port, and two workers on one machine would both want it.
        serve_logs=not options.cluster,
        **distributed,
    )
    airflow = AirflowDeployment(settings)
    with display.step(f"local Airflow at {airflow.settings.url}: {', '.join(airflow.components)}"):
        running.enter_context(airflow)
    return gateway, airflow


def _run(
    airflow: AirflowDeployment,
    display: Display,
    dag_id: str,
    shop: transfer.Shop | None = None,
    flink: streaming.Streaming | None = None,
) -> tuple[str, float]:
    display.title(dag_id)
    began = time.monotonic()
    moves = shop if dag_id == transfer.DAG_ID else None
    streams = flink if dag_id == streaming.DAG_ID else None
    given = moves or streams
    airflow.client.set_paused(dag_id, paused=False)
    run_id = airflow.client.trigger(dag_id, conf=given.conf if given else None)
    try:
        state = RunFollower(airflow.client, display, dag_id, run_id).follow(timeout_seconds=RUN_SECONDS)
    except DeadlineExceeded as error:
        display.say(str(error))
        display.say(airflow.log_tail("scheduler"))
        state = "timed out"
    if moves and state == "success" and not transfer.show_totals(airflow.client, display, run_id, moves.totals):
        state = "failed"
    if streams and state == "success" and not streaming.show_rows(airflow.client, display, run_id):
        state = "failed"
    return state, time.monotonic() - began


def _stay(airflow: AirflowDeployment, display: Display) -> None:
    settings = airflow.settings
    display.say(f"\nAirflow stays up: {settings.url}   login: {settings.username}   password: {settings.password}")
    display.say(f"The task center's page, for people who write no DAGs: {settings.url}/plugin/task-center")
    display.say(f"Logs and data are in {settings.home.parent}. Ctrl-C stops everything.")
    threading.Event().wait()


def example_dag_ids(folder: Path) -> list[str]:
    """Find the examples: each ``example_*.py`` holds the DAG of that name. Plain SQL comes first, Exchangis and Flink last."""
    found = sorted(path.stem for path in folder.glob("example_*.py"))
    found.sort(key=lambda name: not re.search(r"_sql$", name))
    return found + [part.DAG_ID for part in (transfer, streaming) if (folder / part.DAG_FILE).exists()]


def gateway_connection(kind: str, gateway: ExchangisServer) -> dict[str, object]:
    """Fields of the Airflow connection to the local Linkis, or to the local Exchangis, which have one gateway.

    :param kind: ``linkis`` or ``exchangis``.
    """
    return {
        "conn_type": kind,
        "host": LOOPBACK,
        "port": gateway.port,
        "schema": "http",
        "login": gateway.credentials.user,
        "password": gateway.credentials.password,
        "extra": '{"auth": "password", "creator": "airflow"}',
        "description": f"The local {kind.capitalize()} of the demo",
    }


def _port(usual: int) -> int:
    """Take the usual port if it is free, so that the addresses are those that people know."""
    with socket.socket() as probe:
        taken = probe.connect_ex((LOOPBACK, usual)) == 0
    return free_ports(1)[0] if taken else usual


def _empty(directory: Path) -> None:
    """Make the directory, empty; only one that an earlier demo has made is emptied."""
    mark = directory / ".made-by-the-demo"
    if directory.exists() and any(directory.iterdir()) and not mark.exists():
        raise DeploymentError(f"{directory} holds something else than an earlier demo; name another: --directory")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700, parents=True)
    mark.touch()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="demo", description="Run the example DAGs on a local Airflow, Linkis, Exchangis and Flink."
    )
    parser.add_argument("dag_ids", nargs="*", metavar="DAG_ID", help="which to run; all if none is named")
    parser.add_argument("--once", action="store_true", help="end after the runs; exit code 0 if all succeeded")
    parser.add_argument(
        "--cluster", action="store_true", help="distributed: PostgreSQL, Redis, Celery workers, two of most components"
    )
    parser.add_argument("--dags", type=Path, default=Path("dags"), help="folder with the example DAGs (dags)")
    parser.add_argument(
        "--directory", type=Path, default=Path(".demo"), help="for everything that is written; begun anew (.demo)"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    for end in (signal.SIGINT, signal.SIGTERM):  # the former is ignored where a shell started us in the background
        signal.signal(end, signal.default_int_handler)
    sys.exit(main())
