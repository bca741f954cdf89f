"""Lists of plans in the order of their titles, or of their last changes, come from an index.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LENGTH = 200
_PLAN = sa.table("taskcenter_plan", *(sa.column(name) for name in ("entity_group", "entity_key", "sort_title")))
_ENTITY = sa.table("taskcenter_entity", *(sa.column(name) for name in ("entity_group", "entity_key", "title")))


def upgrade() -> None:
    """Add the column, fill it, and make the indices. What the database knows as small letters does until a plan changes."""
    on_mysql = mysql.VARCHAR(_LENGTH, charset="utf8mb4", collation="utf8mb4_bin")
    kind = sa.String(_LENGTH).with_variant(on_mysql, "mysql", "mariadb")
    op.add_column("taskcenter_plan", sa.Column("sort_title", kind, nullable=False, server_default=""))
    same = (_ENTITY.c.entity_group == _PLAN.c.entity_group) & (_ENTITY.c.entity_key == _PLAN.c.entity_key)
    stored = sa.select(sa.func.nullif(_ENTITY.c.title, "")).where(same).scalar_subquery()
    title = sa.func.coalesce(stored, _PLAN.c.entity_group.concat(" ").concat(_PLAN.c.entity_key))
    op.execute(sa.update(_PLAN).values(sort_title=sa.func.substr(sa.func.lower(title), 1, _LENGTH)))
    op.create_index(op.f("ix_taskcenter_plan_sort_title_id"), "taskcenter_plan", ["sort_title", "id"])
    op.create_index(op.f("ix_taskcenter_plan_updated_at_id"), "taskcenter_plan", ["updated_at", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_taskcenter_plan_updated_at_id"), "taskcenter_plan")
    op.drop_index(op.f("ix_taskcenter_plan_sort_title_id"), "taskcenter_plan")
    with op.batch_alter_table("taskcenter_plan") as table:
        table.drop_column("sort_title")
