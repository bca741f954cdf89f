"""One local Exchangis for each test file, and a small client of it that hides nothing."""

from __future__ import annotations

import itertools
import json
import sqlite3
from typing import Any

import pytest
import requests

from taskcenter_sandbox.exchangis.server import ExchangisServer
from taskcenter_sandbox.waiting import wait_until

TERMINAL = {"Success", "Failed", "Cancelled"}
TOKEN = {"Token-User": "hadoop", "Token-Code": "SANDBOX-TOKEN"}
ROOT = "/api/rest_j/v1/dss/exchangis/main"
_NUMBERS = itertools.count(1)


class Api:
    """Requests to one server; each answer is the whole response.

    :param headers: who asks.
    """

    def __init__(self, server: ExchangisServer, headers: dict[str, str] | None = None) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.headers.update(TOKEN if headers is None else headers)

    def ask(self, method: str, path: str, body: Any = None, /, *, root: str = ROOT, **query: Any) -> requests.Response:
        """A request; what is not a GET has a body, as the gateway needs one."""
        if body is None and method != "GET":
            body = {}
        url = f"{self.server.url}{root}{path}"
        return self.session.request(method, url, json=body, params=query, timeout=30)

    def data(self, method: str, path: str, body: Any = None, /, **query: Any) -> dict[str, Any]:
        """The data of an answer that must be good."""
        answer = self.ask(method, path, body, **query)
        assert (answer.status_code, answer.json()["status"]) == (200, 0), answer.text
        return answer.json()["data"]

    def get(self, path: str, /, **query: Any) -> dict[str, Any]:
        return self.data("GET", path, **query)

    def refusal(self, method: str, path: str, body: Any = None, /, **query: Any) -> str:
        """The text of an answer that must be a refusal."""
        answer = self.ask(method, path, body, **query)
        assert (answer.status_code, answer.json()["status"]) == (400, 1), answer.text
        return answer.json()["message"]

    def type_id(self, name: str) -> str:
        return next(each["id"] for each in self.get("/datasources/type")["list"] if each["name"] == name)

    def source(self, type_name: str, params: dict[str, Any], *, publish: bool = True, name: str = "") -> int:
        """Create a data source; its id."""
        body = {
            "dataSourceName": name or f"source_{next(_NUMBERS)}",
            "dataSourceTypeId": self.type_id(type_name),
            "createSystem": type_name,
            "comment": "",
            "connectParams": params,
        }
        source_id = self.data("POST", "/datasources", body)["id"]
        if publish:
            self.data("PUT", f"/datasources/{source_id}/1/publish")
        return source_id

    def project(self, **more: Any) -> str:
        """Create a project; its id."""
        return self.data("POST", "/createProject", {"name": f"project_{next(_NUMBERS)}", **more})["projectId"]

    def job(self, sub_jobs: list[dict[str, Any]] | str, *, project: str = "", **more: Any) -> str:
        """Create a job; its id."""
        content = sub_jobs if isinstance(sub_jobs, str) else json.dumps(sub_jobs)
        body = {
            "projectId": project or self.project(),
            "jobType": "OFFLINE",
            "engineType": "DATAX",
            "jobName": f"job_{next(_NUMBERS)}",
            "jobContent": content,
            **more,
        }
        return self.data("POST", "/job", body)["result"]["id"]

    def execute(self, job_id: str) -> str:
        return self.data("POST", f"/job/{job_id}/execute")["jobExecutionId"]

    def status(self, execution: str) -> dict[str, Any]:
        return self.get(f"/job/execution/{execution}/status")

    def wait(self, execution: str, *states: str) -> dict[str, Any]:
        """The status, once it is one of these (or has ended, with all tasks)."""
        seen: list[dict[str, Any]] = []

        def there() -> bool:
            seen.append(self.status(execution))
            status = seen[-1]
            return status["status"] in states if states else status["status"] in TERMINAL and status["allTaskStatus"]

        wait_until(
            there, what=f"execution {execution}", timeout_seconds=30, poll_seconds=0.02, last_seen=lambda: str(seen[-1])
        )
        return seen[-1]

    def tasks(self, execution: str) -> list[dict[str, Any]]:
        return self.get(f"/job/execution/{execution}/taskList")["tasks"]

    def metrics(self, execution: str, number: int = 0) -> dict[str, Any]:
        task = self.tasks(execution)[number]["taskId"]
        return self.data("POST", f"/task/execution/{task}/metrics", {"jobExecutionId": execution})["task"]["metrics"]

    def log(self, execution: str) -> str:
        """The whole log of an execution and its tasks."""
        found = [self.get(f"/job/execution/{execution}/log", fromLine=1, pageSize=10000)["logs"].get("all", "")]
        for task in self.tasks(execution):
            path = f"/task/execution/{task['taskId']}/log"
            found.append(self.get(path, jobExecutionId=execution, fromLine=1, pageSize=10000)["logs"].get("all", ""))
        return "\n".join(found)

    def run(self, job_id: str) -> str:
        """Execute a job that must succeed; the execution's id."""
        execution = self.execute(job_id)
        assert self.wait(execution)["status"] == "Success", self.log(execution)
        return execution


def sub_job(
    source: dict[str, Any],
    sink: dict[str, Any],
    *,
    name: str = "orders",
    mapping: list[tuple[str, str]] | None = None,
    settings: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A sub job as the web page writes it.

    :param source: ``type``, ``id``, ``db``, ``table`` and ``params``; likewise the sink.
    """

    def items(values: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"config_key": key, "config_name": key, "config_value": value, "sort": 1} for key, value in values.items()
        ]

    pairs = [{"source_field_name": left, "sink_field_name": right} for left, right in mapping or []]
    return {
        "subJobName": name,
        "dataSources": {"source": source, "sink": sink},
        "params": {"sources": items(source.get("params", {})), "sinks": items(sink.get("params", {}))},
        "transforms": {"type": "MAPPING", "mapping": pairs},
        "settings": items(settings or {}),
    }


class Shop:
    """Two SQLite files: the table ``orders`` in both, full in the first."""

    def __init__(self, api: Api, directory, rows: int = 1000) -> None:
        self.api = api
        self.directory = directory
        self.left, self.right = directory / "left.sqlite", directory / "right.sqlite"
        for path in (self.left, self.right):
            self.sql(path, "create table orders (id integer primary key, name text, amount real, day text)")
        values = [(n, f"name {n}", n / 4, f"2026-01-{n % 28 + 1:02d}") for n in range(rows)]
        with sqlite3.connect(self.left) as db:
            db.executemany("insert into orders values (?, ?, ?, ?)", values)
        db.close()
        self.source_id = api.source("SQLITE", {"path": str(self.left)})
        self.sink_id = api.source("SQLITE", {"path": str(self.right)})

    @staticmethod
    def sql(path, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        db = sqlite3.connect(path)
        try:
            with db:
                return db.execute(statement, arguments).fetchall()
        finally:
            db.close()

    def source(self, **params: Any) -> dict[str, Any]:
        return {"type": "SQLITE", "id": self.source_id, "db": "main", "table": "orders", "params": params}

    def sink(self, **params: Any) -> dict[str, Any]:
        return {"type": "SQLITE", "id": self.sink_id, "db": "main", "table": "orders", "params": params}

    def job(self, **options: Any) -> str:
        return self.api.job([sub_job(self.source(), self.sink(), **options)])

    def moved(self) -> int:
        return self.sql(self.right, "select count(*) from orders")[0][0]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ExchangisServer(data_dir=tmp_path_factory.mktemp("exchangis"), port=0) as server:
        yield server
        # It answers a defect of its own as the real one would; here it shows.
        assert "Traceback" not in server.log_tail(1000)


@pytest.fixture(scope="module")
def api(server) -> Api:
    return Api(server)


@pytest.fixture(scope="module")
def bob(server) -> Api:
    """Another user, who is no administrator."""
    return Api(server, {**TOKEN, "Token-User": "bob"})


@pytest.fixture(scope="session")
def api_of():
    """The client's class, for tests that start their own servers or log in themselves."""
    return Api


@pytest.fixture(scope="session")
def make_sub_job():
    """Writes a sub job."""
    return sub_job


@pytest.fixture
def shop(api, tmp_path) -> Shop:
    """A source and a sink."""
    return Shop(api, tmp_path)


@pytest.fixture(scope="session")
def shop_of():
    """Makes a source and a sink for some server."""
    return Shop
