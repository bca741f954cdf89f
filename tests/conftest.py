"""Keeps the tests away from the Airflow of whoever runs them. Runs before anything imports Airflow."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

for _name in [name for name in os.environ if name.startswith(("AIRFLOW_", "_AIRFLOW"))]:
    del os.environ[_name]
# One for each pytest process, so for each of pytest-xdist's workers; removed when the process ends.
_home = tempfile.TemporaryDirectory(prefix="taskcenter-tests-", ignore_cleanup_errors=True)
os.environ["AIRFLOW_HOME"] = _home.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
# What the processes of one run have in common, in the directory of the first: pytest-xdist's workers are its children.
os.environ.setdefault("TASKCENTER_TESTS_SHARED", _home.name)

# A slow machine is no failure, and what was found once belongs into an @example.
settings.register_profile("taskcenter", deadline=None, database=None)
settings.load_profile("taskcenter")

SLOW = ("e2e", "packaging", "cluster")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what has none of the slow tests when only those are asked for: to read it all takes many seconds."""
    asked = re.findall(r"\w+", config.getoption("markexpr"))
    if not asked or not {*asked} <= {*SLOW, "or"}:
        return None
    marks = re.compile(rf"\bmark\.({'|'.join(asked)})\b")
    files = collection_path.rglob("test_*.py") if collection_path.is_dir() else [collection_path]
    return None if any(marks.search(file.read_text(encoding="utf-8")) for file in files) else True
