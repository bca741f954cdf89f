"""A task instance with a job on record, the app that shows it, and a local Linkis on which the job runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.task_center import bearer, forget_everything, migrated_airflow
from taskcenter.core.job import JobRef
from taskcenter.jobs.record import XCOM_JOB, JobRecord
from taskcenter.linkis.hook import LinkisHook
from taskcenter.linkis.request import LinkisRequest
from taskcenter_sandbox.linkis.server import LinkisServer
from taskcenter_sandbox.waiting import wait_until

ENDED = ("succeeded", "failed", "cancelled", "timed_out")
OURS = {"X-Requested-With": "fetch"}


@pytest.fixture(scope="module")
def app() -> Iterator[Any]:
    with migrated_airflow():
        from taskcenter_plugin.routes.app import create_app

        yield create_app()


class TaskInstancePages:
    """The JSON about one task instance, as a user asks for it.

    :ivar key: the query that names the task instance.
    """

    def __init__(self, http: Any, key: dict[str, Any]) -> None:
        self._http = http
        self.key = key

    def raw(self, path: str, user: str | None = "ada", method: str = "GET", headers: Any = None, **query: Any) -> Any:
        """The whole response."""
        login = {"Authorization": bearer(user)} if user else {}
        params = {name: value for name, value in {**self.key, **query}.items() if value is not None}
        return self._http.request(method, path, params=params, headers={**login, **(headers or {})})

    def ask(self, path: str, user: str | None = "ada", **more: Any) -> tuple[int, Any, str]:
        """Status, data and message of an answer, which wears the envelope."""
        reply = self.raw(path, user, **more)
        answer = reply.json()
        assert set(answer) == {"code", "msg", "data", "version"}
        assert (answer["code"] == 0) == (reply.status_code == 200)
        return reply.status_code, answer["data"], answer["msg"]

    def ok(self, path: str, **more: Any) -> Any:
        """The data of an answer that is a success."""
        status, data, message = self.ask(path, **more)
        assert status == 200, message
        return data

    def cancel(self, user: str = "ada", **headers: str) -> tuple[int, Any, str]:
        """Ask for the job's end, as our page does."""
        return self.ask("/jobs/cancel", user, method="POST", headers={**OURS, **headers})

    def when_ended(self) -> Any:
        """The state once the job has ended."""

        def ended() -> Any:
            state = self.ok("/jobs/state")
            return state if state["job"]["state"] in ENDED else None

        return wait_until(ended, what="the job to end", timeout_seconds=60)

    # What the task has done in Airflow

    def push(self, key: str, value: Any) -> None:
        """Have the task push an XCom."""
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session

        with create_session(scoped=False) as session:
            place = {name: self.key[name] for name in ("dag_id", "run_id", "task_id")}
            XComModel.set(key, value, **place, map_index=-1, session=session)

    def record(self, conn_type: str, remote_id: str, /, attempt: int = 1, **handle: str) -> None:
        """Have the task put its job on record."""
        tag = "/".join(["airflow", *(self.key[name] for name in ("dag_id", "run_id", "task_id")), "-1", "1"])
        record = JobRecord(conn_type, f"{conn_type}_default", JobRef(remote_id, handle), tag, attempt)
        self.push(XCOM_JOB, record.to_json())

    def change(self, **fields: Any) -> None:
        """Change the task instance."""
        self._with_instance(lambda instance: [setattr(instance, name, value) for name, value in fields.items()])

    @property
    def state(self) -> str | None:
        """What Airflow has the task instance in."""
        return self._with_instance(lambda instance: instance.state)

    def _with_instance(self, work: Any) -> Any:
        from airflow.models.taskinstance import TaskInstance
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session(scoped=False) as session:
            names = ("dag_id", "run_id", "task_id")
            query = select(TaskInstance).where(*(getattr(TaskInstance, name) == self.key[name] for name in names))
            return work(session.scalars(query).one())


@pytest.fixture
def task(app) -> Iterator[TaskInstancePages]:
    """A task instance in its first try, which runs."""
    from starlette.testclient import TestClient

    forget_everything()
    key = _begin_run()
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as http:
        pages = TaskInstancePages(http, key)
        pages.change(state="running", try_number=1)
        yield pages
        http.portal.call(_forget_sessions)


def _begin_run() -> dict[str, str]:
    """A DAG of one task, and a run of it."""
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
    from airflow.utils.session import create_session

    from taskcenter_plugin.airflow_internals.registration import register, start_run

    with DAG("shop", schedule=None) as dag:
        EmptyOperator(task_id="orders")
    with create_session(scoped=False) as session:
        register([(dag, Path(__file__))], bundle="taskcenter_plans", version=1, session=session)
        run = start_run("shop", session=session)
        return {"dag_id": "shop", "run_id": run.run_id, "task_id": "orders"}


async def _forget_sessions() -> None:
    """Close what is kept for the next request, before the event loop ends."""
    from taskcenter_plugin.job_pages import remote

    for kept in remote._kept.pop(asyncio.get_running_loop(), {}).values():
        kept.timer.cancel()
        await kept.session.release()


@pytest.fixture(scope="session")
def linkis(tmp_path_factory) -> Iterator[LinkisServer]:
    with LinkisServer(data_dir=tmp_path_factory.mktemp("linkis")) as server:
        yield server


@pytest.fixture
def connection(linkis, monkeypatch) -> Iterator[dict[str, Any]]:
    """The connection ``linkis_default``."""
    fields = {"conn_type": "linkis", "host": "127.0.0.1", "port": linkis.port, "login": "hadoop", "password": "hadoop"}
    monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", json.dumps(fields))
    yield fields
    linkis.fault(clear=True)


@pytest.fixture
def submit(task, connection) -> Any:
    """Run code on the local Linkis, and have the task put that job on record."""

    def run(code: str, run_type: str = "jdbc", engine_type: str = "jdbc-4") -> str:
        with LinkisHook() as hook:
            request = LinkisRequest(code=code, run_type=run_type, engine_type=engine_type)
            sent = hook.submit(request.body("hadoop"))
        task.record("linkis", str(sent["taskID"]))
        return str(sent["taskID"])

    return run
