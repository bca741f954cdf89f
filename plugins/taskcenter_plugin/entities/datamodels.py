"""What requests about entities may hold; the documents name these fields where plans show what they run (执行计划结构)."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from taskcenter_plugin.models import TITLE_LENGTH

MAX_BYTES_USED = 2**63 - 1
MAX_DATASETS = 2**31 - 1


class DatasetType(str, Enum):
    """Where the rows of a data set come from (数据集类型)."""

    SQL = "sql"
    """A query (sql查询)."""
    CONNECTION = "connection"
    """A table of a connection (数据连接)."""
    FUSION = "fusion"
    """A join of several (多表联合)."""
    UNION = "union"
    """All rows of several (数据合并)."""
    AGGREGATE = "aggregate"
    """Groups of another (数据聚合)."""


class UpdateMethod(str, Enum):
    """How a data set is refreshed (数据更新方法)."""

    ALL = "ALL"
    """Written anew (全量)."""
    INCREMENTAL = "INCREMENTAL"
    """What is new is added (增量)."""


Choice = TypeVar("Choice", bound=Enum)


def _one_of(choices: type[Choice]) -> AfterValidator:
    known = [str(choice.value) for choice in choices]

    def check(text: str) -> str:
        if text not in known:
            raise ValueError(f"{text[:50]!r} is not known. Known: {', '.join(known)}")
        return text

    return AfterValidator(check)


class EntityIn(BaseModel):
    """The body of ``PUT /api/entities/{group}/{key}``: the whole entity; what is left out becomes null.

    Fields that answers show and nobody sets (``createdAt``...) are taken and ignored, so that a script can send back what it
    has read.
    """

    model_config = ConfigDict(strict=True, extra="ignore", alias_generator=to_camel)

    title: Annotated[str, StringConstraints(max_length=TITLE_LENGTH)] | None = None
    path: Annotated[str, StringConstraints(max_length=TITLE_LENGTH)] | None = None
    definition: dict[str, Any] | None = None
    dataset_type: Annotated[str, _one_of(DatasetType)] | None = None
    update_method: Annotated[str, _one_of(UpdateMethod)] | None = None
    update_method_switchable: bool | None = None
    import_type: Annotated[int, Field(ge=0, le=1)] | None = None
    disk_usage: Annotated[int, Field(ge=0, le=MAX_BYTES_USED)] | None = None
    dataset_count: Annotated[int, Field(ge=0, le=MAX_DATASETS)] | None = None
    is_virtual: bool | None = None


FIELDS = tuple(EntityIn.model_fields)
"""The columns of an entity that a request sets."""
