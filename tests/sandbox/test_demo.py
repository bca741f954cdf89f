"""The demo finds the examples, and touches no directory but its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from taskcenter_sandbox.demo.__main__ import example_dag_ids, main


@pytest.fixture
def dags(tmp_path):
    folder = tmp_path / "dags"
    folder.mkdir()
    for name in ("example_b", "example_a", "example_linkis_sql", "other"):
        (folder / f"{name}.py").touch()
    return folder


def test_all_examples_are_run_plain_sql_first(dags):
    assert example_dag_ids(dags) == ["example_linkis_sql", "example_a", "example_b"]


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
