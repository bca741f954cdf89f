"""One local Linkis for each test file, and a small client of it that hides nothing."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from taskcenter_sandbox.linkis.server import LinkisServer
from taskcenter_sandbox.waiting import wait_until

TERMINAL = {"Succeed", "Failed", "Cancelled", "Timeout"}
TOKEN = {"Token-User": "hadoop", "Token-Code": "SANDBOX-TOKEN"}
ENGINES = {"python": "python-python2", "shell": "shell-1", "jdbc": "jdbc-4", "hql": "hive-2.3.3"}


class Api:
    """Requests to one server; each answer is the whole response.

    :param headers: who asks.
    """

    def __init__(self, server: LinkisServer, headers: dict[str, str] | None = None) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.headers.update(TOKEN if headers is None else headers)

    def get(self, path: str, /, **query: Any) -> requests.Response:
        return self.session.get(f"{self.server.url}/api/rest_j/v1{path}", params=query, timeout=30)

    def post(self, path: str, body: Any, **options: Any) -> requests.Response:
        return self.session.post(f"{self.server.url}/api/rest_j/v1{path}", json=body, timeout=30, **options)

    def data(self, path: str, /, **query: Any) -> dict[str, Any]:
        """The data of an answer that must be good."""
        answer = self.get(path, **query)
        assert (answer.status_code, answer.json()["status"]) == (200, 0), answer.text
        return answer.json()["data"]

    def submit(self, code: str, run_type: str = "sql", creator: str = "tests", **more: Any) -> dict[str, Any]:
        """Submit code that must be taken; returns ``{"execID", "taskID"}``."""
        user = self.session.headers.get("Token-User", "hadoop")
        labels = {"engineType": ENGINES.get(run_type, "spark-3.2.1"), "userCreator": f"{user}-{creator}"}
        body = {"executionContent": {"code": code, "runType": run_type}, "labels": labels, **more}
        answer = self.post("/entrance/submit", body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def task(self, task_id: int) -> dict[str, Any]:
        """The row of the job history."""
        return self.data(f"/jobhistory/{task_id}/get")["task"]

    def wait(self, task_id: int, *states: str) -> dict[str, Any]:
        """The row, once it is in one of these states (or has ended)."""
        rows: list[dict[str, Any]] = []

        def there() -> bool:
            rows.append(self.task(task_id))
            return rows[-1]["status"] in (states or TERMINAL)

        wait_until(there, what=f"job {task_id}", timeout_seconds=30, poll_seconds=0.05, last_seen=lambda: str(rows[-1]))
        return rows[-1]

    def run(self, code: str, run_type: str = "sql", creator: str = "tests", **more: Any) -> dict[str, Any]:
        """Submit and wait for the end."""
        return self.wait(self.submit(code, run_type, creator, **more)["taskID"])

    def log_of(self, task: dict[str, Any]) -> str:
        """The whole log of a job."""
        return self.data("/filesystem/openLog", path=task["logPath"])["log"][3]

    def wait_for_log(self, execution: dict[str, Any], text: str) -> None:
        """Until a running job has written something."""
        wait_until(
            lambda: text in self.data(f"/entrance/{execution['execID']}/log", fromLine=1, size=-1)["log"][3],
            what=f"{text!r} in the log",
            timeout_seconds=20,
            poll_seconds=0.05,
        )

    def files(self, task: dict[str, Any]) -> list[str]:
        """The paths of a job's result sets, in order."""
        tree = self.data("/filesystem/getDirFileTrees", path=task["resultLocation"])["dirFileTrees"]
        paths = [child["path"] for child in (tree or {"children": []})["children"]]
        return sorted(paths, key=lambda path: int(path.rpartition("_")[2].partition(".")[0]))

    def results(self, task: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        """The first page of each result set; NULL is null."""
        query = {"nullValue": "LINKIS_NULL", **query}
        return [self.data("/filesystem/openFile", path=path, **query) for path in self.files(task)]

    def rows(self, code: str, run_type: str = "sql") -> list[list[str | None]]:
        """The rows of the last result set of some code that must succeed."""
        task = self.run(code, run_type)
        assert task["status"] == "Succeed", (task["errDesc"], self.log_of(task))
        return self.results(task)[-1]["fileContent"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with LinkisServer(data_dir=tmp_path_factory.mktemp("linkis"), port=0) as server:
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
