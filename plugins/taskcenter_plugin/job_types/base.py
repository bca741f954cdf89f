"""What every job type is: it checks what a plan is to run, and builds the tasks of the plan's DAG from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

JSON = Mapping[str, Any]
Name = tuple[str, str]
"""An entity's group and key."""


class JobDefinitionError(ValueError):
    """What a plan is to run is not defined well enough; the message says what is missing."""


@dataclass(frozen=True)
class EntityView:
    """What a job type may know of a stored entity."""

    group: str
    key: str
    title: str | None
    definition: JSON
    update_method: str | None = None
    is_virtual: bool = False


class Entities(Protocol):
    """Where job types look up stored entities."""

    def get(self, group: str, key: str) -> EntityView | None:
        """One entity; None if there is none."""

    def with_prefix(self, group: str, prefix: str) -> list[EntityView]:
        """All entities of a group whose key begins so, in the order of their keys."""


class ParamKind(str, Enum):
    """What a field of a definition holds, for pages that ask for it."""

    TEXT = "TEXT"
    """A text of one line."""
    CODE = "CODE"
    """A text of many lines: SQL, Python..."""
    NUMBER = "NUMBER"
    """A number."""
    ID = "ID"
    """A number or a text."""
    SWITCH = "SWITCH"
    """True or false."""
    OBJECT = "OBJECT"
    """An object: names and values."""
    LIST = "LIST"
    """A list of texts, numbers or objects."""


@dataclass(frozen=True)
class Param:
    """A field of a definition.

    :param required: no plan of the group can do without it
    :param default: what holds where it is left out
    :param choices: the values that it can have; empty: any
    """

    name: str
    kind: ParamKind = ParamKind.TEXT
    required: bool = False
    default: str | float | bool | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """What one plan runs.

    :param definition: complete, as ``resolve`` has returned it
    :param retries: how often a failed task is tried again (retryTimes)
    """

    group: str
    key: str
    title: str
    definition: JSON
    retries: int = 0


class JobType(ABC):
    """One entity group (执行计划任务类型). Others add theirs through the entry-point group ``taskcenter.job_types``."""

    group: ClassVar[str]
    """The entityGroup."""
    job_classes: ClassVar[tuple[str, ...]] = ()
    """The jobClass names that the documents give for it; a plan of this group may name no other."""
    key_params: ClassVar[tuple[str, ...]] = ()
    """The jobParams that the documents give for it: their values, with ``-`` between them, are the entityKey."""
    params: ClassVar[tuple[Param, ...] | None] = None
    """The fields of its definition, for pages that ask for them; None: it does not tell. ``check`` decides what is right."""
    not_a_node: ClassVar[str] = ""
    """Why no node of a PIPELINE can be of this group, and what to do instead; empty where one can."""

    def named(self, key: str) -> dict[str, Any]:
        """The documented jobParams of an entity: ``{"notebook": 1}`` of key ``1``; numbers where the key has numbers."""
        parts = key.split("-", len(self.key_params) - 1) if self.key_params else []
        if len(parts) != len(self.key_params):
            return {}
        values = (int(part) if part.isascii() and part.isdigit() and str(int(part)) == part else part for part in parts)
        return dict(zip(self.key_params, values, strict=True))

    def size(self, definition: JSON) -> int:  # noqa: ARG002 # for those that have several
        """How many steps a checked definition has; ``[taskcenter] max_steps`` bounds it."""
        return 1

    def resolve(self, key: str, params: JSON, entities: Entities) -> dict[str, Any]:
        """Put together all that ``build`` needs, when the plan is stored: the entity's definition, overridden by jobParams.

        :param key: the entityKey
        :param params: the request's jobParams, as they came
        :raises JobDefinitionError: something is missing or wrong.
        """
        entity = entities.get(self.group, key)
        definition = {**(entity.definition if entity else {}), **params}
        self.check(key, definition)
        return definition

    def borrowed(self, key: str, definition: JSON) -> dict[str, Name]:  # noqa: ARG002 # for those that have some
        """By ``task_id``, the other entity whose definition the task has been given.

        Who may not read that entity is shown the task, and not what it runs.

        :param definition: as ``resolve`` has made it, or what a user has sent: it may be anything
        """
        return {}

    def without(self, definition: JSON, task_ids: Collection[str]) -> dict[str, Any]:  # noqa: ARG002 # likewise
        """A definition without what these tasks, which ``borrowed`` names, run."""
        return dict(definition)

    @abstractmethod
    def check(self, key: str, definition: JSON) -> None:
        """Look at a resolved definition.

        :raises JobDefinitionError: it cannot be run.
        """

    @abstractmethod
    def build(self, job: Job) -> None:
        """Make the tasks, in the DAG that is open. Pure: the same job gives the same tasks, on every machine.

        Nothing in the job is to be rendered as a template; a task's ``task_id`` is the ``subKey`` of its logs and results,
        see ``task_ids.py``.
        """


class OneTaskJobType(JobType):
    """A group whose plans are one task, ``run``; as a node of a PIPELINE the task is named after the node."""

    @abstractmethod
    def task(self, task_id: str, definition: JSON, **options: Any) -> BaseOperator:
        """Make the task, in the DAG that is open.

        :param options: what any operator takes, e.g. ``task_display_name``
        """

    def build(self, job: Job) -> None:
        """One task, ``run``."""
        self.task("run", job.definition)
