"""The values for Airflow's Helm chart name options that there are, and no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from airflow.configuration import conf
from airflow.sdk.module_loading import import_string

from taskcenter.provider import get_provider_info

DOCKER = Path(__file__).parents[2] / "docker"
TEXT = (DOCKER / "helm-values.yaml").read_text(encoding="utf-8")
VALUES = yaml.safe_load(TEXT)
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
OPTIONS = COMPOSE["x-options"]


def test_every_option_exists():
    ours = get_provider_info()["config"]["taskcenter"]["options"]
    for section, options in VALUES["config"].items():
        known = ours if section == "taskcenter" else conf.configuration_description[section]["options"]
        assert set(options) <= set(known), section


def test_the_classes_exist():
    import_string(VALUES["config"]["core"]["auth_manager"])
    for bundle in VALUES["dagProcessor"]["dagBundleConfigList"]:
        import_string(bundle["classpath"])


def test_the_bundles_and_options_are_those_of_the_compose_file():
    name = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
    assert VALUES["dagProcessor"]["dagBundleConfigList"] == json.loads(OPTIONS[name])
    for section in ("database", "celery_broker_transport_options", "operators", "scheduler"):
        for option, value in VALUES["config"][section].items():
            assert OPTIONS[f"AIRFLOW__{section}__{option}".upper()] == value


def test_the_image_is_the_one_of_the_compose_file():
    image = COMPOSE["x-airflow"]["image"]
    assert VALUES["defaultAirflowRepository"].endswith(image.partition(":")[0])
    assert VALUES["defaultAirflowTag"] == image.partition(":")[2]
    lock = (DOCKER.parent / "requirements" / "airflow-3.3.txt").read_text(encoding="utf-8")
    assert f"\napache-airflow=={VALUES['airflowVersion']}\n" in lock


def test_secrets_are_named_and_not_told():
    secrets = [VALUES[name] for name in VALUES if name.endswith("SecretName")] + list(VALUES["data"].values())
    assert len(secrets) == 6
    assert all(re.fullmatch(r"airflow-[a-z-]+", name) for name in secrets)
    assert not re.search(r"://[^.\s]+:[^@\s]+@", TEXT)
    assert not re.search(r"[0-9a-f]{20,}", TEXT)


def test_every_component_has_limits():
    workers = VALUES["workers"]["celery"]
    for values in (*(VALUES[name] for name in ("apiServer", "scheduler", "dagProcessor", "triggerer")), workers):
        resources = values["resources"]
        assert {"cpu", "memory"} == set(resources["limits"]) == set(resources["requests"])
