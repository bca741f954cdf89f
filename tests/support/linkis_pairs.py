"""The requests for Linkis' ten documented endpoints, each as it goes well and as it is refused."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import requests

from support.gateway_pairs import Pair, Sent, new_name
from taskcenter_sandbox.linkis.server import LinkisServer
from taskcenter_sandbox.waiting import wait_until

_ROOT = "/api/rest_j/v1"
_ENDED = ("Succeed", "Failed", "Cancelled", "Timeout")
_ENGINES = {"sql": "spark-3.2.1", "shell": "shell-1"}
_NEW = ("execID", "taskID")


class LinkisWorld:
    """A local Linkis and what is in it for the requests."""

    def __init__(self, server: LinkisServer) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Token-User": "hadoop", "Token-Code": server.credentials.token})

    def body(self, code: str, run_type: str = "shell") -> dict[str, Any]:
        """Of a submit."""
        labels = {"engineType": _ENGINES[run_type], "userCreator": "hadoop-tests"}
        return {"executionContent": {"code": code, "runType": run_type}, "labels": labels, "params": {}}

    def submit(self, code: str, run_type: str = "shell") -> dict[str, Any]:
        """Have a job run: ``{"execID", "taskID"}``."""
        return self._data("POST", "/entrance/submit", json=self.body(code, run_type))

    def row(self, task_id: int) -> dict[str, Any]:
        """A job's row of the history."""
        return self._data("GET", f"/jobhistory/{task_id}/get")["task"]

    def wait(self, task_id: int, *states: str) -> dict[str, Any]:
        """A job's row, once it is in one of these states."""
        rows: list[dict[str, Any]] = []

        def there() -> bool:
            rows.append(self.row(task_id))
            return rows[-1]["status"] in (states or _ENDED)

        wait_until(there, what=f"job {task_id}", timeout_seconds=30, poll_seconds=0.05, last_seen=lambda: str(rows[-1]))
        return rows[-1]

    def running(self) -> dict[str, Any]:
        """A job that runs until it is killed."""
        job = self.submit("sleep 60")
        self.wait(job["taskID"], "Running")
        return job

    @cached_property
    def done(self) -> dict[str, Any]:
        """A job that has made a table of three rows: ids, ``resultLocation`` and the ``path`` of the table."""
        job = self.submit("select a, '数' || a as b from range(3) t(a)", "sql")
        row = self.wait(job["taskID"], "Succeed")
        tree = self._data("GET", "/filesystem/getDirFileTrees", params={"path": row["resultLocation"]})
        path = tree["dirFileTrees"]["children"][0]["path"]
        return {**job, "resultLocation": row["resultLocation"], "path": path}

    def _data(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        answer = self.session.request(method, self.server.url + _ROOT + path, timeout=30, **sent)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data


def _of_done(world: LinkisWorld, **query: Any) -> Sent:
    return Sent({"exec_id": world.done["execID"]}, query)


def _old_body(code: str = "echo old") -> dict[str, Any]:
    """As Linkis 0.x had it."""
    names = {"executeApplicationName": "shell", "requestApplicationName": "tests", "runType": "shell"}
    return {"executionCode": code, "params": {}, **names}


def _result(world: LinkisWorld, **query: Any) -> Sent:
    return Sent(query={"path": world.done["path"], **query})


def _nowhere(world: LinkisWorld) -> Sent:
    return Sent(query={"path": world.done["path"].replace("_0.dolphin", "_77.dolphin")})


PAIRS = [
    Pair("POST /api/rest_j/v1/entrance/execute", "it is taken", lambda _: Sent(json=_old_body()), _NEW),
    Pair("POST /api/rest_j/v1/entrance/execute", "without code", lambda _: Sent(json=_old_body("")), _NEW, status=400),
    Pair("POST /api/rest_j/v1/entrance/submit", "it is taken", lambda w: Sent(json=w.body(f"echo {new_name()}")), _NEW),
    Pair("POST /api/rest_j/v1/entrance/submit", "without labels", lambda w: Sent(json={"executionContent": {}}), _NEW, status=400),
    Pair("POST /api/rest_j/v1/entrance/submit", "nothing", lambda _: Sent(json={}), _NEW, status=400),
    Pair("POST /api/rest_j/v1/entrance/submit", "a list", lambda _: Sent(json=[1]), status=400),
    Pair("GET /api/rest_j/v1/entrance/{exec_id}/status", "of a job", lambda w: _of_done(w, taskID=w.done["taskID"])),
    Pair("GET /api/rest_j/v1/entrance/{exec_id}/status", "of none", lambda _: Sent({"exec_id": "junk"})),
    Pair("GET /api/rest_j/v1/entrance/{exec_id}/log", "of a job", lambda w: _of_done(w, fromLine=1, size=10)),
    Pair("GET /api/rest_j/v1/entrance/{exec_id}/log", "no number", lambda w: _of_done(w, fromLine="x"), status=400),
    Pair("GET /api/rest_j/v1/entrance/{exec_id}/progress", "of a job", _of_done),
    Pair("GET /api/rest_j/v1/entrance/{exec_id}/progress", "of none", lambda _: Sent({"exec_id": "junk"})),
    Pair("GET /api/rest_j/v1/entrance/{exec_id}/kill", "a job", lambda w: Sent({"exec_id": w.running()["execID"]}), _NEW),
    Pair("GET /api/rest_j/v1/entrance/{exec_id}/kill", "of none", lambda _: Sent({"exec_id": "junk"})),
    Pair("GET /api/rest_j/v1/jobhistory/{task_id}/get", "a job", lambda w: Sent({"task_id": w.done["taskID"]})),
    Pair("GET /api/rest_j/v1/jobhistory/{task_id}/get", "of none", lambda _: Sent({"task_id": 987654}), status=400),
    Pair("GET /api/rest_j/v1/jobhistory/{task_id}/get", "no number", lambda _: Sent({"task_id": "x"}), status=400),
    Pair("GET /api/rest_j/v1/filesystem/getDirFileTrees", "of a job", lambda w: Sent(query={"path": w.done["resultLocation"]})),
    Pair("GET /api/rest_j/v1/filesystem/getDirFileTrees", "of nobody", lambda _: Sent(query={"path": "/nowhere"}), status=400),
    Pair("GET /api/rest_j/v1/filesystem/openFile", "a page", lambda w: _result(w, page=1, pageSize=2)),
    Pair("GET /api/rest_j/v1/filesystem/openFile", "no result", _nowhere, status=400),
    Pair("GET /api/rest_j/v1/filesystem/resultsetToExcel", "csv", lambda w: _result(w, outputFileType="csv", outputFileName="表")),
    Pair("GET /api/rest_j/v1/filesystem/resultsetToExcel", "xlsx", lambda w: _result(w, outputFileType="xlsx")),
    Pair("GET /api/rest_j/v1/filesystem/resultsetToExcel", "no result", _nowhere),
]  # fmt: skip
