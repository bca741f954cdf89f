"""One Airflow for all tests of the task center: distributed on Airflow 3.3, by itself on 3.2."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from support import database_servers
from support.plans_over_http import BUNDLES, DISTRIBUTED, TaskCenter
from support.smtp_server import smtp_server
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings, cluster
from taskcenter_sandbox.linkis.server import LinkisServer

MISSED_SECONDS = 25


@pytest.fixture(scope="session")
def plans_linkis(tmp_path_factory):
    """The Linkis on which plans run."""
    with LinkisServer(data_dir=tmp_path_factory.mktemp("linkis"), port=0) as server:
        yield server


@pytest.fixture(scope="session")
def mail_server():
    """What takes the mails of plans: its port, and what has come."""
    with smtp_server() as server:
        yield server


@pytest.fixture(scope="session")
def backends():
    """PostgreSQL and Redis; None on Airflow 3.2, which runs on SQLite."""
    with ExitStack() as running:
        yield running.enter_context(database_servers.backends()) if DISTRIBUTED else None


@pytest.fixture(scope="session")
def plans_airflow(tmp_path_factory, plans_linkis, mail_server, backends):
    """The Airflow that has the plans."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    linkis = {"conn_type": "linkis", "port": plans_linkis.port, "login": "hadoop", "password": "hadoop"}
    extra = {"from_email": "reports@example.com", "disable_tls": True, "disable_ssl": True}
    smtp = {"conn_type": "smtp", "port": mail_server[0], "extra": extra}
    bundles = cluster.BUNDLES if DISTRIBUTED else BUNDLES
    settings = DeploymentSettings(
        home=home / "airflow",
        dags_folder=home / "dags",
        parallelism=3,
        environment={
            "AIRFLOW_CONN_LINKIS_DEFAULT": json.dumps({"host": "127.0.0.1", **linkis}),
            "AIRFLOW_CONN_SMTP_DEFAULT": json.dumps({"host": "127.0.0.1", **smtp}),
        },
        config={
            **(cluster.CONFIG if DISTRIBUTED else {}),
            "dag_processor": {
                "dag_bundle_config_list": json.dumps(bundles),
                "dag_bundle_storage_path": str(home / "bundles"),
            },
            "taskcenter": {"missed_fire_seconds": MISSED_SECONDS},
        },
        **(backends.settings if backends else {}),
    )
    with AirflowDeployment(settings) as deployment:
        yield deployment


@pytest.fixture(scope="session")
def center(plans_airflow):
    """The task center of that Airflow."""
    return TaskCenter(plans_airflow)
