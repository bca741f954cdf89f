"""The links from a task to its job in Hlink's pages and in Flink's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperatorLink
from airflow.sdk.execution_time.xcom import XCom

from taskcenter.core.flink.states import JOB_PAGE

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

XCOM_HLINK_URL, XCOM_FLINK_URL = "hlink_job_url", "hlink_flink_job_url"

DEFAULT_JOB_URL = "{base_url}/"
"""Hlink's own pages; the ``job_url`` field of the connection's extra may name a job's, with ``{job_id}``."""

DEFAULT_FLINK_URL = "{address}" + JOB_PAGE.replace("{job_id}", "{flink_job_id}")
"""Flink's own page; the ``flink_job_url`` field of the connection's extra may name another."""


class HlinkJobLink(BaseOperatorLink):
    """Leads to the job in Hlink."""

    name = "Hlink job"

    @property
    def xcom_key(self) -> str:
        """Where the operator puts the address as soon as the job is started."""
        return XCOM_HLINK_URL

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002 # Airflow's signature
        """The address, empty while there is no job."""
        return str(XCom.get_value(ti_key=ti_key, key=XCOM_HLINK_URL) or "")


class HlinkFlinkLink(BaseOperatorLink):
    """Leads to the job in the web page of its Flink cluster."""

    name = "Flink job"

    @property
    def xcom_key(self) -> str:
        """Where the operator puts the address as soon as the job is on its cluster."""
        return XCOM_FLINK_URL

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002 # Airflow's signature
        """The address, empty while there is no job."""
        return str(XCom.get_value(ti_key=ti_key, key=XCOM_FLINK_URL) or "")
