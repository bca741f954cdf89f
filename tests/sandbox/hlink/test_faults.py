"""Faults, switched on by hand: what real deployments do to their clients."""

from __future__ import annotations

import time

import pytest
import requests

from taskcenter_sandbox.hlink.server import HlinkServer, HlinkStartError

RUNNING, FAILED = 3, 5


def test_the_answer_of_a_start_is_lost_and_the_job_runs(api, flink, jar_job):
    job = jar_job()
    api.server.fault("lost-submit-answer:1")
    with pytest.raises(requests.ConnectionError):
        api.ask("POST", f"/jobs/run/{job}")
    assert (api.view(job)["jobStatus"], len(flink.jobs)) == (RUNNING, 1)


def test_a_start_is_lost_before_anything_happens(api, flink, jar_job):
    job = jar_job()
    api.server.fault("lost-submit:1@1")
    api.data("POST", f"/jobs/runBatch?jobIds={job}")
    with pytest.raises(requests.ConnectionError):
        api.ask("POST", f"/jobs/restart/{job}")
    assert (api.view(job)["jobStatus"], len(flink.jobs)) == (RUNNING, 1)


def test_connections_proxies_and_halves(api):
    api.server.fault("dropped:1")
    with pytest.raises(requests.ConnectionError):
        api.ask("GET", "/dict/list")
    api.server.fault("server-error:1", "html:1@0")
    assert api.ask("GET", "/dict/list").status_code == 500
    assert "<html>" in api.ask("GET", "/dict/list").text
    api.server.fault("truncated-json:1")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        api.ask("GET", "/dict/list").json()
    assert api.get("/dict/list")
    api.server.fault("slow:200")
    began = time.monotonic()
    api.get("/dict/list")
    assert time.monotonic() - began > 0.2


def test_the_documents_numbers_instead_of_the_servers(api, jar_job):
    job = jar_job(jobName="numbers of the document")
    api.data("POST", f"/jobs/run/{job}")
    assert api.view(job)["jobStatus"] == RUNNING
    api.server.fault("documented-status:-1", "no-status-name:-1")
    assert api.view(job)["jobStatus"] == 1
    (listed,) = api.get("/jobs/list", jobName="numbers of the document")["records"]
    assert (listed["jobStatus"], listed["jobStatusName"]) == (1, None)


def test_an_sql_job_that_is_not_submitted_has_failed(api, flink):
    source, sink = api.source("source", "datagen"), api.source("sink", "print")
    parts = [{"dsId": source, "dsType": "source"}, {"dsId": sink, "dsType": "sink", "runSql": "SELECT 1"}]
    job = api.job(jobType=0, clusterId=api.cluster(flink.url), jobDsVOS=parts)["id"]
    api.server.fault("failed-start:1", "slow-start:300")
    assert api.data("POST", f"/jobs/run/{job}") == "作业启动中，请稍后！"
    assert api.view(job)["jobStatus"] == 2
    api.wait(job, FAILED)
    log = api.get(f"/jobs/{job}/log")
    assert "SQL作业异步启动" in log
    assert "异常：the fault failed-start is on" in log


def test_what_clients_did_is_counted(api, flink, jar_job):
    job = jar_job()
    before = api.server.stats()
    api.data("POST", f"/jobs/run/{job}")
    assert api.server.stats()["running"] == before["running"] + 1
    api.data("POST", f"/jobs/cancel/{job}")
    api.view(job)
    after = api.server.stats()
    assert after["submissions"] == before["submissions"] + 1
    assert after["kills"] == before["kills"] + 1
    assert after["requests"]["GET /jobs/{id}"] == before["requests"].get("GET /jobs/{id}", 0) + 1
    assert after["connections"] >= 1


def test_a_fault_that_is_none_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(HlinkStartError, match=r"there is no fault 'nothing'; .*stale-status"):
        HlinkServer(data_dir=tmp_path, faults=["nothing"]).start()


def test_a_data_directory_has_one_server(api):
    with pytest.raises(HlinkStartError, match="is in use by another local Hlink"):
        HlinkServer(data_dir=api.server.data_dir).start()


def test_a_flink_of_its_own_without_java_is_refused_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nothing"))
    with pytest.raises(HlinkStartError, match="apt-get install openjdk-17-jre-headless"):
        HlinkServer(data_dir=tmp_path / "data", options=["--flink"]).start()
