"""Finds the job types: ours and those of other packages, through one entry-point group."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from taskcenter_plugin import settings
from taskcenter_plugin.job_types.base import JSON, Entities, JobDefinitionError, JobType

ENTRY_POINTS = "taskcenter.job_types"
log = logging.getLogger(__name__)


@cache
def _loaded(group: str) -> JobType | None:
    for entry_point in entry_points(group=ENTRY_POINTS, name=group):
        job_type = entry_point.load()()
        if not isinstance(job_type, JobType) or job_type.group != group:
            raise TypeError(f"Entry point {group!r} of {ENTRY_POINTS} is not a JobType of group {group!r}")
        return job_type
    return None


def groups() -> list[str]:
    """The names of all entity groups."""
    return sorted({entry_point.name for entry_point in entry_points(group=ENTRY_POINTS)})


def job_type(group: str) -> JobType:
    """The job type of an entity group.

    :raises JobDefinitionError: there is none, or its package cannot be loaded.
    """
    try:
        found = _loaded(group)
    except Exception as error:
        log.exception("The job type of group %s cannot be loaded", group)
        raise JobDefinitionError(f"The job type of group {group} cannot be loaded: {error}") from error
    if found is None:
        raise JobDefinitionError(f"There is no job type for entityGroup {group!r}. Known: {', '.join(groups())}")
    return found


def resolved(kind: JobType, key: str, params: JSON, entities: Entities) -> dict[str, Any]:
    """All that a plan's tasks are built from, bounded: see ``JobType.resolve``.

    :raises JobDefinitionError: something is missing or wrong, or it has too many steps.
    """
    definition = kind.resolve(key, params, entities)
    steps, most = kind.size(definition), settings.max_steps()
    if steps > most:
        raise JobDefinitionError(
            f"{kind.group} {key}: it has {steps} steps, and [taskcenter] max_steps allows {most}. Make several plans of it, which "
            "can depend on each other, or have an administrator raise max_steps."
        )
    return definition
