"""An Airflow on a PostgreSQL of its own, with the plans' bundle and a local Linkis, for what is measured over HTTP."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings
from taskcenter_sandbox.linkis.server import LinkisServer
from taskcenter_sandbox.processes import databases

BUNDLES = [
    {"name": "dags-folder", "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": {}},
    {"name": "taskcenter_plans", "classpath": "taskcenter_plugin.plans.bundle.PlanBundle", "kwargs": {}},
]


@contextmanager
def airflow(
    dag_files: dict[str, str],
    *,
    only: list[Any] | None = None,
    options: Mapping[str, str] | None = None,
    connections: Mapping[str, Mapping[str, object]] | None = None,
) -> Iterator[tuple[AirflowDeployment, str]]:
    """A running Airflow, and the SQLAlchemy URL of its database.

    :param dag_files: text of hand-written DAG files by their names
    :param only: the components to start; all if not given
    :param options: of ``[taskcenter]``
    :param connections: more of them than ``linkis_default``, to this machine
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, databases.postgres() as postgres:
        home = Path(directory)
        (home / "dags").mkdir()
        for name, text in dag_files.items():
            (home / "dags" / name).write_text(text, encoding="utf-8")
        url = "postgresql+psycopg2://{username}:{password}@{host}:{port}/{databaseName}".format(**postgres)
        with LinkisServer(data_dir=home / "linkis", port=0) as linkis:
            known = {"linkis_default": {"conn_type": "linkis", "port": linkis.port}, **(connections or {})}
            common = {"schema": "http", "host": "127.0.0.1", "login": "hadoop", "password": "hadoop"}
            deployment = AirflowDeployment(
                DeploymentSettings(
                    home=home / "airflow",
                    dags_folder=home / "dags",
                    database_url=url,
                    environment={
                        f"AIRFLOW_CONN_{name.upper()}": json.dumps({**common, **fields})
                        for name, fields in known.items()
                    },
                    config={
                        "dag_processor": {"dag_bundle_config_list": json.dumps(BUNDLES)},
                        "taskcenter": dict(options or {}),
                    },
                )
            )
            try:
                deployment.start(only=only)
                yield deployment, url
            finally:
                deployment.stop()


def linkis_port(deployment: AirflowDeployment) -> int:
    """Where the local Linkis listens."""
    return int(json.loads(deployment.settings.environment["AIRFLOW_CONN_LINKIS_DEFAULT"])["port"])


def run(main: Callable[[], int]) -> int:
    """The exit code of a benchmark; without PostgreSQL it says that it is left out."""
    try:
        return main()
    except databases.ServerMissingError as error:
        print(f"Left out: {error}. It needs the distribution's PostgreSQL.")
        return 0


def session(deployment: AirflowDeployment) -> requests.Session:
    """A logged-in HTTP session that keeps its connection."""
    found = requests.Session()
    found.headers["Authorization"] = f"Bearer {deployment.client.token()}"
    return found
