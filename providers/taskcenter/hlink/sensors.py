"""The sensor that waits for a Hlink job to be in some state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from taskcenter.core.errors import ConfigurationError
from taskcenter.core.flink.outages import CLUSTER_PATIENCE, read_patience
from taskcenter.core.job import JobRef
from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.request import STABLE_SECONDS, UNTIL
from taskcenter.hlink.status import NAMES
from taskcenter.hlink.triggers import HlinkTrigger
from taskcenter.jobs.sensor import RemoteJobSensor

RUNNING = "RUNNING"


class HlinkJobSensor(RemoteJobSensor):
    """Wait until a Hlink job has one of some statuses, whoever started it.

    The status is that of its Flink cluster where it can be reached. ``RUNNING`` means healthy: each of its tasks runs,
    and nothing about the job has changed for ``stable_seconds``. The task fails at once when the job ends otherwise.

    .. seealso:: :doc:`/hlink`

    :param job_id: the job. (templated)
    :param statuses: one or more of Flink's and Hlink's words: ``RUNNING``, ``FINISHED``, ``CANCELED``, ``FAILED``, ...
    :param stable_seconds: for how long it must have been running.
    :param cluster_patience_seconds: for how long the job's Flink cluster may give no answer before the task fails; the
        connection says by default. Airflow 3.2 keeps nothing between looks with ``mode="reschedule"``: there it
        is waited for as long as the sensor may.
    :param hlink_conn_id: the Airflow connection. (templated)
    :param deferrable: wait in the triggerer instead of a worker slot.
    """

    hook_class = HlinkHook
    trigger_class = HlinkTrigger
    template_fields: Sequence[str] = ("job_id", "hlink_conn_id")
    ui_color = "#f6e3cf"

    def __init__(
        self,
        *,
        job_id: str | int,
        statuses: Sequence[str] = ("FINISHED",),
        stable_seconds: float = 0.0,
        cluster_patience_seconds: float | None = None,
        hlink_conn_id: str = HlinkHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.statuses = statuses
        self.stable_seconds = stable_seconds
        self.cluster_patience_seconds = cluster_patience_seconds
        self.hlink_conn_id = hlink_conn_id

    def conn_id_value(self) -> str:
        """The Airflow connection."""
        return self.hlink_conn_id

    def job_ref(self) -> JobRef:
        """The job, and until when it is waited for.

        :raises ConfigurationError: the id is no number, or a status is none.
        """
        job_id = str(self.job_id).strip()
        if not job_id.isdigit():
            raise ConfigurationError(f"job_id is {self.job_id!r}; it is a number.")
        words = [self.statuses] if isinstance(self.statuses, str) else list(self.statuses)
        wrong = sorted(set(words) - NAMES)
        if wrong or not words:
            names = ", ".join(sorted(NAMES))
            raise ConfigurationError(f"statuses has {', '.join(wrong) or 'nothing in it'}; it can have {names}.")
        handle = {UNTIL: ",".join(words)}
        if RUNNING in words:
            handle[STABLE_SECONDS] = str(self.stable_seconds)
        if self.cluster_patience_seconds is not None:
            handle[CLUSTER_PATIENCE] = str(read_patience(self.cluster_patience_seconds, CLUSTER_PATIENCE))
        return JobRef(job_id, handle)

    def _trigger_args(self, ref: JobRef, deadline: float) -> dict[str, Any]:
        return super()._trigger_args(cast("HlinkHook", self.hook).system.mark_seen(ref), deadline)
