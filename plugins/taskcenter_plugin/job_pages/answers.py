"""What the JSON of the job pages looks like; all fields are always there."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from taskcenter.core.status import JobState
from taskcenter_plugin.routes.answers import Refusal
from taskcenter_plugin.routes.answers import answers as usual_answers


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)

    def shown(self) -> dict[str, Any]:
        """As it is sent."""
        return self.model_dump(mode="json", by_alias=True)


class TaskOut(_Shown):
    """The task instance."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int
    state: str | None
    ended: bool


class JobOut(_Shown):
    """The remote job: ``state`` in our words, ``remoteState`` in the system's; ``progress`` from 0 to 1."""

    system: str
    id: str
    state: JobState
    remote_state: str
    ended: bool
    progress: float | None
    reason: str | None


class LinkOut(_Shown):
    """Where the system's own pages show the job."""

    name: str
    url: str


class JobStateOut(_Shown):
    """A task instance, its remote job (null while there is none), and what the user may do."""

    task: TaskOut
    job: JobOut | None
    links: list[LinkOut]
    may_read_log: bool
    may_read_results: bool
    may_cancel: bool


class JobLogOut(_Shown):
    """New lines of the log. ``next`` is what to ask for next; ``done``: the job has ended, and nothing more will come.

    ``skipped`` counts lines before these that were left out, since they are too many for a page.
    """

    lines: list[str]
    skipped: int
    next: str
    done: bool


class JobResultOut(_Shown):
    """A result that there is."""

    number: int
    name: str


class ColumnOut(_Shown):
    """A column; type and comment as the system names them."""

    name: str
    type: str | None
    comment: str | None


class JobResultPageOut(_Shown):
    """Rows of a result: values as texts, NULL as null, very long ones cut short. ``more``: there are further rows."""

    number: int
    kind: str
    columns: list[ColumnOut]
    rows: list[list[str | None]]
    offset: int
    more: bool


class CancelOut(_Shown):
    """What became of a cancel: ``taskStopped``: the task was going on, and has been marked as failed."""

    job: JobOut
    task_stopped: bool


def answers(model: Any) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that asks a remote system."""
    more = {502: "The remote system cannot be reached, or fails", 504: "The remote system does not answer in time"}
    found = usual_answers(model)
    return found | {status: {"model": Refusal, "description": text} for status, text in more.items()}
