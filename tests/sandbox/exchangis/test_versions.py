"""Older versions, and the spellings of the paths (facts sections 1.1 and 7)."""

from __future__ import annotations

import pytest

from taskcenter_sandbox.exchangis.server import ExchangisServer, ExchangisStartError

ROOT = "/api/rest_j/v1/dss/exchangis/main"


@pytest.fixture
def started(tmp_path, api_of):
    """Starts a server with options; an API of it."""
    servers = []

    def start(*options):
        server = ExchangisServer(data_dir=tmp_path / f"data{len(servers)}", options=options)
        servers.append(server)
        server.start()
        return api_of(server)

    yield start
    for server in servers:
        assert "Traceback" not in server.log_tail(1000)
        server.stop()


@pytest.fixture
def old_job(shop_of, make_sub_job, tmp_path):
    """Makes a job the old way."""

    def make(api):
        shop = shop_of(api, tmp_path)
        sub_job = make_sub_job(shop.source(), shop.sink())
        sub_job["dataSources"] = {
            "source_id": f"SQLITE.{shop.source_id}.main.orders",
            "sink_id": f"SQLITE.{shop.sink_id}.main.orders",
        }
        return shop, sub_job

    return make


def test_version_1_1_3(started, old_job):
    api = started("--exchangis-version", "1.1.3")
    shop, sub_job = old_job(api)
    project = api.project()
    assert isinstance(project, int)
    body = {"projectId": project, "jobType": "OFFLINE", "engineType": "DATAX", "jobName": "old"}
    assert api.ask("POST", "/job", {**body, "jobContent": "[]"}).json()["error"] == "Bad Request"
    made = api.data("POST", "/job", {**body, "content": [sub_job]})["result"]
    assert isinstance(made["id"], int)
    assert "orders" in made["content"]
    execution = api.run(made["id"])
    assert shop.moved() == 1000
    # The end line of a task's log is right, and the end comes with an empty page.
    task = api.tasks(execution)[0]["taskId"]
    query = {"jobExecutionId": execution, "pageSize": 100}
    page = api.get(f"/task/execution/{task}/log", fromLine=1, **query)
    assert (page["endLine"], page["isEnd"]) == (len(page["logs"]["all"].split("\n")), False)
    assert api.get(f"/task/execution/{task}/log", fromLine=page["endLine"] + 1, **query)["isEnd"] is True
    # What came with 1.1.7 is not there, what went is.
    listed = api.get("/job/listJobs", status="", current=1, size=10)["jobList"]
    assert "projectName" not in listed[0]
    assert "Luanched job may be deleted" in api.refusal("GET", "/job/execution/nonsense/status")
    assert api.ask("POST", "/datasources/query", {"createUser": "hadoop"}).json()["error"] == "Bad Request"
    mapping = {"engine": "DATAX"}
    for side, source_id in (("source", shop.source_id), ("sink", shop.sink_id)):
        mapping |= {f"{side}TypeId": "SQLITE", f"{side}DataSourceId": source_id}
        mapping |= {f"{side}DataBase": "main", f"{side}Table": "orders"}
    assert len(api.data("POST", "/datasources/fieldsmapping", mapping)["deductions"]) == 4
    assert api.refusal("POST", "/datasources/fieldsmapping", {**mapping, "sinkTable": "x"}) == "获取字段映射失败"
    assert set(api.data("POST", "/datasources", source_body(api))) == {"id"}


def source_body(api):
    return {
        "dataSourceName": "another",
        "dataSourceTypeId": api.type_id("CSV"),
        "createSystem": "CSV",
        "comment": "",
        "connectParams": {"path": "/nowhere"},
    }


def test_version_1_0_0_refuses_with_http_200_and_fails_what_cannot_be_launched(started, old_job):
    api = started("--exchangis-version", "1.0.0", "--fault", "no-engine")
    _, sub_job = old_job(api)
    body = {"projectId": api.project(), "jobType": "OFFLINE", "engineType": "DATAX", "jobName": "old"}
    job = api.data("POST", "/job", {**body, "content": [sub_job]})["result"]["id"]
    execution = api.execute(job)
    assert api.wait(execution)["status"] == "Failed"
    answer = api.ask("POST", f"/job/execution/{execution}/kill")
    assert (answer.status_code, answer.json()["status"]) == (200, 1)
    # What the server does not foresee is 400 all the same.
    assert api.ask("GET", "/job/execution/nonsense/status").status_code == 400
    assert api.ask("POST", "/job/transform/settings", {}).status_code in (404, 405)
    assert "struct_classifier" not in api.get("/datasources/type")["list"][0]


@pytest.mark.parametrize(("paths", "real", "documented"), [("real", 200, 404), ("documented", 404, 200)])
def test_one_spelling_of_the_paths_alone(started, paths, real, documented):
    api = started("--paths", paths)
    assert api.ask("GET", "/datasources/type").status_code == real
    assert api.ask("GET", "/dss/exchangis/main/datasources/type", root="").status_code == documented
    unknown = api.ask("POST", "/job/1/execute", root="/api/rest_j/v1/exchangis")
    assert unknown.status_code == (400 if documented == 200 else 404)


def test_an_unknown_version_is_refused(tmp_path):
    with pytest.raises(ExchangisStartError, match=r"1\.1\.8"):
        ExchangisServer(data_dir=tmp_path, options=["--exchangis-version", "2.0.0"]).start()
