"""One local Hlink for each test file, a small client of it that hides nothing, and a scripted cluster for it."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from typing import Any

import pytest
import requests

from support.scripted_server import Answer, Asked, ScriptedServer, json_answer
from taskcenter_sandbox.hlink.server import HlinkServer
from taskcenter_sandbox.waiting import wait_until

TOKEN = {"Token-User": "hadoop", "Token-Code": "SANDBOX-TOKEN"}
_NUMBERS = itertools.count(1)


class Api:
    """Requests to one server; each answer is the whole response.

    :param headers: who asks.
    """

    def __init__(self, server: HlinkServer, headers: dict[str, str] | None = None) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.headers.update(TOKEN if headers is None else headers)

    def ask(self, method: str, path: str, body: Any = None, /, *, files: Any = None, **query: Any) -> requests.Response:
        return self.session.request(
            method, f"{self.server.url}{path}", json=body, params=query, files=files, timeout=60
        )

    def data(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """The data of an answer that must be good."""
        answer = self.ask(method, path, body, **query)
        found = answer.json()
        assert (answer.status_code, found["success"], found["code"], found["msg"]) == (200, True, 200, "请求成功"), (
            answer.text
        )
        return found["data"]

    def get(self, path: str, /, **query: Any) -> Any:
        return self.data("GET", path, **query)

    def refusal(self, method: str, path: str, body: Any = None, /, **query: Any) -> tuple[int, str]:
        """Code and text of an answer that must be a refusal."""
        answer = self.ask(method, path, body, **query)
        found = answer.json()
        assert (answer.status_code, found["success"], found["data"]) == (200, False, None), answer.text
        return found["code"], found["msg"]

    def cluster(self, address: str) -> int:
        """Add a cluster; its id."""
        name = f"cluster {next(_NUMBERS)}"
        self.data("POST", "/cluster/add", name=name, type=0, address=address)
        return next(each["id"] for each in self.get("/cluster/check/list") if each["name"] == name)

    def source(self, ds_type: str, table_type: str, **more: Any) -> int:
        """Add a data source; its id."""
        return self.data("POST", "/ds/addDO", table(ds_type, table_type, **more))

    def job(self, **fields: Any) -> dict[str, Any]:
        """Add a job; as it was answered."""
        return self.data("POST", "/jobs/addDO", {"jobName": f"job {next(_NUMBERS)}", **fields})

    def view(self, job_id: int) -> dict[str, Any]:
        return self.get(f"/jobs/{job_id}")

    def wait(self, job_id: int, *statuses: int, seconds: float = 30) -> dict[str, Any]:
        """The job, once its status is one of these."""
        seen: list[dict[str, Any]] = []

        def there() -> bool:
            seen.append(self.view(job_id))
            return seen[-1]["jobStatus"] in statuses

        wait_until(
            there,
            what=f"job {job_id} to have status {statuses}",
            timeout_seconds=seconds,
            poll_seconds=0.02,
            last_seen=lambda: f"{seen[-1]['jobStatus']}: {self.get(f'/jobs/{job_id}/log')}",
        )
        return seen[-1]


def column(name: str, flink_type: str, **more: Any) -> dict[str, Any]:
    number = next(_NUMBERS)
    return {"name": name, "flinkType": flink_type, "level": 1, "virtualId": str(number), "virtualPid": "0", **more}


def table(ds_type: str, table_type: str, *, name: str = "", columns: Any = None, **values: Any) -> dict[str, Any]:
    """The body of a data source.

    :param values: of the connection properties.
    """
    name = name or f"t{next(_NUMBERS)}"
    fields = [{"fieldName": key, "fieldValue": value, "required": True} for key, value in values.items()]
    return {
        "dsName": f"the table {name}",
        "dsType": ds_type,
        "tableType": table_type,
        "tableName": name,
        "dsSchemaColumnVOS": columns or [column("id", "BIGINT"), column("name", "VARCHAR")],
        "jsonFieldVO": {"jsonValue": fields},
    }


class FlinkStub(ScriptedServer):
    """A cluster's REST API as far as Hlink asks for it; it runs nothing."""

    def __init__(self) -> None:
        super().__init__(self.answer)
        self.jars: list[str] = []
        self.jobs: dict[str, str] = {}
        self.savepoints: dict[str, str] = {}
        self.savepoint_directory = ""

    def answer(self, asked: Asked) -> Answer:
        for form, function in (
            ("GET /config", lambda: {"flink-version": "2.3.0"}),
            ("GET /overview", self._overview),
            ("GET /jobmanager/config", self._configuration),
            ("GET /jars", lambda: {"address": self.url, "files": [{"id": each} for each in self.jars]}),
            ("POST /jars/upload", lambda: self._upload(asked)),
            ("DELETE /jars/([^/]+)", self._delete),
            ("POST /jars/([^/]+)/run", self._run),
            ("GET /jobs/([^/]+)", self._job),
            ("PATCH /jobs/([^/]+)", self._cancel),
            ("GET /jobs/([^/]+)/exceptions", self._exceptions),
            ("POST /jobs/([^/]+)/savepoints", lambda job: self._trigger(job, asked)),
            ("GET /jobs/([^/]+)/savepoints/([^/]+)", self._savepoint),
            ("POST /savepoint-disposal", lambda: {"request-id": "1"}),
        ):
            if found := re.fullmatch(form, asked.endpoint):
                value = function(*found.groups())
                return json_answer({"errors": ["Not found."]}, 404) if value is None else json_answer(value)
        return json_answer({"errors": [f"Not found: {asked.path}"]}, 404)

    def _overview(self) -> dict[str, Any]:
        counts = {"jobs-running": len(self.jobs), "jobs-finished": 2, "jobs-cancelled": 3, "jobs-failed": 4}
        slots = {"taskmanagers": 1, "slots-total": 8, "slots-available": 5}
        return {**slots, **counts, "flink-version": "2.3.0", "flink-commit": "abc"}

    def _configuration(self) -> list[dict[str, str]]:
        directory = self.savepoint_directory
        return [{"key": "state.savepoints.dir", "value": directory}] if directory else []

    def _upload(self, asked: Asked) -> dict[str, str]:
        name = re.search(rb'filename="([^"]+)"', asked.body)
        assert name is not None
        self.jars.append(f"{uuid.uuid4()}_{name[1].decode()}")
        return {"filename": f"/tmp/flink-web/{self.jars[-1]}", "status": "success"}

    def _delete(self, jar: str) -> dict[str, Any]:
        self.jars.remove(jar)
        return {}

    def _run(self, jar: str) -> dict[str, str] | None:
        if jar not in self.jars:
            return None
        job = uuid.uuid4().hex
        self.jobs[job] = "RUNNING"
        return {"jobid": job}

    def _job(self, job: str) -> dict[str, Any] | None:
        return {"jid": job, "state": self.jobs[job], "vertices": []} if job in self.jobs else None

    def _cancel(self, job: str) -> dict[str, Any]:
        self.jobs[job] = "CANCELED"
        return {}

    def _exceptions(self, job: str) -> dict[str, Any]:
        if self.jobs.get(job) != "FAILED":
            return {"exceptionHistory": {"entries": [], "truncated": False}}
        entry = {"exceptionName": "java.lang.Boom", "stacktrace": "java.lang.Boom: it broke\n\tat x.Y", "timestamp": 1}
        return {"exceptionHistory": {"entries": [entry], "truncated": False}}

    def _trigger(self, job: str, asked: Asked) -> dict[str, str]:
        number = uuid.uuid4().hex
        body = json.loads(asked.body)
        self.savepoints[number] = f"{body['target-directory']}/savepoint-{number[:6]}"
        if body["cancel-job"]:
            self.jobs[job] = "CANCELED"
        return {"request-id": number}

    def _savepoint(self, job: str, number: str) -> dict[str, Any]:
        return {"status": {"id": "COMPLETED"}, "operation": {"location": self.savepoints[number]}}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with HlinkServer(data_dir=tmp_path_factory.mktemp("hlink")) as server:
        yield server
        # It answers a defect of its own as the real one would; here it shows.
        said = server.log_tail(1000)
        assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def api(server) -> Api:
    return Api(server)


@pytest.fixture(autouse=True)
def _no_faults(request):
    yield
    if "server" in request.fixturenames:
        request.getfixturevalue("server").fault(clear=True)


@pytest.fixture
def flink():
    """A scripted cluster."""
    with FlinkStub() as stub:
        yield stub


@pytest.fixture
def jar(tmp_path):
    path = tmp_path / "program.jar"
    path.write_bytes(b"PK\x03\x04 a jar")
    return path


@pytest.fixture
def upload(api, jar):
    """Uploads the jar to a cluster; its record."""

    def do(cluster: int) -> dict[str, Any]:
        with jar.open("rb") as file:
            assert api.data("POST", "/jars/upload", files={"jarfile": (jar.name, file)}, clusterId=cluster) is None
        return max(api.get("/jars/list", clusterId=cluster), key=lambda each: each["id"])

    return do


@pytest.fixture
def jar_job(api, flink, upload):
    """Makes a job that runs the jar on the scripted cluster; its id."""

    def make(**fields: Any) -> int:
        cluster = api.cluster(flink.url)
        return api.job(jobType=1, clusterId=cluster, useJar=upload(cluster)["resUname"], **fields)["id"]

    return make


@pytest.fixture(scope="session")
def api_of():
    """The client's class, for tests that start their own servers or log in themselves."""
    return Api


@pytest.fixture(scope="session")
def make_table():
    """Writes the body of a data source."""
    return table


@pytest.fixture(scope="session")
def make_column():
    """Writes a column."""
    return column
