"""One run as the page shows it: its tasks and their jobs, what the user may do, and its cancel."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from support.listed_plans import went
from support.runs_of_plans import ONCE, change, push, record
from taskcenter.linkis.links import XCOM_JOB_URL

STEPS = {
    "entityGroup": "PIPELINE",
    "entityKey": "daily",
    "planItems": [{"triggerType": "ONCE"}],
    "execDetail": {
        "retryTimes": 2,
        "jobParams": {
            "nodes": [
                {"id": "load", "code": "SELECT 1"},
                {"id": "left", "code": "SELECT 2", "dependsOn": ["load"]},
                {"id": "右", "code": "SELECT 3", "dependsOn": ["load"]},
            ]
        },
    },
}
OURS = {"X-Requested-With": "task-center"}
BEGUN = datetime(2026, 3, 5, 7, 1, 2, tzinfo=timezone.utc)


def start(user, body=ONCE) -> int:
    return user.ok("POST", "/api/schedules", body)["data"]["contextId"]


def run_of(user, context: int) -> dict:
    return user.ok("GET", f"/runs/{context}")["data"]


def cancel(user, context: int, headers=OURS):
    return user._http.post(f"/runs/{context}/cancel", headers=headers)


def test_a_run_is_told_with_its_execution_and_its_tasks_in_the_order_in_which_they_run(ada):
    context = start(ada, STEPS)
    shown = run_of(ada, context)
    assert shown["context"] == ada.ok("GET", f"/api/contexts/{context}")["data"]
    assert (shown["dagId"], shown["dagRunId"]) == (shown["context"]["dagId"], shown["context"]["dagRunId"])
    first, *others = shown["tasks"]
    assert (first["taskId"], first["title"]) == ("load", "load")
    assert sorted(task["title"] for task in others) == ["left", "右"]
    assert first["downstream"] == sorted(task["taskId"] for task in others)
    assert [task["downstream"] for task in others] == [[], []]
    assert {(task["mapIndex"], task["state"], task["tries"], task["maxTries"]) for task in shown["tasks"]} == {
        (-1, None, 0, 3)
    }


def test_a_task_tells_its_times_its_tries_and_its_job(ada):
    context = start(ada)
    change(context, "run", state="running", try_number=2, start_date=BEGUN)
    record(context, "linkis", "42")
    push(context, XCOM_JOB_URL, "http://console.example.com/job/42")
    [task] = run_of(ada, context)["tasks"]
    assert (task["tryNumber"], task["tries"], task["state"]) == (2, 2, "running")
    assert (task["startAt"], task["stopAt"], task["costTime"]) == ("2026-03-05T07:01:02Z", None, None)
    assert (task["hasJob"], task["system"], task["remoteId"]) == (True, "Linkis", "42")
    assert task["links"] == [{"name": "Linkis job", "url": "http://console.example.com/job/42"}]
    change(context, "run", state="success", end_date=BEGUN + timedelta(seconds=90))
    [task] = run_of(ada, context)["tasks"]
    assert (task["stopAt"], task["costTime"]) == ("2026-03-05T07:02:32Z", 90)


def test_a_run_tells_when_it_began_and_ended_also_when_its_only_task_was_tried_again_since(ada):
    context = start(ada)
    assert (run_of(ada, context)["startAt"], run_of(ada, context)["stopAt"]) == (None, None)
    went(context, BEGUN, 90)
    change(context, "run", state="success", try_number=2, start_date=BEGUN + timedelta(seconds=60))
    shown = run_of(ada, context)
    assert (shown["startAt"], shown["stopAt"]) == ("2026-03-05T07:01:02Z", "2026-03-05T07:02:32Z")
    assert shown["tasks"][0]["startAt"] == "2026-03-05T07:02:02Z"


@pytest.mark.parametrize("conn_type", ["http", "sqlite"])
def test_a_record_of_a_job_on_no_system_of_ours_counts_as_none(ada, conn_type):
    context = start(ada)
    record(context, conn_type, "42")
    [task] = run_of(ada, context)["tasks"]
    assert (task["hasJob"], task["system"], task["remoteId"]) == (False, None, None)


def test_what_one_may_do_is_told(ada, vera):
    context = start(ada)
    assert run_of(ada, context)["may"] == {"cancel": True, "run": True, "readLogs": True, "readResults": True}
    assert run_of(vera, context)["may"] == {"cancel": False, "run": False, "readLogs": True, "readResults": True}


def test_a_run_of_a_deleted_plan_can_be_looked_at_but_not_run_again(ada):
    context = start(ada)
    plan = run_of(ada, context)["context"]["planId"]
    assert run_of(ada, context)["planDeleted"] is False
    ada.ok("DELETE", f"/api/schedules/{plan}")
    shown = run_of(ada, context)
    assert (shown["planDeleted"], shown["may"]["run"], len(shown["tasks"])) == (True, False, 1)


def test_a_cancel_stops_that_run_alone(ada):
    first, second = start(ada), start(ada)
    change(first, "run", state="running")
    answer = cancel(ada, first).json()
    assert answer["data"] == {"cancelled": True, "jobStatus": "CANCELLED"}
    shown = run_of(ada, first)
    [task] = shown["tasks"]
    assert (shown["context"]["jobStatus"], task["state"], task["stopped"]) == ("CANCELLED", "failed", True)
    assert run_of(ada, second)["context"]["jobStatus"] == "PENDING"
    assert cancel(ada, first).json()["data"] == {"cancelled": False, "jobStatus": "CANCELLED"}


def test_who_may_only_look_cancels_nothing_and_is_told_so(ada, vera):
    context = start(ada)
    reply = cancel(vera, context)
    assert (reply.status_code, "cancel" in reply.json()["msg"]) == (403, True)
    assert run_of(ada, context)["context"]["jobStatus"] == "PENDING"


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 400), ({**OURS, "Sec-Fetch-Site": "cross-site"}, 403)], ids=["bare", "cross-site"]
)
def test_no_page_of_another_site_can_cancel(ada, headers, status):
    context = start(ada)
    assert cancel(ada, context, headers).status_code == status
    assert run_of(ada, context)["context"]["jobStatus"] == "PENDING"


def test_a_run_that_is_not_there_and_one_that_cannot_be(ada):
    for path, status in (("/runs/999999", 404), ("/runs/0", 400), ("/runs/x", 400)):
        assert ada("GET", path)[0] == status
    assert cancel(ada, 999999).status_code == 404
