"""Keeps the tests away from the Airflow of whoever runs them. Runs before anything imports Airflow."""

from __future__ import annotations

import os
import tempfile

from hypothesis import settings

for _name in [name for name in os.environ if name.startswith(("AIRFLOW_", "_AIRFLOW"))]:
    del os.environ[_name]
# One for each pytest process, so for each of pytest-xdist's workers; removed when the process ends.
_home = tempfile.TemporaryDirectory(prefix="taskcenter-tests-", ignore_cleanup_errors=True)
os.environ["AIRFLOW_HOME"] = _home.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

# A slow machine is no failure, and what was found once belongs into an @example.
settings.register_profile("taskcenter", deadline=None, database=None)
settings.load_profile("taskcenter")
