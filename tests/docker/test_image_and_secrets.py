"""The image takes what there is and runs as no root; the secrets are random, the owner's alone, and fit Airflow."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from airflow.secrets.local_filesystem import load_connections_dict
from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of ``docker/`` without secrets."""
    copy = tmp_path / "docker"
    shutil.copytree(DOCKER, copy, ignore=shutil.ignore_patterns("secrets", ".env"))
    return copy


def make_secrets(folder: Path) -> dict[str, str]:
    """Run the script; the secrets by name."""
    subprocess.run([folder / "make-secrets"], check=True, capture_output=True)
    return {path.name: path.read_text(encoding="utf-8") for path in (folder / "secrets").iterdir()}


def stages() -> dict[str, str]:
    """The instructions of each stage of the Dockerfile."""
    parts = re.split(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, flags=re.MULTILINE)
    return dict(zip(parts[2::3], parts[3::3], strict=True))


def test_only_the_owner_can_read_the_secrets(folder):
    make_secrets(folder)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder / "secrets").iterdir()}
    assert modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((folder / "secrets").stat().st_mode) == 0o700


def test_the_containers_run_as_who_may_read_them_and_never_as_root(folder):
    make_secrets(folder)
    name, _, user = (folder / ".env").read_text(encoding="utf-8").strip().partition("=")
    assert name == "AIRFLOW_UID"
    assert int(user) == (folder / "secrets" / "jwt_secret").stat().st_uid != 0


def test_a_second_run_changes_nothing_and_two_deployments_share_nothing(folder, tmp_path):
    first = make_secrets(folder)
    assert make_secrets(folder) == first
    other = tmp_path / "other"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("secrets", ".env"))
    second = make_secrets(other)
    assert not [name for name in first if first[name] == second[name]]


def test_airflow_can_use_them(folder):
    secrets = make_secrets(folder)
    Fernet(secrets["fernet_key"])
    assert len(secrets["jwt_secret"]) >= 64
    database = make_url(secrets["sql_alchemy_conn"])
    assert (database.host, database.username, database.password) == (
        "postgres",
        "airflow",
        secrets["postgres_password"],
    )
    assert secrets["redis_password"] in secrets["broker_url"]
    assert list(json.loads(secrets["admin_passwords.json"])) == ["admin"]


def test_the_connections_lead_to_the_services(folder):
    make_secrets(folder)
    services = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))["services"]
    connections = load_connections_dict(str(folder / "secrets" / "connections.json"))
    assert {connection.conn_type for connection in connections.values()} == {
        "linkis",
        "exchangis",
        "hlink",
        "flink_rest",
    }
    for connection in connections.values():
        assert connection.host in services
        assert f"{connection.port}" in json.dumps(services[connection.host])


def test_no_secret_is_committed_or_sent_to_the_builder():
    ignored = (DOCKER / ".gitignore").read_text(encoding="utf-8").split()
    assert {"/secrets/", "/.env"} <= set(ignored)
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert sent[0] == "*"
    assert [line for line in sent if line.startswith("!docker")] == ["!docker/entrypoint", "!docker/clean-logs"]


def test_the_dockerfile_copies_what_there_is():
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line[0] == "!"]
    copied = [words.split()[:-1] for words in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)]
    assert copied
    for source in (each for words in copied for each in words):
        assert (ROOT / source).exists()
        assert {source, source.split("/")[0]} & set(sent)


def test_the_extras_and_the_base_of_the_image():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = {name for names in re.findall(r"\.whl\)\[([\w,-]+)\]", DOCKERFILE) for name in names.split(",")}
    assert "cluster" in extras
    assert extras <= set(setup["options.extras_require"])
    bases = set(re.findall(r"^FROM (\S+:\S+) AS", DOCKERFILE, re.MULTILINE))
    assert bases == {"python:3.12-slim-bookworm"}


@pytest.mark.parametrize("target", ["airflow", "sandbox"])
def test_a_target_of_the_compose_file_is_a_stage_that_ends_without_root(target):
    users = re.findall(r"^USER (\S+)$", stages()["base"] + stages()[target], re.MULTILINE)
    assert users[-1] == "50000:0"
