"""Executions: their states, tasks, progress and end, as a client sees them."""

from __future__ import annotations

import re
import time

import pytest

from taskcenter_sandbox.waiting import wait_until


@pytest.fixture(autouse=True)
def no_faults_before(server):
    server.fault(clear=True)


@pytest.fixture
def slow(server):
    """Batches take their time; a job of the fixture ``many`` has several."""
    server.fault("slow-transfer:300")
    yield
    server.fault(clear=True)


@pytest.fixture
def many(api, tmp_path, shop_of):
    return shop_of(api, tmp_path, rows=100_000)


def test_an_execution_has_a_uuid_and_a_row_at_once(api, shop):
    answer = api.ask("POST", f"/job/{shop.job()}/execute").json()
    execution = answer["data"]["jobExecutionId"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", execution)
    assert answer["message"] == "Submitted succeed(提交成功)！"
    assert api.status(execution)["status"] in ("Inited", "Scheduled", "Running", "Success")
    api.wait(execution)


def test_each_execute_is_an_execution_of_its_own(api, many, slow):
    job = many.job(settings={"setting.errorLimit.record": ""})
    first, second = api.execute(job), api.execute(job)
    assert first != second
    for each in (first, second):
        api.data("POST", f"/job/execution/{each}/kill")
        api.wait(each)


def test_permit_partial_failures_is_not_looked_at(api, shop):
    job = shop.job()
    execution = api.data("POST", f"/job/{job}/execute", {"permitPartialFailures": True})["jobExecutionId"]
    assert api.wait(execution)["status"] == "Success"


def test_a_job_that_is_not_there(api):
    assert "Job related the id: [999999] is Empty" in api.refusal("POST", "/job/999999/execute")


def test_a_job_without_content_fails_later_with_the_reason_in_its_log(api):
    execution = api.execute(api.job([]))
    assert api.wait(execution) == {"status": "Failed", "progress": 0.0, "allTaskStatus": True}
    assert "result set of launchable tasks is empty" in api.log(execution)
    assert api.tasks(execution) == []


def test_progress_tells_tasks_by_status_and_only_those_there_are(api, many, slow):
    execution = api.execute(many.job())
    api.wait(execution, "Running")
    wait_until(lambda: api.status(execution)["progress"] > 0, what="progress", timeout_seconds=10, poll_seconds=0.02)
    job = api.get(f"/job/execution/{execution}/progress")["job"]
    assert list(job["tasks"]) == ["Running"]
    (task,) = job["tasks"]["Running"]
    assert (task["name"], task["allTaskStatus"]) == ("orders", None)
    assert 0 < task["progress"] < 1
    assert job["allTaskStatus"] is None
    api.data("POST", f"/job/execution/{execution}/kill")
    api.wait(execution)
    assert list(api.get(f"/job/execution/{execution}/progress")["job"]["tasks"]) == ["Cancelled"]


def test_a_task_has_an_id_of_19_digits_and_dates_in_milliseconds(api, shop):
    (task,) = api.tasks(api.run(shop.job()))
    assert re.fullmatch(r"\d{19}", task["taskId"])
    assert task["createTime"] <= task["launchTime"] <= task["lastUpdateTime"]
    assert abs(task["createTime"] / 1000 - time.time()) < 60
    assert (task["engineType"], task["executeUser"]) == ("DATAX", "hadoop")
    assert task["linkisJobId"]


def test_metrics_are_nulls_before_there_are_any(api, server, shop):
    server.fault("slow-start:60000")
    execution = api.execute(shop.job())
    api.wait(execution, "Running")
    assert api.metrics(execution) == {"resourceUsed": None, "traffic": None, "indicator": None}
    api.data("POST", f"/job/execution/{execution}/kill")
    api.wait(execution)


def test_metrics_stay_after_the_end(api, shop):
    metrics = api.metrics(api.run(shop.job()))
    assert metrics["indicator"]["exchangedRecords"] == 1000
    assert metrics["traffic"]["source"] == "source"
    assert metrics["traffic"]["flow"] > 0
    assert metrics["resourceUsed"]["memory"] > 0


def test_metrics_need_the_execution_and_the_right_task(api, shop):
    execution = api.run(shop.job())
    task = api.tasks(execution)[0]["taskId"]
    assert "jobExecutionId" in api.refusal("POST", f"/task/execution/{task}/metrics", {"labels": {}})
    assert api.refusal("POST", "/task/execution/1/metrics", {"jobExecutionId": execution}).endswith("reason: null")


def test_an_unknown_execution(api, bob):
    unknown = "00000000-0000-0000-0000-000000000000"
    assert "NullPointerException" in api.refusal("GET", f"/job/execution/{unknown}/status")  # an administrator
    assert "Luanched job may be deleted" in bob.refusal("GET", f"/job/execution/{unknown}/status")
    assert api.get(f"/job/execution/{unknown}/taskList") == {"tasks": []}
    assert "Luanched job may be deleted" in bob.refusal("GET", f"/job/execution/{unknown}/taskList")
    assert "Fail to get progress info" in api.refusal("GET", f"/job/execution/{unknown}/progress")
    assert "NullPointerException" in api.refusal("POST", f"/job/execution/{unknown}/kill")


def test_a_kill_in_mid_transfer_stops_it(api, many, slow):
    execution = api.execute(many.job())
    wait_until(lambda: many.moved() > 0, what="the first rows", timeout_seconds=10, poll_seconds=0.02)
    answer = api.ask("POST", f"/job/execution/{execution}/kill").json()
    assert (answer["status"], answer["message"]) == (0, "Kill succeed(停止成功)！")
    assert api.status(execution)["status"] == "Cancelled"  # at once
    assert api.wait(execution)["allTaskStatus"] is True
    moved = many.moved()
    assert 0 < moved < 100_000
    assert [task["status"] for task in api.tasks(execution)] == ["Cancelled"]
    assert "Task is killed" in api.log(execution)
    assert many.moved() == moved
    # The last batch may have been written after the metrics were taken, never the other way round.
    assert 0 < api.metrics(execution)["indicator"]["exchangedRecords"] <= moved


def test_what_has_ended_cannot_be_killed(api, shop):
    execution = api.run(shop.job())
    assert "已经到终态" in api.refusal("POST", f"/job/execution/{execution}/kill")
    assert api.status(execution)["status"] == "Success"


def test_tasks_of_one_job_run_side_by_side(api, many, make_sub_job, slow):
    many.sql(many.right, "create table copies (id integer, name text, amount real, day text)")
    sinks = [many.sink(), {**many.sink(), "table": "copies"}]
    content = [make_sub_job(many.source(), sink, name=f"part_{n}") for n, sink in enumerate(sinks)]
    execution = api.execute(api.job(content))
    wait_until(
        lambda: len(api.get(f"/job/execution/{execution}/progress")["job"]["tasks"].get("Running", [])) == 2,
        what="two running tasks",
        timeout_seconds=10,
        poll_seconds=0.02,
    )
    assert api.get(f"/job/{execution}/allTaskStatus") == {"allStatus": ["Running", "Running"]}
    api.server.fault(clear=True)
    assert api.wait(execution)["status"] == "Success"
    assert [task["name"] for task in api.tasks(execution)] == ["part_0", "part_1"]


def test_a_task_that_fails_fails_the_job_and_stops_the_others(api, many, make_sub_job, slow):
    missing = {**many.sink(), "table": "nowhere"}
    content = [make_sub_job(many.source(), many.sink(), name="good"), make_sub_job(many.source(), missing, name="bad")]
    execution = api.execute(api.job(content))
    assert api.wait(execution)["status"] == "Failed"
    assert [task["status"] for task in api.tasks(execution)] == ["Cancelled", "Failed"]
    assert "there is no table main.nowhere" in api.log(execution)


def test_executions_are_listed_the_newest_first(api, shop):
    job = shop.job()
    name = api.get(f"/job/{job}")["result"]["jobName"]
    executions = [api.run(job), api.run(job)]
    found = api.get("/job/listJobs", jobName=name, status="", current=1, size=10)
    assert (found["total"], [each["jobExecutionId"] for each in found["jobList"]]) == (2, executions[::-1])
    row = found["jobList"][0]
    assert (row["name"], row["createUser"], row["status"], row["progress"]) == (name, "hadoop", "Success", 1.0)
    assert row["createTime"] % 1000 == 0
    assert row["projectName"].startswith("project_")
    assert "jobId" not in row
    one = api.get("/job/listJobs", jobExecutionId=executions[0], status="", current=1, size=10)
    assert [each["jobExecutionId"] for each in one["jobList"]] == executions[:1]
    later = api.get(
        "/job/listJobs", jobName=name, status="", current=1, size=10, launchStartTime=row["createTime"] + 1000
    )
    assert later == {"jobList": [], "total": 0}


def test_a_list_of_executions_needs_status_page_and_size(api):
    assert "NullPointerException" in api.refusal("GET", "/job/listJobs", current=1, size=10)
    assert api.ask("GET", "/job/listJobs", status="").json()["error"] == "Bad Request"


def test_a_user_sees_executions_of_the_jobs_that_are_the_users_own(api, bob, shop, make_sub_job):
    job = api.job([make_sub_job(shop.source(), shop.sink())], project=api.project(execUsers="bob"))
    execution = bob.execute(job)
    assert bob.wait(execution)["status"] == "Success"
    assert bob.get("/job/listJobs", status="", current=1, size=10)["total"] == 0


def test_an_execution_is_deleted_once_it_has_ended(api, many, slow):
    execution = api.execute(many.job())
    api.wait(execution, "Running")
    api.refusal("POST", f"/job/{execution}/deleteJob")
    api.data("POST", f"/job/execution/{execution}/kill")
    api.wait(execution)
    api.data("POST", f"/job/{execution}/deleteJob")
    assert api.get(f"/job/execution/{execution}/taskList") == {"tasks": []}


def test_the_documented_paths_lead_to_the_same(api, shop):
    job = shop.job()
    root = "/api/rest_j/v1/exchangis"
    execution = api.ask("POST", f"/job/{job}/execute", root=root).json()["data"]["jobExecutionId"]
    api.wait(execution)
    assert api.ask("GET", f"/job/execution/{execution}/status", root=root).json()["data"]["status"] == "Success"
    tasks = api.ask("GET", f"/job/execution/{execution}/tasklist", root=root).json()["data"]["tasks"]
    assert tasks == api.tasks(execution)
    assert api.ask("GET", f"/job/execution/{execution}/tasklist").status_code == 404  # the real one is taskList
    types = api.ask("GET", "/dss/exchangis/main/datasources/type", root="").json()["data"]
    assert types == api.get("/datasources/type")
