"""Who may come in: the gateway's login is Linkis' own."""

from __future__ import annotations

import pytest

from taskcenter_sandbox.exchangis.server import ExchangisServer
from taskcenter_sandbox.gateway.settings import Credentials

TYPES = "/datasources/type"
ROOT = "/api/rest_j/v1"


def log_in(api, user="hadoop", password="hadoop"):
    return api.ask("POST", "/user/login", {"userName": user, "password": password}, root=ROOT)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", TYPES), ("POST", "/datasources/query"), ("POST", "/job/1/execute"), ("GET", "/job/execution/x/status")],
)
def test_nobody_comes_in_without_a_login(server, api_of, method, path):
    answer = api_of(server, {}).ask(method, path)
    assert (answer.status_code, answer.json()["status"]) == (401, -1)
    assert answer.json()["method"].endswith(path)


def test_a_login_opens_a_session_and_a_logout_ends_it(server, api_of):
    api = api_of(server, {})
    assert log_in(api, password="wrong").status_code == 400
    assert log_in(api).json()["data"]["userName"] == "hadoop"
    assert "linkis_user_session_ticket_id_v1" in api.session.cookies
    assert api.ask("GET", TYPES).status_code == 200
    assert api.ask("GET", "/user/heartbeat", root=ROOT).status_code == 200
    api.ask("GET", "/user/logout", root=ROOT)
    assert api.ask("GET", TYPES).status_code == 401


def test_a_wrong_token_is_not_a_login(server, api_of):
    api = api_of(server, {"Token-User": "hadoop", "Token-Code": "wrong"})
    assert api.ask("GET", TYPES).status_code == 401


def test_credentials_are_ones_own_and_sessions_end(tmp_path, api_of):
    own = Credentials("etl", "a secret", "a token")
    with ExchangisServer(data_dir=tmp_path, credentials=own, options=["--session-seconds", "0"]) as server:
        assert server.stats()["jobs"] == 0
        api = api_of(server, {})
        assert log_in(api).status_code == 400
        assert log_in(api, "etl", "a secret").status_code == 200
        answer = api.ask("GET", TYPES)
        assert (answer.status_code, answer.json()["status"]) == (401, -1)
        assert "a secret" not in server.log_tail()
        assert "a token" not in server.log_tail()


def test_pages_from_elsewhere_and_other_names_are_kept_out(api):
    url = f"{api.server.url}{ROOT}/dss/exchangis/main{TYPES}"
    assert api.session.get(url, headers={"Origin": "http://evil.example"}, timeout=10).status_code == 403
    assert api.session.get(url, headers={"Host": "evil.example"}, timeout=10).status_code == 403


def test_another_service_is_not_there(api):
    answer = api.ask("GET", "/jobhistory/list", root=ROOT)
    assert (answer.status_code, answer.json()["status"]) == (200, 1)
    assert "Application jobhistory is not exists" in answer.json()["message"]
    assert api.ask("GET", "/nonsense").status_code == 404
