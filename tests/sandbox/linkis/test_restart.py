"""What the local Linkis keeps, and what it ends, when it is killed, stopped, or only its entrance restarts."""

from __future__ import annotations

import pytest

from support.processes import is_alive, wait_until_gone
from taskcenter_sandbox.linkis.server import LinkisServer
from taskcenter_sandbox.waiting import wait_until

RESTARTED = "Your job will be marked as canceled because the Entrance service restarted("


@pytest.fixture
def server(tmp_path):
    """A server of each test's own."""
    with LinkisServer(data_dir=tmp_path / "data", port=0) as server:
        yield server


@pytest.fixture
def api(server, api_of):
    return api_of(server)


@pytest.fixture
def sleeper(api, tmp_path):
    """A running job with a child and a grandchild out of its group; ``pids`` has all of them."""
    code = f"sleep 300 &\necho $$ $! > {tmp_path}/pids.part\nsetsid bash -c 'echo $$ >> {tmp_path}/pids.part; "
    code += f"mv {tmp_path}/pids.part {tmp_path}/pids; sleep 300' &\nwait"
    job = api.submit(code, "shell")
    pids = tmp_path / "pids"
    wait_until(pids.exists, what="the job to begin", timeout_seconds=20, poll_seconds=0.05)
    job["pids"] = [int(pid) for pid in pids.read_text().split()]
    assert len(job["pids"]) == 3
    return job


def assert_cancelled_by_restart(task) -> None:
    assert (task["status"], task["errCode"]) == ("Cancelled", 20020)
    assert task["errDesc"].startswith(RESTARTED)


def test_after_a_sigkill_the_running_job_is_cancelled_and_its_processes_are_gone(server, api, sleeper):
    server.kill()
    wait_until_gone(*sleeper["pids"])
    server.start()
    assert_cancelled_by_restart(api.task(sleeper["taskID"]))


def test_a_server_ends_what_a_killed_one_before_it_left_running(server, api, sleeper):
    # Only the server's own process: its guard would clean up, as it does not when somebody runs the command by hand.
    with LinkisServer(data_dir=server.data_dir.parent / "other", port=0):
        assert all(is_alive(pid) for pid in sleeper["pids"])  # it minds its own data directory
    server._process.kill(whole=False)
    server.start()
    wait_until_gone(*sleeper["pids"])
    assert_cancelled_by_restart(api.task(sleeper["taskID"]))


def test_a_stop_ends_the_jobs_and_writes_it_down_at_once(server, api, sleeper):
    server.stop()
    wait_until_gone(*sleeper["pids"])
    server.start()
    assert_cancelled_by_restart(api.task(sleeper["taskID"]))


def test_finished_jobs_keep_history_log_and_results_ids_go_on_and_sessions_end(server, api, api_of):
    visitor = api_of(server, {})
    assert visitor.post("/user/login", {"userName": "hadoop", "password": "hadoop"}).status_code == 200
    assert visitor.get("/user/userInfo").status_code == 200
    before = api.run("create table kept as select 7 as n; select n from kept")
    log, results = api.log_of(before), api.results(before)
    assert results[0]["fileContent"] == [["7"]]
    server.kill()
    server.start()
    assert visitor.get("/user/userInfo").status_code == 401
    assert api.task(before["taskID"]) == before
    assert (api.log_of(before), api.results(before)) == (log, results)
    after = api.submit("select n + 1 from kept")
    assert after["taskID"] == before["taskID"] + 1
    assert api.results(api.wait(after["taskID"]))[0]["fileContent"] == [["8"]]


def test_after_a_restart_the_entrance_knows_no_old_job_and_uses_its_exec_id_again(server, api):
    job = api.submit("select 1")
    api.wait(job["taskID"])
    server.kill()
    server.start()
    execution = f"/entrance/{job['execID']}"
    assert api.get(f"{execution}/status").status_code == 400
    assert api.data(f"{execution}/status", taskID=job["taskID"])["status"] == "Succeed"
    assert api.get(f"{execution}/log").json()["message"].startswith("The job you just executed has ended.")
    assert api.get(f"{execution}/progress").status_code == 400
    assert api.get(f"{execution}/kill", taskID=job["taskID"]).json()["message"].startswith("Forced Kill task")
    assert api.task(job["taskID"])["status"] == "Succeed"
    again = api.submit("select 2")
    assert again["execID"] == job["execID"]
    assert again["taskID"] != job["taskID"]


def test_a_restart_of_the_entrance_alone_ends_jobs_and_keeps_the_rest(server, api, sleeper):
    done = api.run("select 1")
    server.fault(entrance_restart=True)
    wait_until_gone(*sleeper["pids"])
    assert_cancelled_by_restart(api.task(sleeper["taskID"]))
    assert api.get(f"/entrance/{sleeper['execID']}/status").status_code == 400
    assert api.task(done["taskID"])["status"] == "Succeed"
    assert api.run("select 2")["status"] == "Succeed"
