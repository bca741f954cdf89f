"""The demo finds the examples, and touches no directory but its own."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

from support.database_servers import postgres
from taskcenter_sandbox.demo import transfer
from taskcenter_sandbox.demo.__main__ import example_dag_ids, main
from taskcenter_sandbox.processes import databases

TOTALS = (1_000_000, 500_000_500_000, 125_125_000.0)


@pytest.fixture
def dags(tmp_path):
    folder = tmp_path / "dags"
    folder.mkdir()
    for name in ("example_b", "example_a", "example_linkis_sql", "other"):
        (folder / f"{name}.py").touch()
    return folder


def test_all_examples_are_run_plain_sql_first(dags):
    assert example_dag_ids(dags) == ["example_linkis_sql", "example_a", "example_b"]


def test_the_exchangis_example_is_run_last(dags):
    folder = dags / "exchangis"
    folder.mkdir()
    (folder / "example_exchangis_transfer.py").touch()
    assert example_dag_ids(dags)[-1] == "example_exchangis_transfer"


@pytest.mark.skipif(find_spec("psycopg") is None, reason="without its driver no PostgreSQL is looked for")
def test_without_postgresql_the_shop_is_a_file_and_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(databases, "_POSTGRES_PLACES", str(tmp_path))
    with transfer.shop(tmp_path) as shop:
        assert shop.described == "a SQLite file, in place of PostgreSQL: initdb is not installed"
        assert json.loads(shop.connection["extra"]) == {"connect_params": {"path": str(tmp_path / "shop.db")}}
        assert shop.conf == {"source_type": "SQLITE", "source_database": "main"}
        assert shop.totals == TOTALS


def test_with_postgresql_the_shop_is_one_of_its_own(tmp_path):
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    with postgres():
        pass
    with postgres():
        pass  # so that it is known to be installed
    with transfer.shop(tmp_path) as shop:
        assert shop.described.startswith("a PostgreSQL of its own")
        assert shop.conf == {"source_type": "POSTGRESQL", "source_database": "public"}
        assert shop.totals == TOTALS
    assert list(tmp_path.iterdir()) == []


def test_without_examples_the_demo_says_where_it_looked(tmp_path, capsys):
    assert main(["--once", "--dags", str(tmp_path), "--directory", str(tmp_path / "demo")]) == 1
    assert str(tmp_path) in capsys.readouterr().out.replace("\n", "")


def test_a_directory_with_something_else_in_it_is_left_alone(dags, tmp_path, capsys):
    precious = tmp_path / "work" / "precious.txt"
    precious.parent.mkdir()
    precious.write_text("keep me")
    assert main(["--once", "--dags", str(dags), "--directory", str(precious.parent)]) == 1
    assert "--directory" in capsys.readouterr().out
    assert precious.read_text() == "keep me"


def test_the_demo_explains_its_options():
    done = subprocess.run(
        [sys.executable, "-m", "taskcenter_sandbox.demo", "--help"], capture_output=True, text=True, check=True
    )
    assert "--once" in done.stdout
