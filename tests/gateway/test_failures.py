"""What goes wrong is answered with a fitting status in the system's envelope: sizes, outages, credentials, sessions."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from support.gateway_server import SYSTEMS, Asker, environment, gateway_server
from support.hlink_pairs import jar
from support.scripted_server import DROP, HANG, Answer, Fault, ScriptedServer

STATUS = "/api/rest_j/v1/entrance/none/status"
SUBMIT = "/api/rest_j/v1/entrance/submit"
UDF = "/hlink/ds/udf/upload"
TYPES = "/dss/exchangis/main/datasources/type"
LIST = "/hlink/jobs/list"
BOUNDARY = "a-boundary-of-the-test"
MIB = 1 << 20


@pytest.fixture(scope="module")
def small(connections) -> Iterator[str]:
    """A gateway that takes uploads of up to 1 MiB."""
    options = {f"gateway_{system}_conn_id": f"{system}_default" for system in SYSTEMS}
    with gateway_server(**options, gateway_upload_megabytes="1") as url:
        yield url


@pytest.fixture
def through() -> Iterator[Callable[..., Asker]]:
    """Makes a gateway in front of one server, whose connection has these fields, and gives somebody who asks it."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def make(system: str, port: int, user: str = "ada", **fields: Any) -> Asker:
            given = {"conn_type": system, "host": "127.0.0.1", "port": port, "login": "hadoop", "password": "hadoop"}
            value = json.dumps({**given, **fields})
            stack.enter_context(environment({f"AIRFLOW_CONN_{system.upper()}_BROKEN": value}))
            url = stack.enter_context(gateway_server(**{f"gateway_{system}_conn_id": f"{system}_broken"}))
            return Asker(url, user)

        yield make


def refused(system: str, answer: requests.Response) -> bool:
    """Whether an answer wears the envelope of the gateway's own refusals."""
    said = answer.json()
    if system == "hlink":
        return (said["success"], said["code"]) == (False, answer.status_code)
    return (said["status"], said["data"]) == (1, {})


def part(size: int, name: str = "f.jar") -> bytes:
    """A form with a file of that size."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="jarfile"; filename="{name}"\r\n\r\n'
    return head.encode() + b"x" * size + f"\r\n--{BOUNDARY}--\r\n".encode()


def functions(url: str, name: str) -> int:
    """How many functions of that name Hlink has."""
    answer = Asker(url, "ada").ask("GET", "/hlink/ds/udf/list", params={"udfName": name})
    return int(answer.json()["data"]["total"])


def pieces(body: bytes) -> Iterator[bytes]:
    """A body whose length is not said."""
    for start in range(0, len(body), 1 << 16):
        yield body[start : start + (1 << 16)]


# Sizes


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(gateway, chunked):
    body = b'{"executionContent": {"code": "' + b"x" * (17 * MIB) + b'"}}'
    asker = Asker(gateway, "ada")
    answer = send(asker, SUBMIT, "application/json", body, chunked=chunked)
    assert answer == (
        413,
        {"method": SUBMIT, "status": 1, "message": f"The body is larger than {16 * MIB} bytes.", "data": {}},
    )


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_that_is_too_large_is_refused_and_leaves_nothing(small, chunked):
    name = f"too_large_{chunked}"
    path = f"{UDF}?udfName={name}&udfClass=x.Y&udfType=SCALA"
    status, said = send(
        Asker(small, "ada"), path, f"multipart/form-data; boundary={BOUNDARY}", part(3 * MIB), chunked=chunked
    )
    assert (status, said["code"], said["success"]) == (413, 413, False)
    assert functions(small, name) == 0


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_within_the_limit_arrives_whole(small, chunked):
    name = f"within_{chunked}"
    path = f"{UDF}?udfName={name}&udfClass=x.Y&udfType=SCALA"
    body = part(MIB - 1000)
    status, said = send(Asker(small, "ada"), path, f"multipart/form-data; boundary={BOUNDARY}", body, chunked=chunked)
    assert (status, said["success"]) == (200, True), said
    assert functions(small, name) == 1


def send(asker: Asker, path: str, kind: str, body: bytes, *, chunked: bool) -> tuple[int, Any]:
    """Send a body whole or in pieces; the answer may come while it is still being sent."""
    address = urlsplit(asker.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
        head = f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {kind}\r\n{length}\r\n"
        head += f"Authorization: {asker.headers['Authorization']}\r\nConnection: close\r\n\r\n"
        try:
            connection.sendall(head.encode())
            for piece in pieces(body):
                connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                connection.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, json.loads(answer.read())


def test_an_upload_that_breaks_off_leaves_nothing_and_does_no_harm(small):
    address = urlsplit(small)
    ada = Asker(small, "ada")
    path = f"{UDF}?udfName=broken_off&udfClass=x.Y&udfType=SCALA"
    for length in ("Content-Length: 500000", "Transfer-Encoding: chunked"):
        with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n{length}\r\n"
            head += f"Authorization: {ada.headers['Authorization']}\r\n\r\n"
            body = part(100_000)
            connection.sendall(head.encode() + (b"%x\r\n%b" % (200_000, body) if "chunked" in length else body))
    assert functions(small, "broken_off") == 0
    files = {"jarfile": ("f.jar", b"x")}
    query = {"udfName": "broken_off", "udfClass": "x.Y", "udfType": "SCALA"}
    assert ada.ask("POST", UDF, params=query, files=files).json()["success"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "text/json", "multipart/mixed"])
def test_a_body_of_another_type_is_refused(gateway, kind):
    answer = Asker(gateway, "ada").ask("POST", SUBMIT, data=b"{}", headers={"Content-Type": kind})
    assert (answer.status_code, refused("linkis", answer)) == (415, True)


@pytest.mark.parametrize("body", [b"[]", b"1", b"{", b'"x"', b"\xff", b"[" * 100_000])
def test_exchangis_gets_nothing_but_objects(gateway, body):
    path = "/dss/exchangis/main/datasources/query"
    answer = Asker(gateway, "ada").ask("POST", path, data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, refused("exchangis", answer)) == (400, True)


# Outages


@pytest.mark.parametrize(("system", "path"), [("linkis", STATUS), ("exchangis", TYPES), ("hlink", LIST)])
def test_a_server_that_is_down_is_a_502(through, system, path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    answer = through(system, port, password="the-secret-of-it").ask("GET", path)
    assert (answer.status_code, refused(system, answer)) == (502, True)
    assert f"{system}_broken" in answer.text
    assert "the-secret-of-it" not in answer.text


def test_a_server_that_does_not_answer_in_time_is_a_504_and_is_asked_once(through):
    with ScriptedServer() as remote:
        remote.always("*", HANG)
        ada = through("linkis", remote.port, extra={"auth": "token", "timeout_seconds": 0.3})
        answer = ada.ask("GET", STATUS)
        assert (answer.status_code, refused("linkis", answer), len(remote.asked)) == (504, True, 1)


def test_a_change_whose_answer_is_lost_is_not_made_twice(through):
    with ScriptedServer() as remote:
        remote.always("*", DROP)
        ada = through("linkis", remote.port, extra={"auth": "token"})
        assert ada.ask("POST", SUBMIT, json={}).status_code == 502
        assert len(remote.asked) == 1


@pytest.mark.parametrize(
    "answer", [Fault(raw=b"junk\r\n\r\n"), Fault(raw=b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")]
)
def test_a_server_that_speaks_no_http_is_a_502(through, answer):
    with ScriptedServer() as remote:
        remote.always("*", answer)
        seen = through("linkis", remote.port, extra={"auth": "token"}).ask("POST", SUBMIT, json={})
        assert (seen.status_code, refused("linkis", seen)) == (502, True)


def test_a_download_that_breaks_off_does_not_look_whole(through):
    headers = {"Content-Type": "text/csv", "Content-Disposition": "attachment; filename=r.csv"}
    with ScriptedServer() as remote:
        ada = through("linkis", remote.port, extra={"auth": "token"})
        for broken in (
            Answer(200, b"x" * 5000, headers, cut=True),
            Answer(200, headers=headers, chunks=(b"x" * 5000,), cut=True),
        ):
            remote.script("*", broken)
            with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
                ada.ask("GET", "/api/rest_j/v1/filesystem/resultsetToExcel", params={"path": "/r"})


# Credentials and sessions


@pytest.mark.parametrize(("system", "path"), [("linkis", STATUS), ("exchangis", TYPES), ("hlink", LIST)])
@pytest.mark.parametrize("auth", ["password", "token"])
def test_credentials_that_the_system_refuses_are_a_502_without_them(through, request, system, path, auth):
    if (system, auth) == ("hlink", "token"):
        auth = "basic"
    server = request.getfixturevalue(system)
    ada = through(system, server.port, password="a-wrong-secret", extra={"auth": auth})
    answer = ada.ask("GET", path)
    assert (answer.status_code, refused(system, answer)) == (502, True)
    assert f"{system}_broken" in answer.text
    assert "a-wrong-secret" not in answer.text


@pytest.mark.parametrize(("system", "path"), [("linkis", STATUS), ("exchangis", TYPES), ("hlink", LIST)])
def test_an_expired_session_is_renewed_and_nobody_sees_it(gateway, request, system, path):
    server = request.getfixturevalue(system)
    ada = Asker(gateway, "ada")
    first = ada.ask("GET", path)
    server.fault("expired-session")
    try:
        again = ada.ask("GET", path)
        assert server.fault()["faults"]["expired-session"] == 0
    finally:
        server.fault(clear=True)
    assert again.status_code == 200
    assert (again.json(), first.status_code) == (first.json(), 200)


def test_an_upload_after_an_expired_session_arrives(small, hlink):
    hlink.fault("expired-session")
    try:
        query = {"udfName": "after_expiry", "udfClass": "x.Y", "udfType": "SCALA"}
        answer = Asker(small, "ada").ask("POST", UDF, params=query, files=jar("jarfile"))
        assert hlink.fault()["faults"]["expired-session"] == 0
    finally:
        hlink.fault(clear=True)
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert functions(small, "after_expiry") == 1


def test_an_upload_whose_session_ends_on_the_way_is_to_be_sent_again(small, hlink):
    ada = Asker(small, "ada")
    query = {"udfName": "sent_again", "udfClass": "x.Y", "udfType": "SCALA"}
    files = {"jarfile": ("f.jar", b"x" * 300_000)}
    ada.ask("GET", LIST)
    hlink.fault("expired-session:1@1")
    try:
        answer = ada.ask("POST", UDF, params=query, files=files)
    finally:
        hlink.fault(clear=True)
    assert (answer.status_code, refused("hlink", answer)) == (503, True)
    assert "again" in answer.text
    assert ada.ask("POST", UDF, params=query, files=files).json()["success"]


def test_who_comes_later_uses_the_session_of_who_came_first(through, linkis):
    from concurrent.futures import ThreadPoolExecutor

    credentials = linkis.credentials
    ada = through("linkis", linkis.port, login=credentials.user, password=credentials.password)
    before = linkis.stats()["requests"].get("POST /api/rest_j/v1/user/login", 0)

    def ask(_: int) -> int:
        return requests.get(ada.url + STATUS, headers=dict(ada.headers), timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(24))) == [200] * 24
    logins = linkis.stats()["requests"]["POST /api/rest_j/v1/user/login"] - before
    assert 1 <= logins <= 8  # each of those that begin together, and none later
