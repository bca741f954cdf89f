"""The documented views of Linkis, Exchangis and Hlink on a real Airflow, whose connections are in its own database."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import requests
from linkis_python_sdk.asyncio.client import LinkisClient as AsyncClient
from linkis_python_sdk.client import LinkisClient
from linkis_python_sdk.config.config import LinkisConfig

from support.plans_over_http import BUNDLES, TaskCenter
from taskcenter.jobs.hook import RECHECK_SECONDS
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings, wait_until
from taskcenter_sandbox.exchangis.server import ExchangisServer
from taskcenter_sandbox.hlink.server import HlinkServer

pytestmark = pytest.mark.e2e
REST = "/api/rest_j/v1"
SYSTEMS = ["linkis", "exchangis", "hlink"]
CHANGES = {
    "linkis": ("POST", f"{REST}/entrance/submit"),
    "exchangis": ("POST", "/dss/exchangis/main/datasources"),
    "hlink": ("POST", "/hlink/ds/addDO"),
}
WORKERS = 2
TOKEN = {"password": "SANDBOX-TOKEN", "extra": {"auth": "token"}}
KINDS = ["sync", "async"]
CODE = "select id, concat('n', cast(id as string)) as name from values (0), (1), (2) as t(id) order by id"
COLUMNS = {"columns": [{"column": "id"}, {"column": "name"}]}
ROWS = [{"id": n, "name": f"n{n}"} for n in range(3)]


@pytest.fixture(scope="module")
def exchangis(tmp_path_factory):
    """An Exchangis, with a Linkis behind the same gateway."""
    with ExchangisServer(data_dir=tmp_path_factory.mktemp("exchangis"), options=["--linkis"]) as server:
        yield server


@pytest.fixture(scope="module")
def hlink(tmp_path_factory):
    with HlinkServer(data_dir=tmp_path_factory.mktemp("hlink")) as server:
        yield server


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, exchangis, hlink):
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    settings = DeploymentSettings(
        home=home / "airflow",
        dags_folder=home / "dags",
        config={
            "core": {"simple_auth_manager_users": "admin:admin,hadoop:user,ann:user,vera:viewer"},
            "api": {"workers": WORKERS},
            "dag_processor": {"dag_bundle_config_list": json.dumps(BUNDLES)},
            "taskcenter": {
                **{f"gateway_{system}_conn_id": f"{system}_default" for system in SYSTEMS},
                "gateway_linkis_execute_user": "airflow",
            },
        },
    )
    deployment = AirflowDeployment(settings)
    try:
        deployment.start(only=["api-server", "dag-processor"], timeout_seconds=300)
        for system, server in {"linkis": exchangis, "exchangis": exchangis, "hlink": hlink}.items():
            store(deployment, f"{system}_default", system, server.port)
        yield deployment
    finally:
        deployment.stop()


def store(airflow: AirflowDeployment, conn_id: str, kind: str, port: int, *, password="hadoop", extra=None) -> None:
    """Write a connection into Airflow's database, as its UI does."""
    fields = {"conn_type": kind, "host": "127.0.0.1", "port": port, "login": "hadoop", "password": password}
    airflow.client.set_connection(conn_id, {**fields, "extra": json.dumps(extra or {})})


def password_of(airflow: AirflowDeployment, user: str) -> str:
    """What the simple auth manager has given to a user."""
    return str(json.loads(airflow.settings.passwords_file.read_text(encoding="utf-8"))[user])


class Client(requests.Session):
    """Somebody with a token of Airflow's."""

    def __init__(self, airflow: AirflowDeployment, user: str | None = None) -> None:
        super().__init__()
        self.trust_env = False
        self.url = airflow.settings.url
        if user is not None:
            login = {"username": user, "password": password_of(airflow, user)}
            token = self.post("/auth/token", json=login).json()["access_token"]
            self.headers["Authorization"] = f"Bearer {token}"

    def request(self, method: str, path: str, **sent: Any) -> requests.Response:  # type: ignore[override]
        """Send a request to the api-server."""
        return super().request(method, self.url + path, timeout=60, **sent)

    def good(self, path: str) -> dict[str, Any]:
        """What a system answers, which must be good in its own words."""
        reply = self.get(path)
        answer = reply.json()
        assert reply.status_code == 200, answer
        assert answer.get("status", answer.get("code")) in (0, 200), answer
        return dict(answer)


@pytest.fixture(scope="module")
def reads(airflow) -> dict[str, str]:
    """Something to read of each system."""
    return {
        "linkis": f"{REST}/jobhistory/{run_of(Client(airflow, 'hadoop'), 'select 1')['taskID']}/get",
        "exchangis": "/dss/exchangis/main/datasources/type",
        "hlink": "/hlink/dict/list",
    }


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_answers_to_airflows_token_and_to_its_cookie(airflow, reads, system):
    by_token = Client(airflow, "hadoop")
    by_cookie = Client(airflow)
    by_cookie.cookies.set("_token", by_token.headers["Authorization"].removeprefix("Bearer "))
    assert by_token.good(reads[system]) == by_cookie.good(reads[system])
    assert not by_token.cookies  # what the system's session is, is the gateway's business


@pytest.mark.parametrize("system", SYSTEMS)
def test_nobody_gets_in_without_a_login_and_a_viewer_changes_nothing(airflow, reads, system):
    anonymous = Client(airflow).get(reads[system])
    assert anonymous.status_code == 401
    assert anonymous.json().get("status", anonymous.json().get("code")) in (-1, -7)
    method, path = CHANGES[system]
    refused = Client(airflow, "vera").request(method, path, json={})
    assert refused.status_code == 403
    assert "vera may not" in json.dumps(refused.json())


def test_every_worker_of_the_api_server_serves_the_same_login(airflow, reads):
    first = Client(airflow)
    login = {"userName": "hadoop", "password": password_of(airflow, "hadoop")}
    answer = first.post(f"{REST}/user/login", json=login)
    assert (answer.status_code, answer.json()["status"]) == (200, 0)
    cookies = first.cookies.get_dict()
    for _ in range(10 * WORKERS):  # each over a connection of its own, which any worker may take
        for path in reads.values():
            each = Client(airflow)
            each.cookies.update(cookies)
            each.good(path)
    assert first.get("/api/v2/dags").status_code == 200


def test_airflow_and_the_task_center_answer_beside_it(airflow):
    client = Client(airflow, "hadoop")
    assert client.get("/api/v2/dags").status_code == 200
    assert client.get("/api/v2/monitor/health").json()["metadatabase"] == {"status": "healthy"}
    center = TaskCenter(airflow)
    nightly = [{"triggerType": "CRON_JOB", "cronDesc": "0 0 3 * * ?"}]

    def stored() -> bool:
        # The row of the plans' bundle is the DAG processor's to write.
        body = {"entityGroup": "LINKIS", "entityKey": "beside", "planItems": nightly}
        body["execDetail"] = {"jobParams": {"code": "SELECT 1"}}
        return client.post("/api/schedules", json=body).status_code == 200

    wait_until(stored, what="the plan to be stored", timeout_seconds=60)
    assert [plan["entityKey"] for plan in center("GET", "/api/schedules")["data"]] == ["beside"]
    assert client.get("/api/schedules/nothing-of-that-kind").status_code in (400, 404)


def run_of(client: Client, code: str, *, user: str = "hadoop") -> dict[str, Any]:
    """Run SQL by hand, as the document describes it; the job's row in the history."""
    body = {
        "executionContent": {"code": code, "runType": "sql"},
        "labels": {"engineType": "spark-3.2.1", "userCreator": f"{user}-IDE"},
    }
    submitted = client.post(f"{REST}/entrance/submit", json=body).json()
    assert submitted["status"] == 0, submitted
    task_id = submitted["data"]["taskID"]

    def ended() -> dict[str, Any] | None:
        row = client.get(f"{REST}/jobhistory/{task_id}/get").json()["data"]["task"]
        return row if row["status"] in ("Succeed", "Failed") else None

    return wait_until(ended, what="the job to end", timeout_seconds=60)


def test_a_job_is_run_and_its_result_read_with_nothing_but_airflows_token(airflow):
    client = Client(airflow, "hadoop")
    row = run_of(client, CODE)
    assert (row["status"], row["umUser"]) == ("Succeed", "hadoop")
    tree = client.get(f"{REST}/filesystem/getDirFileTrees", params={"path": row["resultLocation"]}).json()
    path = tree["data"]["dirFileTrees"]["children"][0]["path"]
    table = client.get(f"{REST}/filesystem/openFile", params={"path": path}).json()["data"]
    assert table["fileContent"] == [["0", "n0"], ["1", "n1"], ["2", "n2"]]
    download = client.get(f"{REST}/filesystem/resultsetToExcel", params={"path": path, "outputFileType": "csv"})
    assert download.headers["Content-Disposition"].startswith("attachment;")
    assert download.content.decode("utf-8-sig").splitlines() == ["id,name", "0,n0", "1,n1", "2,n2"]


def test_who_changed_what_is_in_airflows_audit_log(airflow, reads):
    client = Client(airflow, "hadoop")
    run_of(client, "select 41 + 1")
    client.good(reads["linkis"])
    events = airflow.client.request("GET", "eventLogs", params={"event": "gateway_linkis_submit", "limit": 100})
    row = events["event_logs"][-1]
    assert row["owner"] == "hadoop"
    assert json.loads(row["extra"]) == {
        "system": "linkis",
        "endpoint": "submit",
        "connection": "linkis_default",
        "method": "POST",
        "path": f"{REST}/entrance/submit",
        "query": {},
    }
    read = airflow.client.request("GET", "eventLogs", params={"event": "gateway_linkis_job_history"})
    assert read["total_entries"] == 0  # who only looks is not in it


def test_another_connection_is_for_those_who_may_use_it(airflow, hlink, reads):
    store(airflow, "hlink_other", "hlink", hlink.port)
    through = {"X-Airflow-Connection": "hlink_other"}
    assert Client(airflow, "admin").get(reads["hlink"], headers=through).status_code == 200
    refused = Client(airflow, "ann").get(reads["hlink"], headers=through)
    assert (refused.status_code, refused.json()["msg"]) == (403, "User ann may not use connection 'hlink_other'.")


def rows_as(airflow: AirflowDeployment, kind: str, user: str) -> tuple[Any, int, str]:
    """What ``linkis-python-sdk`` of PyPI, unchanged, reads as an Airflow user: rows, their number, and an error's text."""
    configuration = LinkisConfig(f"{airflow.settings.url}{REST}", user, password_of(airflow, user))
    arguments = (CODE, COLUMNS, "spark-3.2.1", "sql")
    if kind == "sync":
        return LinkisClient(configuration).execute_code(*arguments)
    return asyncio.run(AsyncClient(configuration).execute_code(*arguments))


@pytest.mark.parametrize("kind", KINDS)
def test_the_python_sdk_logs_in_as_an_airflow_user_whose_name_is_the_linkis_user(airflow, kind):
    assert rows_as(airflow, kind, "hadoop") == (ROWS, 3, "")


@pytest.mark.parametrize("kind", KINDS)
def test_the_python_sdk_gets_the_refusal_of_a_user_who_may_only_look(airflow, kind):
    rows, _, error = rows_as(airflow, kind, "vera")
    assert rows == []
    assert "vera may not run on Linkis" in error


def test_a_changed_connection_is_noticed_and_one_with_a_token_runs_jobs_as_the_airflow_user(airflow, exchangis):
    assert "needs a token" in rows_as(airflow, "sync", "ann")[2]
    store(airflow, "linkis_default", "linkis", exchangis.port, **TOKEN)
    ann = Client(airflow, "ann")

    def noticed_by_all() -> bool:
        asked = [requests.get(f"{ann.url}{REST}/jobhistory/0/get", headers=ann.headers, timeout=60) for _ in range(12)]
        return not any("needs a token" in reply.text for reply in asked)

    wait_until(noticed_by_all, what="the change to be noticed", timeout_seconds=RECHECK_SECONDS + 15, poll_seconds=2)
    for kind in KINDS:
        assert rows_as(airflow, kind, "ann") == (ROWS, 3, "")
    row = run_of(ann, CODE, user="ann")
    assert (row["status"], row["umUser"]) == ("Succeed", "ann")
