"""Who may use the local Linkis: token, session, login key, names and addresses."""

from __future__ import annotations

import base64
import socket
import subprocess
import sys

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import load_der_public_key

from taskcenter_sandbox.gateway.auth import Credentials
from taskcenter_sandbox.gateway.command import refuse_to_listen

GOOD = {"userName": "hadoop", "password": "hadoop"}
COOKIE = "linkis_user_session_ticket_id_v1"
OWN = Credentials("ann", "a secret of ours", "a token of ours")


@pytest.fixture
def visitor(server, api_of):
    """Somebody without any headers or cookies."""
    return api_of(server, {})


@pytest.fixture
def session(visitor):
    """Somebody who has logged in."""
    assert visitor.post("/user/login", GOOD).status_code == 200
    return visitor


def refusal(answer: requests.Response) -> str:
    """The text of an answer that says: not logged in."""
    body = answer.json()
    assert (answer.status_code, body["status"], body["data"]) == (401, -1, {})
    return body["message"]


def test_a_login_sets_the_session_cookie(visitor):
    answer = visitor.post("/user/login", GOOD)
    body = answer.json()
    assert (answer.status_code, body["status"], body["message"]) == (200, 0, "login successful(登录成功)！")
    assert body["data"] == {"userName": "hadoop", "isAdmin": True, "sessionTimeOut": 3600000, "enableWatermark": False}
    assert COOKIE in visitor.session.cookies
    assert visitor.data("/user/userInfo") == {"userName": "hadoop"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"userName": "hadoop", "password": "wrong"}, "wrong user name or password"),
        ({"userName": "nobody", "password": "hadoop"}, "wrong user name or password"),
        ({"userName": "", "password": "hadoop"}, "Username can not be empty"),
        ({"userName": "hadoop"}, "Password can not be blank"),
    ],
)
def test_a_refused_login_is_an_error_400_and_not_401(visitor, body, text):
    answer = visitor.post("/user/login", body)
    assert (answer.status_code, answer.json()["status"]) == (400, 1)
    assert text in answer.json()["message"]
    assert COOKIE not in visitor.session.cookies


@pytest.mark.parametrize("body", ["[1]", "{", '"text"'])
def test_a_login_that_is_no_json_object_is_refused(visitor, body):
    answer = visitor.session.post(
        f"{visitor.server.url}/api/rest_j/v1/user/login", data=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400


def test_who_is_logged_in_already_gets_no_new_cookie(session):
    ticket = session.session.cookies[COOKIE]
    answer = session.post("/user/login", GOOD)
    assert (answer.status_code, answer.json()["status"]) == (200, 0)
    assert answer.json()["message"].startswith("hadoop already logged in, please log out before signing in")
    assert "Set-Cookie" not in answer.headers
    assert session.session.cookies[COOKIE] == ticket


def test_a_login_without_a_body_is_answered_with_nothing(visitor):
    answer = visitor.session.post(f"{visitor.server.url}/api/rest_j/v1/user/login")
    assert (answer.status_code, answer.content) == (200, b"")


def test_without_a_login_nothing_is_answered(visitor):
    answer = visitor.get("/jobhistory/list")
    assert refusal(answer) == "You are not logged in, please login first(您尚未登录，请先登录)!"
    assert answer.json()["method"] == "/api/rest_j/v1/jobhistory/list"


def test_a_forged_cookie_is_refused_in_the_same_words(visitor):
    visitor.session.cookies.set(COOKIE, "forged")
    assert refusal(visitor.get("/jobhistory/list")).startswith("You are not logged in")


def test_after_a_logout_the_cookie_is_worth_nothing(session):
    assert session.get("/user/logout").status_code == 200
    refusal(session.get("/user/heartbeat"))


def test_an_expired_session_needs_a_new_login(session):
    session.server.fault("expired-session")
    refusal(session.get("/jobhistory/list"))
    refusal(session.get("/jobhistory/list"))
    assert session.post("/user/login", GOOD).status_code == 200
    session.data("/jobhistory/list")


def test_a_token_needs_no_session_and_gets_none(api):
    answer = api.get("/user/userInfo")
    assert answer.json()["data"] == {"userName": "hadoop"}
    assert "Set-Cookie" not in answer.headers


def test_a_token_lets_one_be_any_user(bob):
    assert bob.data("/user/userInfo") == {"userName": "bob"}


def test_a_wrong_token_is_echoed_as_the_real_server_does(server, api_of):
    wrong = api_of(server, {"Token-User": "hadoop", "Token-Code": "WRONG-TOKEN"})
    text = refusal(wrong.get("/jobhistory/list"))
    assert text.startswith("Token Authentication Failed, token: WRONG-TOKEN，tokenUser: hadoop, reason: errCode: 15207")


@pytest.mark.parametrize("headers", [{"Token-User": "hadoop"}, {"Token-Code": "SANDBOX-TOKEN"}])
def test_half_a_token_counts_as_none(server, api_of, headers):
    assert refusal(api_of(server, headers).get("/jobhistory/list")).startswith("You are not logged in")


@pytest.mark.parametrize(
    "headers", [{"Token-User": "hadoop", "Token-Code": ""}, {"Token-User": "", "Token-Code": "SANDBOX-TOKEN"}]
)
def test_a_blank_token_is_refused(server, api_of, headers):
    assert "Token-Code 和 Token-User" in refusal(api_of(server, headers).get("/jobhistory/list"))


def test_a_wrong_token_does_not_fall_back_to_the_session(session):
    session.session.headers.update({"Token-User": "hadoop", "Token-Code": "WRONG-TOKEN"})
    refusal(session.get("/jobhistory/list"))


def test_an_outage_of_the_token_store_looks_like_a_refused_token(api):
    api.server.fault("token-store-down")
    assert "15206" in refusal(api.get("/jobhistory/list"))
    api.data("/jobhistory/list")


def test_the_login_key_is_not_given_where_logins_are_plain(visitor):
    given = visitor.data("/user/publicKey")
    assert given["enableLoginEncrypt"] is False
    assert "publicKey" not in given


def test_an_encrypted_login_takes_only_the_encrypted_password(visitor):
    visitor.server.fault("login-encrypt")
    try:
        given = visitor.data("/user/publicKey")
        key = load_der_public_key(base64.b64decode(given["publicKey"]))
        password = base64.b64encode(key.encrypt(b"hadoop", PKCS1v15())).decode()
        assert given["enableLoginEncrypt"] is True
        assert visitor.post("/user/login", GOOD).status_code == 400
        assert visitor.post("/user/login", {"userName": "hadoop", "password": password}).status_code == 200
    finally:
        visitor.server.fault("login-encrypt:0")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:9001", "127.0.0.1.evil.example"])
def test_other_names_than_loopback_are_not_answered(server, host):
    answer = requests.get(server.url, headers={"Host": host}, timeout=10)
    assert answer.status_code == 403


def test_a_request_without_a_host_is_not_answered(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b" 403 " in connection.makefile("rb").readline()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_loopback_addresses_need_no_flag(host):
    assert refuse_to_listen(host, Credentials(), allow_remote=False) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_other_addresses_need_the_flag_and_secrets_of_ones_own(host):
    assert "--allow-remote" in (refuse_to_listen(host, OWN, allow_remote=False) or "")
    for half in (
        Credentials(),
        Credentials(password="a secret of ours"),
        Credentials(token="a token of ours"),
        Credentials("ann", "", "a token of ours"),
    ):
        assert "--password and --token" in (refuse_to_listen(host, half, allow_remote=True) or "")
    assert refuse_to_listen(host, OWN, allow_remote=True) is None


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--host", "0.0.0.0"], "--allow-remote"),
        (["--host", "0.0.0.0", "--allow-remote"], "--password and --token"),
        (["--fault", "nonsense"], "there is no fault 'nonsense'"),
        (["--fault", "slow:soon"], "slow:soon"),
    ],
)
def test_the_command_refuses_with_exit_code_2_and_says_why(tmp_path, options, text):
    command = [sys.executable, "-m", "taskcenter_sandbox", "linkis", "--port", "0", "--data-dir", str(tmp_path / "d")]
    ended = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert text in ended.stderr
    assert not (tmp_path / "d").exists()


def test_a_data_directory_in_use_is_refused_and_its_jobs_are_left_alone(api):
    running = api.submit("sleep 60", "shell")
    api.wait(running["taskID"], "Running")
    command = [sys.executable, "-m", "taskcenter_sandbox", "linkis", "--port", "0"]
    command += ["--data-dir", str(api.server.data_dir)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "in use" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert api.task(running["taskID"])["status"] == "Running"
    api.get(f"/entrance/{running['execID']}/kill")
