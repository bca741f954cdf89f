"""The built distribution holds what it should, and a fresh Airflow that installs it finds its provider and plugin."""

from __future__ import annotations

import configparser
import email
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.packaging
ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "airflow-3.3.txt"
WWW = ROOT / "plugins" / "taskcenter_plugin" / "www"
PACKAGES = {"taskcenter", "taskcenter_plugin", "taskcenter_sandbox"}
BUILD_SECONDS, INSTALL_SECONDS, COMMAND_SECONDS = 180, 600, 120


def run(*command: object, timeout: float, **options) -> str:
    """Run a program; its standard output. The error shows what it printed."""
    done = subprocess.run(
        [str(word) for word in command], timeout=timeout, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory) -> Path:
    """Builds in a copy, so that nothing is written into the work tree: the sdist, then the wheel from the sdist."""
    source = tmp_path_factory.mktemp("source") / "airflow-taskcenter"
    kept_out = shutil.ignore_patterns(".*", "*.egg-info", "build", "dist", "node_modules", "__pycache__")
    shutil.copytree(ROOT, source, ignore=kept_out)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", source / "dist", source, timeout=BUILD_SECONDS)
    return source / "dist"


@pytest.fixture(scope="module")
def wheel(dist) -> Path:
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def airflow(wheel, tmp_path_factory):
    """Installs the wheel into a fresh environment; returns what runs ``airflow`` there and decodes its JSON."""
    home = tmp_path_factory.mktemp("installed")
    uv = Path(sys.executable).with_name("uv")
    assert uv.exists(), "uv is not in this environment: `make venv` installs it"
    run(uv, "venv", "--quiet", "--python", sys.executable, home / "venv", timeout=COMMAND_SECONDS)
    python = home / "venv" / "bin" / "python"
    run(uv, "pip", "install", "--quiet", "--python", python, "--constraint", LOCK, wheel, timeout=INSTALL_SECONDS)
    env = {**os.environ, "AIRFLOW_HOME": str(home / "airflow"), "PYTHONPATH": ""}

    def command(*words: str):
        return json.loads(run(python, "-m", "airflow", *words, "--output", "json", timeout=COMMAND_SECONDS, env=env))

    return command


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == PACKAGES
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_every_module_of_the_source_is_in_the_wheel(wheel):
    roots = [ROOT / "providers", ROOT / "plugins", ROOT / "sandbox"]
    modules = {str(path.relative_to(root)) for root in roots for path in root.rglob("*.py") if WWW not in path.parents}
    assert modules - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_what_the_migrations_read_is_in_the_wheel(wheel):
    assert "taskcenter_plugin/migrations/alembic.ini" in zipfile.ZipFile(wheel).namelist()


def test_the_wheel_has_the_page_as_it_was_built_and_not_its_source(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("taskcenter_plugin/www")}
    built = WWW.with_name("www_dist")
    assert names == {
        f"taskcenter_plugin/{file.relative_to(built.parent)}" for file in built.rglob("*") if file.is_file()
    }
    assert "taskcenter_plugin/www_dist/main.js" in names


def test_the_wheel_says_who_it_is(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (metadata_file,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(archive.read(metadata_file))
        entry_points = configparser.ConfigParser()
        entry_points.read_string(archive.read(metadata_file.replace("METADATA", "entry_points.txt")).decode())
    assert metadata["Name"] == "airflow-taskcenter"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == "<3.14,>=3.10"
    assert {name: list(entry_points[name]) for name in entry_points.sections()} == {
        "apache_airflow_provider": ["provider_info"],
        "airflow.plugins": ["taskcenter"],
        "console_scripts": ["taskcenter-sandbox"],
        "taskcenter.job_types": [
            "app_email",
            "app_refresh",
            "dataset",
            "db_batch_sync",
            "exchangis",
            "flink",
            "linkis",
            "notebook",
            "pipeline",
            "screenshot",
        ],
    }


def test_the_sdist_has_the_documents_and_no_tests(dist):
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "CHANGELOG.md", "setup.cfg", "pyproject.toml"} <= names
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "dags"))]


def test_airflow_lists_the_provider(airflow):
    rows = {row["package_name"]: row for row in airflow("providers", "list")}
    assert "Linkis" in rows["airflow-taskcenter"]["description"]


def test_airflow_shows_the_provider(airflow):
    shown = airflow("providers", "get", "airflow-taskcenter")
    assert "airflow-taskcenter" in json.dumps(shown)


def test_airflow_lists_the_hook_of_the_connection_type(airflow):
    hooks = {row["connection_type"]: row for row in airflow("providers", "hooks")}
    assert hooks["linkis"]["class"] == "taskcenter.linkis.hook.LinkisHook"


def test_airflow_lists_the_plugin(airflow):
    assert "taskcenter" in [row["name"] for row in airflow("plugins")]
