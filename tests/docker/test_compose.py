"""The containers of ``docker/`` are described as they can run: known commands and options, pinned, healthy, limited, no secrets."""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.cli import cli_parser
from airflow.configuration import conf
from airflow.jobs.dag_processor_job_runner import DagProcessorJobRunner
from airflow.jobs.triggerer_job_runner import TriggererJobRunner

from taskcenter.provider import get_provider_info
from taskcenter_sandbox.exchangis import command as exchangis
from taskcenter_sandbox.hlink import command as hlink

DOCKER = Path(__file__).parents[2] / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = "init"
STAND_INS = {"exchangis": exchangis, "hlink": hlink}
HAPROXY = shutil.which("haproxy", path="/usr/local/sbin:/usr/sbin:/usr/bin:/sbin")


def own(image: str) -> list[str]:
    """The services of one of the images that are built here."""
    return [name for name, service in SERVICES.items() if service["image"].startswith(f"{image}:")]


def words(service: dict[str, Any]) -> list[str]:
    """What a service runs, from the program on; of a shell's line, what it executes in the end."""
    command = service["command"]
    if service.get("entrypoint") == ["sh", "-c"]:
        return shlex.split(command[0].rpartition("exec ")[2])
    return [service["image"].partition("-taskcenter")[0], *command]


def check_words(service: dict[str, Any]) -> list[str]:
    """The health check, as words."""
    kind, *command = service["healthcheck"]["test"]
    return shlex.split(command[0]) if kind == "CMD-SHELL" else command


@pytest.fixture
def made(tmp_path) -> Path:
    """A copy of the folder with fresh secrets."""
    folder = tmp_path / "docker"
    shutil.copytree(DOCKER, folder, ignore=shutil.ignore_patterns("secrets", ".env"))
    subprocess.run([folder / "make-secrets"], check=True, capture_output=True)
    return folder


def compose_program() -> list[str]:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            done = subprocess.run([*command, "version"], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return command
    pytest.skip("neither `docker compose` nor `docker-compose` is installed")


def test_docker_compose_takes_the_file_and_sees_every_service(made):
    command = [*compose_program(), "--file", str(made / "compose.yaml"), "--profile", "sandbox", "config"]
    done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = yaml.safe_load(done.stdout)
    assert set(seen["services"]) == set(SERVICES)
    known = {path.name for path in (made / "secrets").iterdir()}
    assert {Path(secret["file"]).name for secret in seen["secrets"].values()} == known


def test_the_parts_of_a_distributed_airflow_are_there_and_two_where_it_says_so():
    replicas = {name: service["deploy"].get("replicas", 1) for name, service in SERVICES.items()}
    two = {name for name, number in replicas.items() if number == 2}
    assert two == {"api-server", "scheduler", "worker"}
    bundles = [
        service["command"][-1] for service in SERVICES.values() if service.get("command", [""])[0] == "dag-processor"
    ]
    assert sorted(bundles) == ["dags-folder", "taskcenter_plans"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_limited_restarted_and_says_whether_it_is_well(name):
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory"}
    if name == ONE_SHOT:
        assert service["restart"] == "on-failure"
        return
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"])


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_has_a_release(name):
    repository, _, tag = SERVICES[name]["image"].partition(":")
    assert repository
    assert re.match(r"\d+\.\d+", tag), "an image without a release changes under one's feet"


@pytest.mark.parametrize("name", [*own("airflow-taskcenter"), *own("airflow-taskcenter-sandbox")])
def test_what_is_built_here_runs_as_no_root_and_without_capabilities(name):
    service = SERVICES[name]
    assert service["user"] == "${AIRFLOW_UID:-50000}:0"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_the_proxy_can_be_reached_and_only_from_this_machine():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"proxy": ["127.0.0.1:${AIRFLOW_PORT:-8080}:8080"]}


@pytest.mark.parametrize("name", own("airflow-taskcenter"))
def test_airflow_knows_the_command(name):
    program, *arguments = words(SERVICES[name])
    assert program == "airflow"
    parsed = cli_parser.get_parser().parse_args(arguments)
    assert callable(parsed.func)


@pytest.mark.parametrize("name", own("airflow-taskcenter-sandbox"))
def test_the_sandbox_knows_the_command(name):
    program, system, *arguments = words(SERVICES[name])
    assert program == "taskcenter-sandbox"
    parser = argparse.ArgumentParser()
    STAND_INS[system].add_parser(parser)
    parsed = parser.parse_args(arguments)
    assert parsed.allow_remote
    assert name in parsed.host_name, "a server answers to its own name only"


@pytest.mark.parametrize("name", own("airflow-taskcenter"))
def test_the_health_check_is_a_command_that_there_is(name):
    service = SERVICES[name]
    if name == ONE_SHOT:
        return
    program, *arguments = check_words(service)
    if program == "airflow":
        parsed = cli_parser.get_parser().parse_args(arguments)
        assert parsed.job_type in (DagProcessorJobRunner.job_type, TriggererJobRunner.job_type)
        assert parsed.local
    else:
        assert program in ("python", "celery")
        if program == "python":
            compile(arguments[1], name, "exec")


@pytest.mark.parametrize("name", own("airflow-taskcenter"))
def test_every_option_exists(name):
    ours = get_provider_info()["config"]["taskcenter"]["options"]
    for variable in SERVICES[name]["environment"]:
        if not variable.startswith("AIRFLOW__"):
            continue
        _, section, option = variable.lower().split("__")
        if option.endswith("_cmd"):
            option = option.removesuffix("_cmd")
            assert (section, option) in conf.sensitive_config_values, f"Airflow runs no command for {variable}"
        known = ours if section == "taskcenter" else conf.configuration_description[section]["options"]
        assert option in known, variable


def test_secrets_come_from_files_and_no_other_text_looks_like_one():
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            secret = re.search(
                r"PASSWORD|SECRET_KEY|JWT_SECRET|FERNET|TOKEN|BROKER_URL|_CONN\b|RESULT_BACKEND", variable
            )
            if secret and not variable.endswith("PASSWORDS_FILE"):
                assert "/run/secrets/" in value, f"{name}: {variable}"
    text = (DOCKER / "compose.yaml").read_text(encoding="utf-8") + (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    assert not re.search(r"://[^/\s:]*:[^@/\s]+@", text), "an address with a password in it"
    assert not re.search(r"[0-9a-fA-F]{20,}", text)


def test_each_service_has_the_secrets_that_it_reads():
    for name, service in SERVICES.items():
        text = yaml.safe_dump(
            [service.get(part) for part in ("environment", "command", "healthcheck")], width=float("inf")
        )
        read = set(re.findall(r"/run/secrets/([\w.]+)", text))
        assert read == set(service.get("secrets", [])), name


@pytest.mark.skipif(HAPROXY is None, reason="haproxy is not installed")
def test_haproxy_takes_its_configuration():
    assert HAPROXY is not None
    done = subprocess.run(
        [HAPROXY, "-c", "-f", str(DOCKER / "haproxy.cfg")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
