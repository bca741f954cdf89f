"""Clusters: an address that answers, a name of its own, live counts, and no deletion while something refers to it."""

from __future__ import annotations

import pytest


@pytest.fixture
def cluster(api, flink):
    return api.cluster(flink.url)


def test_a_cluster_is_listed_and_tells_its_live_counts(api, flink, cluster):
    info = api.get("/cluster/info", clusterId=cluster)
    assert (info["address"], info["type"], info["delFlag"], info["createBy"]) == (flink.url, 0, 1, "hadoop")
    assert (info["slotTotal"], info["slotAvailableCount"], info["slotRunningCount"]) == (8, 5, 3)
    assert (info["taskManagerCount"], info["jobCompleteCount"]) == (1, 2)
    assert (info["jobCancelCount"], info["jobFailureCount"]) == (3, 4)
    page = api.get("/cluster/list", curPage=1, pageSize=1)
    assert (page["size"], page["current"], len(page["records"]), page["searchCount"]) == (1, 1, 1, True)
    assert page["pages"] == page["total"] == len(api.get("/cluster/check/list"))


def test_the_dashboard_shows_flinks_overview(api, cluster):
    assert api.get("/dashboard/clusterInfo", clusterId=cluster) == {
        "flinkVersion": "2.3.0", "flinkCommit": "abc", "taskmanagers": 1, "slotsTotal": 8, "slotsAvailable": 5,
        "jobsRunning": 0, "jobsFinished": 2, "jobsCancelled": 3, "jobsFailed": 4,
    }  # fmt: skip
    assert api.refusal("GET", "/dashboard/clusterInfo") == (0, "集群不存在")


def test_an_address_that_does_not_answer_is_refused(api, flink):
    new = {"name": "elsewhere", "type": 0}
    for address in ("http://127.0.0.1:1", "no address", f"{flink.url}/nothing"):
        assert api.refusal("POST", "/cluster/add", **new, address=address) == (0, "集群地址不可用")
    assert "elsewhere" not in [each["name"] for each in api.get("/cluster/check/list")]


def test_a_name_is_taken_once(api, flink, cluster):
    name = api.get("/cluster/info", clusterId=cluster)["name"]
    assert api.refusal("POST", "/cluster/add", name=name, type=0, address=flink.url) == (0, "集群名称重复")
    other = api.cluster(flink.url)
    assert api.refusal("PUT", "/cluster/update", id=other, name=name, address=flink.url) == (0, "集群名称重复")


def test_what_is_missing_or_too_long_is_named(api, flink):
    assert api.refusal("POST", "/cluster/add", type=0, address=flink.url) == (-3, "集群名称不可为空")
    assert api.refusal("POST", "/cluster/add", name="n", type=0) == (-3, "集群地址不可为空")
    assert api.refusal("POST", "/cluster/add", name="n" * 65, type=0, address=flink.url)[0] == -3
    assert api.ask("POST", "/cluster/add", name="n", address=flink.url).status_code == 400


def test_a_cluster_is_changed_and_deleted(api, flink, cluster):
    api.data("PUT", "/cluster/update", id=cluster, name=f"renamed {cluster}", address=flink.url, remark="mine")
    info = api.get("/cluster/info", clusterId=cluster)
    assert (info["name"], info["remark"], info["modifyBy"]) == (f"renamed {cluster}", "mine", "hadoop")
    api.data("DELETE", "/cluster/delete", id=cluster)
    assert cluster not in [each["id"] for each in api.get("/cluster/check/list")]
    api.data("POST", "/cluster/add", name=f"renamed {cluster}", type=0, address=flink.url)


def test_it_is_not_deleted_while_a_jar_or_a_job_refers_to_it(api, cluster, upload):
    job = api.job(jobType=1, clusterId=cluster)
    assert api.refusal("DELETE", "/cluster/delete", id=cluster) == (0, "作业中存在该集群的引用，无法删除")
    upload(cluster)
    assert api.refusal("DELETE", "/cluster/delete", id=cluster) == (0, "资源包存在该集群的引用，无法删除")
    api.data("DELETE", "/jobs/removeDO", id=job["id"])


def test_one_that_is_not_there_or_down_is_said_so(api, flink, cluster):
    assert api.refusal("GET", "/cluster/info", clusterId=10**9) == (0, "无法检索到集群信息")
    assert api.refusal("DELETE", "/cluster/delete", id=10**9) == (0, "集群删除失败")
    flink.close_connections()
    flink.__exit__()
    assert api.refusal("GET", "/cluster/info", clusterId=cluster) == (-2, "Flink概要信息获取异常")
    assert api.refusal("GET", "/dashboard/clusterInfo", clusterId=cluster)[0] == 500
    flink.__enter__()
