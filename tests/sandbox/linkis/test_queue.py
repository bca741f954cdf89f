"""Jobs wait in rings, one for each creator, user and engine; an execID is a place in one."""

from __future__ import annotations

import pytest

from taskcenter_sandbox.linkis.scheduler import Ring
from taskcenter_sandbox.linkis.server import LinkisServer
from taskcenter_sandbox.waiting import wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One job of a group at a time, and room for three that wait."""
    options = ["--running", "1", "--queue", "4"]
    with LinkisServer(data_dir=tmp_path_factory.mktemp("linkis"), port=0, options=options) as server:
        yield server


def wait_for_rest(server) -> None:
    wait_until(lambda: server.stats()["running"] == 0, what="rest", timeout_seconds=20, poll_seconds=0.05)


def kill(api, *jobs) -> None:
    for job in jobs:
        assert api.get(f"/entrance/{job['execID']}/kill", taskID=job["taskID"]).status_code == 200


def test_a_ring_keeps_one_item_fewer_than_its_places():
    ring: Ring[str] = Ring(4)
    assert [ring.offer(letter) for letter in "abc"] == [0, 1, 2]
    assert ring.full
    assert [ring.take(), ring.take()] == ["a", "b"]
    assert not ring.full
    assert ring.offer("d") == 3
    assert ring.waiting() == ["c", "d"]
    with pytest.raises(IndexError, match="already been deleted"):
        ring.get(0)
    assert [ring.get(number) for number in (1, 2, 3)] == ["b", "c", "d"]
    with pytest.raises(IndexError, match="must be less"):
        ring.get(4)


def test_a_ring_that_never_had_an_item_has_an_empty_first_place():
    ring: Ring[str] = Ring(4)
    assert ring.get(0) is None
    assert ring.take() is None
    with pytest.raises(IndexError):
        ring.get(1)


def test_one_job_runs_and_the_others_wait_their_turn(api, server):
    first, second = (api.submit("sleep 60", "shell", "turns") for _ in range(2))
    api.wait(first["taskID"], "Running")
    waiting = api.task(second["taskID"])
    assert (waiting["status"], waiting["execId"], waiting["resultLocation"]) == ("Inited", None, None)
    assert waiting["strongerExecId"].endswith("null")
    assert waiting["logPath"] is not None
    assert api.data(f"/entrance/{second['execID']}/status")["status"] == "Inited"
    other_group = api.submit("echo at once", "shell", "elsewhere")
    assert api.wait(other_group["taskID"])["status"] == "Succeed"
    kill(api, first)
    row = api.wait(second["taskID"], "Running")
    assert row["strongerExecId"] == second["execID"]
    kill(api, second)
    wait_for_rest(server)


def test_when_three_wait_a_fourth_is_refused_with_12001_and_a_failed_row(api, server):
    jobs = [api.submit("sleep 60", "shell", "full") for _ in range(1)]
    api.wait(jobs[0]["taskID"], "Running")
    jobs += [api.submit("sleep 60", "shell", "full") for _ in range(3)]
    labels = {"engineType": "shell-1", "userCreator": "hadoop-full"}
    answer = api.post(
        "/entrance/submit", {"executionContent": {"code": "sleep 60", "runType": "shell"}, "labels": labels}
    )
    assert (answer.status_code, answer.json()["data"]["errorMsg"]["errCode"]) == (400, 12001)
    newest = api.data("/jobhistory/list", creator="full", pageSize=1)["tasks"][0]
    assert newest["taskID"] == jobs[-1]["taskID"] + 1
    assert (newest["status"], newest["errCode"]) == ("Failed", 12001)
    kill(api, *jobs)
    wait_for_rest(server)


def test_a_place_that_was_used_again_is_gone_though_the_task_is_not(api):
    old = api.run("echo old", "shell", "reused")
    for _ in range(3):
        api.run("echo new", "shell", "reused")
    assert api.get(f"/entrance/{old['strongerExecId']}/status").status_code == 400
    assert api.get(f"/entrance/{old['strongerExecId']}/log").status_code == 400
    status = api.data(f"/entrance/{old['strongerExecId']}/status", taskID=old["taskID"])
    assert status["status"] == "Succeed"


def test_after_idle_time_the_places_begin_anew_and_an_old_exec_id_names_a_newer_job(api, server):
    old = api.run("echo old", "shell", "idle")
    wait_for_rest(server)
    server.fault("forgotten-jobs")
    # The task alone is known now; its execID is an empty place.
    assert api.data(f"/entrance/{old['taskID']}/status")["status"] == "Succeed"
    new = api.submit("sleep 60", "shell", "idle")
    assert new["execID"] == old["strongerExecId"]
    api.wait(new["taskID"], "Running")
    assert api.data(f"/entrance/{old['strongerExecId']}/status")["status"] == "Running"
    assert api.data(f"/entrance/{old['taskID']}/status")["status"] == "Succeed"
    kill(api, new)


def test_a_job_whose_entrance_has_gone_looks_inited_by_its_task_id_until_it_is_killed(api, server):
    job = api.submit("sleep 60", "shell", "orphan")
    api.wait(job["taskID"], "Running")
    server.fault("awaiting-failover")
    by_task, task_id = f"/entrance/{job['taskID']}", str(job["taskID"])
    assert api.data(f"{by_task}/status") == {"status": "Inited", "execID": "", "taskID": task_id}
    nothing = {"progress": 0, "execID": "", "taskID": task_id, "progressInfo": []}
    assert api.data(f"{by_task}/progress") == nothing
    log = api.data(f"{by_task}/log", fromLine=5)
    assert (log["log"][:2], log["fromLine"]) == ([None, None], 0)
    assert "The job will failover soon" in log["log"][3]
    answer = api.get(f"{by_task}/kill")
    assert answer.json()["data"] == {"execID": "", "taskID": task_id}
    assert answer.json()["message"].startswith("Forced Kill task")
    assert api.task(job["taskID"])["status"] == "Cancelled"
    server.fault("awaiting-failover:0")
    # Only the history was changed.
    assert api.data(f"/entrance/{job['execID']}/status")["status"] == "Running"
    kill(api, job)
    wait_for_rest(server)


def test_a_stubborn_engine_runs_on_while_the_history_says_cancelled(api, server):
    job = api.submit("echo begun; sleep 2", "shell", "stubborn")
    api.wait_for_log(job, "begun")
    server.fault("stubborn-engine")
    kill(api, job)
    assert api.task(job["taskID"])["status"] == "Cancelled"
    assert api.data(f"/entrance/{job['execID']}/status")["status"] == "Running"
    wait_for_rest(server)
    assert api.data(f"/entrance/{job['execID']}/status")["status"] == "Cancelled"


def test_an_engine_that_is_slow_to_start_leaves_the_job_scheduled(api, server):
    server.fault("slow-engine:60000")
    try:
        job = api.submit("echo", "shell", "slow")
        row = api.wait(job["taskID"], "Scheduled")
        assert row["strongerExecId"] == job["execID"]
        kill(api, job)
        assert api.wait(job["taskID"])["status"] == "Cancelled"
    finally:
        server.fault("slow-engine:0")


def test_no_engine_can_be_started(api, server):
    server.fault("no-engine")
    row = api.run("echo", "shell", "none")
    assert (row["status"], row["errCode"], row["canRetry"]) == ("Failed", 11055, True)
    assert api.run("echo", "shell", "none")["status"] == "Succeed"


def test_a_fault_can_let_some_go_well_first(api, server):
    server.fault("queue-full:1@2")
    labels = {"engineType": "shell-1", "userCreator": "hadoop-later"}
    body = {"executionContent": {"code": "echo", "runType": "shell"}, "labels": labels}
    assert [api.post("/entrance/submit", body).status_code for _ in range(4)] == [200, 200, 400, 200]


@pytest.mark.parametrize("option", [["--running", "0"], ["--queue", "1"]])
def test_a_server_without_room_is_refused(tmp_path, option):
    with pytest.raises(RuntimeError, match="or more"):
        LinkisServer(data_dir=tmp_path, port=0, options=option).start()
