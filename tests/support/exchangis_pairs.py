"""The requests for Exchangis' 26 documented endpoints, each as it goes well and, where it can be, as it is refused."""

from __future__ import annotations

import json
import sqlite3
from functools import cached_property
from pathlib import Path
from typing import Any

import requests

from support.gateway_pairs import Pair, Sent, new_name
from taskcenter_sandbox.exchangis.server import ExchangisServer
from taskcenter_sandbox.waiting import wait_until

_ROOT = "/api/rest_j/v1/dss/exchangis/main"
_SOURCES = "/dss/exchangis/main/datasources"
_JOB, _TASK = "/api/rest_j/v1/exchangis/job", "/api/rest_j/v1/exchangis/task"
_ENDED = ("Success", "Failed", "Cancelled")
_TIMES = ("createTime", "modifyTime")
_NOBODY = 10**6
SECRET = "the-sources-own-password"


class ExchangisWorld:
    """A local Exchangis and what is in it for the requests: two SQLite files, the table ``orders`` in both.

    What is no GET needs a body, by which Exchangis' gateway routes it; see :meth:`data`.
    """

    def __init__(self, server: ExchangisServer, directory: Path) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Token-User": "hadoop", "Token-Code": server.credentials.token})
        self.files = [directory / "left.sqlite", directory / "right.sqlite"]
        for path in self.files:
            with sqlite3.connect(path) as database:
                database.execute("create table orders (id integer primary key, name text)")
            database.close()
        with sqlite3.connect(self.files[0]) as database:
            database.executemany("insert into orders values (?, ?)", [(number, f"数 {number}") for number in range(50)])
        database.close()

    def data(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """The data of an answer that must be good."""
        body = {} if body is None and method != "GET" else body
        answer = self.session.request(method, self.server.url + _ROOT + path, json=body, params=query, timeout=30)
        assert (answer.status_code, answer.json()["status"]) == (200, 0), answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def new_source(self, path: Path | None = None, *, publish: bool = True) -> int:
        """A data source of a SQLite file; its id."""
        made = self.data("POST", "/datasources", sqlite(path or self.files[0]))["id"]
        if publish:
            self.data("PUT", f"/datasources/{made}/1/publish")
        return int(made)

    @cached_property
    def left(self) -> int:
        """The data source with rows."""
        return self.new_source(self.files[0])

    @cached_property
    def right(self) -> int:
        """The one to be filled."""
        return self.new_source(self.files[1])

    @cached_property
    def shop(self) -> int:
        """A MySQL data source that has a password, and no server; its id."""
        return int(self.data("POST", "/datasources", mysql())["id"])

    @cached_property
    def job(self) -> str:
        """A job that moves the rows; its id."""
        sides = {
            name: {"type": "SQLITE", "id": number, "db": "main", "table": "orders"}
            for name, number in (("source", self.left), ("sink", self.right))
        }
        part = {
            "subJobName": "orders",
            "dataSources": sides,
            "params": {"sources": [], "sinks": [{"config_key": "writeMode", "config_value": "replace", "sort": 1}]},
            "transforms": {"type": "MAPPING", "mapping": []},
            "settings": [],
        }
        project = self.data("POST", "/createProject", {"name": new_name()})["projectId"]
        body = {"projectId": project, "jobType": "OFFLINE", "engineType": "DATAX", "jobName": new_name()}
        return str(self.data("POST", "/job", {**body, "content": json.dumps([part])})["result"]["id"])

    @cached_property
    def run(self) -> str:
        """An execution that has ended; its id."""
        execution = self.data("POST", f"/job/{self.job}/execute")["jobExecutionId"]
        path = f"/job/execution/{execution}/status"

        def ended() -> bool:
            status = self.data("GET", path)
            return status["status"] in _ENDED and status["allTaskStatus"]

        wait_until(ended, what=f"execution {execution}", timeout_seconds=30, poll_seconds=0.05)
        return str(execution)

    @cached_property
    def task(self) -> str:
        """Its task; the id."""
        return str(self.data("GET", f"/job/execution/{self.run}/taskList")["tasks"][0]["taskId"])


def sqlite(path: Path, **more: Any) -> dict[str, Any]:
    """A data source's body."""
    return {
        "dataSourceName": new_name(),
        "dataSourceTypeId": "21",
        "createSystem": "SQLITE",
        "comment": "",
        "connectParams": {"path": str(path)},
        **more,
    }


def mysql() -> dict[str, Any]:
    """One of a database, with a password."""
    params = {"host": "127.0.0.1", "port": "1", "username": "shop", "password": SECRET, "databaseName": "shop"}
    return sqlite(Path(), dataSourceTypeId="1", createSystem="MYSQL", connectParams=params)


def _source(world: ExchangisWorld, **more: Any) -> Sent:
    return Sent({"source_id": world.new_source()}, json=sqlite(world.files[0]) if more.get("body") else {})


def _unpublished(world: ExchangisWorld) -> Sent:
    return Sent({"source_id": world.new_source(publish=False), "version": 1}, json={})


def _of_left(world: ExchangisWorld, **args: Any) -> Sent:
    return Sent({"source_id": world.left, "type_name": "SQLITE", **args}, json={} if "version" in args else None)


def _of_nobody(_world: ExchangisWorld) -> Sent:
    return Sent({"source_id": _NOBODY, "type_name": "SQLITE", "version": 1}, json={})


def _mapping(world: ExchangisWorld, **more: Any) -> Sent:
    body: dict[str, Any] = {"engine": "DATAX"}
    for side, number in (("source", world.left), ("sink", world.right)):
        names = {"TypeId": "SQLITE", "DataSourceId": number, "DataBase": "main", "Table": "orders"}
        body |= {f"{side}{name}": value for name, value in names.items()}
    return Sent(json={**body, **more})


def _of_run(world: ExchangisWorld, **query: Any) -> Sent:
    return Sent({"execution_id": world.run}, query)


def _of_task(world: ExchangisWorld, **query: Any) -> Sent:
    return Sent({"task_id": world.task}, {"jobExecutionId": world.run, **query})


def _metrics(world: ExchangisWorld) -> Sent:
    return Sent({"task_id": world.task}, json={"jobExecutionId": world.run})


def _no_run(_world: ExchangisWorld) -> Sent:
    return Sent({"execution_id": "nothing"})


PAIRS = [
    Pair(f"GET {_SOURCES}/type", "all"),
    Pair(f"GET {_SOURCES}/type", "an engine's", lambda _: Sent(query={"engineType": "SQOOP"})),
    Pair(f"POST {_SOURCES}/query", "by name", lambda w: Sent(json={"name": "made", "typeId": 21, "page": 1, "pageSize": w.left})),
    Pair(f"POST {_SOURCES}/query", "what it does not know", lambda _: Sent(json={"typeID": 1}), status=400),
    Pair(f"GET {_SOURCES}/query", "by name", lambda _: Sent(json={"name": "made"})),
    Pair(f"GET {_SOURCES}", "a page", lambda _: Sent(query={"typeId": 21, "page": 1, "size": 3})),
    Pair(f"GET {_SOURCES}", "no number", lambda _: Sent(query={"page": "x"}), status=400),
    Pair(f"GET {_SOURCES}/types/{{type_id}}/keydefines", "of a type", lambda _: Sent({"type_id": 1})),
    Pair(f"GET {_SOURCES}/types/{{type_id}}/keydefines", "no number", lambda _: Sent({"type_id": "x"}), status=400),
    Pair(f"GET {_SOURCES}/{{source_id}}/versions", "one's", lambda w: Sent({"source_id": w.shop}), masked=("password",)),
    Pair(f"GET {_SOURCES}/{{source_id}}/versions", "of none", _of_nobody, status=400),
    Pair(f"POST {_SOURCES}", "a new one", lambda w: Sent(json=sqlite(w.files[0])), ("id",)),
    Pair(f"POST {_SOURCES}", "without a type", lambda w: Sent(json=sqlite(w.files[0], dataSourceTypeId=None)), status=400),
    Pair(f"GET {_SOURCES}/{{source_id}}", "one", lambda w: Sent({"source_id": w.shop}), masked=("password",)),
    Pair(f"GET {_SOURCES}/{{source_id}}", "of none", _of_nobody, status=400),
    Pair(f"GET {_SOURCES}/{{source_id}}/connect_params", "one's", lambda w: Sent({"source_id": w.shop}), masked=("password",)),
    Pair(f"GET {_SOURCES}/{{source_id}}/connect_params", "of none", _of_nobody, status=400),
    Pair(f"PUT {_SOURCES}/{{source_id}}", "a new version", lambda w: _source(w, body=True)),
    Pair(f"PUT {_SOURCES}/{{source_id}}", "of none", _of_nobody, status=400),
    Pair(f"PUT {_SOURCES}/{{source_id}}/{{version}}/publish", "one", _unpublished),
    Pair(f"PUT {_SOURCES}/{{source_id}}/{{version}}/publish", "of none", _of_nobody, status=400),
    Pair(f"PUT {_SOURCES}/{{source_id}}/expire", "one", _source),
    Pair(f"PUT {_SOURCES}/{{source_id}}/expire", "of none", _of_nobody, status=400),
    Pair(f"PUT {_SOURCES}/{{source_id}}/{{version}}/connect", "one", lambda w: _of_left(w, version=1)),
    Pair(f"PUT {_SOURCES}/{{source_id}}/{{version}}/connect", "no server", lambda w: Sent({"source_id": w.shop, "version": 1}, json={}), status=400),
    Pair(f"POST {_SOURCES}/op/connect", "a file", lambda w: Sent(json=sqlite(w.files[0]))),
    Pair(f"POST {_SOURCES}/op/connect", "no server", lambda _: Sent(json=mysql()), status=400),
    Pair(f"DELETE {_SOURCES}/{{source_id}}", "one", _source, ("id",)),
    Pair(f"DELETE {_SOURCES}/{{source_id}}", "of none", _of_nobody, status=400),
    Pair(f"GET {_SOURCES}/{{type_name}}/{{source_id}}/dbs", "of one", _of_left),
    Pair(f"GET {_SOURCES}/{{type_name}}/{{source_id}}/dbs", "of none", _of_nobody, status=400),
    Pair(f"GET {_SOURCES}/{{type_name}}/{{source_id}}/dbs/{{database}}/tables", "of one", lambda w: _of_left(w, database="main")),
    Pair(f"GET {_SOURCES}/{{type_name}}/{{source_id}}/dbs/{{database}}/tables", "of none", lambda _: Sent({"type_name": "SQLITE", "source_id": _NOBODY, "database": "main"}), status=400),
    Pair(f"GET {_SOURCES}/{{type_name}}/{{source_id}}/dbs/{{database}}/tables/{{table}}/fields", "of one", lambda w: _of_left(w, database="main", table="orders")),
    Pair(f"GET {_SOURCES}/{{type_name}}/{{source_id}}/dbs/{{database}}/tables/{{table}}/fields", "of a strange name", lambda w: _of_left(w, database="main", table="数 据?#"), status=400),
    Pair(f"POST {_SOURCES}/fieldsmapping", "of two tables", _mapping),
    Pair(f"POST {_SOURCES}/fieldsmapping", "no engine", lambda w: _mapping(w, engine="NONE"), status=400),
    Pair(f"POST {_SOURCES}/{{engine}}/{{type_name}}/params/ui", "a sink's", lambda _: Sent({"engine": "DATAX", "type_name": "MYSQL"}, {"dir": "sink"}, json={})),
    Pair(f"POST {_SOURCES}/{{engine}}/{{type_name}}/params/ui", "of nothing", lambda _: Sent({"engine": "DATAX", "type_name": "X"}, json={}), status=400),
    Pair(f"POST {_JOB}/{{job_id}}/execute", "one", lambda w: Sent({"job_id": w.job}, json={}), ("jobExecutionId",)),
    Pair(f"POST {_JOB}/{{job_id}}/execute", "of none", lambda _: Sent({"job_id": _NOBODY}, json={}), status=400),
    Pair(f"GET {_JOB}/execution/{{execution_id}}/status", "of one", _of_run),
    Pair(f"GET {_JOB}/execution/{{execution_id}}/status", "of none", _no_run, status=400),
    Pair(f"GET {_JOB}/execution/{{execution_id}}/tasklist", "of one", _of_run),
    Pair(f"GET {_JOB}/execution/{{execution_id}}/tasklist", "of none", _no_run, status=400),
    Pair(f"GET {_JOB}/execution/{{execution_id}}/progress", "of one", _of_run),
    Pair(f"GET {_JOB}/execution/{{execution_id}}/progress", "of none", _no_run, status=400),
    Pair(f"POST {_TASK}/execution/{{task_id}}/metrics", "of one", _metrics),
    Pair(f"POST {_TASK}/execution/{{task_id}}/metrics", "of none", lambda _: Sent({"task_id": "nothing"}, json={}), status=400),
    Pair(f"GET {_JOB}/execution/{{execution_id}}/log", "of one", lambda w: _of_run(w, fromLine=1, pageSize=5)),
    Pair(f"GET {_JOB}/execution/{{execution_id}}/log", "without a page", _of_run, status=400),
    Pair(f"GET {_TASK}/execution/{{task_id}}/log", "of one", lambda w: _of_task(w, fromLine=1, pageSize=5)),
    Pair(f"GET {_TASK}/execution/{{task_id}}/log", "without a page", _of_task, status=400),
]  # fmt: skip


def real(method: str, path: str) -> tuple[str, str]:
    """Where Exchangis itself has what the document has elsewhere (facts section 6)."""
    for documented, own in (
        ("/dss/exchangis/main", _ROOT),
        (_JOB, f"{_ROOT}/job"),
        (_TASK, f"{_ROOT}/task"),
    ):
        if path.startswith(documented):
            path = own + path.removeprefix(documented)
            break
    method = "GET" if path.endswith("/params/ui") else method
    return method, path.replace("/tasklist", "/taskList")
