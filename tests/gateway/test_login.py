"""Linkis' clients log in at Linkis' own path with an Airflow user, and get Airflow's session."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from support.gateway_server import SYSTEMS, Asker, environment, gateway_server

PATH = "/api/rest_j/v1/user/login"
STATUS = "/api/rest_j/v1/entrance/none/status"
PASSWORDS = {"ada": "of-ada-8431", "vera": "of-vera-2275"}


@pytest.fixture(scope="module")
def url(gateway: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gateway of an Airflow whose users have passwords."""
    file = tmp_path_factory.mktemp("airflow") / "passwords.json"
    file.write_text(json.dumps(PASSWORDS))
    with environment({"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(file)}):
        yield gateway


@pytest.fixture
def nobody(url: str) -> Asker:
    """Somebody who has not logged in."""
    return Asker(url)


def test_the_login_answers_as_linkis_does_and_its_cookie_is_a_session(nobody):
    assert nobody.ask("GET", STATUS).status_code == 401
    answer = nobody.ask("POST", PATH, json={"userName": "ada", "password": PASSWORDS["ada"]})
    assert answer.status_code == 200
    said = answer.json()
    assert (said["method"], said["status"], said["data"]["userName"]) == ("/api/user/login", 0, "ada")
    (cookie,) = list(nobody.cookies)
    assert (cookie.path, cookie.secure) == ("/", False)
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "samesite=lax" in answer.headers["Set-Cookie"].lower()
    assert nobody.ask("GET", STATUS).status_code == 200
    assert nobody.ask("DELETE", "/hlink/cluster/delete?id=99999").status_code == 200


def test_a_session_has_its_users_rights(nobody):
    nobody.ask("POST", PATH, json={"userName": "vera", "password": PASSWORDS["vera"]})
    assert nobody.ask("GET", STATUS).status_code == 200
    assert nobody.ask("POST", "/api/rest_j/v1/entrance/submit", json={}).status_code == 403


@pytest.mark.parametrize(
    ("user", "password"),
    [("ada", "wrong"), ("ada", PASSWORDS["vera"]), ("nobody", "wrong"), ("ADA", PASSWORDS["ada"]), ("ada\x00", "x")],
)
def test_a_wrong_user_or_password_is_refused_without_telling_which(nobody, user, password, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = nobody.ask("POST", PATH, json={"userName": user, "password": password})
    assert (answer.status_code, answer.json()["status"]) == (401, -1)
    assert answer.json()["message"] == "Wrong user or password. Log in with those of an Airflow user."
    assert not nobody.cookies
    assert password == "x" or password not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"ada"',
        b"{}",
        b'{"userName": "ada"}',
        b'{"userName": "ada", "password": ""}',
        b'{"userName": "", "password": "x"}',
        b'{"userName": ["ada"], "password": "x"}',
        b'{"userName": "ada", "password": 1}',
        b'{"userName": {"$ne": null}, "password": {"$ne": null}}',
        b"userName=ada&password=x",
        b"\xff\xfe\x00",
        b"[" * 30_000,
    ],
)
def test_what_is_no_login_is_refused(nobody, body):
    answer = nobody.ask("POST", PATH, data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (400, 1)
    assert not nobody.cookies


def test_half_a_letter_is_no_password(nobody):
    answer = nobody.ask("POST", PATH, data=b'{"userName": "ada", "password": "\\ud800"}')
    assert (answer.status_code, answer.json()["status"]) == (400, 1)


def test_a_login_that_is_too_long_is_not_read(nobody):
    answer = nobody.ask("POST", PATH, json={"userName": "ada", "password": "x" * 70_000})
    assert (answer.status_code, answer.json()["status"]) == (413, 1)


def test_another_sites_page_cannot_log_anybody_in(nobody):
    body = {"userName": "ada", "password": PASSWORDS["ada"]}
    answer = nobody.ask("POST", PATH, json=body, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, list(nobody.cookies)) == (403, [])


def test_nobody_logs_in_by_an_address(nobody):
    answer = nobody.ask("GET", PATH, params={"userName": "ada", "password": PASSWORDS["ada"]})
    assert (answer.status_code, answer.json()["status"]) == (405, 1)


def test_there_is_no_login_where_linkis_view_is_off(connections, url):
    options = {f"gateway_{system}_conn_id": f"{system}_default" for system in SYSTEMS if system != "linkis"}
    with gateway_server(**options, gateway_linkis_conn_id="") as other:
        answer = Asker(other).ask("POST", PATH, json={"userName": "ada", "password": PASSWORDS["ada"]})
    assert (answer.status_code, "gateway_linkis_conn_id" in answer.text) == (404, True)
