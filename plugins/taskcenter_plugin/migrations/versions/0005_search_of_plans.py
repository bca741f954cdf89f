"""Lists of plans look for a text in one column of their own.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LENGTH = 1000
_PLAN = sa.table("taskcenter_plan", *(sa.column(name) for name in ("id", "entity_group", "entity_key", "search_text")))
_ENTITY = sa.table("taskcenter_entity", *(sa.column(name) for name in ("entity_group", "entity_key", "title")))


def upgrade() -> None:
    """Add the column and fill it."""
    on_mysql = mysql.VARCHAR(_LENGTH, charset="utf8mb4", collation="utf8mb4_bin")
    kind = sa.String(_LENGTH).with_variant(on_mysql, "mysql", "mariadb")
    op.add_column("taskcenter_plan", sa.Column("search_text", kind, nullable=False, server_default=""))
    same = (_ENTITY.c.entity_group == _PLAN.c.entity_group) & (_ENTITY.c.entity_key == _PLAN.c.entity_key)
    stored = sa.select(sa.func.nullif(_ENTITY.c.title, "")).where(same).scalar_subquery()
    title = sa.func.coalesce(stored, _PLAN.c.entity_group.concat(" ").concat(_PLAN.c.entity_key))
    text = _PLAN.c.entity_key.concat("\n").concat(_PLAN.c.entity_group).concat("\n").concat(title)
    op.execute(sa.update(_PLAN).values(search_text=sa.func.substr(sa.func.lower(text), 1, _LENGTH)))
    if not op.get_context().as_sql:
        _fold(op.get_bind())


def _fold(connection: sa.Connection) -> None:
    """What the database does not know as small letters, e.g. of another alphabet."""
    texts = connection.execute(sa.select(_PLAN.c.id, _PLAN.c.search_text)).all()
    others = [
        {"number": number, "text": text.casefold()[:_LENGTH]} for number, text in texts if text.casefold() != text
    ]
    if others:
        change = sa.update(_PLAN).where(_PLAN.c.id == sa.bindparam("number")).values(search_text=sa.bindparam("text"))
        connection.execute(change, others)


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("taskcenter_plan") as table:
        table.drop_column("search_text")
