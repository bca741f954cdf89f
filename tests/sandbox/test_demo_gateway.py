"""The part of the demo that calls Linkis through Airflow shows the calls and the rows."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest
from rich.console import Console

from support.gateway_server import gateway_server
from support.task_center import bearer, migrated_airflow
from taskcenter_sandbox.demo.display import Display
from taskcenter_sandbox.demo.forwarded import OPTIONS, show_gateway
from taskcenter_sandbox.linkis.server import LinkisServer


@pytest.fixture
def airflow(tmp_path, monkeypatch):
    with LinkisServer(data_dir=tmp_path / "linkis") as linkis, migrated_airflow():
        fields = {"conn_type": "linkis", "host": "127.0.0.1", "port": linkis.port}
        fields |= {"login": "hadoop", "password": "hadoop"}
        monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", json.dumps(fields))
        for option, value in OPTIONS.items():
            monkeypatch.setenv(f"AIRFLOW__TASKCENTER__{option.upper()}", value)
        with gateway_server() as url:
            token = bearer("ada").removeprefix("Bearer ")
            yield SimpleNamespace(settings=SimpleNamespace(url=url), client=SimpleNamespace(token=lambda: token))


def test_a_job_is_run_with_curl_and_its_rows_are_shown(airflow):
    console = Console(file=io.StringIO(), width=200)
    [(state, _)] = show_gateway(airflow, Display(console)).values()
    shown = console.file.getvalue()
    assert state == "success"
    assert "$ curl -X POST /api/rest_j/v1/entrance/submit -d" in shown
    assert "through Airflow" in shown
    assert "42" in shown
    assert airflow.client.token() not in shown
