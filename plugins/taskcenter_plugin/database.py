"""Makes and migrates the task center's tables: ``airflow db migrate`` runs it, found through the provider's ``db-managers``."""

from __future__ import annotations

from pathlib import Path

from airflow.utils.db_manager import BaseDBManager

from taskcenter_plugin.models import metadata

_MIGRATIONS = Path(__file__).parent / "migrations"


class TaskCenterDBManager(BaseDBManager):
    """The tables of ``models.py``, with a version table of their own."""

    metadata = metadata
    version_table_name = "taskcenter_alembic_version"
    migration_dir = _MIGRATIONS.as_posix()
    alembic_file = (_MIGRATIONS / "alembic.ini").as_posix()
    supports_table_dropping = True
    revision_heads_map = {"0.1.0": "0005"}  # noqa: RUF012  (as Airflow declares it)
