"""Names may have any character on MySQL, too, where Airflow's own ids are in a set that has no emoji.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NAMES = (
    ("taskcenter_user", "name", 250),
    *(
        (table, column, length)
        for table in ("taskcenter_entity", "taskcenter_plan", "taskcenter_plan_dependency")
        for column, length in (("entity_group", 50), ("entity_key", 200))
    ),
)


def upgrade() -> None:
    """Other databases keep text of any characters in every column."""
    if op.get_context().dialect.name not in ("mysql", "mariadb"):
        return
    for table, column, length in _NAMES:
        wider = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
        op.alter_column(table, column, existing_type=sa.String(length), type_=wider, existing_nullable=False)


def downgrade() -> None:
    """Nothing: the release before takes these columns as they are, and to narrow them would lose names."""
