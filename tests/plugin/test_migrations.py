"""The tables that the migrations make are those of the models; they go up and down, with rows in them, too."""

from __future__ import annotations

import json
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
    with_tables = MigrationContext.configure(connection, opts={"version_table": "taskcenter_alembic_version"})
    down = revision == "base" or (revision != "head" and (with_tables.get_current_revision() or "") > revision)
    (command.downgrade if down else command.upgrade)(config, revision)
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


def test_revisions_from_before_their_items_were_kept_survive_both_ways(connection):
    from taskcenter_plugin.models import PlanRevision

    migrate(connection, "0001")
    first_tables(connection)
    migrate(connection, "head")
    [row] = connection.execute(select(PlanRevision.document, PlanRevision.exec_detail, PlanRevision.items)).all()
    assert tuple(row) == ('{"crons":[]}', {"retryTimes": 1}, None)
    connection.execute(PlanRevision.__table__.update().values(items=[{"id": 1, "timeZone": "Asia/Shanghai"}]))
    connection.commit()
    migrate(connection, "0001")
    assert "items" not in {column["name"] for column in inspect(connection).get_columns("taskcenter_plan_revision")}
    migrate(connection, "head")
    assert connection.execute(select(PlanRevision.document, PlanRevision.items)).all() == [('{"crons":[]}', None)]


def test_what_plans_are_searched_by_is_filled_for_those_that_there_are(connection):
    from taskcenter_plugin.models import Plan

    migrate(connection, "0001")
    first_tables(connection)
    migrate(connection, "head")
    assert connection.scalar(select(Plan.search_text)) == "日报\nlinkis\nlinkis 日报"
    migrate(connection, "0004")
    assert "search_text" not in {column["name"] for column in inspect(connection).get_columns("taskcenter_plan")}
    stored_entity(connection, "ÄRGER & Co")
    migrate(connection, "head")
    assert connection.scalar(select(Plan.search_text)) == "日报\nlinkis\närger & co"


def test_names_of_any_characters_are_told_apart_on_every_database(connection):
    from taskcenter_plugin.models import Plan

    migrate(connection, "0001")
    if connection.dialect.name == "mysql":
        # As Airflow's own settings have it there; this test's Airflow does not know which database it is.
        narrow = "VARCHAR({}) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin NOT NULL"
        for table in ("taskcenter_plan", "taskcenter_entity", "taskcenter_plan_dependency"):
            for column, length in (("entity_group", 50), ("entity_key", 200)):
                connection.exec_driver_sql(f"ALTER TABLE {table} MODIFY {column} {narrow.format(length)}")
    first_tables(connection)
    migrate(connection, "head")
    present = connection.execute(select(Plan)).mappings().one()
    assert present["entity_key"] == "日报"
    keys = ["日报\U0001f642", "日报\U0001f643", "a", "A", "ä", "a\u0308"]
    for number, key in enumerate(keys, 2):
        connection.execute(
            insert(Plan).values({**present, "id": number, "entity_key": key, "dag_id": f"plan.{number}"})
        )
    connection.commit()
    for number, key in enumerate(["日报", *keys], 1):
        assert connection.scalars(select(Plan.id).where(Plan.entity_key == key)).all() == [number]
    migrate(connection, "0002")
    assert connection.scalars(select(Plan.entity_key).order_by(Plan.id)).all() == ["日报", *keys]
    migrate(connection, "head")


def first_tables(connection) -> None:
    """A plan as the first release candidates have stored it."""
    from sqlalchemy import MetaData

    known = MetaData()
    known.reflect(connection, only=lambda name, _: name.startswith("taskcenter_"))
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    made = {"created_at": now, "created_by": 1, "updated_at": now, "updated_by": 1}
    name = {"entity_group": "LINKIS", "entity_key": "日报"}
    rows = {
        "taskcenter_user": {"id": 1, "name": "ada", "created_at": now},
        "taskcenter_plan": {"id": 1, **name, "dag_id": "plan.LINKIS.1", "shard": 1, "revision": 1, **made},
        "taskcenter_plan_revision": {
            "id": 1,
            "plan_id": 1,
            "document": '{"crons":[]}',
            "exec_detail": {"retryTimes": 1},
            "published": True,
            "created_at": now,
        },
    }
    for table, row in rows.items():
        values = json.dumps(row["exec_detail"]) if connection.dialect.name == "mysql" and "exec_detail" in row else None
        row = row if values is None else {**row, "exec_detail": values}  # MariaDB says LONGTEXT where JSON was meant
        connection.execute(insert(known.tables[table]).values(**row))
    connection.commit()


def stored_entity(connection, title: str) -> None:
    """What the plan of :func:`first_tables` runs."""
    from taskcenter_plugin.models import Entity

    now = datetime.now(timezone.utc)
    made = {"created_at": now, "created_by": 1, "updated_at": now, "updated_by": 1}
    connection.execute(insert(Entity).values(entity_group="LINKIS", entity_key="日报", title=title, **made))
    connection.commit()


def test_the_newest_revision_is_the_one_of_the_release():
    from alembic.script import ScriptDirectory

    from taskcenter_plugin.database import TaskCenterDBManager

    heads = ScriptDirectory(TaskCenterDBManager.migration_dir).get_heads()
    assert heads == [list(TaskCenterDBManager.revision_heads_map.values())[-1]]
