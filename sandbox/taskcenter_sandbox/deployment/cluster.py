"""The distributed Airflow as plain processes on one machine: what ``docker/compose.yaml`` describes for containers.

PostgreSQL, Redis, two api-servers behind a proxy, two schedulers, a DAG processor for DAG files and one for the plans alone, a
triggerer, two Celery workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from taskcenter_sandbox.deployment.instances import API_SERVER, CELERY_WORKER, SCHEDULER
from taskcenter_sandbox.processes import databases

REPLICAS = {API_SERVER: 2, SCHEDULER: 2, CELERY_WORKER: 2}
DAG_FILES, PLANS = "dags-folder", "taskcenter_plans"

BUNDLES: list[dict[str, Any]] = [
    {"name": DAG_FILES, "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": {}},
    {"name": PLANS, "classpath": "taskcenter_plugin.plans.bundle.PlanBundle", "kwargs": {"refresh_interval": 30}},
]
"""What ``[dag_processor] dag_bundle_config_list`` is to name; plans register themselves, so that theirs is looked at rarely."""

CONFIG: dict[str, dict[str, object]] = {
    # A message that a dying broker has lost is sent again after so many seconds, not after ten minutes.
    "scheduler": {"task_queued_timeout": 30, "task_queued_timeout_check_interval": 5},
    "celery_broker_transport_options": {"visibility_timeout": 300},
    # A connection that the database has cut is noticed before it is used.
    "database": {"sql_alchemy_pool_pre_ping": True},
}


@dataclass(frozen=True)
class Backends:
    """What the components share.

    :param database_url: SQLAlchemy URL of the metadata database
    :param broker_url: of the Redis
    :param postgres: the server, to be restarted
    :param redis: the same; it has on disk what it has been told
    """

    database_url: str
    broker_url: str
    postgres: databases.Server
    redis: databases.Server

    @property
    def settings(self) -> dict[str, Any]:
        """What the settings of a deployment need so that it is the cluster."""
        return {
            "database_url": self.database_url,
            "broker_url": self.broker_url,
            "replicas": REPLICAS,
            "bundle_processors": (DAG_FILES, PLANS),
        }


@contextmanager
def backends() -> Iterator[Backends]:
    """Start PostgreSQL and Redis.

    :raises ServerMissingError: one of them is not installed
    """
    with databases.postgres_server() as (params, postgres), databases.redis_server() as (broker_url, redis):
        database_url = "postgresql+psycopg2://{username}:{password}@{host}:{port}/{databaseName}".format(**params)
        yield Backends(database_url, broker_url, postgres, redis)
