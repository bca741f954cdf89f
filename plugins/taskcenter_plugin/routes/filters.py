"""The query parameters of lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Depends, Query

from taskcenter_plugin.contexts.service import Filters
from taskcenter_plugin.contexts.status import ContextStatus
from taskcenter_plugin.errors import BadRequest
from taskcenter_plugin.plans.datamodels import MAX_ID
from taskcenter_plugin.plans.ordering import Sort, SortField
from taskcenter_plugin.routes.bodies import check_storable

MAX_LIMIT = 500
MAX_OFFSET = 2**31 - 1
_MAX_LIST = 5000

Offset = Annotated[int, Query(ge=0, le=MAX_OFFSET)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Text = Annotated[str | None, Query(max_length=_MAX_LIST)]


def filters(
    entityKey: Text = None,
    entityGroup: Text = None,
    q: Text = None,
    entityCreatedByList: Text = None,
    jobStatusList: Text = None,
) -> Filters:
    """A dependency that reads what lists can be narrowed by.

    :raises BadRequest: a number or a status is none.
    """
    for name, value in {"entityKey": entityKey, "entityGroup": entityGroup, "q": q}.items():
        check_storable(name, value)
    return Filters(
        group=entityGroup or None,
        key=entityKey or None,
        text=q or None,
        creators=frozenset(_number(each) for each in _listed(entityCreatedByList)),
        statuses=frozenset(_status("jobStatusList", each) for each in _listed(jobStatusList)),
    )


def plan_filters(wanted: Annotated[Filters, Depends(filters)], enabled: bool | None = None) -> Filters:
    """The same, with ``enabled`` for plans that are switched on, or off."""
    return replace(wanted, enabled=enabled)


SortText = Literal[
    "id",
    "-id",
    "name",
    "-name",
    "updatedAt",
    "-updatedAt",
    "nextStartAt",
    "-nextStartAt",
    "startAt",
    "-startAt",
    "costTime",
    "-costTime",
]


def sort_of(
    sort: Annotated[SortText, Query(description="With a leading - the other way round; without a value: last.")] = "id",
) -> Sort:
    """A dependency that reads an order of plans."""
    return Sort(SortField(sort.removeprefix("-")), descending=sort.startswith("-"))


def context_filters(
    entityKey: Text = None,
    entityGroup: Text = None,
    q: Text = None,
    entityCreatedByList: Text = None,
    jobStatusList: Text = None,
    jobStatus: Text = None,
) -> Filters:
    """The same, with ``jobStatus`` for a single status; where both are given, both must fit."""
    found = filters(entityKey, entityGroup, q, entityCreatedByList, jobStatusList)
    if not jobStatus:
        return found
    wanted = _status("jobStatus", jobStatus)
    statuses = frozenset({wanted}) if not found.statuses or wanted in found.statuses else frozenset()
    if not statuses:
        raise BadRequest("jobStatus is not among jobStatusList, so nothing could be found. Leave one of them out.")
    return Filters(found.group, found.key, found.text, found.creators, statuses)


def _listed(text: str | None) -> list[str]:
    return [each.strip() for each in (text or "").split(",") if each.strip()]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= MAX_ID):
        raise BadRequest(f"entityCreatedByList: {text[:50]!r} is no user's number")
    return int(text)


def _status(name: str, text: str) -> ContextStatus:
    try:
        return ContextStatus(text.strip())
    except ValueError:
        known = ", ".join(each.value for each in ContextStatus)
        raise BadRequest(f"{name}: {text[:50]!r} is no jobStatus. Known: {known}") from None
