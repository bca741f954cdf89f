"""The tables that the migrations make are those of the models; they go up and down, with rows in them, too."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, insert, inspect, select

from support import database_servers


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mysql"])
def database(request, tmp_path_factory):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database')}/tables.db"
        return
    pytest.importorskip("psycopg2" if request.param == "postgresql" else "pymysql")
    driver, server = {
        "postgresql": ("postgresql+psycopg2", database_servers.postgres),
        "mysql": ("mysql+pymysql", database_servers.mariadb),
    }[request.param]
    with server() as params:
        yield driver + "://{username}:{password}@{host}:{port}/{databaseName}".format(**params)


@pytest.fixture
def connection(database):
    engine = create_engine(database)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
        migrate(connection, "base")
    engine.dispose()


def migrate(connection, revision: str) -> None:
    from taskcenter_plugin.database import TaskCenterDBManager

    config = Config(TaskCenterDBManager.alembic_file)
    config.set_main_option("script_location", TaskCenterDBManager.migration_dir)
    config.attributes["connection"] = connection
    (command.downgrade if revision == "base" else command.upgrade)(config, revision)
    connection.commit()


def tables(connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if "alembic" not in name}


def test_the_migrations_make_what_the_models_say(connection):
    from taskcenter_plugin.models import metadata

    migrate(connection, "head")
    assert tables(connection) == set(metadata.tables)
    context = MigrationContext.configure(connection, opts={"version_table": "taskcenter_alembic_version"})
    assert [each for each in compare_metadata(context, metadata) if each[0] != "remove_table"] == []


def test_they_go_down_and_up_again(connection):
    migrate(connection, "head")
    migrate(connection, "base")
    assert tables(connection) == set()
    migrate(connection, "head")


def test_rows_survive_a_second_upgrade_and_do_not_hinder_the_way_down(connection):
    from taskcenter_plugin.models import User

    migrate(connection, "head")
    connection.execute(insert(User).values(name="ada", created_at=datetime.now(timezone.utc)))
    connection.commit()
    migrate(connection, "head")
    assert connection.scalars(select(User.name)).all() == ["ada"]
    migrate(connection, "base")
    assert tables(connection) == set()


def test_the_newest_revision_is_the_one_of_the_release():
    from alembic.script import ScriptDirectory

    from taskcenter_plugin.database import TaskCenterDBManager

    heads = ScriptDirectory(TaskCenterDBManager.migration_dir).get_heads()
    assert heads == [list(TaskCenterDBManager.revision_heads_map.values())[-1]]
