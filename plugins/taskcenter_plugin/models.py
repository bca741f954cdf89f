"""The task center's tables in Airflow's metadata database.

They have a MetaData and a version table of their own; ``airflow db migrate`` makes them (see ``database.py``). Nothing here
refers to Airflow's tables by foreign key: a plan outlives its DAG's rows, and a context those of ``airflow db clean``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.models.base import StringID
from airflow.utils.sqlalchemy import UtcDateTime
from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, Integer, MetaData, String, Text, UniqueConstraint
from sqlalchemy.dialects.mysql import MEDIUMTEXT, VARCHAR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

GROUP_LENGTH = 50
KEY_LENGTH = 200
USER_LENGTH = 250
TITLE_LENGTH = 500
SORT_LENGTH = 200
SEARCH_LENGTH = 1000

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _name(length: int) -> String:
    """A text that people choose, told apart by every character; on MySQL, Airflow's own ``StringID`` takes no emoji."""
    on_mysql = VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(on_mysql, "mysql", "mariadb")


LongText = Text().with_variant(MEDIUMTEXT(), "mysql")


class Base(DeclarativeBase):
    """All tables of the task center."""

    metadata = metadata


class User(Base):
    """A number for each of Airflow's users, because the documents name creators by number."""

    __tablename__ = "taskcenter_user"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(_name(USER_LENGTH), unique=True)
    """The name by which Airflow's auth manager knows the user (登录名)."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Entity(Base):
    """What a plan runs: a notebook, a pipeline, a data set, a job of a remote system (任务对象)."""

    __tablename__ = "taskcenter_entity"
    __table_args__ = (UniqueConstraint("entity_group", "entity_key"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    entity_group: Mapped[str] = mapped_column(_name(GROUP_LENGTH))
    entity_key: Mapped[str] = mapped_column(_name(KEY_LENGTH))
    title: Mapped[str | None] = mapped_column(String(TITLE_LENGTH))
    path: Mapped[str | None] = mapped_column(String(TITLE_LENGTH))
    definition: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the job type of the group builds its tasks from."""
    dataset_type: Mapped[str | None] = mapped_column(String(20))
    update_method: Mapped[str | None] = mapped_column(String(20))
    update_method_switchable: Mapped[bool | None] = mapped_column(Boolean)
    import_type: Mapped[int | None] = mapped_column(Integer)
    disk_usage: Mapped[int | None] = mapped_column(BigInteger)
    dataset_count: Mapped[int | None] = mapped_column(Integer)
    is_virtual: Mapped[bool | None] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(ForeignKey("taskcenter_user.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int] = mapped_column(ForeignKey("taskcenter_user.id"))


class Plan(Base):
    """An execution plan (执行计划): one DAG.

    A deleted plan keeps its row, so that its contexts stay readable and its id comes back with the next POST for the same
    group and key.
    """

    __tablename__ = "taskcenter_plan"
    __table_args__ = (
        UniqueConstraint("entity_group", "entity_key"),
        Index(None, "sort_title", "id"),
        Index(None, "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    entity_group: Mapped[str] = mapped_column(_name(GROUP_LENGTH))
    entity_key: Mapped[str] = mapped_column(_name(KEY_LENGTH))
    dag_id: Mapped[str] = mapped_column(StringID(), unique=True)
    sort_title: Mapped[str] = mapped_column(_name(SORT_LENGTH), default="", server_default="")
    """The title that it is shown with, in small letters and cut, for lists in its order."""
    search_text: Mapped[str] = mapped_column(_name(SEARCH_LENGTH), default="", server_default="")
    """Key, group and title, in small letters, for what lists look for in them."""
    shard: Mapped[int] = mapped_column(Integer, index=True)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    """Its newest row of ``taskcenter_plan_revision``."""
    exec_detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """As given; null: the entity's."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(ForeignKey("taskcenter_user.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int] = mapped_column(ForeignKey("taskcenter_user.id"))
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class PlanItem(Base):
    """A trigger item of a plan (任务触发条目).

    Items that were replaced and those of kind ONCE are not ``kept``: they only tell what started a context.
    """

    __tablename__ = "taskcenter_plan_item"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("taskcenter_plan.id"), index=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    kept: Mapped[bool] = mapped_column(Boolean, default=True)
    trigger_type: Mapped[str] = mapped_column(String(20))
    cron_desc: Mapped[str | None] = mapped_column(String(250))
    cron_type: Mapped[str | None] = mapped_column(String(20))
    time_zone: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(ForeignKey("taskcenter_user.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int] = mapped_column(ForeignKey("taskcenter_user.id"))


class PlanDependency(Base):
    """One plan that a DEPENDENCY item waits for (triggerByJobs[]), by name: it need not exist yet."""

    __tablename__ = "taskcenter_plan_dependency"
    __table_args__ = (Index(None, "entity_group", "entity_key"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("taskcenter_plan_item.id"), index=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("taskcenter_plan.id"), index=True)
    """The plan that waits."""
    entity_group: Mapped[str] = mapped_column(_name(GROUP_LENGTH))
    entity_key: Mapped[str] = mapped_column(_name(KEY_LENGTH))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    """Runs that ended before do not count."""


class PlanRevision(Base):
    """What a plan was at one time; its id, growing over all plans, is in the bundle version of runs that started on it."""

    __tablename__ = "taskcenter_plan_revision"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("taskcenter_plan.id"), index=True)
    document: Mapped[str] = mapped_column(LongText)
    """The JSON from which workers and the DAG processor build the DAG (see ``plans/document.py``)."""
    exec_detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The execDetail of contexts that ran on it."""
    items: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    """The plan's items then, as ``plans/item_views.py`` records them; null in revisions from before they were kept."""
    published: Mapped[bool] = mapped_column(Boolean, default=True)
    """Whether the shard's Variable holds it: the newest few, and those on which a run still runs."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Context(Base):
    """What Airflow's own record of a run does not tell: which item started it, and whether it was cancelled."""

    __tablename__ = "taskcenter_context"

    dag_run_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """The integer id of the DAG run: the ``contextId``."""
    plan_id: Mapped[int] = mapped_column(Integer, index=True)
    item_id: Mapped[int | None] = mapped_column(Integer)
    created_by: Mapped[int | None] = mapped_column(Integer)
    upstream_run_id: Mapped[int | None] = mapped_column(Integer)
    """Of a run that a dependency started: the run that had finished."""
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_by: Mapped[int | None] = mapped_column(Integer)


class DependencyFire(Base):
    """A finished run has started a run of a waiting plan, or is not to: written with it, so that it happens once."""

    __tablename__ = "taskcenter_dependency_fire"

    upstream_run_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    clear_number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, default=0)
    """A run that was cleared finishes anew, and fires anew."""
    plan_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    dag_run_id: Mapped[int | None] = mapped_column(Integer)
    """The run that it has started; null if the plan was switched off or the finished run was cancelled."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Shard(Base):
    """A row to lock while a shard's Variable is written anew."""

    __tablename__ = "taskcenter_shard"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    """Grows whenever the shard's Variable is written."""
