"""What the image's containers run, started as Compose, Docker and Airflow's Helm chart do."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from taskcenter_sandbox.waiting import wait_until

DOCKER = Path(__file__).parents[2] / "docker"
DAY = 86_400


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, str]:
    """The environment, with an ``airflow`` and a ``python`` that print how they were called."""
    for name in ("airflow", "python"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho {name} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("arguments", "called"),
    [
        (["db", "migrate"], "airflow db migrate"),
        (["celery", "worker"], "airflow celery worker"),
        (["airflow", "db", "check-migrations"], "airflow db check-migrations"),
        (["bash", "-c", "exec \\\nairflow scheduler"], "airflow scheduler"),
        (["sh", "-c", "exec airflow jobs check --local"], "airflow jobs check --local"),
        (["python", "-m", "celery", "inspect", "ping"], "python -m celery inspect ping"),
        (["/bin/echo", "by its path"], "by its path"),
        ([], "airflow"),
    ],
    ids=str,
)
def test_the_entrypoint_runs_programs_and_commands_of_airflow(programs, arguments: list[str], called: str):
    done = subprocess.run([DOCKER / "entrypoint", *arguments], env=programs, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == called


def test_a_failure_is_the_containers():
    done = subprocess.run([DOCKER / "entrypoint", "sh", "-c", "exit 7"], check=False)
    assert done.returncode == 7


def test_the_image_has_them_where_the_helm_chart_looks():
    dockerfile = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    assert "COPY docker/entrypoint docker/clean-logs /\n" in dockerfile
    ignored = (DOCKER.parent / ".dockerignore").read_text(encoding="utf-8").split()
    assert {"!docker/entrypoint", "!docker/clean-logs"} <= set(ignored)
    assert all(os.access(DOCKER / name, os.X_OK) for name in ("entrypoint", "clean-logs"))


def test_old_logs_are_removed_and_folders_that_they_leave_empty(tmp_path):
    logs = tmp_path / "logs"
    old, new, other = logs / "dag_id=a" / "1.log", logs / "dag_id=b" / "1.log", logs / "dag_id=a" / "kept.txt"
    emptied = logs / "dag_id=c" / "run_id=x"
    for file in (old, new, other, emptied / "1.log"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("line\n", encoding="utf-8")
    long_ago = time.time() - 3 * DAY
    for each in (old, other, emptied / "1.log"):
        os.utime(each, (long_ago, long_ago))
    for count, days in enumerate(("2", "0")):
        if count:
            os.utime(emptied, (long_ago, long_ago))
        environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW__LOG_RETENTION_DAYS": days}
        environment["AIRFLOW__LOG_RETENTION_MINUTES"] = "1440"
        with subprocess.Popen(["bash", DOCKER / "clean-logs"], env=environment) as groomer:
            gone = (lambda: not emptied.exists()) if count else (lambda: not (old.exists() or list(emptied.iterdir())))
            wait_until(gone, what="what is old to be removed", timeout_seconds=30)
            groomer.terminate()
    assert (new.exists(), other.exists()) == (True, True)
