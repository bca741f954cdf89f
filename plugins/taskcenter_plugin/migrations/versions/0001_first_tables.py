"""The first tables: plans, their items, dependencies and revisions; entities, users, contexts.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from airflow.models.base import StringID
from airflow.utils.sqlalchemy import UtcDateTime
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "taskcenter_context",
        sa.Column("dag_run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("upstream_run_id", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("dag_run_id", name=op.f("pk_taskcenter_context")),
    )
    op.create_index(op.f("ix_taskcenter_context_plan_id"), "taskcenter_context", ["plan_id"], unique=False)
    op.create_table(
        "taskcenter_dependency_fire",
        sa.Column("upstream_run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("clear_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dag_run_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint(
            "upstream_run_id", "clear_number", "plan_id", name=op.f("pk_taskcenter_dependency_fire")
        ),
    )
    op.create_index(
        op.f("ix_taskcenter_dependency_fire_created_at"), "taskcenter_dependency_fire", ["created_at"], unique=False
    )
    op.create_table(
        "taskcenter_shard",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taskcenter_shard")),
    )
    op.create_table(
        "taskcenter_user",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", StringID(length=250), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taskcenter_user")),
        sa.UniqueConstraint("name", name=op.f("uq_taskcenter_user_name")),
    )
    op.create_table(
        "taskcenter_entity",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("entity_group", StringID(length=50), nullable=False),
        sa.Column("entity_key", StringID(length=200), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=True),
        sa.Column("path", sa.String(length=500), nullable=True),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("dataset_type", sa.String(length=20), nullable=True),
        sa.Column("update_method", sa.String(length=20), nullable=True),
        sa.Column("update_method_switchable", sa.Boolean(), nullable=True),
        sa.Column("import_type", sa.Integer(), nullable=True),
        sa.Column("disk_usage", sa.BigInteger(), nullable=True),
        sa.Column("dataset_count", sa.Integer(), nullable=True),
        sa.Column("is_virtual", sa.Boolean(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["taskcenter_user.id"], name=op.f("fk_taskcenter_entity_created_by")),
        sa.ForeignKeyConstraint(["updated_by"], ["taskcenter_user.id"], name=op.f("fk_taskcenter_entity_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taskcenter_entity")),
        sa.UniqueConstraint("entity_group", "entity_key", name=op.f("uq_taskcenter_entity_entity_group_entity_key")),
    )
    op.create_table(
        "taskcenter_plan",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("entity_group", StringID(length=50), nullable=False),
        sa.Column("entity_key", StringID(length=200), nullable=False),
        sa.Column("dag_id", StringID(length=250), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("exec_detail", sa.JSON(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["taskcenter_user.id"], name=op.f("fk_taskcenter_plan_created_by")),
        sa.ForeignKeyConstraint(["updated_by"], ["taskcenter_user.id"], name=op.f("fk_taskcenter_plan_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taskcenter_plan")),
        sa.UniqueConstraint("dag_id", name=op.f("uq_taskcenter_plan_dag_id")),
        sa.UniqueConstraint("entity_group", "entity_key", name=op.f("uq_taskcenter_plan_entity_group_entity_key")),
    )
    op.create_index(op.f("ix_taskcenter_plan_deleted_at"), "taskcenter_plan", ["deleted_at"], unique=False)
    op.create_index(op.f("ix_taskcenter_plan_shard"), "taskcenter_plan", ["shard"], unique=False)
    op.create_table(
        "taskcenter_plan_item",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("trigger_type", sa.String(length=20), nullable=False),
        sa.Column("cron_desc", sa.String(length=250), nullable=True),
        sa.Column("cron_type", sa.String(length=20), nullable=True),
        sa.Column("time_zone", sa.String(length=100), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["taskcenter_user.id"], name=op.f("fk_taskcenter_plan_item_created_by")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["taskcenter_plan.id"], name=op.f("fk_taskcenter_plan_item_plan_id")),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["taskcenter_user.id"], name=op.f("fk_taskcenter_plan_item_updated_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taskcenter_plan_item")),
    )
    op.create_index(op.f("ix_taskcenter_plan_item_plan_id"), "taskcenter_plan_item", ["plan_id"], unique=False)
    op.create_table(
        "taskcenter_plan_revision",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql"), nullable=False),
        sa.Column("exec_detail", sa.JSON(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["taskcenter_plan.id"], name=op.f("fk_taskcenter_plan_revision_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taskcenter_plan_revision")),
    )
    op.create_index(op.f("ix_taskcenter_plan_revision_plan_id"), "taskcenter_plan_revision", ["plan_id"], unique=False)
    op.create_table(
        "taskcenter_plan_dependency",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("entity_group", StringID(length=50), nullable=False),
        sa.Column("entity_key", StringID(length=200), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["taskcenter_plan_item.id"], name=op.f("fk_taskcenter_plan_dependency_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["taskcenter_plan.id"], name=op.f("fk_taskcenter_plan_dependency_plan_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taskcenter_plan_dependency")),
    )
    op.create_index(
        op.f("ix_taskcenter_plan_dependency_entity_group_entity_key"),
        "taskcenter_plan_dependency",
        ["entity_group", "entity_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_taskcenter_plan_dependency_item_id"), "taskcenter_plan_dependency", ["item_id"], unique=False
    )
    op.create_index(
        op.f("ix_taskcenter_plan_dependency_plan_id"), "taskcenter_plan_dependency", ["plan_id"], unique=False
    )


def downgrade() -> None:
    """Drop them; their indexes go with them, and MySQL drops none by itself that a foreign key needs."""
    op.drop_table("taskcenter_plan_dependency")
    op.drop_table("taskcenter_plan_revision")
    op.drop_table("taskcenter_plan_item")
    op.drop_table("taskcenter_plan")
    op.drop_table("taskcenter_entity")
    op.drop_table("taskcenter_user")
    op.drop_table("taskcenter_shard")
    op.drop_table("taskcenter_dependency_fire")
    op.drop_table("taskcenter_context")
