"""The state and the log of a task's job, piece by piece, from the local Linkis."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from taskcenter.linkis.links import XCOM_JOB_URL
from taskcenter_sandbox.waiting import wait_until

TICKS = "import time\nfor number in range(6):\n    print('tick', number, flush=True)\n    time.sleep(0.3)"
LINES = "for number in range(7000):\n    print('line', number)"


def python(submit, code: str) -> str:
    return submit(code, "python", "python-python3")


def test_the_state_tells_of_the_task_of_its_job_and_of_what_one_may_do(task, submit):
    job_id = submit("SELECT 1")
    task.push(XCOM_JOB_URL, "http://console.example.com/job/1")
    state = task.when_ended()
    assert state["job"] == {
        "system": "Linkis",
        "id": job_id,
        "state": "succeeded",
        "remoteState": "Succeed",
        "ended": True,
        "progress": 1.0,
        "reason": None,
    }
    assert state["task"] == {
        "dagId": "shop",
        "runId": task.key["run_id"],
        "taskId": "orders",
        "mapIndex": -1,
        "tryNumber": 1,
        "state": "running",
        "ended": False,
    }
    assert state["links"] == [{"name": "Linkis job", "url": "http://console.example.com/job/1"}]
    assert [state[name] for name in ("mayReadLog", "mayReadResults", "mayCancel")] == [True, True, True]
    assert task.ok("/jobs/state", user="vera")["mayCancel"] is False


def test_a_failure_says_why(task, submit):
    submit("SELECT * FROM no_such_table")
    state = task.when_ended()
    assert (state["job"]["state"], "no_such_table" in state["job"]["reason"]) == ("failed", True)


def test_the_log_comes_piece_by_piece_each_line_once(task, submit):
    python(submit, TICKS)
    lines, pieces, place, done = [], 0, None, False

    def whole() -> bool:
        nonlocal pieces, place, done
        answer = task.ok("/jobs/log", **{"from": place})
        lines.extend(answer["lines"])
        pieces += bool(answer["lines"])
        place, done = answer["next"], answer["done"]
        assert answer["skipped"] == 0
        return done

    wait_until(whole, what="the end of the log", timeout_seconds=60)
    assert [line for line in lines if line.startswith("tick")] == [f"tick {number}" for number in range(6)]
    assert pieces > 1
    assert task.ok("/jobs/log", **{"from": place})["lines"] == []
    assert [line for line in task.ok("/jobs/log")["lines"] if line.startswith("tick")][-1] == "tick 5"


def test_of_a_log_that_is_too_long_for_a_page_the_last_lines_are_shown(task, submit):
    python(submit, LINES)
    task.when_ended()
    answer = task.ok("/jobs/log")
    assert len(answer["lines"]) == 5000
    assert answer["skipped"] >= 2000
    assert "line 6999" in answer["lines"]


@pytest.mark.parametrize(
    "place",
    [
        "nonsense",
        "=",
        "é",
        base64.urlsafe_b64encode(b"[1,2,3]").decode(),
        base64.urlsafe_b64encode(zlib.compress(b"[1,2,3]")).decode(),
        base64.urlsafe_b64encode(zlib.compress(b'[-1,2,"x"]')).decode(),
        base64.urlsafe_b64encode(zlib.compress(b'[1e99,2,"x"]')).decode(),
        base64.urlsafe_b64encode(zlib.compress(b"[" * 100_000)).decode(),
        base64.urlsafe_b64encode(zlib.compress(b"1" * 10_000_000)).decode(),
    ],
)
def test_a_place_in_the_log_that_nobody_has_given_out_is_a_bad_request(task, submit, place):
    submit("SELECT 1")
    status, _, message = task.ask("/jobs/log", **{"from": place})
    assert (status, "from" in message) == (400, True)


def test_before_there_is_a_job_the_state_says_so_and_there_is_nothing_else(task):
    state = task.ok("/jobs/state")
    assert (state["job"], state["task"]["state"]) == (None, "running")
    for path in ("/jobs/log", "/jobs/results", "/jobs/results/0", "/jobs/results/0/download"):
        status, _, message = task.ask(path)
        assert (status, message) == (404, "The task has no remote job on record, or not yet.")
    assert task.cancel()[0] == 404


@pytest.mark.parametrize(
    "value",
    [
        "a text",
        7,
        {"id": "7"},
        {"conn_type": "linkis", "conn_id": 7, "id": "7", "handle": {}, "key": "k", "attempt": 1},
    ],
    ids=str,
)
def test_what_is_no_record_of_a_job_counts_as_none(task, value):
    task.push("remote_job", value)
    assert task.ok("/jobs/state")["job"] is None


def test_a_record_that_another_task_has_made_counts_as_none(task, submit):
    submit("SELECT 1")
    state = task.ok("/jobs/state")
    assert state["job"]
    for whose in ("other/run/orders/-1", f"shop/{task.key['run_id']}/orders/3", ""):
        ref = {"id": state["job"]["id"], "handle": {}}
        key = f"airflow/{whose}/1"
        task.push("remote_job", {"conn_type": "linkis", "conn_id": "linkis_default", **ref, "key": key, "attempt": 1})
        assert task.ok("/jobs/state")["job"] is None


@pytest.mark.parametrize("conn_type", ["http", "airflow", "sqlite", "__class__"])
def test_no_connection_of_another_kind_is_used(task, conn_type):
    task.record(conn_type, "7")
    status, _, message = task.ask("/jobs/state")
    assert (status, message) == (404, "The task has no remote job on record that a page can show.")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil", 7, "http://[", "x" * 5000])
def test_a_link_that_is_no_web_address_is_not_shown(task, address):
    task.push(XCOM_JOB_URL, address)
    assert task.ok("/jobs/state")["links"] == []


def test_a_try_whose_job_is_no_longer_on_record_is_not_mistaken_for_the_last_one(task, submit):
    submit("SELECT 1")
    assert task.ok("/jobs/state", **{"try": 1})["job"]
    task.change(try_number=2)
    task.record("linkis", "1", attempt=2)
    status, _, message = task.ask("/jobs/state", **{"try": 1})
    assert (status, message) == (404, "Airflow keeps the job of a task's last try, which is try 2, not 1.")
    assert task.ok("/jobs/state", **{"try": 2})["task"]["tryNumber"] == 2
    assert task.ok("/jobs/state")["task"]["tryNumber"] == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"dag_id": "other"}, 404),
        ({"run_id": "other"}, 404),
        ({"task_id": "other"}, 404),
        ({"map_index": 3}, 404),
        ({"dag_id": None}, 400),
        ({"dag_id": ""}, 400),
        ({"task_id": "x" * 300}, 400),
        ({"run_id": "a\x00b"}, 400),
        ({"map_index": "one"}, 400),
        ({"map_index": -2}, 400),
        ({"try": 0}, 400),
        ({"try": 2**40}, 400),
    ],
    ids=str,
)
def test_a_task_instance_that_is_not_there_and_one_that_cannot_be(task, submit, change, status):
    submit("SELECT 1")
    assert task.ask("/jobs/state", **change)[0] == status


def test_answers_are_not_kept_by_browsers(task):
    reply = task.raw("/jobs/state")
    assert (reply.headers["cache-control"], reply.headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_nothing_of_the_connection_is_in_an_answer(task, submit, connection):
    submit("SELECT * FROM no_such_table")
    task.when_ended()
    told = json.dumps([task.ok("/jobs/state"), task.ok("/jobs/results")])
    for secret in ("linkis_default", "password", str(connection["port"])):
        assert secret not in told
