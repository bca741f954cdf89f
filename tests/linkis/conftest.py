"""A local Linkis, a connection to it, and task instances that run an operator the way a worker does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from taskcenter.linkis.hook import LinkisHook
from taskcenter.linkis.operators import LinkisOperator
from taskcenter_sandbox.linkis.server import LinkisServer

ENDED = ("Succeed", "Failed", "Cancelled", "Timeout")


@pytest.fixture(scope="module")
def linkis(tmp_path_factory):
    with LinkisServer(data_dir=tmp_path_factory.mktemp("linkis")) as server:
        yield server


@pytest.fixture(autouse=True)
def no_faults_left(request):
    yield
    if isinstance(server := request.node.funcargs.get("linkis"), LinkisServer):
        server.fault(clear=True)


@pytest.fixture
def connect(linkis, monkeypatch):
    """Set the connection ``linkis_default``; keyword arguments replace its fields."""

    def set_connection(**fields: Any) -> None:
        connection = {
            "conn_type": "linkis",
            "host": "127.0.0.1",
            "port": linkis.port,
            "login": "hadoop",
            "password": "hadoop",
            **fields,
        }
        monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", json.dumps(connection))

    set_connection()
    return set_connection


@pytest.fixture
def hook(connect):
    with LinkisHook() as hook:
        yield hook


@dataclass
class TaskRun:
    """One task instance: its XCom and its tries; the state store is left out, as on Airflow 3.2."""

    run_id: str
    xcom: dict[str, Any] = field(default_factory=dict)

    def context(self, operator: LinkisOperator, try_number: int = 1, max_tries: int = 0) -> Any:
        now = datetime.now(timezone.utc)
        ti = SimpleNamespace(
            dag_id="tests",
            run_id=self.run_id,
            task_id=operator.task_id,
            map_index=-1,
            try_number=try_number,
            max_tries=max_tries,
            start_date=now,
            xcom_push=lambda key, value: self.xcom.__setitem__(key, value),
            xcom_pull=lambda task_ids, key, map_indexes: self.xcom.get(key),
        )
        return {"ti": ti, "task": operator, "dag_run": SimpleNamespace(start_date=now, run_after=now)}

    def forget(self) -> None:
        """Empty the XCom, as Airflow does when a try begins."""
        self.xcom.clear()


@pytest.fixture
def task_run(request):
    return TaskRun(run_id=f"run-{request.node.name}")


@pytest.fixture
def jobs(hook, task_run):
    """The jobs that the test's task has on the server, newest first."""

    def of_task() -> list[dict[str, Any]]:
        tasks = hook.jobhistory_list(pageSize=500)["tasks"]
        mine = f"/{task_run.run_id}/"
        return [task for task in tasks if mine in json.loads(task["sourceJson"]).get("airflowTag", "")]

    return of_task


def operator(**arguments: Any) -> LinkisOperator:
    """A shell job, quick, unless the arguments say otherwise."""
    defaults = {
        "task_id": "job",
        "code": "echo done",
        "run_type": "shell",
        "engine_type": "shell-1",
        "poll_interval_seconds": 0.1,
        "deferrable": False,
    }
    return LinkisOperator(**{**defaults, **arguments})
