"""The hook's methods over HTTP, synchronous and asynchronous; and what is said when something is wrong."""

from __future__ import annotations

import inspect

import pytest

from support.flink_stub import PROGRAM_FAILED, errors, not_found, page
from support.scripted_server import DROP, LOSE, Answer, html_answer, json_answer
from taskcenter.core.errors import (
    AuthenticationError,
    ConfigurationError,
    MalformedReplyError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from taskcenter.flink.cluster_methods import ClusterMethods
from taskcenter.flink.hook import FlinkHook
from taskcenter.flink.sql_methods import SqlMethods

JOB = "a1" * 16
GONE = "f" * 32
METHODS = [name for kind in (ClusterMethods, SqlMethods) for name in vars(kind) if not name.startswith(("_", "a"))]

CALLS = {
    "overview": ((), "GET /overview", None),
    "cluster_config": ((), "GET /jobmanager/config", {"rest.port": "8081"}),
    "task_managers": ((), "GET /taskmanagers", [{"id": "t1", "slotsNumber": 4}]),
    "jars": ((), "GET /jars", [{"id": "1-x.jar", "name": "x.jar"}]),
    "run_jar": (("1-x.jar", {"entryClass": "a.B"}), "POST /jars/1-x.jar/run", "0" * 32),
    "delete_jar": (("1-x.jar",), "DELETE /jars/1-x.jar", None),
    "job_rows": ((), "GET /jobs/overview", None),
    "job": ((JOB,), f"GET /jobs/{JOB}", None),
    "job_config": ((JOB,), f"GET /jobs/{JOB}/config", {"jid": JOB}),
    "exceptions": ((JOB, 5), f"GET /jobs/{JOB}/exceptions", None),
    "metrics": ((JOB, ["uptime"]), f"GET /jobs/{JOB}/metrics", {"uptime": "5"}),
    "checkpoints": ((JOB,), f"GET /jobs/{JOB}/checkpoints", None),
    "cancel_job": ((JOB,), f"PATCH /jobs/{JOB}", None),
    "trigger_savepoint": ((JOB, {"target-directory": "s3://b"}), f"POST /jobs/{JOB}/savepoints", "9" * 32),
    "stop_job": ((JOB, {"drain": True}), f"POST /jobs/{JOB}/stop", "9" * 32),
    "dispose_savepoint": (("file:/s",), "POST /savepoint-disposal", "d1"),
    "disposal": (("d1",), "GET /savepoint-disposal/d1", {"status": {"id": "COMPLETED"}, "operation": {}}),
    "gateway_info": ((), "GET /v2/info", {"productName": "Apache Flink", "version": "2.3.0"}),
    "open_session": (("daily", {"a": "b"}), "POST /v2/sessions", "session-1"),
    "session": (("session-1",), "GET /v2/sessions/session-1", {"a": "b"}),
    "heartbeat": (("session-1",), "POST /v2/sessions/session-1/heartbeat", None),
    "run_statement": (("session-1", "SHOW TABLES"), "POST /v2/sessions/session-1/statements", "1"),
    "cancel_operation": (("session-1", "1"), "POST /v2/sessions/session-1/operations/1/cancel", None),
}


@pytest.fixture(params=["sync", "async"])
def call(request, flink):
    """Call a method of a hook, or its asynchronous twin."""

    async def run(name: str, *args, **kwargs):
        if request.param == "sync":
            with FlinkHook() as hook:
                return getattr(hook, name)(*args, **kwargs)
        return await getattr(FlinkHook(), f"a{name}")(*args, **kwargs)

    return run


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_an_asynchronous_twin_of_the_same_arguments(name):
    twin = getattr(FlinkHook, f"a{name}")
    assert inspect.iscoroutinefunction(twin)
    assert inspect.signature(twin) == inspect.signature(getattr(FlinkHook, name))


@pytest.mark.parametrize("name", CALLS)
async def test_every_method_asks_for_its_endpoint(call, flink, name):
    arguments, endpoint, value = CALLS[name]
    flink.jars["1-x.jar"] = "x.jar"
    flink.add_job(JOB, "RUNNING")
    answer = await call(name, *arguments)
    assert flink.endpoints() == [endpoint]
    if value is not None:
        assert answer == value


async def test_what_goes_with_a_request(call, flink):
    flink.add_job(JOB, "RUNNING")
    await call("cancel_job", JOB)
    await call("metrics", JOB, ["a", "b"])
    await call("exceptions", JOB, 5)
    await call("stop_job", JOB, {"drain": True})
    assert [asked.query for asked in flink.asked] == [{"mode": "cancel"}, {"get": "a,b"}, {"maxExceptions": "5"}, {}]
    assert flink.asked[-1].json == {"drain": True}


async def test_a_jar_is_uploaded_once_for_each_content(call, flink, tmp_path):
    jar = tmp_path / "orders.jar"
    jar.write_bytes(b"one")
    first = await call("ensure_jar", jar)
    assert await call("ensure_jar", jar) == first
    jar.write_bytes(b"two")
    assert await call("ensure_jar", jar) != first
    assert len(flink.asked_for("POST /jars/upload")) == 2
    assert b'name="jarfile"; filename="orders-' in flink.asked_for("POST /jars/upload")[0].body
    assert await call("upload_jar", jar, "other.jar") == "1-other.jar"


async def test_what_is_no_jar_is_not_sent(call, flink, tmp_path):
    (tmp_path / "orders.zip").write_bytes(b"x")
    for method in ("ensure_jar", "upload_jar"):
        with pytest.raises(ConfigurationError, match=r"must end in \.jar"):
            await call(method, tmp_path / "orders.zip")
        with pytest.raises(ConfigurationError, match=r"none\.jar' (cannot be read )?here"):
            await call(method, tmp_path / "none.jar")
    assert flink.asked == []


async def test_rows_come_page_by_page_up_to_a_limit(call, flink):
    flink.results["FROM t"] = [page([], ["x"], JOB), page([["1"], ["2"]], ["x"], JOB), page([["3"]], ["x"], JOB)]
    session = await call("open_session")
    operation = await call("run_statement", session, "SELECT x FROM t")
    assert await call("operation_status", session, operation) == "FINISHED"
    assert (await call("result_page", session, operation, 1))["results"]["data"][0]["fields"] == ["1"]
    result = await call("fetch", session, operation, 10)
    assert (result.rows, result.truncated, result.job_id) == ([["1"], ["2"], ["3"]], False, JOB)
    assert result.columns == [{"name": "x", "type": "VARCHAR"}]
    assert not result.changelog
    cut = await call("fetch", session, operation, 2)
    assert (cut.rows, cut.truncated) == ([["1"], ["2"]], True)
    await call("close_session", session)
    with pytest.raises(NotFoundError, match="does not exist"):
        await call("close_session", session)


# What is said when something is wrong


async def test_a_reason_is_the_last_cause_without_its_package(call, flink):
    flink.jars["1-x.jar"] = "x.jar"
    flink.script("POST /jars/1-x.jar/run", errors(400, PROGRAM_FAILED))
    with pytest.raises(RefusedError, match="Flink refused: ValidationException: Object 'orders' not found") as caught:
        await call("run_jar", "1-x.jar", {})
    assert caught.value.context.http_status == 400
    assert "\tat" not in str(caught.value)


async def test_what_the_cluster_does_not_know(call, flink):
    for method, arguments in (("job", (GONE,)), ("cancel_job", (GONE,)), ("savepoint", (GONE, GONE)), ("run_jar", ("no.jar", {}))):  # fmt: skip
        with pytest.raises(NotFoundError):
            await call(method, *arguments)


async def test_a_cluster_in_trouble_is_asked_again_unless_that_might_do_harm(call, flink):
    timeout = errors(500, "java.util.concurrent.TimeoutException: Invocation of [RPC] timed out.")
    flink.script("GET /overview", timeout, errors(503, "Service temporarily unavailable due to an ongoing leader election. Please refresh."), DROP)  # fmt: skip
    assert (await call("overview"))["flink-version"] == "2.3.0"
    flink.jars["1-x.jar"] = "x.jar"
    flink.script("POST /jars/1-x.jar/run", timeout)
    with pytest.raises(MalformedReplyError, match="Flink could not answer: TimeoutException"):
        await call("run_jar", "1-x.jar", {})
    flink.script("POST /jars/1-x.jar/run", LOSE)
    with pytest.raises(UnavailableError):
        await call("run_jar", "1-x.jar", {})
    assert len(flink.asked_for("POST /run")) == 2


async def test_a_job_with_an_id_of_its_own_may_be_submitted_again(call, flink):
    flink.jars["1-x.jar"] = "x.jar"
    flink.script("POST /jars/1-x.jar/run", DROP)
    assert await call("run_jar", "1-x.jar", {"jobId": JOB}) == JOB


NOT_FLINK = {
    "a page": (html_answer(200), MalformedReplyError, "an HTML page"),
    "another page": (html_answer(404), MalformedReplyError, "not Flink's"),
    "a list": (json_answer([]), MalformedReplyError, "not a JSON object"),
    "a proxy without Flink": (html_answer(502), MalformedReplyError, "Flink behind it does not"),
    "a login page": (html_answer(401), AuthenticationError, "credentials were refused"),
    "a redirect": (Answer(302, b"", {"Location": "/login"}), MalformedReplyError, "not Flink's"),
}


@pytest.mark.parametrize(("answer", "error", "words"), NOT_FLINK.values(), ids=NOT_FLINK)
async def test_an_answer_that_is_not_flinks(call, flink, answer, error, words):
    flink.always("GET /overview", answer)
    with pytest.raises(error, match=words):
        await call("overview")
    flink.always("GET /jobs/overview", answer)
    with pytest.raises(error):
        await call("job_rows")


# Connections


def test_a_connection_says_what_it_has_found(hook):
    assert hook.test_connection() == (
        True,
        (
            f"Connected to Flink 2.3.0 at {hook.settings.base_url}: 1 TaskManager(s), 3 of 4 slot(s) free, 0 job(s) "
            "running. SQL Gateway: Apache Flink 2.3.0."
        ),
    )


def test_a_connection_to_nothing_says_so(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", '{"conn_type": "flink_rest", "host": "127.0.0.1", "port": 1}')
    good, text = FlinkHook().test_connection()
    assert not good
    assert "http://127.0.0.1:1 cannot be reached" in text


async def test_a_gateway_that_the_connection_does_not_name(call, flink, monkeypatch):
    for address, words in (("", "names no SQL Gateway"), ("flink:8083", "begins with http")):
        monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", flink.connection(sql_gateway=address))
        with pytest.raises(ConfigurationError, match=words):
            await call("open_session")
    assert flink.asked == []


@pytest.mark.parametrize(
    ("fields", "header"),
    [
        ('"login": "me", "password": "Secret-1"', "Basic bWU6U2VjcmV0LTE="),
        ('"password": "Secret-1", "extra": {"auth": "bearer"}', "Bearer Secret-1"),
        ('"password": "Secret-1", "extra": {"auth": "none"}', None),
    ],
)
def test_credentials_are_for_a_proxy_in_front(flink, monkeypatch, fields, header):
    uri = f'{{"conn_type": "flink_rest", "host": "127.0.0.1", "port": {flink.port}, {fields}}}'
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", uri)
    with FlinkHook() as hook:
        hook.overview()
        assert flink.asked[0].headers.get("authorization") == header
        flink.script("GET /overview", errors(400, f"x.Y: you said {flink.asked[0].headers.get('authorization')} Secret-1"))  # fmt: skip
        with pytest.raises(RefusedError) as caught:
            hook.overview()
    assert "Secret-1" not in str(caught.value)
    assert "bWU6U2VjcmV0LTE=" not in str(caught.value)


async def test_a_missing_job_is_named(call, flink):
    flink.script(f"GET /jobs/{JOB}", not_found(f"Job {JOB} not found"))
    with pytest.raises(NotFoundError, match=f"job {JOB}"):
        await call("job", JOB)
