"""Each fault strikes as often as it was asked to, and can be seen in the counters."""

from __future__ import annotations

import json
import time

import pytest
import requests

from taskcenter_sandbox.linkis.faults import FAULTS

LIST = "/jobhistory/list"


@pytest.fixture(autouse=True)
def no_faults_before(server):
    server.fault(clear=True)


def body(tag):
    labels = {"engineType": "spark-3.2.1", "userCreator": "hadoop-faults"}
    return {"executionContent": {"code": "select 1", "runType": "sql"}, "labels": labels, "source": {"tag": tag}}


def tags(api):
    tasks = api.data(LIST, creator="faults", pageSize=100)["tasks"]
    return [json.loads(task["sourceJson"])["tag"] for task in tasks]


def test_a_lost_answer_leaves_a_job_that_runs(api):
    api.server.fault("lost-submit-answer")
    with pytest.raises(requests.ConnectionError):
        api.post("/entrance/submit", body("lost answer"))
    assert tags(api).count("lost answer") == 1
    task_id = api.data(LIST, creator="faults", pageSize=1)["tasks"][0]["taskID"]
    assert api.wait(task_id)["status"] == "Succeed"
    assert api.post("/entrance/submit", body("next")).status_code == 200


def test_a_lost_submit_leaves_nothing(api):
    api.server.fault("lost-submit")
    with pytest.raises(requests.ConnectionError):
        api.post("/entrance/submit", body("lost"))
    assert "lost" not in tags(api)
    assert api.post("/entrance/submit", body("after")).status_code == 200


def test_a_dropped_connection(api):
    api.server.fault("dropped:2")
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            api.get(LIST)
    api.data(LIST)


def test_a_proxy_error_is_text(api):
    api.server.fault("server-error")
    answer = api.get(LIST)
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    api.data(LIST)


def test_no_instance_is_an_envelope_with_an_http_code_and_a_list(api):
    api.server.fault("unavailable:2")
    for _ in range(2):
        answer = api.get(LIST)
        assert answer.status_code == 503
        path = "/api/rest_j/v1/jobhistory/list"
        message = f"Service Unavailable, with request path:{path}"
        assert answer.json() == {"method": path, "status": 503, "message": message, "data": []}
    api.data(LIST)


def test_a_page_of_a_proxy_comes_with_http_200(api):
    api.server.fault("html")
    answer = api.get(LIST)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
    api.data(LIST)


def test_truncated_json_is_half_of_an_answer(api):
    api.server.fault("truncated-json")
    answer = api.get(LIST)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    api.data(LIST)


def test_slow_makes_every_answer_later(api):
    api.server.fault("slow:300")
    for _ in range(2):
        begun = time.monotonic()
        api.data(LIST)
        assert time.monotonic() - begun >= 0.3


def test_an_expired_session_does_not_touch_who_comes_with_a_token(api, api_of):
    visitor = api_of(api.server, {})
    login = {"userName": "hadoop", "password": "hadoop"}
    assert visitor.post("/user/login", login).status_code == 200
    api.server.fault("expired-session")
    api.data(LIST)
    assert visitor.get(LIST).status_code == 401
    assert visitor.post("/user/login", login).status_code == 200
    visitor.data(LIST)


def test_a_full_queue(api):
    api.server.fault("queue-full:2")
    codes = [api.post("/entrance/submit", body("full")).status_code for _ in range(3)]
    assert codes == [400, 400, 200]


def test_results_vanish_until_the_fault_is_off(api):
    path = api.files(api.run("select 1"))[0]
    api.server.fault("result-vanished")
    for _ in range(2):
        answer = api.get("/filesystem/openFile", path=path)
        assert (answer.status_code, answer.json()["data"]["errorMsg"]["errCode"]) == (400, 80012)
    assert "80012" in api.get("/filesystem/resultsetToExcel", path=path).text
    api.server.fault("result-vanished:0")
    api.data("/filesystem/openFile", path=path)


def test_an_older_server_has_no_list_taskids(api):
    api.server.fault("no-list-taskids")
    for _ in range(2):
        assert api.get("/jobhistory/list-taskids", taskID=1).status_code == 404
    api.server.fault(clear=True)
    api.data("/jobhistory/list-taskids", taskID=1)


def test_a_fault_that_is_not_known_is_refused_with_the_list(api):
    with pytest.raises(requests.HTTPError):
        api.server.fault("nonsense")
    answer = api.session.post(f"{api.server.url}/sandbox/faults", json={"set": ["nonsense"]}, timeout=10)
    for name in FAULTS:
        assert name in answer.json()["message"]


def test_faults_count_down_and_are_shown(api):
    assert api.server.fault("html:3")["faults"]["html"] == 3
    api.get(LIST)
    assert api.server.fault()["faults"]["html"] == 2
    assert set(api.server.fault(clear=True)["faults"].values()) == {0}


def test_a_fault_may_stay_for_good(api):
    api.server.fault("server-error:-1")
    assert {api.get(LIST).status_code for _ in range(5)} == {500}
    api.server.fault("server-error:0")
    api.data(LIST)


def test_the_switches_need_the_login_too(api, api_of):
    visitor = api_of(api.server, {})
    url = api.server.url
    assert visitor.session.post(f"{url}/sandbox/faults", json={"set": ["html"]}, timeout=10).status_code == 401
    assert visitor.session.get(f"{url}/sandbox/stats", timeout=10).status_code == 401


def test_requests_are_counted_by_endpoint_and_connections_by_client(api, api_of):
    job = api.submit("select 1", creator="counted")
    api.wait(job["taskID"])
    before = api.server.stats()
    client = api_of(api.server)
    for _ in range(3):
        client.task(job["taskID"])
    client.data(f"/entrance/{job['execID']}/status")
    api.submit("select 1", creator="counted")
    after = api.server.stats()

    def more(name):
        return after["requests"].get(name, 0) - before["requests"].get(name, 0)

    assert more("GET /api/rest_j/v1/jobhistory/{id}/get") == 3
    assert more("GET /api/rest_j/v1/entrance/{id}/status") == 1
    assert more("POST /api/rest_j/v1/entrance/submit") == 1
    assert after["connections"] - before["connections"] == 1  # the new client's; a look at the counters does not count
    assert after["jobs"] == before["jobs"] + 1


def test_a_restart_of_the_gateway_logs_everybody_out(api, api_of):
    visitors = [api_of(api.server, {}) for _ in range(2)]
    for visitor in visitors:
        assert visitor.post("/user/login", {"userName": "hadoop", "password": "hadoop"}).status_code == 200
    api.server.fault("gateway-restart")
    assert [visitor.get(LIST).status_code for visitor in visitors] == [401, 401]


def test_a_log_may_be_blank_or_refused(api):
    job = api.submit("select 1")
    api.wait(job["taskID"])
    path = f"/entrance/{job['execID']}/log"
    api.server.fault("blank-log")
    assert api.data(path, fromLine=3) == {"log": "", "execID": job["execID"], "fromLine": 3}
    api.server.fault("log-failure")
    answer = api.get(path, fromLine=3)
    assert (answer.status_code, answer.json()["message"]) == (400, "Failed to get log information(获取日志信息失败)")
    assert answer.json()["data"]["log"] == ""
    assert api.data(path, fromLine=1)["log"][3]


def test_a_download_may_end_in_the_middle_as_if_that_were_all(api):
    path = api.files(api.run("select id from range(100)"))[0]
    api.server.fault("cut-download")
    lengths = [len(api.get("/filesystem/resultsetToExcel", path=path).text.splitlines()) for _ in range(2)]
    assert lengths == [51, 101]


def test_progress_may_not_be_there_yet(api):
    job = api.submit("sleep 60", "shell")
    api.wait(job["taskID"], "Running")
    api.server.fault("no-progress")
    answer = api.get(f"/entrance/{job['execID']}/progress")
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Can not get the corresponding progress information")
    assert api.data(f"/entrance/{job['execID']}/progress")["progress"] == 0
    api.get(f"/entrance/{job['execID']}/kill")


def test_the_entrance_restarts_when_it_was_asked_to(api):
    job = api.submit("sleep 60", "shell")
    api.wait(job["taskID"], "Running")
    api.server.fault("entrance-restart:1@1")
    assert api.task(job["taskID"])["status"] == "Running"
    assert api.task(job["taskID"])["status"] == "Cancelled"
    assert api.get(f"/entrance/{job['execID']}/status").status_code == 400
