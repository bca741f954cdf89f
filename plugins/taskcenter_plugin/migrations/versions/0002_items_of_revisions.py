"""Revisions keep the plan's items, so that a run shows the item that started it as it was then.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what the items of older revisions were is not known, so it is null there."""
    with op.batch_alter_table("taskcenter_plan_revision") as table:
        table.add_column(sa.Column("items", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("taskcenter_plan_revision") as table:
        table.drop_column("items")
