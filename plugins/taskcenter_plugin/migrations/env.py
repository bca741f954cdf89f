"""Runs the migrations on Airflow's metadata database, in the connection that Airflow's DB manager has open."""

from __future__ import annotations

import contextlib
from typing import Any

from airflow import settings
from alembic import context

from taskcenter_plugin.database import TaskCenterDBManager

_OPTIONS: dict[str, Any] = {
    "target_metadata": TaskCenterDBManager.metadata,
    "version_table": TaskCenterDBManager.version_table_name,
    "render_as_batch": True,
    "compare_type": True,
}


def _only_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name in TaskCenterDBManager.metadata.tables


def run_migrations_offline() -> None:
    """Print the SQL."""
    context.configure(url=settings.SQL_ALCHEMY_CONN, literal_binds=True, **_OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    """Change the database."""
    with contextlib.ExitStack() as stack:
        connection = context.config.attributes.get("connection") or stack.enter_context(
            settings.get_engine().connect()  # type: ignore[no-untyped-call]
        )
        context.configure(connection=connection, include_name=_only_ours, transaction_per_migration=True, **_OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
