"""The sensor that waits for an execution of an Exchangis job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taskcenter.core.errors import ConfigurationError
from taskcenter.core.job import JobRef
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.exchangis.triggers import ExchangisTrigger
from taskcenter.jobs.sensor import RemoteJobSensor


class ExchangisJobSensor(RemoteJobSensor):
    """Wait until an execution of an Exchangis job has succeeded, whoever started it.

    .. seealso:: :doc:`/exchangis`

    :param job_execution_id: the execution. (templated)
    :param exchangis_conn_id: the Airflow connection; its user must be allowed to see the job. (templated)
    :param deferrable: wait in the triggerer instead of a worker slot.
    """

    hook_class = ExchangisHook
    trigger_class = ExchangisTrigger
    template_fields: Sequence[str] = ("job_execution_id", "exchangis_conn_id")
    ui_color = "#dcefd8"

    def __init__(
        self, *, job_execution_id: str, exchangis_conn_id: str = ExchangisHook.default_conn_name, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.job_execution_id = job_execution_id
        self.exchangis_conn_id = exchangis_conn_id

    def conn_id_value(self) -> str:
        """The Airflow connection."""
        return self.exchangis_conn_id

    def job_ref(self) -> JobRef:
        """The execution.

        :raises ConfigurationError: it is empty.
        """
        execution_id = str(self.job_execution_id or "").strip()
        if not execution_id or execution_id == "None":
            raise ConfigurationError(
                "job_execution_id is empty. Give that of an execution, for example "
                "\"{{ ti.xcom_pull('move')['job_execution_id'] }}\"."
            )
        return JobRef(execution_id)
