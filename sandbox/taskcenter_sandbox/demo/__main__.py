"""Run the demo: ``python -m taskcenter_sandbox.demo [--once] [--dags FOLDER] [--directory FOLDER] [DAG_ID...]``."""

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

import requests

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
)
from taskcenter_sandbox.deployment.settings import LOOPBACK, free_ports
from taskcenter_sandbox.gateway.auth import Credentials
from taskcenter_sandbox.linkis.server import LinkisServer

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
    except (DeploymentError, DeadlineExceeded, AirflowApiError, requests.RequestException) as error:
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
        # A password of its own: Airflow masks it wherever it appears, and were it "hadoop", the user's name too.
        login = Credentials(password=secrets.token_urlsafe(9))
        linkis = LinkisServer(data_dir=directory / "linkis", port=_port(LINKIS_PORT), credentials=login)
        with display.step(f"local Linkis at {linkis.url} ({login.user} / {login.password})"):
            running.enter_context(linkis)
        settings = DeploymentSettings(
            home=directory / "airflow",
            dags_folder=options.dags.resolve(),
            port=_port(AIRFLOW_PORT),
            intervals=INTERVALS,
            config={
                "taskcenter": {"poll_interval_seconds": 1},
                "dag_processor": {"dag_bundle_config_list": json.dumps(BUNDLES)},
            },
            serve_logs=True,
        )
        airflow = AirflowDeployment(settings)
        with display.step(f"local Airflow at {airflow.settings.url}, four components"):
            running.enter_context(airflow)
        with display.step(f"connection linkis_default; example DAGs: {len(dag_ids)}"):
            running.callback(display.say, "\nStopping Airflow and Linkis...")
            airflow.client.set_connection("linkis_default", linkis_connection(linkis))
            airflow.client.wait_for_dags(dag_ids)
        outcomes = {dag_id: _run(airflow, display, dag_id) for dag_id in dag_ids}
        if not options.dag_ids:
            outcomes |= show_plans(airflow, display)
        display.summary(outcomes)
        if not options.once:
            _stay(airflow, display)
    return 0 if all(state == "success" for state, _ in outcomes.values()) else 1


def _run(airflow: AirflowDeployment, display: Display, dag_id: str) -> tuple[str, float]:
    display.title(dag_id)
    began = time.monotonic()
    airflow.client.set_paused(dag_id, paused=False)
    run_id = airflow.client.trigger(dag_id)
    try:
        state = RunFollower(airflow.client, display, dag_id, run_id).follow(timeout_seconds=RUN_SECONDS)
    except DeadlineExceeded as error:
        display.say(str(error))
        display.say(airflow.log_tail("scheduler"))
        state = "timed out"
    return state, time.monotonic() - began


def _stay(airflow: AirflowDeployment, display: Display) -> None:
    settings = airflow.settings
    display.say(f"\nAirflow stays up: {settings.url}   login: {settings.username}   password: {settings.password}")
    display.say(f"Logs and data are in {settings.home.parent}. Ctrl-C stops everything.")
    threading.Event().wait()


def example_dag_ids(folder: Path) -> list[str]:
    """Find the examples: each file ``example_*.py`` holds the DAG of that name. Plain SQL comes first."""
    found = sorted(path.stem for path in folder.glob("example_*.py"))
    return sorted(found, key=lambda name: not re.search(r"_sql$", name))


def linkis_connection(linkis: LinkisServer) -> dict[str, object]:
    """Fields of the Airflow connection to the local Linkis."""
    return {
        "conn_type": "linkis",
        "host": LOOPBACK,
        "port": linkis.port,
        "schema": "http",
        "login": linkis.credentials.user,
        "password": linkis.credentials.password,
        "extra": '{"auth": "password", "creator": "airflow"}',
        "description": "The local Linkis of the demo",
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
    parser = argparse.ArgumentParser(prog="demo", description="Run the example DAGs on a local Airflow and Linkis.")
    parser.add_argument("dag_ids", nargs="*", metavar="DAG_ID", help="which to run; all if none is named")
    parser.add_argument("--once", action="store_true", help="end after the runs; exit code 0 if all succeeded")
    parser.add_argument("--dags", type=Path, default=Path("dags"), help="folder with the example DAGs (dags)")
    parser.add_argument(
        "--directory", type=Path, default=Path(".demo"), help="for everything that is written; begun anew (.demo)"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    for end in (signal.SIGINT, signal.SIGTERM):  # the former is ignored where a shell started us in the background
        signal.signal(end, signal.default_int_handler)
    sys.exit(main())
