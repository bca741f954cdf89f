"""Jobs of jars on a scripted cluster: started, cancelled, restarted, given savepoints, refused."""

from __future__ import annotations

import json
import sqlite3

import pytest

from support.scripted_server import json_answer
from taskcenter_sandbox.hlink.server import HlinkServer

RUNNING, FAILED, CANCELLING, CANCELED, FINISHED = 3, 5, 6, 7, 8


def test_a_jar_runs_when_the_answer_comes(api, flink, jar_job):
    job = jar_job(entryClass="x.Main", program="--name 'two words'", parallelism=2, allowNrs=1)
    assert api.data("POST", f"/jobs/run/{job}") is None
    view = api.view(job)
    assert (view["jobStatus"], view["flinkJobId"]) == (RUNNING, next(iter(flink.jobs)))
    (asked,) = flink.asked_for(f"POST /jars/{flink.jars[0]}/run")
    assert asked.json == {
        "allowNonRestoredState": True, "entryClass": "x.Main", "programArgsList": ["--name", "two words"],
        "parallelism": 2,
    }  # fmt: skip
    assert api.refusal("POST", f"/jobs/run/{job}") == (0, "作业正在运行中")
    log = api.get(f"/jobs/{job}/log")
    assert "JAR作业启动" in log
    assert view["flinkJobId"] in log
    assert "No Root Exception" in log


def test_without_a_place_for_savepoints_it_is_cancelled_at_once(api, flink, jar_job):
    job = jar_job()
    api.data("POST", f"/jobs/run/{job}")
    assert api.refusal("GET", f"/jobs/savepoint/{job}") == (0, "未检索到保存点路径")
    api.data("POST", f"/jobs/cancel/{job}")
    view = api.view(job)
    assert (view["jobStatus"], view["savepointPath"]) == (CANCELED, None)
    assert flink.jobs[view["flinkJobId"]] == "CANCELED"
    assert api.refusal("POST", f"/jobs/cancel/{job}") == (0, "作业非运行状态，不可进行取消操作")


@pytest.mark.parametrize("place", ["the job", "the cluster"])
def test_a_cancel_with_a_savepoint_goes_on_behind_the_answer(api, flink, jar_job, place):
    flink.savepoint_directory = "file:///cluster"
    job = jar_job(stateSavepointsDir="file:///own" if place == "the job" else None)
    api.data("POST", f"/jobs/run/{job}")
    api.server.fault("slow-savepoint:500")
    api.data("POST", f"/jobs/cancel/{job}")
    assert (api.view(job)["jobStatus"], api.view(job)["savepointPath"]) == (CANCELLING, None)
    assert api.refusal("POST", f"/jobs/cancel/{job}")[1] == "作业非运行状态，不可进行取消操作"
    path = api.wait(job, CANCELED)["savepointPath"]
    assert path.startswith("file:///own/savepoint-" if place == "the job" else "file:///cluster/savepoint-")
    assert path in api.get(f"/jobs/{job}/log")
    api.data("POST", f"/jobs/run/{job}")
    assert flink.asked_for("POST /run")[-1].json["savepointPath"] == path


def test_a_savepoint_is_waited_for_and_replaces_the_one_before(api, flink, jar_job):
    job = jar_job(stateSavepointsDir="file:///own")
    assert api.refusal("GET", f"/jobs/savepoint/{job}") == (0, "作业非运行状态,不可触发保存点操作")
    api.data("POST", f"/jobs/run/{job}")
    api.get(f"/jobs/savepoint/{job}")
    first = api.view(job)["savepointPath"]
    assert flink.asked_for("POST /savepoint-disposal") == []
    api.get(f"/jobs/savepoint/{job}")
    assert api.view(job)["savepointPath"] != first
    (asked,) = flink.asked_for("POST /savepoint-disposal")
    assert asked.json == {"savepoint-path": first}
    assert api.view(job)["jobStatus"] == RUNNING


def test_a_savepoint_that_fails_is_told_and_fails_a_cancelled_job(api, flink, jar_job):
    job = jar_job(stateSavepointsDir="file:///own")
    api.data("POST", f"/jobs/run/{job}")
    number = api.view(job)["flinkJobId"]
    failure = {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"stack-trace": "no room"}}}
    real = flink.handler
    flink.handler = lambda asked: (
        json_answer(failure) if "/savepoints/" in asked.path and asked.method == "GET" else real(asked)
    )
    assert api.refusal("GET", f"/jobs/savepoint/{job}") == (-2, "获取作业保存点信息异常")
    assert f"the savepoint of {number} failed: no room" in api.get(f"/jobs/{job}/log")
    api.data("POST", f"/jobs/cancel/{job}")
    assert api.wait(job, FAILED)["savepointPath"] is None


def test_a_restart_does_not_wait_for_the_savepoint(api, flink, jar_job):
    flink.savepoint_directory = "file:///cluster"
    job = jar_job()
    api.data("POST", f"/jobs/run/{job}")
    first = api.view(job)["flinkJobId"]
    api.server.fault("slow-savepoint:300")
    api.data("POST", f"/jobs/restart/{job}")
    assert "savepointPath" not in flink.asked_for("POST /run")[-1].json
    view = api.view(job)
    assert (view["jobStatus"], view["flinkJobId"] != first) == (RUNNING, True)
    # The cancel's end is written over the new run's beginning, as the real server does.
    assert api.wait(job, CANCELED)["flinkJobId"] == view["flinkJobId"]
    assert flink.jobs[view["flinkJobId"]] == "RUNNING"


def test_batches_answer_a_success_with_the_failures_in_it(api, flink, jar_job):
    good, other = jar_job(), jar_job()
    assert api.data("POST", "/jobs/runBatch", jobIds=[good, other]) is None
    failed = api.data("POST", "/jobs/runBatch", jobIds=f"{good},{10**9}")
    assert {number: (each["success"], each["msg"]) for number, each in failed.items()} == {
        str(good): (False, "作业正在运行中"),
        str(10**9): (False, "作业不存在"),
    }
    assert api.data("POST", "/jobs/restartBatch", jobIds=[good]) is None
    assert api.data("POST", "/jobs/cancelBatch", jobIds=[good, other]) is None
    assert list(api.data("POST", "/jobs/cancelBatch", jobIds=[good])) == [str(good)]
    assert api.ask("POST", "/jobs/runBatch").status_code == 400
    assert api.ask("POST", "/jobs/runBatch", jobIds="1,x").status_code == 400


def test_what_is_missing_is_said_before_a_jar_runs(api, flink, jar_job):
    assert api.refusal("POST", f"/jobs/run/{10**9}") == (0, "作业不存在")
    job = jar_job()
    lost = api.view(job)["useJar"]
    flink.jars.clear()
    assert api.refusal("POST", f"/jobs/run/{job}") == (0, f"集群中jar缺失，请检查！-{lost}")
    no_cluster = api.job(jobType=1, clusterId=10**9, useJar="x")["id"]
    assert api.refusal("POST", f"/jobs/run/{no_cluster}") == (0, "集群暂时不可用，请检查！")
    flink.__exit__()
    assert api.refusal("POST", f"/jobs/run/{job}") == (0, "集群暂时不可用，请检查！")
    flink.__enter__()
    assert api.view(job)["jobStatus"] == 0


def test_a_jar_that_flink_refuses_fails_with_its_reason_in_the_log(api, flink, jar_job):
    job = jar_job()
    refusal = json_answer({"errors": ["ProgramInvocationException: no main"]}, 400)
    flink.always(f"POST /jars/{flink.jars[0]}/run", refusal)
    assert api.refusal("POST", f"/jobs/run/{job}") == (-2, "作业启动异常")
    assert api.view(job)["jobStatus"] == FAILED
    assert "ProgramInvocationException: no main" in api.get(f"/jobs/{job}/log")


def test_a_job_that_cannot_be_cancelled_stays_running(api, flink, jar_job):
    job = jar_job()
    api.data("POST", f"/jobs/run/{job}")
    flink.always(f"PATCH /jobs/{api.view(job)['flinkJobId']}", json_answer({"errors": ["busy"]}, 500))
    assert api.refusal("POST", f"/jobs/cancel/{job}") == (0, "作业取消失败")
    assert api.view(job)["jobStatus"] == RUNNING
    assert "busy" in api.get(f"/jobs/{job}/log")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([], "缺少数据源-源表配置，请检查！"),
        (["source"], "缺少数据源-目标表配置，请检查！"),
        (["source", "sink"], "缺少特征加工语句，请检查！"),
        (["source", "sink: SELECT 1;"], "特征加工语句不可以';'结尾"),
        (["lost source", "sink: SELECT 1"], "数据源缺失，请检查！"),
        (["source", "sink: SELECT 1"], "无法检索到集群信息"),
    ],
)
def test_what_is_missing_is_said_before_sql_is_submitted(api, parts, said):
    source, sink = api.source("source", "datagen"), api.source("sink", "print")
    made = []
    for part in parts:
        kind, _, sql = part.partition(": ")
        number = {"source": source, "sink": sink}.get(kind, 10**9)
        made.append({"dsId": number, "dsType": kind.rpartition(" ")[2], "runSql": sql or None})
    job = api.job(jobType=0, jobDsVOS=made)["id"]
    assert api.refusal("POST", f"/jobs/run/{job}") == (0, said)
    assert api.view(job)["jobStatus"] == 0


def test_sql_for_a_cluster_that_is_down_is_not_submitted(api, flink):
    source, sink = api.source("source", "datagen"), api.source("sink", "print")
    parts = [{"dsId": source, "dsType": "source"}, {"dsId": sink, "dsType": "sink", "runSql": "SELECT 1"}]
    job = api.job(jobType=0, clusterId=api.cluster(flink.url), jobDsVOS=parts)["id"]
    flink.__exit__()
    assert api.refusal("POST", f"/jobs/run/{job}") == (0, "集群地址不可用，请检查")
    flink.__enter__()


def test_the_stored_status_goes_stale_and_the_log_has_flinks_exceptions(api, flink, jar_job):
    job = jar_job()
    api.data("POST", f"/jobs/run/{job}")
    number = api.view(job)["flinkJobId"]
    flink.jobs[number] = "FAILED"
    assert api.view(job)["jobStatus"] == RUNNING
    log = api.get(f"/jobs/{job}/log")
    assert "RootException：\njava.lang.Boom: it broke" in log
    assert json.dumps("java.lang.Boom") in log


@pytest.fixture
def looking(tmp_path, api_of):
    """A server that looks at its clusters all the time."""
    with HlinkServer(data_dir=tmp_path / "own", options=["--sync-seconds", "0.05"]) as server:
        yield api_of(server)


def running_job(api, flink, jar) -> tuple[int, str]:
    """A running job, and its id on the cluster."""
    cluster = api.cluster(flink.url)
    with jar.open("rb") as file:
        api.data("POST", "/jars/upload", files={"jarfile": (jar.name, file)}, clusterId=cluster)
    job = api.job(jobType=1, clusterId=cluster, useJar=flink.jars[0])["id"]
    api.data("POST", f"/jobs/run/{job}")
    return job, api.view(job)["flinkJobId"]


@pytest.fixture
def watched(looking, flink, jar):
    """A running job there, and its id on the cluster."""
    return running_job(looking, flink, jar)


def test_a_look_at_the_cluster_tells_what_became_of_a_job(looking, flink, watched):
    job, number = watched
    for state, status in (("RESTARTING", 9), ("RUNNING", RUNNING), ("FINISHED", FINISHED)):
        flink.jobs[number] = state
        looking.wait(job, status)


def test_a_job_that_its_cluster_has_forgotten_has_failed(looking, flink, watched):
    job, number = watched
    del flink.jobs[number]
    looking.wait(job, FAILED)


def test_with_stale_status_on_nobody_looks(tmp_path, api_of, flink, jar):
    options = {"faults": ["stale-status:-1"], "options": ["--sync-seconds", "0.01"]}
    with HlinkServer(data_dir=tmp_path / "own", **options) as server:
        api = api_of(server)
        job, number = running_job(api, flink, jar)
        flink.jobs[number] = "FINISHED"
        assert {api.view(job)["jobStatus"] for _ in range(100)} == {RUNNING}
        assert flink.asked_for(f"GET /jobs/{number}") == []
        server.fault("stale-status:0")
        api.wait(job, FINISHED)


def test_what_a_killed_server_has_left_half_done_fails_after_half_an_hour(tmp_path, api_of, flink):
    with HlinkServer(data_dir=tmp_path, options=["--sync-seconds", "0.05"]) as server:
        api = api_of(server)
        source, sink = api.source("source", "datagen"), api.source("sink", "print")
        parts = [{"dsId": source, "dsType": "source"}, {"dsId": sink, "dsType": "sink", "runSql": "SELECT 1"}]
        job = api.job(jobType=0, clusterId=api.cluster(flink.url), jobDsVOS=parts)["id"]
        server.fault("slow-start:600000")
        api.data("POST", f"/jobs/run/{job}")
        server.kill()
        with sqlite3.connect(tmp_path / "hlink.sqlite") as db:
            db.execute(
                "update job set body = json_set(body, '$.modifyTime', '2026-01-01 00:00:00') where id = ?", (job,)
            )
        db.close()
        server.start()
        assert api.wait(job, FAILED)["modifyBy"] == "system"
