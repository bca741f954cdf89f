"""A local Airflow is started with its own settings, and with nothing of the Airflow of whoever starts it."""

from __future__ import annotations

import json
import socket
import stat

import pytest

from taskcenter_sandbox.deployment.settings import DeploymentSettings, Intervals, free_ports


@pytest.fixture
def make(tmp_path):
    def settings(**options):
        return DeploymentSettings(home=tmp_path / "home", dags_folder=tmp_path / "dags", **options)

    return settings


def test_settings_of_another_airflow_are_not_inherited(make, monkeypatch, tmp_path):
    monkeypatch.setenv("AIRFLOW_HOME", "/somebody/elses")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", "linkis://production")
    monkeypatch.setenv("UNRELATED", "kept")
    environ = make().environ()
    assert environ["AIRFLOW_HOME"] == str(tmp_path / "home")
    assert environ["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW_CONN_LINKIS_DEFAULT" not in environ
    assert environ["UNRELATED"] == "kept"


def test_given_options_and_variables_win(make):
    environ = make(
        config={"core": {"parallelism": 7}, "linkis": {"poll_interval_seconds": 1}},
        environment={"AIRFLOW__CORE__LOAD_EXAMPLES": "True", "AIRFLOW_CONN_X": "http://x"},
    ).environ()
    assert environ["AIRFLOW__CORE__PARALLELISM"] == "7"
    assert environ["AIRFLOW__LINKIS__POLL_INTERVAL_SECONDS"] == "1"
    assert environ["AIRFLOW__CORE__LOAD_EXAMPLES"] == "True"
    assert environ["AIRFLOW_CONN_X"] == "http://x"


def test_intervals_are_parameters(make):
    environ = make(intervals=Intervals(task_timeout=7, component_timeout=9)).environ()
    assert environ["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"] == "7"
    assert environ["AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD"] == "9"


def test_a_given_database_is_used_instead_of_sqlite(make):
    url = "postgresql+psycopg2://airflow@localhost/airflow"
    assert make(database_url=url).environ()["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == url


def test_secrets_differ_between_deployments_and_stay_the_same_within_one(make):
    one, other = make(), make()
    names = ["AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY"]
    assert all(one.environ()[name] != other.environ()[name] for name in names)
    assert one.environ() == one.environ()
    assert one.password != other.password


def test_secrets_are_not_shown_with_the_settings(make):
    settings = make(password="open-sesame")
    shown = repr(settings)
    assert "open-sesame" not in shown
    assert settings.environ()["AIRFLOW__CORE__FERNET_KEY"] not in shown


def test_only_the_owner_can_read_the_password(make):
    settings = make(password="open-sesame")
    settings.prepare_home()
    assert json.loads(settings.passwords_file.read_text()) == {"admin": "open-sesame"}
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
    assert stat.S_IMODE(settings.passwords_file.stat().st_mode) == 0o600


def test_free_ports_can_be_listened_on():
    for port in free_ports(3):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
