"""Who may come in: by session, by basic authentication, by the sandbox's token."""

from __future__ import annotations

import pytest
import requests

from taskcenter_sandbox.gateway.settings import Credentials
from taskcenter_sandbox.hlink.server import HlinkServer


@pytest.mark.parametrize("way", ["params", "data", "json"])
def test_a_login_opens_a_session(server, way):
    with requests.Session() as session:
        given = {"username": "hadoop", "password": "hadoop"}
        assert session.post(f"{server.url}/user/login", **{way: given}, timeout=10).json()["success"]
        assert session.get(f"{server.url}/dict/list", timeout=10).json()["success"]


def test_a_wrong_password_opens_none(server, api_of):
    api = api_of(server, {})
    assert api.refusal("POST", "/user/login", username="hadoop", password="wrong") == (-7, "用户名或密码错误")
    assert api.refusal("GET", "/dict/list")[0] == -7


def test_an_expired_session_must_log_in_again(server, api_of):
    api = api_of(server, {})
    api.data("POST", "/user/login", username="hadoop", password="hadoop")
    server.fault("expired-session:1")
    assert api.refusal("GET", "/dict/list")[0] == -7
    api.data("POST", "/user/login", username="hadoop", password="hadoop")
    assert api.get("/dict/list")


def test_basic_authentication_counts_on_every_request(server):
    url = f"{server.url}/dict/list"
    assert requests.get(url, auth=("hadoop", "hadoop"), timeout=10).json()["success"]
    assert requests.get(url, auth=("hadoop", "wrong"), timeout=10).json()["code"] == -7
    assert requests.get(url, headers={"Authorization": "Basic !"}, timeout=10).json()["code"] == -7


def test_a_token_names_any_user_and_a_wrong_one_nobody(server, api_of):
    job = api_of(server, {"Token-Code": "SANDBOX-TOKEN", "Token-User": "bob"}).job(jobType=1)
    assert job["createBy"] == "bob"
    assert api_of(server, {"Token-Code": "wrong", "Token-User": "bob"}).refusal("GET", "/dict/list")[0] == -7


def test_credentials_of_ones_own(tmp_path, api_of):
    own = Credentials("alice", "secret", "token")
    with HlinkServer(data_dir=tmp_path, credentials=own) as server:
        api = api_of(server, {})
        assert api.refusal("POST", "/user/login", username="hadoop", password="hadoop")[0] == -7
        api.data("POST", "/user/login", username="alice", password="secret")
        assert server.stats()["jobs"] == 0
        said = server.log_tail()
    assert f"Local Hlink at {server.url}" in said
    assert "READS FILES AND RUNS CODE" in said
    assert "secret" not in said
    assert "token" not in said.replace("the token", "")
