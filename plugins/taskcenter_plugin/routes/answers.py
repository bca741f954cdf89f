"""What answers look like, for the OpenAPI document; a test holds real answers against it. All fields are always there."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from taskcenter_plugin.contexts.status import ContextStatus
from taskcenter_plugin.plans.datamodels import TriggerType

Data = TypeVar("Data")


class _Answered(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Answer(_Answered, Generic[Data]):
    """A success: ``code`` is 0."""

    code: int
    msg: str
    data: Data
    version: str


class Refusal(Answer[None]):
    """An error: ``code`` is not 0, ``msg`` says what to do."""


class Page(Answer[Data], Generic[Data]):
    """A page."""

    totalHits: int
    offset: int


class PlanPage(Page[Data], Generic[Data]):
    """A page of plans."""

    totalDiskUsage: int
    totalDatasets: int


class Output(Answer[Data], Generic[Data]):
    """Logs or results; without ``done``, the execution has not ended."""

    done: bool


class Name(_Answered):
    """A plan, by what it runs."""

    entityGroup: str
    entityKey: str


class Item(_Answered):
    """A trigger item (任务触发结构)."""

    id: int
    planId: int
    triggerType: TriggerType
    cronDesc: str | None
    cronType: str | None
    timeZone: str | None
    triggerByJobs: list[Name] | None
    createdAt: str
    createdBy: int
    updatedAt: str
    updatedBy: int


class Detail(_Answered):
    """How it is run (任务详细信息)."""

    jobClass: str | None
    jobParams: dict[str, Any]
    retryTimes: int


class _Runnable(Name):
    title: str
    entityCreatedByName: str | None
    jobStatus: ContextStatus
    startAt: str | None
    stopAt: str | None
    costTime: int | None
    execDetail: Detail | None
    path: str | None
    importType: int | None
    diskUsage: int | None
    datasetCount: int | None
    createdAt: str
    createdBy: int
    dagId: str


class PlanOut(_Runnable):
    """An execution plan (执行计划结构)."""

    id: int
    updatedAt: str
    updatedBy: int
    enabled: bool
    entityCreatedBy: int
    execFrequency: str | None
    contextId: int | None
    nextStartAt: str | None
    planItems: list[Item]
    datasetType: str | None
    isVirtual: bool | None
    updateMethod: str | None
    updateMethodSwitchable: bool | None


class ContextOut(_Runnable):
    """An execution (任务执行进度信息结构)."""

    id: int
    planId: int
    scheduledAt: str | None
    scheduleAt: str | None
    planItemId: int | None
    jobLogId: int
    jobResultId: int
    heartbeatTime: str | None
    planItem: Item | None
    dagRunId: str


class UserOut(_Answered):
    """A user, as the document shows one."""

    id: int
    name: str
    email: str
    description: str
    avatar: str
    enable: bool
    userType: str
    loginName: str
    config: dict[str, Any]
    options: dict[str, Any]
    roles: list[dict[str, Any]]
    salt: str | None
    organizations: list[Any]


class LogOut(_Answered):
    """What a task has said."""

    subKey: str
    logs: list[str]


class ResultOut(_Answered):
    """What a task has returned: fields and rows (任务执行结果); of several result sets the first, and all in ``resultSets``."""

    subKey: str
    result: dict[str, Any]


class EntityOut(_Answered):
    """What plans run."""

    id: int
    entityGroup: str
    entityKey: str
    title: str | None
    path: str | None
    definition: dict[str, Any]
    datasetType: str | None
    updateMethod: str | None
    updateMethodSwitchable: bool | None
    importType: int | None
    diskUsage: int | None
    datasetCount: int | None
    isVirtual: bool | None
    createdAt: str
    createdBy: int
    createdByName: str | None
    updatedAt: str
    updatedBy: int
    planId: int | None


def answers(model: Any) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: this answer, and the refusals that any route may give."""
    refusals = {400: "A wrong request", 401: "Not logged in", 403: "Not allowed", 404: "Not there"}
    refusals |= {409: "Does not fit the plan's state", 413: "Too large", 503: "The deployment lacks something"}
    found: dict[int | str, dict[str, Any]] = {200: {"model": model}}
    return found | {status: {"model": Refusal, "description": text} for status, text in refusals.items()}
