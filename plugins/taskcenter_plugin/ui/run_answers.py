"""What the page's endpoints about runs, their logs and their figures answer; all fields are always there."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from taskcenter_plugin.contexts.status import ContextStatus
from taskcenter_plugin.job_pages.answers import LinkOut
from taskcenter_plugin.routes.answers import ContextOut


def moment_of(moment: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC, to the second: ``2026-03-05T07:01:02Z``."""
    return None if moment is None else moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)

    def shown(self) -> dict[str, Any]:
        """As it is sent."""
        return self.model_dump(mode="json", by_alias=True)


class RunTaskOut(_Shown):
    """A task of a run, as its last try left it.

    ``tries``: how many tries there have been, whose logs can be asked for; ``maxTries``: how many Airflow makes at most.
    ``downstream``: the ids of the tasks that wait for this one. ``hasJob``: the endpoints below ``/task-center/jobs`` tell of
    its remote job, which ``system`` and ``remoteId`` name. ``costTime`` in seconds.
    ``stopped``: it was going on when the run was cancelled; its ``state`` is ``failed``.
    """

    task_id: str
    map_index: int
    title: str
    try_number: int
    tries: int
    max_tries: int
    state: str | None
    stopped: bool
    start_at: str | None
    stop_at: str | None
    cost_time: int | None
    downstream: list[str]
    has_job: bool
    system: str | None
    remote_id: str | None
    links: list[LinkOut]


class RunMayOut(_Shown):
    """What the user may do with a run; ``run``: run its plan again."""

    cancel: bool
    run: bool
    read_logs: bool
    read_results: bool


class RunOut(_Shown):
    """A run with its tasks, those first that others wait for. ``context`` is what ``GET /api/contexts/{id}`` answers.

    ``startAt`` and ``stopAt``: when it began and ended, all tries of its tasks included.
    ``planDeleted``: its plan is no more, so that it cannot be run again.
    """

    context: ContextOut
    dag_id: str
    dag_run_id: str
    start_at: str | None
    stop_at: str | None
    plan_deleted: bool
    tasks: list[RunTaskOut]
    may: RunMayOut


class RunCancelOut(_Shown):
    """What became of a cancel. ``cancelled``: the run was going on, and has been stopped; else it had ended before."""

    cancelled: bool
    job_status: ContextStatus


class LogWindowOut(_Shown):
    """Lines of a log. ``first``: the number of the first of them, from 1 on; ``total``: how many lines there are so far.

    There may be fewer than were asked for: very long lines are cut, and an answer holds 2 MiB at most. ``done``: nothing more will
    come. ``notice``: what a reader should know, e.g. that the system cannot be reached now, or that the log is too long.
    """

    lines: list[str]
    first: int
    total: int
    done: bool
    notice: str | None


class LogSearchOut(_Shown):
    """The numbers of the lines that have the text. ``scanned``: up to which line was looked, the next ``after_line``.

    ``done``: the log has ended, and all of it was looked through.
    """

    lines: list[int]
    scanned: int
    total: int
    done: bool


class FiguresOut(_Shown):
    """What a job has moved so far; null where its system does not tell."""

    records: int | None
    bytes: int | None
    records_per_second: float | None
    bytes_per_second: float | None
    error_records: int | None
    ignored_records: int | None
    cpu_cores: float | None
    memory_mb: int | None


class PartOut(_Shown):
    """A part of a job, which the system calls a task."""

    name: str
    status: str
    figures: FiguresOut


class JobMetricsOut(_Shown):
    """The figures of a job at a moment, over all its parts and of each."""

    at: str
    system: str
    figures: FiguresOut
    parts: list[PartOut]
