"""Every endpoint against a local Hlink, synchronously and asynchronously; logins; answers that are no good ones."""

from __future__ import annotations

import inspect
import itertools
import json
from typing import Any

import pytest

from support.hlink_connection import connection
from support.scripted_server import Answer, ScriptedServer, html_answer, json_answer
from taskcenter.core.errors import (
    AuthenticationError,
    ConfigurationError,
    MalformedReplyError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from taskcenter.hlink import endpoints
from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.job_api import JobApi
from taskcenter.hlink.resource_api import ResourceApi

_NUMBERS = itertools.count(1)


async def call(hook: HlinkHook, twin: str, name: str, *arguments: Any, **named: Any) -> Any:
    """A method, or its asynchronous twin."""
    found = getattr(hook, f"{twin}{name}")(*arguments, **named)
    return await found if twin else found


twins = pytest.mark.parametrize("twin", ["", "a"], ids=["sync", "async"])


def table(ds_type: str) -> dict[str, Any]:
    column = {"name": "id", "flinkType": "BIGINT", "level": 1, "virtualId": "1", "virtualPid": "0"}
    field = {"fieldName": "path", "fieldValue": "/tmp/t", "required": True}  # never opened
    return {
        "dsName": "orders",
        "dsType": ds_type,
        "tableType": "filesystem",
        "tableName": f"hook_{next(_NUMBERS)}",
        "dsSchemaColumnVOS": [column],
        "jsonFieldVO": {"jsonValue": [field]},
    }


@twins
async def test_jobs_are_added_changed_listed_run_cancelled_and_removed(hook, make_job, flink, twin):
    job = make_job()
    job_id = job["id"]
    await call(hook, twin, "update_job", {"id": job_id, "jobType": 1, "jobDesc": "nightly"})
    assert (await call(hook, twin, "job", job_id))["jobDesc"] == "nightly"
    page = await call(hook, twin, "list_jobs", jobName=job["jobName"])
    assert [row["jobStatusName"] for row in page["records"] if row["id"] == job_id] == ["未提交"]
    assert await call(hook, twin, "run_job", job_id) == ""
    [flink_job] = flink.jobs
    with pytest.raises(RefusedError, match="The job runs already"):
        await call(hook, twin, "run_job", job_id)
    assert flink_job in await call(hook, twin, "job_log", job_id)
    assert await call(hook, twin, "restart_job", job_id) == ""
    await call(hook, twin, "cancel_job", job_id)
    assert set(flink.jobs.values()) == {"CANCELED"}
    with pytest.raises(RefusedError, match="does not run"):
        await call(hook, twin, "cancel_job", job_id)
    await call(hook, twin, "remove_job", job_id)
    with pytest.raises(NotFoundError, match="未找到作业信息"):
        await call(hook, twin, "job", job_id)


@twins
async def test_a_batch_tells_of_each_job_that_failed(hook, make_job, twin):
    job_id = make_job()["id"]
    unknown = 987654
    assert await call(hook, twin, "run_jobs", [job_id, unknown]) == {str(unknown): "作业不存在"}
    assert await call(hook, twin, "restart_jobs", [job_id]) == {}
    assert await call(hook, twin, "cancel_jobs", [job_id]) == {}
    assert list(await call(hook, twin, "cancel_jobs", [job_id])) == [str(job_id)]
    with pytest.raises(ConfigurationError, match="job_ids is"):
        await call(hook, twin, "cancel_jobs", [])


@twins
async def test_a_savepoint_is_with_the_job_when_the_answer_comes(hook, make_job, twin):
    job_id = make_job(stateSavepointsDir="file:///savepoints")["id"]
    hook.run_job(job_id)
    await call(hook, twin, "trigger_savepoint", job_id)
    assert (await call(hook, twin, "job", job_id))["savepointPath"].startswith("file:///savepoints/savepoint-")


@twins
async def test_what_the_server_has_not_implemented_is_an_error_of_its(hook, make_job, twin):
    with pytest.raises(MalformedReplyError, match="HTTP status 500"):
        await call(hook, twin, "job_overview", make_job()["id"])


@twins
async def test_dictionaries_ids_and_documents(hook, twin):
    assert (await call(hook, twin, "snowflake_id")).isdigit()
    dictionaries = await call(hook, twin, "dictionaries")
    first = sorted(dictionaries)[0]
    assert await call(hook, twin, "dictionary", first) == dictionaries[first]
    assert await call(hook, twin, "document", "ds")
    with pytest.raises(RefusedError, match="获取文档失败"):
        await call(hook, twin, "document", "no such document")


@twins
async def test_clusters_and_what_they_have(hook, flink, twin):
    name = f"hook {next(_NUMBERS)}"
    await call(hook, twin, "add_cluster", name, flink.url)
    with pytest.raises(RefusedError, match="a cluster of that name already"):
        await call(hook, twin, "add_cluster", name, flink.url)
    cluster_id = next(each["id"] for each in await call(hook, twin, "cluster_choices") if each["name"] == name)
    await call(hook, twin, "update_cluster", cluster_id, name, flink.url, remark="mine")
    info = await call(hook, twin, "cluster", cluster_id)
    assert (info["remark"], info["slotTotal"]) == ("mine", 8)
    assert (await call(hook, twin, "cluster_overview", cluster_id))["slotsAvailable"] == 5
    listed = (await call(hook, twin, "list_clusters", page_size=500))["records"]
    assert name in {each["name"] for each in listed}
    await call(hook, twin, "delete_cluster", cluster_id)
    assert name not in {each["name"] for each in await call(hook, twin, "cluster_choices")}


@twins
async def test_jars_are_streamed_up_found_and_removed(hook, cluster_id, flink, jar, twin):
    jar.write_bytes(b"PK\x03\x04" + bytes(1 << 20))
    await call(hook, twin, "upload_jar", jar, cluster_id, entry_class="x.Main")
    [found] = await call(hook, twin, "list_jars", cluster_id)
    assert (found["resName"], found["resUname"]) == ("program.jar", flink.jars[0])
    assert flink.asked_for("POST /jars/upload")[0].body.count(b"PK\x03\x04") == 1
    page = await call(hook, twin, "list_jars_page", clusterId=cluster_id)
    assert [each["id"] for each in page["records"]] == [found["id"]]
    await call(hook, twin, "remove_jar", found["id"])
    assert flink.jars == []
    with pytest.raises(ConfigurationError, match="is no jar"):
        await call(hook, twin, "upload_jar", "program.py", cluster_id)
    with pytest.raises(ConfigurationError, match="There is no file"):
        await call(hook, twin, "upload_jar", jar.with_name("gone.jar"), cluster_id)


@twins
async def test_functions_have_unique_names(hook, jar, twin):
    name = f"upper{next(_NUMBERS)}"
    await call(hook, twin, "upload_udf", jar, name, "x.Upper", "SCALA", "upper case")
    with pytest.raises(RefusedError) as caught:
        await call(hook, twin, "upload_udf", jar, name, "x.Upper", "SCALA")
    assert caught.value.context.code == -11
    [row] = (await call(hook, twin, "list_udfs", udfName=name))["records"]
    await call(hook, twin, "update_udf", row["id"], "loud")
    [row] = (await call(hook, twin, "list_udfs", udfName=name))["records"]
    assert row["udfDesc"] == "loud"
    await call(hook, twin, "delete_udf", row["id"])
    assert (await call(hook, twin, "list_udfs", udfName=name))["records"] == []


@twins
async def test_data_sources(hook, tmp_path, twin):
    body = table("source")
    source_id = await call(hook, twin, "add_data_source", body)
    with pytest.raises(RefusedError, match="Another data source has that tableName"):
        await call(hook, twin, "check_table_name", body["tableName"])
    await call(hook, twin, "check_table_name", body["tableName"], source_id)
    stored = await call(hook, twin, "data_source", source_id)
    await call(hook, twin, "modify_data_source", {**stored, "dsName": "renamed"})
    page = await call(hook, twin, "list_data_sources", "source", tableName=body["tableName"])
    assert [(each["id"], each["dsName"]) for each in page["records"]] == [(int(source_id), "renamed")]
    await call(hook, twin, "remove_data_source", source_id)
    with pytest.raises(NotFoundError):
        await call(hook, twin, "data_source", source_id)
    assert await call(hook, twin, "field_templates", "source", "kafka")
    assert set(await call(hook, twin, "data_types")) == {"flinkSQLTypes", "basicTypes"}
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"type": "object", "properties": {"id": {"type": "integer"}}}))
    assert (await call(hook, twin, "analyse_schema", schema))["dsSchemaColumnVOS"]


@twins
async def test_a_file_is_streamed_down_and_a_missing_one_is_an_error(hook, tmp_path, twin):
    there, target = tmp_path / "there", tmp_path / "new" / "here"
    there.write_bytes(b"x" * 300_000)
    assert await call(hook, twin, "download_file", str(there), target) == target
    assert target.read_bytes() == there.read_bytes()
    with pytest.raises(NotFoundError, match="no such file"):
        await call(hook, twin, "download_file", str(tmp_path / "gone"), tmp_path / "none")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "there"]


async def test_lists_are_iterated_page_by_page(hook, make_job, monkeypatch):
    name = make_job()["jobName"] + " of many"
    for number in range(5):
        make_job(jobName=f"{name} {number}")
    found = {job["jobName"] for job in hook.iter_jobs(jobName=name, page_size=2)}
    assert found == {f"{name} {number}" for number in range(5)}
    assert {job["jobName"] async for job in hook.aiter_jobs(jobName=name, page_size=2)} == found
    assert {each["name"] for each in hook.iter_clusters()} == {each["name"] for each in hook.cluster_choices()}
    assert [each["id"] async for each in hook.aiter_clusters()] == [each["id"] for each in hook.iter_clusters()]


def test_every_endpoint_has_a_method_and_a_twin_with_the_same_arguments():
    flows = {
        name: flow
        for api in (JobApi, ResourceApi)
        for name, flow in vars(api).items()
        if inspect.isfunction(flow) and not name.startswith("_")
    }
    assert len(flows) == len(endpoints.DOCUMENTED) == len(set(endpoints.DOCUMENTED)) == 43
    for name, flow in flows.items():
        method, twin = (getattr(HlinkHook, f"{letter}{name}") for letter in ("", "a"))
        assert inspect.signature(method).parameters == inspect.signature(twin).parameters, name
        if name != "download_file":
            assert inspect.signature(method).parameters == inspect.signature(flow).parameters, name


def test_what_starts_something_is_never_sent_twice_by_itself():
    once = {"add job", "run job", "run jobs", "restart job", "restart jobs", "savepoint", "add data source"}
    assert once <= {each.name for each in endpoints.DOCUMENTED if not each.idempotent}
    assert all(each.idempotent for each in endpoints.DOCUMENTED if not each.changes)


# Logging in


def test_testing_the_connection_says_what_there_is(hook, cluster_id):
    good, text = hook.test_connection()
    assert good, text
    assert "Connected to Hlink" in text
    assert "cluster" in text
    assert "job status read as source" in text


@pytest.mark.parametrize("auth", ["password", "basic"])
def test_a_wrong_password_says_so_and_is_not_shown(server, monkeypatch, auth):
    value = connection(server.port, auth=auth).replace('"password": "hadoop"', '"password": "sesame-street"')
    monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", value)
    good, text = HlinkHook().test_connection()
    assert not good
    assert "Check user and password" in text
    assert "sesame" not in text


def test_basic_authentication_needs_no_login(server, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", connection(server.port, server, auth="basic"))
    before = server.stats()["requests"].get("POST /user/login", 0)
    with HlinkHook() as hook:
        assert hook.list_jobs()["records"] is not None
    assert server.stats()["requests"].get("POST /user/login", 0) == before


def test_headers_and_cookies_of_the_connection_are_sent(monkeypatch):
    good = json_answer({"success": True, "code": 200, "msg": "", "data": []})
    with ScriptedServer(lambda _: good) as stub:
        value = connection(stub.port, auth="none", headers={"X-Key": "k"}, cookies={"JSESSIONID": "abc"})
        monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", value)
        with HlinkHook() as hook:
            assert hook.cluster_choices() == []
        [asked] = stub.asked
        assert (asked.headers["x-key"], asked.headers["cookie"]) == ("k", "JSESSIONID=abc")


@twins
async def test_a_session_that_has_ended_is_renewed_once(server, hook, twin):
    assert await call(hook, twin, "snowflake_id")
    server.fault("expired-session:1")
    assert await call(hook, twin, "snowflake_id")


# Answers that are no good ones


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (json_answer({"success": False, "code": 0, "msg": "集群暂时不可用"}), RefusedError, "does not answer Hlink"),
        (json_answer({"success": False, "code": 200, "msg": "no"}), RefusedError, "Hlink refused: no"),
        (json_answer({"success": False, "code": -7, "msg": "未授权"}), AuthenticationError, "Check user and password"),
        (Answer(302, b"", {"Location": "/login"}), AuthenticationError, "not logged in"),
        (json_answer({"code": 200}), MalformedReplyError, "no success in it"),
        (json_answer({"success": True, "data": {"a": 1}}), MalformedReplyError, "no clusters that can be read"),
        (html_answer(), MalformedReplyError, "an HTML page"),
        (html_answer(502), MalformedReplyError, "a proxy in front of it"),
        (html_answer(404), NotFoundError, "does not have this path"),
        (json_answer({"status": 400}, 400), RefusedError, "could not read the request"),
    ],
)
def test_an_answer_that_is_no_good_one_is_an_error_that_says_what_to_do(monkeypatch, answer, kind, text):
    with ScriptedServer(lambda _: answer) as stub:
        monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", connection(stub.port, auth="none", connect_timeout_seconds=1))
        hook = HlinkHook()
        hook.settings = type(hook.settings)(**{**vars(hook.settings), "attempts": 1})
        with hook, pytest.raises(kind, match=text) as caught:
            hook.cluster_choices()
    assert caught.value.context.connection == "hlink_default"


def test_a_good_answer_is_told_by_success_whatever_its_code(monkeypatch):
    with ScriptedServer(lambda _: json_answer({"success": True, "code": 0, "msg": "", "data": []})) as stub:
        monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", connection(stub.port, auth="none"))
        with HlinkHook() as hook:
            assert hook.cluster_choices() == []


def test_a_server_that_is_not_there_says_where_it_was_looked_for(monkeypatch):
    with ScriptedServer() as gone:
        port = gone.port
    monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", connection(port, auth="none"))
    hook = HlinkHook()
    hook.settings = type(hook.settings)(**{**vars(hook.settings), "attempts": 1})
    with hook, pytest.raises(UnavailableError, match="cannot be reached"):
        hook.cluster_choices()


def test_a_dialect_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_HLINK_DEFAULT", connection(1, status_dialect="guess"))
    with pytest.raises(ConfigurationError, match="it can be source or documented"):
        HlinkHook().cluster_choices()
