"""What the gateway itself answers, and what no Linkis has: the page for people."""

from __future__ import annotations

import base64
import hashlib

import pytest
import requests


def test_another_version_of_the_api_is_refused_with_http_200(api):
    answer = api.session.get(f"{api.server.url}/api/rest_j/v2/jobhistory/list", timeout=10)
    assert (answer.status_code, answer.json()["status"]) == (200, 1)
    assert answer.json()["message"] == "The gatewayv1 not support version v2."
    assert answer.json()["method"] == "/api/rest_j/v2/jobhistory/list"


def test_an_unknown_service_is_refused_with_http_200_and_gives_the_body_back(api):
    answer = api.post("/nonsense/thing", {"a": 1})
    assert (answer.status_code, answer.json()["status"]) == (200, 1)
    assert "nonsense" in answer.json()["message"]
    assert answer.json()["data"] == {"data": '{"a": 1}'}
    assert api.get("/nonsense/thing").json()["data"] == {"data": None}


def test_a_path_that_is_no_service_is_refused_with_http_200(api):
    answer = api.session.get(f"{api.server.url}/api/thing", timeout=10)
    assert (answer.status_code, answer.json()["message"]) == (
        200,
        "Cannot find a service to deal /api/thing, ignore it.",
    )


def test_an_unknown_path_of_a_service_gets_no_envelope(api):
    answer = api.get("/jobhistory/nonsense")
    assert answer.status_code == 404
    assert answer.json()["error"] == "Not Found"


def test_the_date_is_none_that_http_knows(api):
    assert " GMT" not in api.get("/jobhistory/list").headers["Date"]
    assert ", 20" in api.get("/jobhistory/list").headers["Date"]


def test_an_empty_submit_is_answered_with_nothing(api):
    answer = api.session.post(f"{api.server.url}/api/rest_j/v1/entrance/submit", timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_web_pages_from_elsewhere_are_not_answered(api, origin):
    answer = api.session.get(f"{api.server.url}/sandbox/health", headers={"Origin": origin}, timeout=10)
    assert answer.status_code == 403


def test_web_pages_of_its_own_are_answered(api):
    answer = api.session.get(f"{api.server.url}/sandbox/health", headers={"Origin": api.server.url}, timeout=10)
    assert answer.status_code == 200


def test_a_token_can_open_a_session(api, api_of):
    assert api.post("/user/token-login", {}).json()["data"] == {"userName": "hadoop", "isAdmin": False}
    ticket = api.session.cookies.get_dict()
    visitor = api_of(api.server, {})
    visitor.session.cookies.update(ticket)
    assert visitor.data("/user/userInfo") == {"userName": "hadoop"}
    assert api.get("/user/token-login").status_code == 400


def test_unknown_requests_for_the_gateway_are_named(api):
    answer = api.get("/user/nonsense")
    assert (answer.status_code, answer.json()["message"]) == (400, "unknown request URI nonsense")


def test_an_administrators_token_may_submit_for_others(tmp_path, api_of):
    from taskcenter_sandbox.gateway.auth import Credentials
    from taskcenter_sandbox.linkis.server import LinkisServer

    token = "admin-secret"
    with LinkisServer(data_dir=tmp_path, port=0, credentials=Credentials(token=token)) as server:
        api = api_of(server, {"Token-User": "hadoop", "Token-Code": token})
        labels = {"engineType": "shell-1", "userCreator": "bob-tests"}
        body = {"executionContent": {"code": "echo", "runType": "shell"}, "labels": labels, "executeUser": "bob"}
        row = api.wait(api.post("/entrance/submit", body).json()["data"]["taskID"])
    assert (row["umUser"], row["executeUser"]) == ("hadoop", "bob")
    assert "/tests/bob/" in row["resultLocation"]


def test_others_tokens_may_not(api):
    labels = {"engineType": "shell-1", "userCreator": "bob-tests"}
    body = {"executionContent": {"code": "echo", "runType": "shell"}, "labels": labels, "executeUser": "bob"}
    answer = api.post("/entrance/submit", body)
    assert (answer.status_code, answer.json()["data"]["errorMsg"]["errCode"]) == (400, 50080)


def test_files_of_others_are_not_shown(api, bob):
    row = api.run("select 1 as n")
    path = api.files(row)[0]
    for answer in (
        bob.get("/filesystem/getDirFileTrees", path=row["resultLocation"]),
        bob.get("/filesystem/openFile", path=path),
        bob.get("/filesystem/openLog", path=row["logPath"]),
    ):
        assert (answer.status_code, answer.json()["data"]["errorMsg"]["errCode"]) == (400, 80010)
    assert "80010" in bob.get("/filesystem/resultsetToExcel", path=path).text
    own = bob.run("select 2 as n")
    assert bob.results(own)[0]["fileContent"] == [["2"]]
    assert api.results(own)[0]["fileContent"] == [["2"]]
    assert api.data("/filesystem/openLog", path=own["logPath"], proxyUser="bob")["log"][3]


# --- the page


def page(server, path, login=("hadoop", "hadoop")):
    return requests.get(f"{server.url}{path}", auth=login, timeout=10)


def test_the_page_lists_jobs_and_shows_one_with_its_log(api, server):
    row = api.run("echo '<b>bold</b>'", "shell")
    assert f"/jobs/{row['taskID']}" in page(server, "/").text
    shown = page(server, f"/jobs/{row['taskID']}")
    assert "Succeed" in shown.text
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown.text
    assert "<b>bold" not in shown.text
    assert page(server, "/jobs/999999").status_code == 404


@pytest.mark.parametrize("login", [None, ("hadoop", "wrong"), ("nobody", "hadoop")])
@pytest.mark.parametrize("path", ["/", "/jobs/1"])
def test_the_page_asks_for_the_password(server, path, login):
    answer = page(server, path, login)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_the_link_that_linkis_has_for_a_job_leads_to_its_page(server):
    answer = page(server, "/")
    script = answer.text.split("<script>")[1].split("</script>")[0]
    assert "taskID" in script
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in answer.headers["Content-Security-Policy"]
