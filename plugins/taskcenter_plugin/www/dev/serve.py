"""An Airflow with some plans and a local Linkis, to work on the page with: ``python dev/serve.py --home DIRECTORY``.

Logs in as ``admin``, ``vera`` (who may only look) and ``otto`` (who may run and edit); all have the password ``page``. It stays until
Ctrl-C. A page that was built since is served after a reload in the browser; Python code wants a restart.
"""

# ruff: noqa: T201  (a program for a terminal)

from __future__ import annotations

import argparse
import json
import shutil
import signal
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import requests

from taskcenter_sandbox.demo.plans import BUNDLES, NOTEBOOK
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings
from taskcenter_sandbox.linkis.server import LinkisServer

USERS = {"admin": "admin", "vera": "viewer", "otto": "op"}
PASSWORD = "page"  # noqa: S105  (of a server for this machine alone, which goes with this program)
NIGHTLY = {"triggerType": "CRON_JOB", "cronDesc": "0 15 0 ? * 2", "cronType": "WEEKLY", "timeZone": "Asia/Shanghai"}
OFTEN = {"triggerType": "CRON_JOB", "cronDesc": "0 0/2 * * * ?", "cronType": "CRON", "timeZone": "GMT+08:00"}
ONCE = {"triggerType": "ONCE"}


def after(group: str, key: str) -> dict[str, object]:
    """An item that waits for another plan."""
    return {"triggerType": "DEPENDENCY", "triggerByJobs": [{"entityGroup": group, "entityKey": key}]}


def linkis(key: str, code: str, *items: Mapping[str, object], **more: object) -> dict[str, object]:
    """A plan that runs code."""
    return {
        "entityGroup": "LINKIS",
        "entityKey": key,
        "planItems": list(items),
        "execDetail": {"jobParams": {"code": code, "runType": "sql"}},
        **more,
    }


PLANS: list[dict[str, object]] = [
    {"entityGroup": "NOTEBOOK", "entityKey": "1", "planItems": [NIGHTLY], "execDetail": {"jobParams": {"notebook": 1}}},
    linkis("load", "SELECT 1 AS one, 'x' AS letter, CAST(NULL AS VARCHAR) AS nothing", OFTEN),
    linkis("sum", "SELECT id AS n, id * id AS square FROM range(250)", after("LINKIS", "load")),
    linkis("report", "SELECT 3", after("LINKIS", "sum"), after("NOTEBOOK", "1")),
    linkis("broken", "SELECT * FROM no_such_table", NIGHTLY),
    linkis("off", "SELECT 4", NIGHTLY, enabled=False),
]
RUN_AT_ONCE = ["sum", "broken", "report"]


class Settings(DeploymentSettings):
    """Those with more users than one, who all have the same password."""

    def prepare_home(self) -> None:
        """Write all passwords, where Airflow would make some up."""
        super().prepare_home()
        self.passwords_file.write_text(json.dumps(dict.fromkeys(USERS, PASSWORD)), encoding="utf-8")


def main() -> None:
    """Start all, store the plans, wait for the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--home", type=Path, required=True, help="where Airflow's files go; removed with all that is in it"
    )
    parser.add_argument("--port", type=int, help="the api-server's; a free one if not given")
    parser.add_argument("--plans", type=int, default=0, help="so many more plans, which are switched off")
    parser.add_argument("--without", nargs="*", default=[], help="components that are not started, e.g. scheduler")
    options = parser.parse_args()
    home = options.home.resolve()
    shutil.rmtree(home, ignore_errors=True)
    (home / "dags").mkdir(parents=True)
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    with LinkisServer(data_dir=home / "linkis", port=0) as linkis_server:
        airflow = AirflowDeployment(settings(home, linkis_server.port, options.port))
        try:
            airflow.start(only=[each for each in airflow.components if each not in options.without])
            store(airflow, options.plans)
            names = ", ".join(USERS)
            print(f"{airflow.settings.url}/plugin/task-center  users {names}; password {PASSWORD}", flush=True)
            ended.wait()
        finally:
            airflow.stop()


def settings(home: Path, linkis_port: int, port: int | None) -> Settings:
    """What Airflow is started with: the plans' bundle, and the connection with Linkis."""
    connection = {
        "conn_type": "linkis",
        "host": "127.0.0.1",
        "port": linkis_port,
        "login": "hadoop",
        "password": "hadoop",
    }
    chosen = Settings(
        home=home / "airflow",
        dags_folder=home / "dags",
        password=PASSWORD,
        environment={"AIRFLOW_CONN_LINKIS_DEFAULT": json.dumps(connection)},
        config={
            "core": {"simple_auth_manager_users": ",".join(f"{name}:{role}" for name, role in USERS.items())},
            "dag_processor": {"dag_bundle_config_list": json.dumps(BUNDLES)},
        },
    )
    return chosen if port is None else replace(chosen, port=port)


def store(airflow: AirflowDeployment, more: int) -> None:
    """The plans, and some of them run."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {airflow.client.token()}"

    def send(method: str, path: str, body: object) -> None:
        reply = session.request(method, airflow.settings.url + path, json=body, timeout=60)
        if not reply.ok:
            raise SystemExit(f"{method} {path}: {reply.status_code} {reply.text}")

    send("PUT", "/api/entities/NOTEBOOK/1", NOTEBOOK)
    for plan in PLANS:
        send("POST", "/api/schedules", plan)
    for number in range(more):
        send("POST", "/api/schedules", linkis(f"more {number:05d}", f"SELECT {number}", NIGHTLY, enabled=False))
    for key in RUN_AT_ONCE:
        send("POST", "/api/schedules", {"entityGroup": "LINKIS", "entityKey": key, "planItems": [ONCE]})


if __name__ == "__main__":
    main()
