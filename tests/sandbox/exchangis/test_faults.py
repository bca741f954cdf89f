"""Each fault strikes as often as it was asked to."""

from __future__ import annotations

import time

import pytest
import requests

from taskcenter_sandbox.exchangis.faults import FAULTS
from taskcenter_sandbox.waiting import wait_until

TYPES = "/datasources/type"


@pytest.fixture(autouse=True)
def no_faults_before(server):
    server.fault(clear=True)
    yield
    server.fault(clear=True)


@pytest.fixture
def many(api, tmp_path, shop_of):
    """A job of several batches."""
    return shop_of(api, tmp_path, rows=30_000)


def executions(api, job) -> int:
    name = api.get(f"/job/{job}")["result"]["jobName"]
    return api.get("/job/listJobs", jobName=name, status="", current=1, size=10)["total"]


def test_a_lost_answer_leaves_an_execution_that_runs(api, server, shop):
    job = shop.job()
    server.fault("lost-submit-answer")
    with pytest.raises(requests.ConnectionError):
        api.ask("POST", f"/job/{job}/execute")
    wait_until(lambda: shop.moved() == 1000, what="the rows", timeout_seconds=10, poll_seconds=0.02)
    assert executions(api, job) == 1


def test_a_lost_submit_leaves_nothing(api, server, shop):
    job = shop.job()
    server.fault("lost-submit")
    with pytest.raises(requests.ConnectionError):
        api.ask("POST", f"/job/{job}/execute")
    assert executions(api, job) == 0


def test_a_dropped_connection(api, server):
    server.fault("dropped")
    with pytest.raises(requests.ConnectionError):
        api.ask("GET", TYPES)
    api.get(TYPES)


def test_the_documented_paths_are_struck_too(api, server):
    server.fault("server-error")
    assert api.ask("GET", "/dss/exchangis/main/datasources/type", root="").status_code == 500


def test_what_comes_instead_of_an_answer(api, server):
    for fault, status, start in (
        ("server-error", 500, "Internal Server Error"),
        ("html", 200, "<!doctype html>"),
        ("unavailable", 503, '{"method"'),
        ("empty-answer", 200, ""),
    ):
        server.fault(fault)
        answer = api.ask("GET", TYPES)
        assert (answer.status_code, answer.text[: len(start)]) == (status, start), fault
        assert bool(answer.text) == bool(start)
        api.get(TYPES)


def test_half_an_answer_is_no_json(api, server):
    server.fault("truncated-json")
    with pytest.raises(requests.JSONDecodeError):
        api.ask("GET", TYPES).json()


def test_an_expired_session_is_401_and_minus_1(api, server, api_of):
    visitor = api_of(server, {})
    login = {"userName": "hadoop", "password": "hadoop"}
    assert visitor.ask("POST", "/user/login", login, root="/api/rest_j/v1").status_code == 200
    visitor.get(TYPES)
    server.fault("expired-session")
    api.get(TYPES)  # a token has no session
    answer = visitor.ask("GET", TYPES)
    assert (answer.status_code, answer.json()["status"]) == (401, -1)
    assert visitor.ask("POST", "/user/login", login, root="/api/rest_j/v1").status_code == 200
    visitor.get(TYPES)


def test_a_full_queue_is_refused(api, server, shop):
    job = shop.job()
    server.fault("queue-full")
    assert "queue is full" in api.refusal("POST", f"/job/{job}/execute")
    assert executions(api, job) == 0
    api.run(job)


def test_generation_may_take_its_time(api, server, shop):
    server.fault("slow-generation:60000")
    execution = api.execute(shop.job())
    assert api.status(execution) == {"status": "Inited", "progress": 0.0, "allTaskStatus": False}
    assert api.tasks(execution) == []
    assert api.get(f"/job/execution/{execution}/progress")["job"]["tasks"] == {}
    api.data("POST", f"/job/execution/{execution}/kill")
    assert api.wait(execution)["status"] == "Cancelled"


def test_a_kill_that_is_too_early_is_overwritten(api, server, many):
    server.fault("slow-generation:2000", "killed-too-early", "slow-transfer:300")
    execution = api.execute(many.job())
    api.data("POST", f"/job/execution/{execution}/kill")
    assert api.status(execution)["status"] == "Cancelled"
    api.wait(execution, "Running")
    server.fault(clear=True)
    assert api.wait(execution)["status"] == "Success"
    assert many.moved() == 30_000


def test_a_launch_that_fails_leaves_the_job_scheduled_until_one_succeeds(api, server, shop):
    server.fault("no-engine:2")
    execution = api.execute(shop.job())
    api.wait(execution, "Scheduled")
    assert api.wait(execution)["status"] == "Success"
    assert api.log(execution).count("fail, possible reason") == 2


def test_a_job_whose_tasks_cannot_be_launched_can_be_killed(api, server, shop):
    server.fault("no-engine:-1")
    execution = api.execute(shop.job())
    api.wait(execution, "Scheduled")
    api.data("POST", f"/job/execution/{execution}/kill")
    assert api.wait(execution)["status"] == "Cancelled"
    wait_until(
        lambda: [task["status"] for task in api.tasks(execution)] == ["Cancelled"],
        what="the task",
        timeout_seconds=10,
        poll_seconds=0.02,
    )


def test_a_task_may_wait_for_a_retry(api, server, shop):
    server.fault("wait-for-retry")
    execution = api.execute(shop.job())
    wait_until(
        lambda: [task["status"] for task in api.tasks(execution)] == ["WaitForRetry"],
        what="WaitForRetry",
        timeout_seconds=10,
        poll_seconds=0.02,
    )
    assert api.wait(execution)["status"] == "Success"


def test_a_status_that_only_the_document_knows_or_nobody(api, server, shop):
    execution = api.run(shop.job())
    server.fault("partial-success", "unknown-status:1@1")
    seen = [api.status(execution)["status"] for _ in range(3)]
    assert seen == ["Partial_Success", "Rebooting", "Partial_Success"]


def test_a_list_may_be_shorter_than_its_total(api, server, shop):
    job = shop.job()
    for _ in range(2):
        api.run(job)
    query = {"jobName": api.get(f"/job/{job}")["result"]["jobName"], "status": "", "current": 1, "size": 10}
    server.fault("short-list")
    found = api.get("/job/listJobs", **query)
    assert (found["total"], len(found["jobList"])) == (2, 1)
    assert len(api.get("/job/listJobs", **query)["jobList"]) == 2


def test_the_servers_clock_may_be_ahead(api, server, shop):
    job = shop.job()
    server.fault("clock-skew:3600")
    execution = api.run(job)
    (row,) = api.get("/job/listJobs", jobExecutionId=execution, status="", current=1, size=10)["jobList"]
    assert 3500 < row["createTime"] / 1000 - time.time() < 3700


def test_a_test_of_a_connection_may_take_its_time(api, server, shop):
    server.fault("slow-connect:300")
    begun = time.monotonic()
    api.data("PUT", f"/datasources/{shop.source_id}/1/connect")
    assert time.monotonic() - begun >= 0.3


def test_a_task_may_fail_after_its_first_batch(api, server, many):
    server.fault("failed-task")
    execution = api.execute(many.job())
    assert api.wait(execution)["status"] == "Failed"
    assert many.moved() == 5000
    assert api.metrics(execution)["indicator"]["exchangedRecords"] == 5000
    assert "failed-task" in api.log(execution)


def test_tasks_may_linger_after_their_job_has_ended(api, server, many):
    server.fault("slow-transfer:400", "lingering-tasks:60000")
    execution = api.execute(many.job())
    api.wait(execution, "Running")
    api.data("POST", f"/job/execution/{execution}/kill")
    assert api.status(execution)["status"] == "Cancelled"
    assert api.status(execution)["allTaskStatus"] is False
    server.fault("slow-transfer:0")
    # Nobody stops it any more before it is through.
    status = api.wait(execution)
    assert (status["status"], many.moved()) == ("Cancelled", 30_000)
    assert [task["status"] for task in api.tasks(execution)] == ["Success"]


def test_metrics_may_be_missing_or_refused(api, server, shop):
    execution = api.run(shop.job())
    server.fault("blank-metrics", "lost-metrics:1@1")
    assert api.metrics(execution)["indicator"] is None
    task = api.tasks(execution)[0]["taskId"]
    api.refusal("POST", f"/task/execution/{task}/metrics", {"jobExecutionId": execution})
    assert api.metrics(execution)["indicator"]["exchangedRecords"] == 1000


def test_logs_may_be_refused_or_gone(api, server, shop):
    execution = api.run(shop.job())
    query = {"fromLine": 1, "pageSize": 10}
    server.fault("log-failure")
    api.refusal("GET", f"/job/execution/{execution}/log", **query)
    server.fault("log-gone")
    assert api.get(f"/job/execution/{execution}/log", **query) == {"endLine": 0, "isEnd": True, "logs": {}}
    assert api.get(f"/job/execution/{execution}/log", **query)["logs"]["all"]
    server.fault("task-log-gone")
    task = api.tasks(execution)[0]["taskId"]
    api.refusal("GET", f"/task/execution/{task}/log", jobExecutionId=execution, **query)
    assert api.get(f"/task/execution/{task}/log", jobExecutionId=execution, **query)["logs"]["all"]


def test_jobs_may_be_read_only(api, server, shop):
    job = shop.job()
    server.fault("read-only")
    for method, path in (
        ("POST", "/createProject"),
        ("POST", "/job"),
        ("PUT", f"/job/{job}"),
        ("DELETE", f"/job/{job}"),
    ):
        assert "You have no permission" in api.refusal(method, path)
    api.run(job)


def test_a_fault_that_is_not_known_is_refused_with_the_list(api, server):
    answer = api.session.post(f"{server.url}/sandbox/faults", json={"set": ["nonsense"]}, timeout=10)
    assert answer.status_code == 400
    for name in FAULTS:
        assert name in answer.json()["message"]


def test_the_switches_need_the_login_too(server, api_of):
    visitor = api_of(server, {})
    assert visitor.session.post(f"{server.url}/sandbox/faults", json={"set": ["html"]}, timeout=10).status_code == 401
    assert visitor.session.get(f"{server.url}/sandbox/stats", timeout=10).status_code == 401


def test_what_clients_do_is_counted(api, server, shop):
    before = server.stats()
    execution = api.run(shop.job())
    api.refusal("POST", f"/job/execution/{execution}/kill")
    after = server.stats()

    def more(name):
        return after["requests"].get(name, 0) - before["requests"].get(name, 0)

    root = "/api/rest_j/v1/dss/exchangis/main"
    assert more(f"POST {root}/job/{{id}}/execute") == 1
    assert more(f"GET {root}/job/execution/{{id}}/status") >= 1
    assert [after[name] - before[name] for name in ("submissions", "kills", "jobs")] == [1, 1, 1]
    assert after["running"] == 0
