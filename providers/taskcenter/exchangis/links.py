"""The link from a task to its execution in Exchangis' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperatorLink
from airflow.sdk.execution_time.xcom import XCom

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

XCOM_EXECUTION_URL = "exchangis_execution_url"

DEFAULT_EXECUTION_URL = "{base_url}/#/synchronizationHistory?jobExecutionId={execution_id}"
"""Exchangis' own page; the ``job_url`` field of the connection's extra may name another place."""


class ExchangisExecutionLink(BaseOperatorLink):
    """Leads to the execution in Exchangis' history."""

    name = "Exchangis execution"

    @property
    def xcom_key(self) -> str:
        """Where the operator puts the address as soon as the job is submitted."""
        return XCOM_EXECUTION_URL

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002 # Airflow's signature
        """The address, empty while there is no execution."""
        return str(XCom.get_value(ti_key=ti_key, key=XCOM_EXECUTION_URL) or "")
