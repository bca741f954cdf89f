"""An Airflow with the page, and a local Linkis and Exchangis on which its plans run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.plans_over_http import BUNDLES
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings
from taskcenter_sandbox.exchangis.server import ExchangisServer

EXCHANGIS = "AIRFLOW_CONN_EXCHANGIS_DEFAULT"


@contextmanager
def airflow_with_page(home: Path) -> Iterator[AirflowDeployment]:
    """Start them; ``admin`` may do everything there, ``vera`` only look.

    :param home: where all their files go
    """
    (home / "dags").mkdir(parents=True)
    with ExchangisServer(data_dir=home / "gateway", options=["--linkis"]) as server:
        fields = {"host": "127.0.0.1", "port": server.port, "login": "hadoop", "password": "hadoop"}
        names = {"linkis": "AIRFLOW_CONN_LINKIS_DEFAULT", "exchangis": EXCHANGIS}
        settings = DeploymentSettings(
            home=home / "airflow",
            dags_folder=home / "dags",
            environment={name: json.dumps({"conn_type": kind, **fields}) for kind, name in names.items()},
            config={
                "core": {"simple_auth_manager_users": "admin:admin,vera:viewer"},
                "dag_processor": {"dag_bundle_config_list": json.dumps(BUNDLES)},
                "taskcenter": {"poll_interval_seconds": 0.5, "gateway_exchangis_conn_id": "exchangis_default"},
            },
        )
        with AirflowDeployment(settings) as deployment:
            yield deployment


def make_exchangis_job(deployment: AirflowDeployment, project: str, name: str) -> int:
    """Make a job in a new project of the Exchangis; returns its id."""
    os.environ[EXCHANGIS] = deployment.settings.environment[EXCHANGIS]
    try:
        with ExchangisHook() as hook:
            made = hook.create_project({"name": project, "description": "", "domain": "STANDALONE"})
            job = {"projectId": made["projectId"], "jobName": name, "jobType": "OFFLINE", "engineType": "DATAX"}
            return int(hook.create_job(job)["id"])
    finally:
        del os.environ[EXCHANGIS]
