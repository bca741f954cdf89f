"""How calls go over the wire, and what is said of those that get no answer; the same with both drivers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from support.flows import Driver
from support.linkis_replies import envelope
from support.scripted_server import DROP, HANG, Answer, Fault, ScriptedServer, html_answer
from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Endpoint, Reply
from taskcenter.core.errors import ErrorContext, MalformedReplyError, UnavailableError
from taskcenter.core.upload import Upload
from taskcenter.jobs.transport import AsyncTransport
from taskcenter.linkis.endpoints import parse_data

READ = Endpoint("read", "GET", "/jobs/{name}", lambda reply, context: reply)
SUBMIT = Endpoint("submit", "POST", "/submit", lambda reply, context: reply, idempotent=False)
HASTY = replace(READ, timeout_seconds=0.2)
FILE = replace(READ, streams=lambda status, headers: "content-disposition" in headers)
AS_FILE = {"Content-Disposition": "attachment;filename=x.csv"}


def settings_for(server: ScriptedServer, **changes: Any) -> ConnectionSettings:
    return replace(ConnectionSettings("linkis_default", server.url, password="Secret-1"), **changes)


def send(driver: Driver, settings: ConnectionSettings, call: Any) -> Reply:
    with driver.session(settings) as client:
        return client.send(call)


def unanswered(driver: Driver, settings: ConnectionSettings, call: Any) -> UnavailableError:
    with pytest.raises(UnavailableError) as caught:
        send(driver, settings, call)
    assert "Secret-1" not in str(caught.value)
    assert caught.value.context.connection == "linkis_default"
    assert caught.value.context.endpoint == call.label
    return caught.value


# What goes out and comes in


def test_a_call_arrives_as_it_was_made(driver: Driver, server: ScriptedServer):
    server.script("POST /api/v1/submit", envelope({"taskID": 7}))
    settings = settings_for(server, prefix="/api/v1", headers={"X-Team": "data"})
    call = replace(SUBMIT(body={"code": "select '错误'"}), headers={"Token-User": "hadoop"})
    reply = send(driver, settings, call)
    [asked] = server.asked
    assert asked.json == {"code": "select '错误'"}
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["x-team"] == "data"
    assert asked.headers["token-user"] == "hadoop"
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json;charset=UTF-8")
    assert b'"taskID": 7' in reply.body


def test_paths_and_queries_are_quoted_once(driver: Driver, server: ScriptedServer):
    server.always("*", envelope())
    query = {"path": "hdfs:///tmp/a b+c&d=e/错误", "empty": "", "percent": "%41"}
    send(driver, settings_for(server), READ(name="exec_id018:9104/a b?#错误%41", query=query))
    [asked] = server.asked
    assert asked.raw_path.partition("?")[0] == "/jobs/exec_id018%3A9104%2Fa%20b%3F%23%E9%94%99%E8%AF%AF%2541"
    assert asked.query == query


def test_an_error_status_is_an_answer(driver: Driver, server: ScriptedServer):
    server.script("*", html_answer(502))
    assert send(driver, settings_for(server), READ(name="x")).status == 502


def test_a_redirect_is_not_followed_since_a_token_would_go_with_it(driver: Driver, server: ScriptedServer):
    server.script("*", Answer(302, b"", {"Location": f"{server.url}/elsewhere"}))
    assert send(driver, settings_for(server), READ(name="x")).status == 302
    assert len(server.asked) == 1


def test_many_requests_use_one_connection(driver: Driver, server: ScriptedServer):
    server.always("*", envelope())
    with driver.session(settings_for(server)) as client:
        for number in range(20):
            client.send(READ(name=number) if number % 2 else SUBMIT(body={}))
    assert len(server.asked) == 20
    assert server.connections == 1


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(driver: Driver, server: ScriptedServer):
    server.always("*", envelope())
    with driver.session(settings_for(server)) as client:
        client.send(READ(name="a"))
        server.close_connections()
        assert client.send(READ(name="b")).status == 200


@pytest.mark.parametrize(
    "gone", ["ticket=; Max-Age=0", "ticket=x; Max-Age=-1", "ticket=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]
)
def test_a_cookie_that_the_server_deletes_is_sent_no_more(driver: Driver, server: ScriptedServer, gone: str):
    answers = [Answer(200, b"{}", {"Set-Cookie": f"{cookie}; Path=/"}) for cookie in ("other=1", "ticket=abc", gone)]
    server.script("*", *answers, envelope())
    with driver.session(settings_for(server)) as client:
        for number in range(4):
            client.send(READ(name=number))
    assert [set(asked.headers.get("cookie", "").split("; ")) for asked in server.asked] == [
        {""},
        {"other=1"},
        {"other=1", "ticket=abc"},
        {"other=1"},
    ]


@pytest.mark.parametrize(
    "cookie", ["a=1; Max-Age=3600", "a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", "a=1; Expires=nonsense", "a=1"]
)
def test_a_cookie_that_goes_on_is_sent(driver: Driver, server: ScriptedServer, cookie: str):
    server.script("*", Answer(200, b"{}", {"Set-Cookie": f"{cookie}; Path=/; HttpOnly"}), envelope())
    with driver.session(settings_for(server)) as client:
        client.send(READ(name="set"))
        client.send(READ(name="sent"))
    assert server.asked[1].headers["cookie"] == "a=1"


async def test_cookies_of_the_connection_and_of_the_server_are_both_sent(server: ScriptedServer):
    server.script("*", Answer(200, b"{}", {"Set-Cookie": 'ticket="a b"; Path=/'}), envelope())
    async with AsyncTransport(settings_for(server, headers={"cookie": "route=1"})) as transport:
        await transport.send(READ(name="set"))
        await transport.send(READ(name="sent"))
    assert [asked.headers["cookie"] for asked in server.asked] == ["route=1", 'route=1; ticket="a b"']


def test_a_session_cookie_of_a_server_without_a_name_is_kept(driver: Driver, server: ScriptedServer):
    server.script("*", Answer(200, b"{}", {"Set-Cookie": "ticket=abc; Path=/"}), envelope())
    with driver.session(settings_for(server)) as client:
        client.send(READ(name="login"))
        client.send(READ(name="x"))
    assert server.asked[1].headers["cookie"] == "ticket=abc"


# No answer: it matters whether the request may have arrived


def closed_port() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


NOWHERE: dict[str, Callable[[], str]] = {
    "a closed port": closed_port,
    "a name that does not exist": lambda: "http://linkis.invalid:9001",
}


@pytest.mark.parametrize("url", NOWHERE.values(), ids=NOWHERE)
def test_what_cannot_be_reached_was_never_sent(driver: Driver, url):
    settings = ConnectionSettings("linkis_default", url(), password="Secret-1", connect_timeout_seconds=5.0)
    error = unanswered(driver, settings, SUBMIT(body={}))
    assert (error.sent, error.timed_out) == (False, False)
    assert "cannot be reached. Check host, port" in str(error)


def test_a_connection_that_is_not_accepted_in_time_was_never_sent(driver: Driver):
    # A listener whose queue is full lets connections wait.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        settings = ConnectionSettings(
            "linkis_default", f"http://127.0.0.1:{address[1]}", connect_timeout_seconds=0.3, timeout_seconds=30.0
        )
        error = unanswered(driver, settings, SUBMIT(body={}))
        for filler in fillers:
            filler.close()
    assert (error.sent, error.timed_out) == (False, False)


def test_a_connection_that_breaks_before_the_server_has_read_may_have_been_sent(driver: Driver, server: ScriptedServer):
    server.drop_unread(1)
    error = unanswered(driver, settings_for(server), SUBMIT(body={}))
    assert (error.sent, error.timed_out) == (True, False)
    assert server.asked == []


BREAKS: dict[str, Answer | Fault] = {
    "after the request": DROP,
    "in the status line": Fault(raw=b"HTTP/1.1 20"),
    "in the body": Answer(200, b'{"status": 0, "dat', cut=True),
    "between chunks": Answer(200, chunks=(b'{"status"', b": 0"), cut=True),
    "with what is not HTTP": Fault(raw=b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_a_connection_that_breaks_after_the_request_was_sent(driver: Driver, server: ScriptedServer, broken):
    server.script("POST /submit", broken)
    error = unanswered(driver, settings_for(server), SUBMIT(body={}))
    assert (error.sent, error.timed_out) == (True, False)
    assert "broke off before the answer was whole" in str(error)
    assert len(server.asked) == 1, "a transport repeats nothing by itself"


def test_an_answer_that_ends_in_its_headers_is_never_taken_for_a_good_one(driver: Driver, server: ScriptedServer):
    server.script("POST /submit", Fault(raw=b"HTTP/1.1 200 OK\r\nContent-Ty"))
    # To http.client that is an empty answer, which is none of the gateway's; to aiohttp a broken one.
    with pytest.raises((UnavailableError, MalformedReplyError)) as caught:
        parse_data(send(driver, settings_for(server), SUBMIT(body={})), ErrorContext())
    assert getattr(caught.value, "sent", True)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
@pytest.mark.parametrize("kept_open", [False, True], ids=["new connection", "used connection"])
def test_what_must_not_be_repeated_is_sent_once_whatever_its_verb(
    driver: Driver, server: ScriptedServer, method, kept_open
):
    once = replace(READ, method=method, idempotent=False)
    server.script(f"{method} /jobs/b", DROP)
    with driver.session(settings_for(server)) as client:
        if kept_open:
            client.send(READ(name="a"))
        with pytest.raises(UnavailableError) as error:
            client.send(once(name="b"))
    assert error.value.sent
    assert len(server.asked_for(f"{method} /jobs/b")) == 1


def test_no_answer_in_time_was_sent_and_may_still_be_at_work(driver: Driver, server: ScriptedServer):
    server.script("*", HANG)
    error = unanswered(driver, settings_for(server, timeout_seconds=0.2), SUBMIT(body={}))
    assert (error.sent, error.timed_out) == (True, True)
    assert "did not answer in time" in str(error)


def test_an_endpoint_may_have_a_time_limit_of_its_own(driver: Driver, server: ScriptedServer):
    server.script("*", HANG)
    assert unanswered(driver, settings_for(server, timeout_seconds=600.0), HASTY(name="x")).timed_out


def test_a_body_that_does_not_come_in_time_is_a_timeout(driver: Driver, server: ScriptedServer):
    server.script("*", Fault(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", hang=True))
    error = unanswered(driver, settings_for(server, timeout_seconds=0.2), SUBMIT(body={}))
    assert (error.sent, error.timed_out) == (True, True)


# Downloads


class Sink:
    """Notes what it gets, by attempt."""

    def __init__(self) -> None:
        self.attempts: list[bytes] = []

    def __call__(self) -> Callable[[bytes], None]:
        self.attempts.append(b"")

        def take(piece: bytes) -> None:
            self.attempts[-1] += piece

        return take


def test_a_file_goes_into_the_sink_and_not_into_the_reply(driver: Driver, server: ScriptedServer):
    pieces = tuple(f"{number},x\n".encode() * 500 for number in range(20))
    server.script("*", Answer(200, headers=AS_FILE, chunks=pieces))
    sink = Sink()
    reply = send(driver, settings_for(server), FILE(name="x", sink=sink))
    assert (reply.streamed, reply.body) == (True, b"")
    assert sink.attempts == [b"".join(pieces)]


def test_what_is_no_file_does_not_go_into_the_sink(driver: Driver, server: ScriptedServer):
    server.script("*", Answer(200, "error(错误):no such file".encode(), {"Content-Type": "text/plain"}))
    sink = Sink()
    reply = send(driver, settings_for(server), FILE(name="x", sink=sink))
    assert (reply.streamed, reply.text, sink.attempts) == (False, "error(错误):no such file", [])


def test_a_download_that_breaks_off_is_no_download(driver: Driver, server: ScriptedServer):
    server.script("*", Answer(200, headers=AS_FILE, chunks=(b"a,b\n", b"1,2\n"), cut=True))
    assert unanswered(driver, settings_for(server), FILE(name="x", sink=Sink())).sent


def test_an_error_of_the_sink_is_not_taken_for_the_servers(driver: Driver, server: ScriptedServer):
    server.script("*", Answer(200, headers=AS_FILE, chunks=(b"a,b\n",)))

    def full() -> Callable[[bytes], None]:
        def take(piece: bytes) -> None:
            raise OSError(28, "No space left on device")

        return take

    with pytest.raises(OSError, match="No space left") as caught:
        send(driver, settings_for(server), FILE(name="x", sink=full))
    assert not isinstance(caught.value, UnavailableError)


def test_a_file_is_sent_as_a_form_field_of_known_length(driver: Driver, server: ScriptedServer, tmp_path):
    server.always("*", envelope())
    content = bytes(range(256)) * 4000
    (tmp_path / "job.jar").write_bytes(content)
    upload = Upload(tmp_path / "job.jar", "jarfile", 'a "job".jar', "application/x-java-archive")
    send(driver, settings_for(server), replace(SUBMIT(), upload=upload))
    [asked] = server.asked
    assert int(asked.headers["content-length"]) == len(asked.body)
    kind, _, boundary = asked.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    head, _, rest = asked.body.partition(b"\r\n\r\n")
    assert head.startswith(f"--{boundary}\r\n".encode())
    assert b'form-data; name="jarfile"; filename="a %22job%22.jar"' in head
    assert rest == content + f"\r\n--{boundary}--\r\n".encode()


def test_a_call_may_go_to_a_second_server_of_the_connection(driver: Driver, server: ScriptedServer):
    server.always("*", envelope())
    with ScriptedServer() as second:
        second.always("*", envelope({"second": True}))
        reply = send(driver, settings_for(server), replace(READ(name="x"), base_url=second.url))
    assert b"second" in reply.body
    assert server.asked == []
    gone = unanswered(driver, settings_for(server), replace(READ(name="x"), base_url="http://127.0.0.1:1"))
    assert "http://127.0.0.1:1 cannot be reached" in str(gone)
