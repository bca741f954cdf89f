"""An Airflow with the page, and a local Linkis and Exchangis on which its plans run."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from support.plans_over_http import BUNDLES
from taskcenter.exchangis.data_sources import DataSourceSpec, ensure_data_source
from taskcenter.exchangis.definitions import Side, Transfer
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings
from taskcenter_sandbox.exchangis.server import ExchangisServer

USERS = {"admin": "admin", "otto": "op", "uma": "user", "vera": "viewer"}
"""Who may log in, and the role of each in Airflow's simple auth manager."""
EXCHANGIS = "AIRFLOW_CONN_EXCHANGIS_DEFAULT"
BATCH_ROWS = 500


@contextmanager
def exchangis_and_linkis(home: Path) -> Iterator[ExchangisServer]:
    """Start both at one address.

    :param home: where all their files go
    """
    options = ["--linkis", "--batch-rows", str(BATCH_ROWS)]
    with ExchangisServer(data_dir=home / "gateway", options=options) as server:
        yield server


@contextmanager
def airflow_with_page(
    home: Path,
    server: ExchangisServer | None = None,
    *,
    connections: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Iterator[AirflowDeployment]:
    """Start it: ``admin``, ``otto`` and ``uma`` may do everything with plans there, ``vera`` only look.

    The gateway leads to the connection ``exchangis_default``; ``exchangis_second`` is the same Exchangis.

    :param home: where all its files go
    :param server: on which plans run; one of its own if not given
    :param connections: more of them, as values of environment variables by their names
    :param options: more of the section ``[taskcenter]``
    """
    (home / "dags").mkdir(parents=True)
    with exchangis_and_linkis(home) if server is None else nullcontext(server) as running:
        fields = {"host": "127.0.0.1", "port": running.port, "login": "hadoop", "password": "hadoop"}
        names = {"AIRFLOW_CONN_LINKIS_DEFAULT": "linkis", EXCHANGIS: "exchangis"}
        names["AIRFLOW_CONN_EXCHANGIS_SECOND"] = "exchangis"
        settings = DeploymentSettings(
            home=home / "airflow",
            dags_folder=home / "dags",
            environment={
                **{name: json.dumps({"conn_type": kind, **fields}) for name, kind in names.items()},
                **(connections or {}),
            },
            config={
                "core": {"simple_auth_manager_users": ",".join(f"{name}:{role}" for name, role in USERS.items())},
                "dag_processor": {"dag_bundle_config_list": json.dumps(BUNDLES)},
                "taskcenter": {
                    "poll_interval_seconds": 0.5,
                    "gateway_exchangis_conn_id": "exchangis_default",
                    **(options or {}),
                },
            },
        )
        with AirflowDeployment(settings) as deployment:
            yield deployment


@contextmanager
def exchangis_of(deployment: AirflowDeployment) -> Iterator[ExchangisHook]:
    """The hook to the Exchangis of that Airflow."""
    os.environ[EXCHANGIS] = deployment.settings.environment[EXCHANGIS]
    try:
        with ExchangisHook() as hook:
            yield hook
    finally:
        del os.environ[EXCHANGIS]


def make_exchangis_job(deployment: AirflowDeployment, project: str, name: str) -> int:
    """Make a job in a new project of the Exchangis, which moves nothing yet; returns its id."""
    with exchangis_of(deployment) as hook:
        made = hook.create_project({"name": project, "description": "", "domain": "STANDALONE"})
        job = {"projectId": made["projectId"], "jobName": name, "jobType": "OFFLINE", "engineType": "DATAX"}
        return int(hook.create_job(job)["id"])


def make_transfer(deployment: AirflowDeployment, folder: Path, rows: int) -> int:
    """Make a job that moves so many orders from a shop's SQLite file to an archive's; returns its id."""
    files = {"shop": folder / "shop.db", "archive": folder / "archive.db"}
    for path in files.values():
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount REAL)")
            if path == files["shop"]:
                amounts = ((number, number / 4) for number in range(rows))
                database.executemany("INSERT INTO orders VALUES (?, ?)", amounts)
            database.commit()
    shop, archive = (Side(name, "main", "orders") for name in files)
    with exchangis_of(deployment) as hook:
        for name, path in files.items():
            spec = DataSourceSpec(name, "SQLITE", {"path": str(path)})
            hook.run(lambda api, spec=spec: ensure_data_source(api, spec))
        hook.ensure_project("orders")
        return int(hook.ensure_job("orders", "archive orders", [Transfer("orders", shop, archive)]))
