"""What a plan runs, as somebody may read it who may not read all that it has from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from taskcenter_plugin.job_types.base import JSON, JobDefinitionError
from taskcenter_plugin.job_types.registry import job_type

Name = tuple[str, str]
"""The entityGroup and entityKey of a plan, and of what it runs."""

MayRead: TypeAlias = Callable[[Name], bool]
"""Whether somebody may read what is stored under a name."""


def everything(_name: Name) -> bool:
    """For who may read all."""
    return True


def hidden_tasks(name: Name, definition: JSON, may_read: MayRead) -> set[str]:
    """The ids of those tasks of a plan that run what the reader may not read."""
    if may_read is everything:
        return set()
    try:
        borrowed = job_type(name[0]).borrowed(name[1], definition)
    except JobDefinitionError:
        return set()  # its job type is no more; it has borrowed nothing that we know of
    return {task_id for task_id, entity in borrowed.items() if not may_read(entity)}


def readable_detail(name: Name, detail: dict[str, Any] | None, may_read: MayRead) -> dict[str, Any] | None:
    """A plan's execDetail, as the reader may have it."""
    params = (detail or {}).get("jobParams")
    if detail is None or not isinstance(params, dict):
        return detail
    hidden = hidden_tasks(name, params, may_read)
    return {**detail, "jobParams": job_type(name[0]).without(params, hidden)} if hidden else detail
