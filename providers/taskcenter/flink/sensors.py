"""The sensor that waits for a Flink job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taskcenter.core.job import JobRef
from taskcenter.flink.hook import FlinkHook
from taskcenter.flink.operator import DEFAULT_STABLE_SECONDS, FINISHED, job_id_of, running_for
from taskcenter.flink.outages import with_patience
from taskcenter.flink.request import job_ref
from taskcenter.flink.triggers import FlinkTrigger
from taskcenter.jobs.sensor import RemoteJobSensor


class FlinkJobSensor(RemoteJobSensor):
    """Wait until a Flink job has finished, or has been running well for some time, whoever submitted it.

    .. seealso:: :doc:`/flink`

    :param job_id: the job's id, or what the task that started it returned. (templated)
    :param wait_until: ``finished``, or ``running``: that all its tasks have run for ``stable_seconds``.
    :param stable_seconds: for how long.
    :param cluster_patience_seconds: for how long the cluster may give no answer before the task fails; the connection
        says by default. Airflow 3.2 keeps nothing between looks with ``mode="reschedule"``: there it
        is waited for as long as the sensor may.
    :param flink_conn_id: the Airflow connection. (templated)
    :param deferrable: wait in the triggerer instead of a worker slot.
    """

    hook_class = FlinkHook
    trigger_class = FlinkTrigger
    template_fields: Sequence[str] = ("job_id", "flink_conn_id")
    ui_color = "#fbe3d6"

    def __init__(
        self,
        *,
        job_id: Any,
        wait_until: str = FINISHED,
        stable_seconds: float = DEFAULT_STABLE_SECONDS,
        cluster_patience_seconds: float | None = None,
        flink_conn_id: str = FlinkHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.wait_until = wait_until
        self.stable_seconds = stable_seconds
        self.cluster_patience_seconds = cluster_patience_seconds
        self.flink_conn_id = flink_conn_id

    def conn_id_value(self) -> str:
        """The Airflow connection."""
        return self.flink_conn_id

    def job_ref(self) -> JobRef:
        """The job.

        :raises ConfigurationError: the argument names none, or another is wrong.
        """
        ref = job_ref(job_id_of(self.job_id), running_for(self.wait_until, self.stable_seconds))
        return with_patience(ref, self.cluster_patience_seconds)
