"""Every endpoint, at the server's own paths and at the documented ones, synchronously and asynchronously."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from support.exchangis_stub import DOCUMENTED, ROOT, USER, ExchangisStub, StubTask, refused
from support.linkis_replies import PREFIX, envelope, not_logged_in
from support.scripted_server import DROP, Answer, html_answer, json_answer
from taskcenter.core.errors import (
    AuthenticationError,
    ConfigurationError,
    MalformedReplyError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from taskcenter.core.job import JobTag
from taskcenter.exchangis import endpoints
from taskcenter.exchangis.data_source_api import DataSourceApi
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.exchangis.job_api import JobApi
from taskcenter.exchangis.request import ExchangisRequest, Intent, KnownJob

SOURCE = {"dataSourceName": "new", "dataSourceTypeId": "1", "createSystem": "MYSQL", "connectParams": {"host": "h"}}
EXECUTION = "5f0c"

CALLS: list[tuple[str, tuple[Any, ...], Any]] = [
    ("data_source_types", (), [{"id": "1", "name": "MYSQL"}, {"id": "4", "name": "HIVE"}]),
    ("query_data_sources", (), {"list": [], "total": 0}),
    ("list_data_sources", (), []),
    ("key_defines", (1,), [{"key": "host", "valueType": "TEXT"}]),
    ("data_source_versions", (1,), [{"versionId": 1, "datasourceId": 1, "connectParams": {"host": "h"}}]),
    ("create_data_source", (SOURCE,), {"id": 2, "version": 1}),
    ("data_source", (1,), {"id": 1, "dataSourceName": "shop"}),
    ("connect_params", (1,), {"host": "h"}),
    ("update_data_source", (1, SOURCE), None),
    ("publish_data_source", (1, 1), None),
    ("expire_data_source", (1,), None),
    ("connect_data_source", (1, 1), None),
    ("connect_by_params", (SOURCE,), None),
    ("delete_data_source", (1,), None),
    ("databases", ("MYSQL", 1), ["shop"]),
    ("tables", ("MYSQL", 1, "shop"), ["orders"]),
    (
        "fields",
        ("MYSQL", 1, "shop", "orders"),
        [{"name": "id", "type": "INT", "fieldIndex": 0, "fieldEditable": False}],
    ),
    (
        "fields_mapping",
        ({"engine": "DATAX"},),
        {"addEnable": True, "sourceFields": [], "sinkFields": [], "deductions": []},
    ),
    ("params_ui", ("DATAX", "MYSQL", "sink"), [{"key": "where", "type": "INPUT", "dir": "sink"}]),
    ("execute_job", (7,), None),
    ("execution_status", (EXECUTION,), {"status": "Running", "progress": 0.1, "allTaskStatus": False}),
    ("execution_tasks", (EXECUTION,), None),
    ("execution_progress", (EXECUTION,), {"status": "Running", "progress": 0.1, "tasks": {}}),
    ("task_metrics", (EXECUTION, "901"), {"taskId": "901", "name": "orders", "status": "Running", "metrics": None}),
    ("execution_log", (EXECUTION,), {"endLine": 1, "isEnd": False, "logs": {"all": "hello"}}),
    ("task_log", (EXECUTION, "901"), {"endLine": 2, "isEnd": True, "logs": {"all": "from the engine"}}),
]
"""The documented endpoints in their order: method, arguments, and what it returns where that is all of it."""

if_known = pytest.mark.parametrize(("name", "arguments", "expected"), CALLS, ids=[name for name, _, _ in CALLS])


@pytest.fixture(params=["real", "documented"])
def server(request: pytest.FixtureRequest, stub: ExchangisStub, monkeypatch: pytest.MonkeyPatch) -> ExchangisStub:
    """The stub with a data source and an execution, at either set of paths."""
    if request.param == "documented":
        stub.roots = DOCUMENTED
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", stub.connection(paths=request.param))
    return stub


def furnish(server: ExchangisStub, name: str) -> None:
    if name not in ("query_data_sources", "list_data_sources"):
        server.shelf.put("shop", host="h").tables = ["orders"]
    execution = server.add(log=["hello"], tasks=[StubTask("901", log=["from the engine"])])
    server.executions = {EXECUTION: execution}


def check(server: ExchangisStub, name: str, found: Any, expected: Any) -> None:
    if name == "execute_job":
        assert found == server.last.id
    elif name == "execution_tasks":
        assert [task["taskId"] for task in found] == ["901"]
    else:
        assert found == expected


@if_known
def test_each_documented_endpoint_gives_what_it_is_about(server: ExchangisStub, name, arguments, expected):
    furnish(server, name)
    with ExchangisHook() as hook:
        check(server, name, getattr(hook, name)(*arguments), expected)
    [asked] = server.asked
    assert asked.method == "GET" or isinstance(asked.json, dict)


@if_known
async def test_its_asynchronous_twin_gives_the_same(stub: ExchangisStub, name, arguments, expected):
    furnish(stub, name)
    check(stub, name, await getattr(ExchangisHook(), f"a{name}")(*arguments), expected)


def test_all_documented_endpoints_are_here():
    assert len(CALLS) == len(endpoints.DOCUMENTED) == 19 + 7


def test_every_flow_has_a_method_and_a_twin_with_the_same_arguments():
    flows = {
        name: flow
        for api in (DataSourceApi, JobApi)
        for name, flow in vars(api).items()
        if inspect.isfunction(flow) and not name.startswith("_")
    }
    assert len(flows) == 43
    for name, flow in flows.items():
        for method in (getattr(ExchangisHook, name), getattr(ExchangisHook, f"a{name}")):
            assert inspect.signature(method).parameters == inspect.signature(flow).parameters, name


@pytest.mark.parametrize(
    ("call", "endpoint", "answer", "expected"),
    [
        (lambda h: h.list_executions(job_name="x"), "GET /job/listJobs", {"jobList": [], "total": 0}, None),
        (lambda h: h.all_task_status("e"), "GET /job/e/allTaskStatus", {"allStatus": ["Success"]}, ["Success"]),
        (lambda h: h.delete_execution("e"), "POST /job/e/deleteJob", {}, None),
        (lambda h: h.transform_settings({}), "POST /job/transform/settings", {"types": []}, {"types": []}),
        (lambda h: h.create_job({}), "POST /job", {"result": {"id": 3}}, {"id": 3}),
        (lambda h: h.update_job(3, {}), "PUT /job/3", {"id": 3}, {"id": 3}),
        (lambda h: h.update_job_content(3, {}), "PUT /job/3/content", {}, {}),
        (lambda h: h.update_job_config(3, {}), "PUT /job/3/config", {}, {}),
        (lambda h: h.delete_job(3), "DELETE /job/3", {}, None),
        (lambda h: h.kill_execution("e"), "POST /job/execution/e/kill", {}, None),
        (lambda h: h.create_project({}), "POST /createProject", {"projectId": 5}, {"projectId": 5}),
        (lambda h: h.update_project({"id": 5}), "PUT /updateProject", {"projectId": 5}, {"projectId": 5}),
        (lambda h: h.delete_project(5), "DELETE /projects/5", {}, None),
        (lambda h: h.project(5), "GET /projects/5", {"item": {"name": "sales"}}, {"name": "sales"}),
    ],
)
def test_the_servers_own_endpoints_are_where_it_has_them(
    stub: ExchangisStub, hook: ExchangisHook, call: Callable[[Any], Any], endpoint, answer, expected
):
    verb, path = endpoint.split(" ")
    stub.always(f"{verb} {ROOT}{path}", envelope(answer))
    found = call(hook)
    assert found == (answer if expected is None and found is not None else expected)
    assert stub.asked_for(endpoint)


def test_the_log_is_asked_for_with_what_the_server_cannot_do_without(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add()
    hook.execution_log(execution.id)
    assert stub.asked[-1].query == {"fromLine": "1", "pageSize": "1000"}
    hook.list_executions()
    assert stub.asked[-1].query["status"] == ""


# Testing the connection


def test_the_connection_is_tested_with_a_harmless_look(stub: ExchangisStub, hook: ExchangisHook):
    stub.add()
    good, text = hook.test_connection()
    assert good, text
    assert f"as {USER}, at the real paths; data source types: HIVE, MYSQL; 1 execution(s)" in text
    assert "server 1.1.7 or later" in text
    assert {asked.method for asked in stub.asked} == {"GET"}


@pytest.mark.parametrize(("asked", "other"), [("real", "documented"), ("documented", "real")])
def test_testing_the_connection_finds_out_which_paths_the_server_has(stub, monkeypatch, asked, other):
    if other == "documented":
        stub.roots = DOCUMENTED
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", stub.connection(paths=asked))
    good, text = ExchangisHook().test_connection()
    assert not good
    assert f"Exchangis answers at the {other} paths: set paths of the connection to {other}" in text


def test_a_server_that_has_neither_says_so(stub: ExchangisStub, hook: ExchangisHook):
    stub.roots = {}
    good, text = hook.test_connection()
    assert not good
    assert "does not have this path. Check the prefix of the connection" in text


def test_paths_that_are_neither_are_refused(stub: ExchangisStub, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", stub.connection(paths="both"))
    with pytest.raises(ConfigurationError, match="has paths 'both'; it can be real or documented"):
        ExchangisHook().data_source_types()


# Answers that are no good ones

TYPE = f"GET {ROOT}/datasources/type"
SPRING = {"timestamp": 1, "status": 400, "error": "Bad Request", "path": "/x"}


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (refused("不存在该数据源"), NotFoundError, "does not know it, or this user may not see it"),
        (envelope({}, 1, "You have no permission to view", http=200), RefusedError, "You have no permission to view"),
        (json_answer(SPRING, 400), RefusedError, "could not read the request"),
        (Answer(200), MalformedReplyError, "The answer is empty"),
        (Answer(200, b"null"), MalformedReplyError, "not a JSON object"),
        (html_answer(), MalformedReplyError, "an HTML page"),
        (html_answer(404), NotFoundError, "does not have this path"),
        (html_answer(503), MalformedReplyError, "behind it does not"),
        (json_answer({"status": 503, "message": "x", "data": []}, 503), MalformedReplyError, "behind it does not"),
        (envelope({"list": "x"}), MalformedReplyError, "no list that can be read, only list"),
        (not_logged_in(), AuthenticationError, "refused the credentials"),
    ],
)
def test_an_answer_that_is_no_good_one_is_an_error_that_says_what_to_do(stub, hook, answer, kind, text):
    stub.always(TYPE, answer)
    with pytest.raises(kind, match=text) as caught:
        hook.data_source_types()
    assert caught.value.context.connection == "exchangis_default"


def test_a_login_that_fails_is_no_execution_that_may_have_arrived(stub: ExchangisStub, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", stub.connection().replace('"token"', '"password"'))
    stub.always(f"GET {PREFIX}/user/publicKey", envelope({}))
    stub.always(f"POST {PREFIX}/user/login", DROP)
    request = ExchangisRequest(KnownJob("7", "orders", "3", USER), False, Intent("key", 1, frozenset(), 0.0))
    with ExchangisHook() as hook, pytest.raises(UnavailableError) as caught:
        hook.run(lambda api: api.submit_job(request, JobTag("key", 1)))
    assert caught.value.sent is False


def test_a_session_that_has_expired_is_renewed_once(stub: ExchangisStub, monkeypatch):
    connection = stub.connection().replace('"token"', '"password"')
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", connection)
    for path in ("/user/publicKey", "/user/login"):
        for method in ("GET", "POST"):
            stub.always(f"{method} {PREFIX}{path}", envelope({"enableLoginEncrypt": False}))
    stub.script(TYPE, not_logged_in())
    stub.always(TYPE, envelope({"list": []}))
    with ExchangisHook() as hook:
        assert hook.data_source_types() == []
    assert len(stub.asked_for("POST /login")) == 2
