"""The operator that takes a savepoint of a Hlink job."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.configuration import conf

from taskcenter.core.errors import ConfigurationError, RemoteError
from taskcenter.core.flink.checkpoints import FAILED
from taskcenter.hlink.api import Json
from taskcenter.hlink.definitions import known_job
from taskcenter.hlink.endpoints import SAVEPOINT_TIMEOUT_SECONDS
from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.request import JobChoice
from taskcenter.hlink.savepoints import (
    SavepointMark,
    find_savepoint,
    look_for_savepoint,
    mark_savepoint,
    take_savepoint,
)
from taskcenter.hlink.triggers import SAVEPOINT_PATH, HlinkSavepointTrigger
from taskcenter.jobs.events import ENDED, JobEvent
from taskcenter.jobs.identity import first_try, job_tag
from taskcenter.jobs.memory import keep, kept

if TYPE_CHECKING:
    from airflow.sdk import Context

STATE_SAVEPOINT = "taskcenter_hlink_savepoint"
"""Key in the task state store under which a try notes down what there was before it asks for a savepoint."""


class HlinkSavepointOperator(BaseOperator):
    """Take a savepoint of a running Hlink job, which goes on, and return ``{"job_id", "savepoint_path"}``.

    Hlink answers when the savepoint is complete. It is asked once, whatever happens meanwhile: where the answer is lost,
    with a connection, a triggerer or a worker, the savepoint is looked for at the job and at its Flink cluster.
    Killing the task leaves a savepoint that has begun.

    .. seealso:: :doc:`/hlink`

    :param job_id: the job. (templated)
    :param job_code: instead of its id: its ``jobCode``. (templated)
    :param job_name: instead of its id: its name. (templated)
    :param hlink_conn_id: the Airflow connection. (templated)
    :param timeout_seconds: for how long the savepoint is waited for.
    :param deferrable: wait in the triggerer instead of keeping a worker slot.
    """

    template_fields: Sequence[str] = ("job_id", "job_code", "job_name", "hlink_conn_id")
    ui_color = "#f6e3cf"

    def __init__(
        self,
        *,
        job_id: str | int | None = None,
        job_code: str | None = None,
        job_name: str | None = None,
        hlink_conn_id: str = HlinkHook.default_conn_name,
        timeout_seconds: float = SAVEPOINT_TIMEOUT_SECONDS,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.job_code = job_code
        self.job_name = job_name
        self.hlink_conn_id = hlink_conn_id
        self.timeout_seconds = timeout_seconds
        self.deferrable = deferrable

    @cached_property
    def hook(self) -> HlinkHook:
        """The hook, made on first use."""
        return HlinkHook(self.hlink_conn_id)

    def execute(self, context: Context) -> dict[str, Any]:
        """Take it.

        :raises RefusedError: the job does not run, there is no directory for savepoints, or the savepoint failed.
        :raises JobUnknownError: the answer was lost, and it could not be found out whether the savepoint was made.
        """
        if self.timeout_seconds <= 0:
            raise ConfigurationError(f"timeout_seconds is {self.timeout_seconds}; it must be more than 0.")
        job_id = None if self.job_id is None else str(self.job_id).strip()
        choice = JobChoice(job_id, self.job_code, self.job_name)
        deadline = time.time() + self.timeout_seconds
        with self.hook as hook:
            job = hook.run(lambda api: known_job(api, choice))
            mark, asked = self._before(context, hook, job)
            if isinstance(asked, str):
                return self._result(mark.job_id, asked)
            if self.deferrable:
                self.defer(
                    trigger=HlinkSavepointTrigger(
                        conn_id=self.hlink_conn_id, mark=mark.to_json(), deadline=deadline, asked=asked
                    ),
                    method_name="execute_complete",
                )
            lost = "an earlier try was waiting for it"
            take = (
                (lambda api: find_savepoint(api, mark, deadline, lost))
                if asked
                else (lambda api: take_savepoint(api, mark, deadline))
            )
            return self._result(mark.job_id, hook.run(take))

    def _before(self, context: Context, hook: HlinkHook, job: Json) -> tuple[SavepointMark, bool | str]:
        """The job before the savepoint, and whether an earlier try has asked for it; its path, where it is complete."""
        tag = job_tag(context)
        note = kept(context, STATE_SAVEPOINT) if tag.attempt > first_try(context) else None
        of_this_task = note if isinstance(note, dict) and note.get("key") == tag.key else {}
        earlier = SavepointMark.from_json(of_this_task.get("mark"))
        if earlier is not None and earlier.job_id == str(job["id"]):
            seen = hook.run(lambda api: look_for_savepoint(api, earlier))
            if seen.path:
                return earlier, seen.path
            if seen.made is not None and seen.made.status != FAILED:
                return earlier, True
            self.log.info("Of the savepoint that an earlier try has asked for there is nothing; asking for another")
        mark = hook.run(lambda api: mark_savepoint(api, job))
        keep(context, STATE_SAVEPOINT, {"key": tag.key, "mark": mark.to_json()})
        return mark, False

    def execute_complete(self, context: Context, event: Any) -> dict[str, Any]:  # noqa: ARG002 # Airflow's signature
        """Resume when the trigger has the savepoint.

        :raises RemoteError: it has none.
        """
        outcome = JobEvent.from_json(event)
        path = outcome.ref.handle.get(SAVEPOINT_PATH)
        if outcome.outcome != ENDED or not path:
            raise RemoteError(outcome.message or "The waiting for the savepoint broke off.")
        return self._result(outcome.ref.id, path)

    def _result(self, job_id: str, path: str) -> dict[str, Any]:
        self.log.info("The savepoint of job %s is %s", job_id, path)
        return {"job_id": job_id, "savepoint_path": path}
