"""The example DAGs, which the documentation quotes, load without errors and say what they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

FOLDER = Path(__file__).parents[2] / "dags"
FILES = sorted(FOLDER.glob("example_*.py"))


@pytest.fixture(scope="module")
def dagbag():
    return DagBag(FOLDER)


def test_there_are_examples():
    assert FILES


def test_every_file_loads(dagbag):
    assert dagbag.import_errors == {}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_the_dag_that_it_is_named_after(dagbag, file):
    dag = dagbag.dags[file.stem]
    assert dag.doc_md
    assert "example" in dag.tags
    assert dag.schedule is None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_regions_for_the_documentation_are_paired(file):
    text = file.read_text(encoding="utf-8")
    started = re.findall(r"# \[START (\w+)\]", text)
    assert started
    assert started == re.findall(r"# \[END (\w+)\]", text)


def test_region_names_are_unique():
    names = [name for file in FILES for name in re.findall(r"# \[START (\w+)\]", file.read_text(encoding="utf-8"))]
    assert len(names) == len(set(names))
