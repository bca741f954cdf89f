"""Nothing passes the gateway in either direction but what the documents list: no headers, no passwords, no path tricks."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from support.gateway_server import Asker, environment, gateway_server
from support.scripted_server import Answer, ScriptedServer, html_answer, json_answer

USER, TOKEN = "hadoop", "the-very-secret-token"
STATUS = "/api/rest_j/v1/entrance/none/status"
DOWNLOAD = "/api/rest_j/v1/filesystem/resultsetToExcel"
LINKIS = {"method": "/api/x", "status": 0, "message": "OK", "data": {}}
HLINK = {"success": True, "code": 200, "msg": "请求成功", "data": None}
BAD_HEADERS = {
    "Set-Cookie": "bdp-user-ticket-id=stolen; Path=/",
    "Authorization": "Bearer of-the-system",
    "Token-Code": TOKEN,
    "WWW-Authenticate": "Basic realm=x",
    "X-Powered-By": "Undertow",
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": "default-src *",
    "Refresh": "0; url=http://evil.example",
    "Link": "<http://evil.example>; rel=preload",
    "Clear-Site-Data": '"*"',
    "Location": "http://evil.example",
    "Server": "nginx",
}
PASSED = {"content-type", "content-length", "content-disposition", "content-encoding"}
OWN = {"cache-control", "x-content-type-options", "content-security-policy", "date", "server", "transfer-encoding"}


def answer(value: object = LINKIS, **headers: str) -> Answer:
    return json_answer(value, **headers)


@pytest.fixture(scope="module")
def remote() -> Iterator[ScriptedServer]:
    """A server that is all three systems, and says what the test wants."""
    with ScriptedServer(lambda _: answer(LINKIS | HLINK)) as server:
        yield server


@pytest.fixture(scope="module")
def url(remote: ScriptedServer, _airflow) -> Iterator[str]:
    """The gateway in front of it."""
    given = {"host": "127.0.0.1", "port": remote.port, "login": USER, "password": TOKEN}
    auths = {"linkis": "token", "exchangis": "token", "hlink": "basic"}
    values = {
        f"AIRFLOW_CONN_{system.upper()}_SCRIPTED": json.dumps({**given, "conn_type": system, "extra": {"auth": auth}})
        for system, auth in auths.items()
    }
    options = {f"gateway_{system}_conn_id": f"{system}_scripted" for system in auths}
    with environment(values), gateway_server(**options) as url:
        yield url


@pytest.fixture
def ada(url: str, remote: ScriptedServer) -> Asker:
    """An administrator, before the server has been asked anything."""
    remote.asked.clear()
    remote.forget()
    return Asker(url, "ada")


# Headers


def test_no_header_of_the_askers_reaches_the_system(ada, remote):
    ada.cookies.set("session", "of-ada")
    sent = {
        "Cookie": "_token=of-ada; session=of-ada",
        "Token-User": "root",
        "Token-Code": "guessed",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=10.0.0.1",
        "Proxy-Authorization": "Basic x",
        "Referer": "https://airflow.example/dags",
        "Accept-Language": "zh",
        "X-Anything": "at all",
        "Range": "bytes=0-1",
        "If-None-Match": "x",
    }
    assert ada.ask("GET", STATUS, headers=sent).status_code == 200
    (asked,) = remote.asked
    assert set(asked.headers) <= {"host", "accept", "accept-encoding", "user-agent", "token-user", "token-code"}
    assert (asked.headers["token-user"], asked.headers["token-code"]) == (USER, TOKEN)
    assert asked.headers["host"] == f"127.0.0.1:{remote.port}"


def test_a_body_goes_with_its_type_and_no_other_header(ada, remote):
    ada.ask("POST", "/hlink/jobs/addDO", json={"jobName": "x"}, headers={"Cookie": "a=b", "X-Anything": "x"})
    (asked,) = remote.asked
    allowed = {"host", "accept", "accept-encoding", "user-agent", "authorization", "content-type", "content-length"}
    assert set(asked.headers) <= allowed
    assert asked.headers["authorization"].startswith("Basic ")  # the connection's, not the asker's token
    assert asked.json == {"jobName": "x"}


def test_a_cookie_for_one_user_goes_with_no_other_users_request(url, remote):
    as_user = {"gateway_linkis_conn_id": "linkis_scripted", "gateway_linkis_execute_user": "airflow"}
    remote.asked.clear()
    remote.script("*", answer(**{"Set-Cookie": "linkis_user_session_ticket_id_v1=of-ada; Path=/"}))
    with gateway_server(**as_user) as personal:
        for user in ("ada", "vera", "ada"):
            assert Asker(personal, user).ask("GET", STATUS).status_code == 200
    assert [asked.headers["token-user"] for asked in remote.asked] == ["ada", "vera", "ada"]
    assert not any("cookie" in asked.headers for asked in remote.asked)
    remote.forget()


@pytest.mark.parametrize("path", [STATUS, "/hlink/jobs/list", "/dss/exchangis/main/datasources/type"])
def test_no_header_of_the_systems_reaches_the_asker(ada, remote, path):
    remote.script("*", answer(LINKIS | HLINK, **BAD_HEADERS))
    seen = ada.ask("GET", path)
    assert seen.status_code == 200
    assert {name.lower() for name in seen.headers} <= PASSED | OWN
    assert seen.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "nginx" not in seen.headers.get("Server", "")
    assert not ada.cookies


def test_a_download_has_no_header_of_the_systems_either(ada, remote):
    headers = {**BAD_HEADERS, "Content-Type": "text/csv", "Content-Disposition": "attachment; filename=r.csv"}
    remote.script("*", Answer(200, b"a,b\n1,2\n", headers))
    seen = ada.ask("GET", DOWNLOAD, params={"path": "/r"})
    assert (seen.status_code, seen.content) == (200, b"a,b\n1,2\n")
    assert {name.lower() for name in seen.headers} <= PASSED | OWN
    assert not ada.cookies


def test_a_cookie_that_the_system_sets_stays_with_the_connection(ada, remote, url):
    remote.script("*", answer(**{"Set-Cookie": "route=1; Path=/"}))
    ada.ask("GET", STATUS)
    Asker(url, "vera").ask("GET", STATUS)
    assert "of-ada" not in remote.asked[-1].headers["cookie"]
    assert "route=1" in remote.asked[-1].headers["cookie"]


# Passwords

SHOWN = {
    "connectParams": {"host": "db", "password": "p-1", "PASSWD": "p-2", "nested": [{"accessKey": "p-3", "secret": "p-4"}]},
    "ddl": "CREATE TABLE t (id INT) WITH ('connector' = 'jdbc', 'username' = 'u', 'password' = 'p-5', \"Secret\" = \"p-6\")",
    "url": "jdbc:mysql://db:3306/shop?user=u&password=p-7&useSSL=true",
    "address": "http://admin:p-8@flink:8081/",
    "form": {"jsonValue": [{"fieldName": "password", "fieldValue": "p-9"}, {"fieldName": "topic", "fieldValue": "kept"}]},
    "settings": [{"config_key": "db.password", "config_value": "p-10"}],
    "encoded": json.dumps({"password": "p-11"}),
    "numeric": {"pwd": 123456},
}  # fmt: skip


def test_passwords_in_answers_are_masked_wherever_they_stand(ada, remote):
    remote.script("*", answer({**LINKIS, "data": SHOWN}))
    seen = ada.ask("GET", STATUS)
    assert not [number for number in range(1, 12) if f"p-{number}" in seen.text]
    assert "123456" not in seen.text
    data = seen.json()["data"]
    assert data["connectParams"]["host"] == "db"
    assert data["url"] == "jdbc:mysql://db:3306/shop?user=u&password=***&useSSL=true"
    assert data["form"]["jsonValue"][1]["fieldValue"] == "kept"


def test_passwords_in_a_text_are_masked_as_well(ada, remote):
    text = "spark.jdbc.password = 'p-1'\nurl=jdbc:mysql://u:p-2@db/?password=p-3"
    remote.script("*", Answer(200, text.encode(), {"Content-Type": "text/plain"}))
    seen = ada.ask("GET", STATUS).text
    assert seen == "spark.jdbc.password = '***'\nurl=jdbc:mysql://u:***@db/?password=***"


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_connections_own_secret_is_shown_nowhere(ada, remote, status):
    said = f"Token Authentication Failed, token: {TOKEN}，tokenUser: {USER}"
    remote.script(
        "*", answer({**LINKIS, "status": 1, "message": said, "data": {TOKEN: [TOKEN]}}), status_of(status, said)
    )
    for _ in range(2):
        assert TOKEN not in ada.ask("GET", STATUS).text


def status_of(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), {"Content-Type": "text/plain"})


def test_an_answer_without_passwords_is_passed_on_byte_for_byte(ada, remote):
    body = b'{ "status":0,"method" : null, "data":{"n":12345678901234567890, "f":1.10, "t":"\\u6570 <b>", "status":0}}'
    remote.script("*", Answer(200, body, {"Content-Type": "application/json;charset=UTF-8"}))
    assert ada.ask("GET", STATUS).content == body


def test_passwords_are_found_beside_half_a_letter_and_in_the_deepest_nest(ada, remote):
    remote.script("*", Answer(200, b'{"password": "p-1", "t": "\\ud800"}', {"Content-Type": "application/json"}))
    assert ada.ask("GET", STATUS).json() == {"password": "***", "t": "\ud800"}
    nest = b'{"a":' * 900 + b'{"password": "p-1"}' + b"}" * 900
    remote.script("*", Answer(200, nest, {"Content-Type": "application/json"}))
    seen = ada.ask("GET", STATUS)
    assert (seen.status_code, "p-1" in seen.text, "***" in seen.text) == (200, False, True)


def test_names_that_only_look_like_passwords_are_left_alone(ada, remote):
    data = {"tokenize": "yes", "passwordRequired": True, "columns": [{"key": "password", "valueType": "PASSWORD"}]}
    remote.script("*", answer({**LINKIS, "data": {**data, "secretCount": None, "password": ""}}))
    assert ada.ask("GET", STATUS).json()["data"] == {**data, "secretCount": None, "password": ""}


@pytest.mark.parametrize(
    "body",
    [
        {"connectParams": {"password": "***"}},
        {"jsonFieldVO": {"jsonValue": [{"fieldName": "password", "fieldValue": "***"}]}},
        {"dsDdl": "CREATE TABLE t WITH ('password' = '***')"},
        {"url": "jdbc:mysql://db/shop?user=u&password=***"},
    ],
)
def test_a_mask_that_is_sent_back_is_refused_lest_it_become_the_password(ada, remote, body):
    for method, path in (("PUT", "/dss/exchangis/main/datasources/1"), ("PUT", "/hlink/ds/modifyDO")):
        seen = ada.ask(method, path, json=body)
        assert (seen.status_code, "mask" in seen.text) == (400, True)
    assert remote.asked == []
    assert ada.ask("PUT", "/hlink/ds/modifyDO", json={"dsName": "*** stars ***"}).status_code == 200


# Paths and queries

TRICKS = [
    "/api/rest_j/v1/entrance/../jobhistory/1/status",
    "/api/rest_j/v1/entrance/./status",
    "/api/rest_j/v1/entrance/%2e%2e/status",
    "/api/rest_j/v1/entrance/%2E/status",
    "/api/rest_j/v1/entrance/a%2Fb/status",
    "/api/rest_j/v1/entrance/a%2fb/status",
    "/api/rest_j/v1/entrance/a%5Cb/status",
    "/api/rest_j/v1/entrance/a\\b/status",
    "/api/rest_j/v1/entrance/a%252Fb/status",
    "/api/rest_j/v1/entrance/%252e%252e/status",
    "/api/rest_j/v1/entrance/a%00b/status",
    "/api/rest_j/v1/entrance/a%0d%0ab/status",
    "/api/rest_j/v1/entrance/a%09b/status",
    "/api/rest_j/v1/entrance/a%7fb/status",
    "/api/rest_j/v1/entrance/%20/status",
    "/api/rest_j/v1/entrance//status",
    "/api/rest_j/v1/entrance/http:%2f%2fevil.example/status",
    "/api/rest_j/v1/entrance/http://evil.example/status",
    "/api/rest_j/v1//entrance/1/status",
    "//api/rest_j/v1/entrance/1/status",
    "/API/rest_j/v1/entrance/1/status",
    "/api/rest_j/v1/entrance/1/status/..",
    "/api/rest_j/v1/user/../entrance/1/status",
    "/task-center-gateway/api/rest_j/v1/../v1/entrance/1/status",
]  # fmt: skip


def raw(url: str, method: str, target: str, **headers: str) -> tuple[int, str]:
    """A request with just that target, which a client's library would tidy up."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        found = connection.getresponse()
        return found.status, found.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("target", TRICKS)
def test_a_path_with_a_trick_in_it_goes_nowhere(ada, remote, url, target):
    status, _ = raw(url, "GET", target, Authorization=ada.headers["Authorization"])
    assert status in (400, 404)
    assert remote.asked == []


def test_a_strange_but_plain_path_stays_one_segment(ada, remote):
    for given in ("exec_id018017a:b", "数 据", "a;b=c", "a?b", "a#b", "a&b=c", "a+b%", "@host", "..a"):
        from urllib.parse import quote

        ada.ask("GET", f"/api/rest_j/v1/entrance/{quote(given, safe='')}/status")
        asked = remote.asked[-1]
        assert (asked.path, asked.query) == (f"/api/rest_j/v1/entrance/{given}/status", {})
        assert asked.raw_path.count("/") == 6


def test_a_whole_address_as_the_target_leads_to_no_other_host(ada, remote, url):
    raw(url, "GET", "http://evil.example/api/rest_j/v1/entrance/1/status", Authorization=ada.headers["Authorization"])
    assert {asked.headers["host"] for asked in remote.asked} <= {f"127.0.0.1:{remote.port}"}
    status, _ = raw(url, "GET", STATUS, Authorization=ada.headers["Authorization"], Host="evil.example")
    assert status in (200, 400)
    assert {asked.headers["host"] for asked in remote.asked} <= {f"127.0.0.1:{remote.port}"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (STATUS, {"proxyUser": "root"}),
        (STATUS, {"taskid": "1"}),
        ("/hlink/jobs/list", {"pageNum": "1"}),
        ("/dss/exchangis/main/datasources", {"url": "http://evil.example"}),
        (DOWNLOAD, {"path": "/r", "sheetName": "x"}),
    ],
)
def test_a_query_parameter_that_no_document_lists_is_refused_by_name(ada, remote, path, query):
    seen = ada.ask("GET", path, params=query)
    assert seen.status_code == 400
    assert list(query)[-1] in seen.text
    assert remote.asked == []


@pytest.mark.parametrize("path", ["../x", "/tmp/../etc/passwd", "/a\\..\\b", "/a\x00b", ".."])
def test_a_path_in_the_query_does_not_lead_up(ada, remote, path):
    assert ada.ask("GET", DOWNLOAD, params={"path": path}).status_code == 400
    assert ada.ask("GET", "/hlink/file/down", params={"filePath": path}).status_code == 400
    assert remote.asked == []


def test_a_querys_values_stay_values(ada, remote):
    value = "a&airflow_connection=x&b=c\r\nX-Evil: 1\r\n\r\n#数"
    ada.ask("GET", "/hlink/jobs/list", params={"jobName": value, "jobDesc": "x"})
    (asked,) = remote.asked
    assert asked.query == {"jobName": value, "jobDesc": "x"}
    assert "x-evil" not in asked.headers


# What comes back


def test_no_redirect_is_followed_or_passed_on(ada, remote):
    with ScriptedServer(lambda _: answer()) as other:
        for status in (301, 302, 303, 307, 308):
            for method, path in (("GET", STATUS), ("GET", "/hlink/jobs/list"), ("GET", DOWNLOAD)):
                redirect = Answer(status, b"", {"Location": f"{other.url}/x", "Content-Disposition": "attachment"})
                remote.always("*", redirect)
                seen = ada.ask(method, path)
                assert seen.status_code == 502
                assert "Location" not in seen.headers
                assert other.url not in seen.text
        remote.always("*", None)
        assert other.asked == []


@pytest.mark.parametrize(
    "kind", ["text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml", "image/svg+xml", "", "junk"]
)
@pytest.mark.parametrize("status", [200, 404, 503])
def test_a_page_is_never_shown_as_one(ada, remote, kind, status):
    remote.script("*", Answer(status, html_answer().body, {"Content-Type": kind} if kind else {}))
    seen = ada.ask("GET", STATUS)
    assert seen.status_code == status
    assert seen.headers["Content-Type"].partition(";")[0] in ("text/plain", "application/octet-stream")
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in seen.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/xml", "text/javascript", "application/pdf"]
)
def test_a_download_is_saved_and_not_shown(ada, remote, kind):
    remote.script(
        "*", Answer(200, b"<script>", {"Content-Type": kind, "Content-Disposition": "inline; filename=x.html"})
    )
    seen = ada.ask("GET", DOWNLOAD, params={"path": "/r"})
    assert seen.headers["Content-Type"] == "application/octet-stream"
    assert seen.headers["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("attachment; filename=result.csv", "result.csv"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename=..%5C..%5Cevil.bat", "%5C..%5Cevil.bat"),
        (r'attachment; filename="C:\\temp\\evil.bat"', "evil.bat"),
        ("attachment;fileName=%E8%A1%A8.csv", "%E8%A1%A8.csv"),
        ('attachment; filename="a|b<c>:d.csv"', "a_b_c_d.csv"),
        ("attachment; filename=..", "download"),
        ('attachment; filename=""', "download"),
        ("attachment", "download"),
        ("inline; filename=.bashrc", "bashrc"),
        ('attachment; filename="a\tb.csv"', "a_b.csv"),
        (f"attachment; filename={'x' * 500}.csv", "x" * 196 + ".csv"),
    ],
)
def test_a_downloads_name_is_a_plain_files(ada, remote, given, name):
    from urllib.parse import quote

    remote.script("*", Answer(200, b"x", {"Content-Type": "text/plain", "Content-Disposition": given}))
    seen = ada.ask("GET", DOWNLOAD, params={"path": "/r"})
    assert (
        seen.headers["Content-Disposition"]
        == f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(name, safe='')}"
    )


def test_a_name_in_another_script_survives_beside_one_for_old_clients(ada, remote):
    given = "attachment; filename*=UTF-8''%E8%A1%A8%2F..%2F1.csv"
    remote.script("*", Answer(200, b"x", {"Content-Type": "text/plain", "Content-Disposition": given}))
    seen = ada.ask("GET", DOWNLOAD, params={"path": "/r"})
    assert seen.headers["Content-Disposition"] == "attachment; filename=\"1.csv\"; filename*=UTF-8''1.csv"
    remote.script("*", Answer(200, b"x", {"Content-Disposition": "attachment; filename*=UTF-8''%E8%A1%A8.csv"}))
    seen = ada.ask("GET", DOWNLOAD, params={"path": "/r"})
    assert seen.headers["Content-Disposition"] == "attachment; filename=\"_.csv\"; filename*=UTF-8''%E8%A1%A8.csv"


def test_headers_that_are_no_text_do_no_harm(ada, remote):
    remote.script("*", Answer(200, b"{}", {"Content-Type": "application/json; charset=\u00e6\u0095\u00b0"}))
    seen = ada.ask("GET", STATUS)
    assert (seen.status_code, seen.headers["Content-Type"]) == (200, "application/json")
    given = "attachment; filename*=unicode-escape''%5Cud800.csv"
    remote.script("*", Answer(200, b"x", {"Content-Disposition": given}))
    seen = ada.ask("GET", DOWNLOAD, params={"path": "/r"})
    assert seen.headers["Content-Disposition"] == "attachment; filename=\"_.csv\"; filename*=UTF-8''%3F.csv"


def test_an_answer_that_is_too_large_to_look_through_is_not_passed_on(ada, remote, monkeypatch):
    from taskcenter_plugin.gateway import forwarding

    monkeypatch.setattr(forwarding, "MAX_ANSWER_BYTES", 1000)
    remote.script("*", answer({**LINKIS, "data": {"log": "x" * 2000}}))
    seen = ada.ask("GET", STATUS)
    assert (seen.status_code, "smaller" in seen.text) == (502, True)
