"""A Linkis beside it, behind the same gateway: what Exchangis has moved can be queried there."""

from __future__ import annotations

import pytest
import requests

from taskcenter_sandbox.exchangis.server import ExchangisServer
from taskcenter_sandbox.waiting import wait_until

API = "/api/rest_j/v1"
TERMINAL = {"Succeed", "Failed", "Cancelled", "Timeout"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ExchangisServer(data_dir=tmp_path_factory.mktemp("both"), options=["--linkis"]) as server:
        yield server
        assert "Traceback" not in server.log_tail(1000)


def linkis(api, code) -> list[list[str]]:
    """The rows of some SQL that Linkis runs."""

    def data(method, path, body=None, /, **query):
        answer = api.ask(method, path, body, root=API, **query).json()
        assert answer["status"] == 0, answer
        return answer["data"]

    labels = {"engineType": "spark-3.2.1", "userCreator": "hadoop-tests"}
    body = {"executionContent": {"code": code, "runType": "sql"}, "labels": labels}
    task_id = data("POST", "/entrance/submit", body)["taskID"]

    def ended():
        task = data("GET", f"/jobhistory/{task_id}/get")["task"]
        return task if task["status"] in TERMINAL else None

    task = wait_until(ended, what=f"job {task_id}", timeout_seconds=30, poll_seconds=0.05)
    assert task["status"] == "Succeed", task
    tree = data("GET", "/filesystem/getDirFileTrees", path=task["resultLocation"])["dirFileTrees"]
    found = [
        data("GET", "/filesystem/openFile", path=child["path"])["fileContent"]
        for child in (tree or {}).get("children", [])
    ]
    return found[-1] if found else []


def test_what_exchangis_has_moved_is_there_for_linkis(api, shop, make_sub_job):
    linkis(api, "create table default.orders (id int, name string, amount double, day date)")
    hive = api.source("HIVE", {})
    sink = {"type": "HIVE", "id": hive, "db": "default", "table": "orders", "params": {}}
    api.run(api.job([make_sub_job(shop.source(), sink)]))
    assert linkis(api, "select count(*), sum(amount), max(day) from orders") == [["1000", "124875", "2026-01-28"]]
    linkis(api, "create table big as select * from orders where id >= 900")
    source = {**sink, "table": "big"}
    api.run(api.job([make_sub_job(source, shop.sink())]))
    assert shop.moved() == 100


def test_time_stamps_of_linkis_have_no_zone_when_they_leave(api, shop, make_sub_job):
    linkis(api, "create table moments as select 1 as id, timestamp '2026-01-02 03:04:05.678' as day")
    hive = api.source("HIVE", {})
    source = {"type": "HIVE", "id": hive, "db": "default", "table": "moments", "params": {}}
    api.run(api.job([make_sub_job(source, shop.sink())]))
    assert shop.sql(shop.right, "select id, day from orders") == [(1, "2026-01-02 03:04:05.678000")]
    linkis(api, "create table more (id int, day timestamp)")
    api.run(
        api.job(
            [
                make_sub_job(
                    {**source, "id": shop.sink_id, "type": "SQLITE", "db": "main", "table": "orders"},
                    {**source, "table": "more"},
                )
            ]
        )
    )
    assert linkis(api, "select * from more") == [["1", "2026-01-02 03:04:05.678"]]


def test_one_login_is_good_for_both(server):
    session = requests.Session()
    body = {"userName": "hadoop", "password": "hadoop"}
    assert session.post(f"{server.url}{API}/user/login", json=body, timeout=10).status_code == 200
    for path in ("/dss/exchangis/main/datasources/type", "/jobhistory/list"):
        assert session.get(f"{server.url}{API}{path}", timeout=10).json()["status"] == 0


def test_faults_of_both_can_be_switched_on(server):
    faults = server.fault("slow-engine:5", "slow-transfer:5")["faults"]
    assert (faults["slow-engine"], faults["slow-transfer"]) == (5, 5)
    server.fault(clear=True)
