"""The link from a task to its Linkis job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperatorLink
from airflow.sdk.execution_time.xcom import XCom

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

XCOM_JOB_URL = "linkis_job_url"

DEFAULT_JOB_URL = "{base_url}/#/console/viewHistory?taskID={task_id}"
"""Linkis' own console; the ``job_url`` field of the connection's extra may name another place."""


class LinkisJobLink(BaseOperatorLink):
    """Leads to the job in Linkis' console."""

    name = "Linkis job"

    @property
    def xcom_key(self) -> str:
        """Where the operator puts the address as soon as the job is submitted."""
        return XCOM_JOB_URL

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002 # Airflow's signature
        """The address, empty while there is no job."""
        return str(XCom.get_value(ti_key=ti_key, key=XCOM_JOB_URL) or "")
