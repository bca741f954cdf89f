"""Jobs as they are stored."""

from __future__ import annotations

import pytest

from taskcenter_sandbox.hlink.server import HlinkServer


def test_a_new_job_has_an_id_a_code_and_the_servers_statebackend(api):
    job = api.job(jobType=1, jobName="n", checkpointStatebackendPath="file:///mine", checkpointStatebackendType=2)
    assert (job["jobStatus"], job["delFlag"], job["createBy"]) == (0, 1, "hadoop")
    assert job["jobCode"].startswith("JAR")
    assert (job["checkpointStatebackendPath"], job["checkpointStatebackendType"]) == ("", 0)
    assert "jobDsVOS" not in job
    assert api.view(job["id"])["jobCode"] == job["jobCode"]


def test_an_sql_job_shows_its_data_sources(api):
    parts = [{"dsId": 1, "dsType": "source", "runSql": None}, {"dsId": 2, "dsType": "sink", "runSql": "SELECT 1"}]
    job = api.job(jobType=0, jobDsVOS=parts)
    assert "jobDsVOS" not in job
    seen = api.view(job["id"])["jobDsVOS"]
    assert [{name: each[name] for name in parts[0]} for each in seen] == parts
    assert {each["jobId"] for each in seen} == {job["id"]}


def test_the_name_of_a_status_is_in_lists_alone(api):
    job = api.job(jobType=1, jobName="only one such name")
    view = api.view(job["id"])
    assert (view["jobStatusName"], view["jobTypeName"]) == (None, None)
    (listed,) = api.get("/jobs/list", jobName="ONLY ONE such")["records"]
    assert (listed["jobStatusName"], listed["jobTypeName"], listed["id"]) == ("未提交", "JAR", job["id"])


def test_lists_are_paged_and_filtered(api):
    numbers = [api.job(jobType=1, jobName=f"paged {number}")["id"] for number in range(5)]
    page = api.get("/jobs/list", jobName="paged", curPage=2, pageSize=2)
    assert [each["id"] for each in page["records"]] == numbers[2:4]
    assert (page["total"], page["pages"], page["current"], page["size"]) == (5, 3, 2, 2)
    assert api.get("/jobs/list", jobName="paged", jobType=0)["total"] == 0
    assert api.get("/jobs/list", jobName="paged", jobStatus=3)["total"] == 0
    assert api.get("/jobs/list", jobName="paged", clusterId=5)["total"] == 0
    assert api.get("/jobs/list", jobName="paged", curPage=9, pageSize=2)["records"] == []
    assert api.ask("GET", "/jobs/list", jobStatus="x").status_code == 400


def test_a_change_touches_what_is_given_and_replaces_data_sources_whole(api):
    job = api.job(jobType=0, jobName="before", parallelism=2, jobDsVOS=[{"dsId": 1, "dsType": "source"}])
    new = [{"dsId": 5, "dsType": "source"}, {"dsId": 6, "dsType": "sink", "runSql": "SELECT 1"}]
    assert (
        api.data("POST", "/jobs/updateDO", {"id": job["id"], "jobType": 0, "jobName": "after", "jobDsVOS": new}) is None
    )
    view = api.view(job["id"])
    assert (view["jobName"], view["parallelism"]) == ("after", 2)
    assert [each["dsId"] for each in view["jobDsVOS"]] == [5, 6]


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("/jobs/addDO", {"jobName": "x"}, (-3, "作业类型不可为空")),
        ("/jobs/addDO", {"jobType": 0}, (-2, "系统异常")),
        ("/jobs/addDO", {"jobType": 1, "parallelism": "many"}, (-3, "parallelism: 'many'")),
        ("/jobs/updateDO", {"jobType": 1}, (-3, "参数不正确")),
        ("/jobs/updateDO", {"id": 10**9, "jobType": 1}, (0, "作业不存在")),
    ],
)
def test_what_is_missing_is_refused(api, path, body, refusal):
    assert api.refusal("POST", path, body) == refusal


def test_what_is_no_json_object_is_springs_400(api):
    answer = api.session.post(f"{api.server.url}/jobs/addDO", data="{", timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")


def test_a_job_is_deleted_with_its_log(api, jar_job):
    job = jar_job()
    api.data("POST", f"/jobs/run/{job}")
    assert api.refusal("DELETE", "/jobs/removeDO", id=job) == (0, "作业正在运行中")
    api.data("POST", f"/jobs/cancel/{job}")
    api.data("DELETE", "/jobs/removeDO", id=job)
    assert api.refusal("GET", f"/jobs/{job}") == (404, "未找到作业信息")
    assert api.refusal("GET", f"/jobs/{job}/log") == (404, "未获取到该作业信息！")
    assert api.refusal("DELETE", "/jobs/removeDO", id=job) == (0, "作业不存在")


def test_the_overview_of_a_job_is_the_servers_own_failure(api):
    answer = api.ask("GET", f"/jobs/overview/{api.job(jobType=1)['id']}")
    assert (answer.status_code, answer.json()["error"]) == (500, "Internal Server Error")


def test_what_the_server_overwrites_can_be_set(tmp_path, api_of):
    options = ["--statebackend-path", "file:///checkpoints"]
    with HlinkServer(data_dir=tmp_path, options=options) as server:
        job = api_of(server).job(jobType=1)
    assert (job["checkpointStatebackendPath"], job["checkpointStatebackendType"]) == ("file:///checkpoints", 1)


def test_all_is_there_after_a_restart(tmp_path, api_of):
    with HlinkServer(data_dir=tmp_path) as server:
        api = api_of(server)
        job = api.job(jobType=1, jobName="kept")
        source = api.source("source", "datagen")
        server.kill()
        server.start()
        assert api.view(job["id"])["jobName"] == "kept"
        assert api.get("/ds/get", id=source)["tableType"] == "datagen"
        assert api.job(jobType=1)["id"] == job["id"] + 1
