"""Jars, functions, downloads, and what pages fill their forms with."""

from __future__ import annotations

import pytest


@pytest.fixture
def cluster(api, flink):
    return api.cluster(flink.url)


def test_a_jar_goes_to_its_cluster_and_is_found_as_the_newest(api, flink, cluster, upload):
    upload(cluster)
    jar = upload(cluster)
    assert (jar["resName"], jar["resUname"], jar["resSize"]) == ("program.jar", flink.jars[-1], 10)
    assert (jar["clusterId"], jar["status"], jar["resType"], jar["createBy"]) == (cluster, 1, 0, "hadoop")
    page = api.get("/jars/listPage", clusterId=cluster, curPage=2, pageSize=1)
    assert [each["id"] for each in page["records"]] == [jar["id"]]
    assert (page["records"][0]["resSizeStr"], page["total"], page["pages"]) == ("10 B", 2, 2)
    assert api.get("/jars/listPage", clusterId=cluster, resName="other")["total"] == 0
    assert len(api.get("/jars/list")) >= 2


@pytest.mark.parametrize(
    ("name", "to", "said"),
    [("program.zip", "cluster", "JAR包上传异常"), ("program.jar", "nothing", "jar包上传异常")],
)
def test_another_file_or_another_cluster_is_refused(api, cluster, name, to, said):
    number = cluster if to == "cluster" else 10**9
    assert api.refusal("POST", "/jars/upload", files={"jarfile": (name, b"x")}, clusterId=number) == (-2, said)


def test_an_upload_without_its_file_is_springs_400(api, cluster):
    assert api.ask("POST", "/jars/upload", files={"other": ("x.jar", b"x")}, clusterId=cluster).status_code == 400
    assert api.ask("POST", "/jars/upload", clusterId=cluster).status_code == 400


def test_a_cluster_that_is_down_takes_no_jar_and_loses_none(api, flink, cluster, upload, jar):
    kept = upload(cluster)
    flink.__exit__()
    with jar.open("rb") as file:
        assert api.refusal("POST", "/jars/upload", files={"jarfile": file}, clusterId=cluster)[0] == -2
    assert api.refusal("DELETE", "/jars/removeDO", jarid=kept["id"]) == (-2, "集群不可用，请检查！")
    flink.__enter__()
    assert [each["id"] for each in api.get("/jars/list", clusterId=cluster)] == [kept["id"]]


def test_a_jar_that_a_job_uses_is_not_deleted(api, flink, cluster, upload):
    jar = upload(cluster)
    job = api.job(jobType=1, clusterId=cluster, useJar=jar["resUname"])
    assert api.refusal("DELETE", "/jars/removeDO", jarid=jar["id"]) == (-2, "存在作业引用该资源包，无法删除")
    api.data("DELETE", "/jobs/removeDO", id=job["id"])
    api.data("DELETE", "/jars/removeDO", jarid=jar["id"])
    assert flink.jars == []
    assert api.refusal("DELETE", "/jars/removeDO", jarid=jar["id"]) == (-2, "JAR包删除异常")


def test_a_function_is_uploaded_listed_described_downloaded_and_deleted(api, server, jar):
    fields = {"udfName": "twice", "udfClass": "x.Twice", "udfType": "SCALA", "udfDesc": "doubles"}
    with jar.open("rb") as file:
        api.data("POST", "/ds/udf/upload", files={"jarfile": ("../../evil.jar", file)}, **fields)
    (udf,) = api.get("/ds/udf/list", udfName="twi")["records"]
    assert {name: udf[name] for name in fields} == fields
    assert (udf["jarName"], udf["deleteFlag"]) == ("evil.jar", 0)
    assert udf["udfPath"].startswith(str(server.data_dir / "udf"))

    again = {**fields, "udfClass": "x.Other"}
    assert api.refusal("POST", "/ds/udf/upload", files={"jarfile": ("t.jar", b"x")}, **again) == (
        -11,
        "函数名不可重复，请检查！",
    )
    api.data("PUT", "/ds/udf/update", id=udf["id"], udfDesc="doubles a number")
    (udf,) = api.get("/ds/udf/list", udfName="twice")["records"]
    assert (udf["udfDesc"], udf["modifyBy"]) == ("doubles a number", "hadoop")

    answer = api.ask("GET", "/file/down", filePath=udf["udfPath"], fileName="twice.jar")
    assert (answer.status_code, answer.content) == (200, jar.read_bytes())
    assert answer.headers["Content-Disposition"] == "attachment;fileName=twice.jar"

    api.data("DELETE", "/ds/udf/delete", id=udf["id"])
    assert api.get("/ds/udf/list", udfName="twice")["records"] == []
    assert api.ask("GET", "/file/down", filePath=udf["udfPath"]).content == b""
    assert api.refusal("DELETE", "/ds/udf/delete", id=udf["id"])[0] == -2
    with jar.open("rb") as file:
        api.data("POST", "/ds/udf/upload", files={"jarfile": ("t.jar", file)}, **fields)


@pytest.mark.parametrize("field", ["udfName", "udfClass", "udfType"])
def test_a_function_needs_name_class_and_type(api, field):
    fields = {"udfName": f"no_{field}", "udfClass": "x.Y", "udfType": "SCALA"}
    del fields[field]
    assert api.refusal("POST", "/ds/udf/upload", files={"jarfile": ("t.jar", b"x")}, **fields)[0] == -3
    fields[field] = "SCALA"
    assert api.refusal("POST", "/ds/udf/upload", files={"jarfile": ("t.txt", b"x")}, **fields)[0] == -2


def test_a_download_streams_and_a_missing_file_is_nothing_with_200(api, tmp_path):
    path = tmp_path / "结果 1.bin"
    path.write_bytes(bytes(range(256)) * 4096)
    answer = api.ask("GET", "/file/down", filePath=str(path))
    assert answer.content == path.read_bytes()
    assert answer.headers["Content-Disposition"] == "attachment;fileName=?? 1.bin"
    assert answer.headers["Content-Type"] == "application/force-download"
    for nothing in (str(tmp_path / "gone"), str(tmp_path), "a\0b"):
        answer = api.ask("GET", "/file/down", filePath=nothing)
        assert (answer.status_code, answer.content) == (200, b"")
    assert api.refusal("GET", "/file/down") == (-3, "文件名路径不可为空")
    name = "x\r\nSet-Cookie: a=b"
    assert "Set-Cookie" not in api.ask("GET", "/file/down", filePath=str(path), fileName=name).headers


def test_dictionaries_by_type(api):
    every = api.get("/dict/list")
    assert {"ds_type", "dc_type_source", "checkpoint_mode", "restart_strategy", "job_status"} <= every.keys()
    assert api.get("/dict/list/job_status") == every["job_status"]
    assert [(each["dictValue"], each["dictLabel"]) for each in every["job_status"]][3] == ("3", "运行中")
    assert api.get("/dict/list/nothing") == []


def test_snowflake_ids_are_bare_and_grow(api):
    answers = [api.ask("GET", "/dict/getSnowflakeId") for _ in range(3)]
    numbers = [int(answer.text) for answer in answers]
    assert sorted(set(numbers)) == numbers
    assert "success" not in answers[0].text


def test_documents(api):
    assert "INSERT INTO" in api.get("/doc/get/sql")
    assert api.refusal("GET", "/doc/get/nothing")[0] == 500
