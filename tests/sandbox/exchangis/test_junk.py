"""Junk in requests is answered, never with a defect of the server's own."""

from __future__ import annotations

import itertools
import json

import pytest

NUMBERS = itertools.count()
JUNK = [None, [], {}, "", "nonsense", 0, -1, 2**70, 1.5, True, [1], {"a": {"b": []}}]
BODIES = {
    ("POST", "/datasources"): {
        "dataSourceName": "junk",
        "dataSourceTypeId": "22",
        "createSystem": "CSV",
        "comment": "",
        "dataSourceDesc": "",
        "label": "",
        "connectParams": {"path": "/nowhere"},
    },
    ("POST", "/datasources/query"): {"page": 1, "pageSize": 10, "typeId": 1, "name": "", "typeName": "", "direct": ""},
    ("POST", "/datasources/op/connect"): {"dataSourceTypeId": 22, "connectParams": {"path": "/nowhere"}},
    ("POST", "/job/transform/settings"): {
        "engine": "DATAX",
        "sourceTypeId": "CSV",
        "sourceDataSourceId": 1,
        "sourceDataBase": "",
        "sourceTable": "",
        "sinkTypeId": "CSV",
        "sinkDataSourceId": 1,
        "sinkDataBase": "",
        "sinkTable": "",
    },
    ("POST", "/job"): {
        "projectId": 1,
        "jobType": "OFFLINE",
        "engineType": "DATAX",
        "jobName": "junk",
        "jobDesc": "",
        "jobLabels": "",
        "proxyUser": "",
        "jobParams": "",
        "source": {},
        "jobContent": "[]",
    },
    ("POST", "/createProject"): {"name": "junk", "description": "", "domain": "", "tags": "", "editUsers": ""},
    ("PUT", "/updateProject"): {"id": 1, "name": "junk", "description": "", "execUsers": ""},
    ("POST", "/task/execution/1/metrics"): {"jobExecutionId": "x"},
    ("POST", "/datasources/tools/encrypt"): {"encryStr": ""},
    ("POST", "/datasources/tools/decrypt"): {"sinkStr": ""},
}
"""Bodies that are (nearly) good; each value is replaced by junk in turn."""


@pytest.fixture(autouse=True)
def no_defect(server):
    """The server prints a trace of what it has not foreseen itself."""
    before = server.log_tail(100_000)
    yield
    said = server.log_tail(100_000).removeprefix(before)
    assert "Traceback" not in said, said


def answered(answer) -> None:
    assert answer.status_code in (200, 400), answer.text
    assert "status" in answer.json()


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_junk_in_a_body(api, method, path):
    good = {**BODIES[method, path]}
    if "projectId" in good:
        good["projectId"] = api.project()

    def fresh():
        """A name of its own, so that no other refusal comes first."""
        return {name: f"junk_{next(NUMBERS)}" for name in ("name", "jobName", "dataSourceName") if name in good}

    for name in good:
        for junk in JUNK:
            answered(api.ask(method, path, {**good, **fresh(), name: junk}))
    for missing in good:
        answered(api.ask(method, path, {name: value for name, value in {**good, **fresh()}.items() if name != missing}))


@pytest.mark.parametrize("raw", [b"null", b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b"{}" * 2])
def test_a_body_that_is_no_object(api, raw):
    url = f"{api.server.url}/api/rest_j/v1/dss/exchangis/main/datasources"
    answer = api.session.post(url, data=raw, headers={"Content-Type": "application/json"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")


def test_junk_in_a_content(api, shop, make_sub_job):
    job = shop.job()
    good = make_sub_job(shop.source(), shop.sink(), mapping=[("id", "id")])

    def variants(value, change):
        """The value, one of whose parts is junk."""
        for junk in JUNK:
            yield change(junk)
        if isinstance(value, dict):
            for key, part in value.items():
                yield from variants(part, lambda junk, key=key: change({**value, key: junk}))
        elif isinstance(value, list):
            for place, part in enumerate(value):
                yield from variants(part, lambda junk, place=place: change([*value[:place], junk, *value[place + 1 :]]))

    for content in variants([good], lambda junk: junk):
        text = content if isinstance(content, str) else json.dumps(content)
        answered(api.ask("PUT", f"/job/{job}/content", {"jobContent": text}))


@pytest.mark.parametrize("params", ["[]", "1", "nonsense", '{"a": {}}', '{"a": "${a}"}'])
def test_junk_in_parameters_of_a_job(api, shop, make_sub_job, params):
    job = api.job([make_sub_job(shop.source(where="id < ${a} + 5"), shop.sink())], jobParams=params)
    assert api.wait(api.execute(job))["status"] in ("Success", "Failed")


@pytest.mark.parametrize(
    "path", ["/job/listJobs", "/job/execution/x/log", "/job", "/datasources", "/task/execution/1/log"]
)
def test_junk_in_a_query(api, path):
    good = {
        "current": 1,
        "size": 1,
        "status": "",
        "fromLine": 1,
        "pageSize": 1,
        "projectId": 1,
        "name": "",
        "page": 1,
        "launchStartTime": 1,
        "lastRows": 1,
        "jobExecutionId": "x",
    }
    for name in good:
        for junk in ("", "x", "-1", "1.5", str(2**70), "-9223372036854775808", "9223372036854775807", "\x00", "ü"):
            answered(api.ask("GET", path, **{**good, name: junk}))


def test_junk_in_a_path(api):
    for junk in ("x", "-1", "1.5", str(2**62), str(2**70), "%00", "%C3%BC", "a%2Fb"):
        for path in (
            "/datasources/{}",
            "/datasources/{}/versions",
            "/job/{}",
            "/datasources/CSV/{}/dbs",
            "/projects/{}",
        ):
            answer = api.ask("GET", path.format(junk))
            assert answer.status_code in (200, 400, 404)
        for path in ("/job/{}/execute", "/job/execution/{}/kill", "/job/{}/deleteJob", "/appJob/execute/{}"):
            answer = api.ask("POST", path.format(junk))
            assert answer.status_code in (400, 404)
