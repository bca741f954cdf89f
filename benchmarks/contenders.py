"""Who is measured: each contender's trigger, its arguments and its connection."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jobs import WARM_UP_ID, exec_id, flink_job_id

WEEK_SECONDS = 7 * 86400.0
CONN_ID = "benchmark"


@dataclass(frozen=True)
class Contender:
    """One way of waiting for jobs.

    :param title: for the table.
    :param classpath: of its trigger.
    :param arguments: of the trigger, from job id, interval in seconds and the server's URL.
    :param connection: of type and fields as Airflow's JSON form has them; host and port are filled in.
    :param batches: whether the server knows ``list-taskids``.
    :param polls: whether it polls at all.
    """

    title: str
    classpath: str
    arguments: Callable[[int, float, str], dict[str, Any]]
    connection: dict[str, Any]
    batches: bool = True
    polls: bool = True

    def connection_json(self, url: str) -> str:
        """The value of ``AIRFLOW_CONN_BENCHMARK``."""
        parts = urlsplit(url)
        fields = {"schema": "http", "host": parts.hostname, "port": parts.port, **self.connection}
        if fields["conn_type"] == "dbt_cloud":
            fields["host"] = parts.netloc
        return json.dumps(fields)

    def prepare(self) -> None:
        """Do what must be done in the triggerer's process before its triggers run."""
        if self.connection.get("conn_type") == "dbt_cloud":
            _let_dbt_use_plain_http()


def _let_dbt_use_plain_http() -> None:
    """The hook's URLs are https whatever the connection says; in plain HTTP it is spared TLS, as the others are."""
    from airflow.providers.dbt.cloud.hooks.dbt import DbtCloudHook

    original = DbtCloudHook.get_request_url_params

    def plain(*args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        url, params = original(*args, **kwargs)
        return url.replace("https://", "http://", 1), params

    DbtCloudHook.get_request_url_params = staticmethod(plain)  # type: ignore[method-assign]


def _linkis(job: int, interval: float, url: str) -> dict[str, Any]:  # noqa: ARG001
    return {
        "conn_id": CONN_ID,
        "job": {"id": str(job), "handle": {"exec_id": exec_id(job)}},
        "deadline": time.time() + WEEK_SECONDS,
        "poll_interval_seconds": interval,
        "owns_job": True,
    }


def _exchangis(job: int, interval: float, url: str) -> dict[str, Any]:
    return {**_linkis(job, interval, url), "job": {"id": str(job), "handle": {"job_id": "7", "job_name": "orders"}}}


def _flink(job: int, interval: float, url: str) -> dict[str, Any]:
    return {**_linkis(job, interval, url), "job": {"id": flink_job_id(job), "handle": {}}}


def _dbt(job: int, interval: float, url: str) -> dict[str, Any]:  # noqa: ARG001
    end = time.time() + WEEK_SECONDS
    return {"conn_id": CONN_ID, "run_id": job, "end_time": end, "poll_interval": interval, "account_id": 1}


def _livy(job: int, interval: float, url: str) -> dict[str, Any]:  # noqa: ARG001
    return {"batch_id": job, "spark_params": {}, "livy_conn_id": CONN_ID, "polling_interval": interval}


def _idle(job: int, interval: float, url: str) -> dict[str, Any]:  # noqa: ARG001
    return {"job": job, "interval": interval, "where": "warm up" if job == WARM_UP_ID else "wait"}


_LINKIS_CONNECTION = {"conn_type": "linkis", "login": "hadoop", "password": "hadoop", "extra": {"auth": "password"}}
_LINKIS_TRIGGER = "taskcenter.linkis.triggers.LinkisTrigger"

REFERENCE = "http"
"""The contender that the ratios are against."""

CONTENDERS = {
    "http": Contender(
        "HttpAsyncHook.run per poll",
        "triggers.HttpHookTrigger",
        lambda job, interval, url: {"job": job, "interval": interval, "where": CONN_ID},  # noqa: ARG005
        {"conn_type": "http"},
    ),
    "dbt": Contender(
        "DbtCloudRunJobTrigger",
        "airflow.providers.dbt.cloud.triggers.dbt.DbtCloudRunJobTrigger",
        _dbt,
        {"conn_type": "dbt_cloud", "login": "1", "password": "benchmark-token"},
    ),
    "livy": Contender(
        "LivyTrigger", "airflow.providers.apache.livy.triggers.livy.LivyTrigger", _livy, {"conn_type": "livy"}
    ),
    "bare": Contender(
        "bare loop, one aiohttp session",
        "triggers.BareTrigger",
        lambda job, interval, url: {"job": job, "interval": interval, "where": url},
        {"conn_type": "http"},
    ),
    "linkis": Contender("LinkisTrigger", _LINKIS_TRIGGER, _linkis, _LINKIS_CONNECTION),
    "linkis-unbatched": Contender(
        "LinkisTrigger, server without batches", _LINKIS_TRIGGER, _linkis, _LINKIS_CONNECTION, batches=False
    ),
    "exchangis": Contender(
        "ExchangisTrigger, which has no batches",
        "taskcenter.exchangis.triggers.ExchangisTrigger",
        _exchangis,
        {**_LINKIS_CONNECTION, "conn_type": "exchangis"},
    ),
    "flink": Contender(
        "FlinkTrigger, all jobs in one request",
        "taskcenter.flink.triggers.FlinkTrigger",
        _flink,
        {"conn_type": "flink_rest"},
    ),
    "idle": Contender(
        "Airflow alone, triggers that only wait", "triggers.IdleTrigger", _idle, {"conn_type": "http"}, polls=False
    ),
}
