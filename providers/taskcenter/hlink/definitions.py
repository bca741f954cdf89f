"""Finds the job that a task names, and makes or changes one from its definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskcenter.core.errors import (
    ConfigurationError,
    ErrorContext,
    MalformedReplyError,
    NotFoundError,
    RemoteError,
    UnavailableError,
)
from taskcenter.core.flow import Flow
from taskcenter.hlink.api import Json
from taskcenter.hlink.request import JobChoice
from taskcenter.hlink.status import STARTED
from taskcenter.hlink.system import HlinkSystem


def known_job(api: HlinkSystem, choice: JobChoice) -> Flow[Json]:
    """The job that is named; with a definition, made or changed first unless it runs.

    :raises ConfigurationError: the choice names none, or several jobs have the name.
    :raises NotFoundError: there is no such job.
    """
    choice.check()
    if choice.job_id:
        return (yield from api.job(choice.job_id))
    if choice.definition:
        return (yield from ensure_job(api, choice.definition))
    field, value = ("jobCode", choice.job_code) if choice.job_code else ("jobName", choice.job_name)
    found = yield from _jobs_with(api, field, str(value))
    if not found:
        message = f"Hlink has no job whose {field} is {value!r}, or this user may not see it."
        raise NotFoundError(message, _context(api))
    return (yield from api.job(found[0]))


def ensure_job(api: HlinkSystem, definition: Mapping[str, Any]) -> Flow[Json]:
    """The job of the definition's ``jobName``, created if there is none, changed if it differs and does not run."""
    name = str(definition["jobName"])
    found = yield from _jobs_with(api, "jobName", name)
    if not found:
        try:
            job = yield from api.add_job(definition)
        except (UnavailableError, MalformedReplyError) as error:
            found = yield from _look_again(api, name, error)
        else:
            return (yield from api.job(str(job.get("id"))))
    stored = yield from api.job(found[0])
    if api.stored_word(stored) in STARTED or not _differs(definition, stored):
        return stored
    yield from api.update_job({**definition, "id": stored["id"]})
    return (yield from api.job(found[0]))


def _look_again(api: HlinkSystem, name: str, error: RemoteError) -> Flow[list[str]]:
    """A job whose creation got no usable answer may be there all the same."""
    found = yield from _jobs_with(api, "jobName", name)
    if not found:
        raise error
    return found


def _jobs_with(api: HlinkSystem, field: str, value: str) -> Flow[list[str]]:
    """The id of the job with exactly that value.

    :raises ConfigurationError: there are several.
    """
    filters: dict[str, Any] = {"jobName": value} if field == "jobName" else {}
    rows = yield from api.all_pages(lambda number: api.list_jobs(number, **filters))
    found = [str(row.get("id")) for row in rows if row.get(field) == value]
    if len(found) > 1:
        message = f"Hlink has {len(found)} jobs whose {field} is {value!r} ({', '.join(found)}). Give the job_id."
        raise ConfigurationError(message, _context(api))
    return found


_SERVERS_OWN = ("checkpointStatebackendPath", "checkpointStatebackendType")
"""What the server overwrites."""


def _differs(given: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    """Whether a job lacks something of its definition."""
    return any(
        not _same(value, stored.get(name))
        for name, value in given.items()
        if value is not None and name not in _SERVERS_OWN
    )


def _same(given: Any, stored: Any) -> bool:
    if isinstance(given, list) and isinstance(stored, list):
        return len(given) == len(stored) and all(map(_same, given, stored))
    if isinstance(given, Mapping) and isinstance(stored, Mapping):
        return not _differs(given, stored)
    return given == stored or str(given) == str(stored)


def _context(api: HlinkSystem) -> ErrorContext:
    return ErrorContext(system=api.name, connection=api.connection)
