"""The link from a task to its job in Flink's web page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperatorLink
from airflow.sdk.execution_time.xcom import XCom

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.flink.states import JOB_PAGE

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

XCOM_JOB_URL = "flink_job_url"

DEFAULT_JOB_URL = "{base_url}" + JOB_PAGE
"""Flink's own page; ``job_url`` in the connection's extra may name another."""


class FlinkJobLink(BaseOperatorLink):
    """Leads to the job in Flink's web page."""

    name = "Flink job"

    @property
    def xcom_key(self) -> str:
        """Where the operator puts the address as soon as the job is submitted."""
        return XCOM_JOB_URL

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002 # Airflow's signature
        """The address, empty while there is no job."""
        return str(XCom.get_value(ti_key=ti_key, key=XCOM_JOB_URL) or "")


def job_url(settings: ConnectionSettings, job_id: str) -> str:
    """Where a person can look at a job."""
    template = settings.extra.get("job_url") or DEFAULT_JOB_URL
    return template.replace("{base_url}", f"{settings.base_url}{settings.prefix}").replace("{job_id}", job_id)
