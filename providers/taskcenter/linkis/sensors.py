"""The sensor that waits for a Linkis job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taskcenter.core.errors import ConfigurationError
from taskcenter.core.job import JobRef
from taskcenter.jobs.sensor import RemoteJobSensor
from taskcenter.linkis.hook import LinkisHook
from taskcenter.linkis.triggers import LinkisTrigger


class LinkisSensor(RemoteJobSensor):
    """Wait until a Linkis job has succeeded, whoever submitted it.

    .. seealso:: :doc:`/linkis/sensor`

    :param linkis_task_id: the job's taskID. (templated)
    :param linkis_conn_id: the Airflow connection; its user must be allowed to see the job. (templated)
    :param deferrable: wait in the triggerer instead of a worker slot.
    """

    hook_class = LinkisHook
    trigger_class = LinkisTrigger
    template_fields: Sequence[str] = ("linkis_task_id", "linkis_conn_id")
    ui_color = "#d4e7f7"

    def __init__(
        self, *, linkis_task_id: str | int, linkis_conn_id: str = LinkisHook.default_conn_name, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.linkis_task_id = linkis_task_id
        self.linkis_conn_id = linkis_conn_id

    def conn_id_value(self) -> str:
        """The Airflow connection."""
        return self.linkis_conn_id

    def job_ref(self) -> JobRef:
        """The job.

        :raises ConfigurationError: it is not a number.
        """
        job_id = str(self.linkis_task_id).strip()
        if not job_id.isdigit():
            raise ConfigurationError(
                f"linkis_task_id is {job_id!r}, not a number. Give the taskID of a job, for example "
                "\"{{ ti.xcom_pull('submit')['task_id'] }}\"."
            )
        return JobRef(job_id)
