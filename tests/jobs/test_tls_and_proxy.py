"""TLS and proxies: what the connection says holds, the same with both drivers, whatever the environment says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.flows import Driver
from support.linkis_replies import envelope
from support.scripted_server import DROP, Fault, ScriptedServer
from support.tls import Authority, make_authority
from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Endpoint
from taskcenter.core.errors import UnavailableError

SUBMIT = Endpoint("submit", "POST", "/submit", lambda reply, context: reply.status, idempotent=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls_server(authority: Authority) -> Iterator[ScriptedServer]:
    with ScriptedServer(tls=authority.server_context()) as server:
        server.always("*", envelope())
        yield server


@pytest.fixture
def proxy() -> Iterator[ScriptedServer]:
    """It answers by itself instead of passing the request on."""
    with ScriptedServer() as server:
        server.always("*", envelope())
        yield server


def status(driver: Driver, url: str, **settings: Any) -> int:
    with driver.session(replace(ConnectionSettings("linkis_default", url), **settings)) as client:
        return client.send(SUBMIT(body={})).status


def unanswered(driver: Driver, url: str, **settings: Any) -> UnavailableError:
    with pytest.raises(UnavailableError) as caught:
        status(driver, url, **settings)
    return caught.value


def test_a_certificate_of_the_named_authority_is_taken(
    driver: Driver, tls_server: ScriptedServer, authority: Authority
):
    assert status(driver, tls_server.url, verify=str(authority.ca)) == 200
    assert tls_server.connections == 1


def test_a_certificate_of_an_unknown_authority_is_not_and_nothing_is_sent(driver: Driver, tls_server: ScriptedServer):
    error = unanswered(driver, tls_server.url)
    assert error.sent is False
    assert "certificate" in str(error).lower()
    assert tls_server.asked == []


def test_a_certificate_need_not_be_checked(driver: Driver, tls_server: ScriptedServer):
    assert status(driver, tls_server.url, verify=False) == 200


def test_the_environments_authorities_are_taken_where_the_connection_names_none(
    driver: Driver, tls_server: ScriptedServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca))
    assert status(driver, tls_server.url) == 200
    assert unanswered(driver, tls_server.url, trust_env=False).sent is False


def test_the_environments_authorities_do_not_undo_what_the_connection_says(
    driver: Driver, tls_server: ScriptedServer, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(make_authority(tmp_path).ca))
    assert status(driver, tls_server.url, verify=False) == 200
    assert status(driver, tls_server.url, verify=str(authority.ca)) == 200


@pytest.mark.parametrize("verify", ["authority", False])
def test_a_client_certificate_is_shown(driver: Driver, authority: Authority, verify):
    with ScriptedServer(tls=authority.server_context(client_certificate=True)) as server:
        server.always("*", envelope())
        checked = str(authority.ca) if verify else False
        assert status(driver, server.url, verify=checked, cert=str(authority.signed)) == 200
        with pytest.raises(UnavailableError):
            status(driver, server.url, verify=checked)


def test_https_to_a_server_of_plain_http_never_sends_anything(driver: Driver, server: ScriptedServer):
    assert unanswered(driver, server.url.replace("http", "https"), verify=False).sent is False
    assert server.asked == []


def test_a_server_that_says_nothing_to_tls_was_never_sent_anything(driver: Driver):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        error = unanswered(driver, url, connect_timeout_seconds=0.3, timeout_seconds=30.0)
    assert (error.sent, error.timed_out) == (False, False)


def test_http_to_a_server_of_https_is_told(driver: Driver, tls_server: ScriptedServer):
    assert unanswered(driver, tls_server.url.replace("https", "http")).sent is True


@pytest.mark.parametrize("broken", [DROP, Fault(raw=b"this is no TLS record, whatever it is")], ids=["drop", "garbage"])
def test_tls_that_fails_while_the_answer_is_read_may_have_brought_the_request(
    driver: Driver, tls_server: ScriptedServer, authority: Authority, broken
):
    tls_server.script("*", broken)
    error = unanswered(driver, tls_server.url, verify=str(authority.ca))
    assert len(tls_server.asked) == 1
    assert error.sent is True


def test_requests_go_through_the_connections_proxy(driver: Driver, proxy: ScriptedServer):
    assert status(driver, "http://linkis.invalid:9001", proxies={"http": proxy.url, "https": proxy.url}) == 200
    assert proxy.asked[0].raw_path == "http://linkis.invalid:9001/submit"


def test_the_environments_proxy_is_used_where_the_connection_names_none(
    driver: Driver, proxy: ScriptedServer, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
):
    server.always("*", envelope())
    monkeypatch.setenv("http_proxy", proxy.url)
    assert status(driver, server.url) == 200
    assert (len(proxy.asked), len(server.asked)) == (1, 0)
    assert status(driver, server.url, trust_env=False) == 200
    assert (len(proxy.asked), len(server.asked)) == (1, 1)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert status(driver, server.url) == 200
    assert (len(proxy.asked), len(server.asked)) == (1, 2)


def test_the_environments_proxy_does_not_undo_the_connections(
    driver: Driver, proxy: ScriptedServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("http_proxy", "http://proxy-of-the-environment.invalid:3128")
    assert status(driver, "http://linkis.invalid:9001", proxies={"http": proxy.url}) == 200


def test_a_proxy_that_cannot_be_reached_sends_nothing_and_its_password_is_not_shown(driver: Driver):
    error = unanswered(driver, "http://linkis.invalid:9001", proxies={"http": "http://me:Proxy-Pass-1@127.0.0.1:9"})
    assert error.sent is False
    assert "Proxy-Pass-1" not in str(error)


def test_a_proxys_error_page_is_an_answer(driver: Driver, proxy: ScriptedServer):
    proxy.script("*", Fault(raw=b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
    assert status(driver, "http://linkis.invalid:9001", proxies={"http": proxy.url}) == 407
