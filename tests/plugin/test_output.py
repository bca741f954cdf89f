"""What an execution has said: the lines of its tasks' logs, with the reason of a failure."""

from __future__ import annotations

import json
import os
from pathlib import Path

BODY = {
    "entityGroup": "LINKIS",
    "entityKey": "1",
    "planItems": [{"triggerType": "ONCE"}],
    "execDetail": {"jobParams": {"code": "SELECT 1"}},
}
ERROR = {"exc_type": "RefusedError", "exc_value": "Linkis refused: no such table", "frames": []}
MESSAGES = [
    {"timestamp": "2026-01-02T03:04:05.000006Z", "level": "info", "event": "::group::Pre Execute"},
    {"timestamp": "2026-01-02T03:04:05.000006Z", "level": "info", "event": "Submitted job 5"},
    {"timestamp": "2026-01-02T03:04:06Z", "level": "error", "event": "Task failed", "error_detail": [ERROR]},
    {"timestamp": "2026-01-02T03:04:07Z", "level": "info", "event": "::endgroup::", "error_detail": "odd"},
]
REMOTE = [{"timestamp": "2026-01-02T03:04:05.500000Z", "level": "info", "event": "INFO Your job is Running now."}]


def fail_with_log(context_id: int) -> None:
    """Leave what a worker and a triggerer leave of a run whose task was deferred and then failed."""
    task_log(context_id, {1: MESSAGES})
    write(context_id, "attempt=1.log.trigger.2.log", REMOTE)


def task_log(context_id: int, tries: dict[int, list]) -> None:
    """Leave what workers leave of a run whose task failed in each of these tries."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session(scoped=False) as session:
        run = session.get_one(DagRun, context_id)
        [task] = run.get_task_instances(session=session)
        for number in tries:
            task.try_number = number
            task.set_state("failed", session=session)
            if number < max(tries):
                task.prepare_db_for_next_try(session)  # as Airflow does before a retry
                session.flush()
        run.set_state("failed")
    for number, messages in tries.items():
        write(context_id, f"attempt={number}.log", messages)


def write(context_id: int, name: str, messages: list) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session(scoped=False) as session:
        run = session.get_one(DagRun, context_id)
        place = f"dag_id={run.dag_id}/run_id={run.run_id}/task_id=run"
    directory = Path(os.environ["AIRFLOW_HOME"]) / "logs" / place
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text("".join(f"{json.dumps(each)}\n" for each in messages), encoding="utf-8")


def said(*texts: str) -> list[dict]:
    return [{"timestamp": "2026-01-02T03:04:05Z", "level": "info", "event": text} for text in texts]


def without_times(logs: list[str]) -> list[str]:
    return [line.removeprefix("2026-01-02 03:04:05.000000 ") for line in logs]


def test_the_log_has_the_remote_jobs_lines_in_their_place_and_why_it_failed(ada):
    context = ada.ok("POST", "/api/schedules", BODY)["data"]["contextId"]
    fail_with_log(context)
    answer = ada.ok("GET", f"/api/contexts/{context}/logs")
    assert answer["done"] is True
    assert answer["data"] == [
        {
            "subKey": "run",
            "logs": [
                "2026-01-02 03:04:05.000006 Submitted job 5",
                "2026-01-02 03:04:05.500000 INFO Your job is Running now.",
                "2026-01-02 03:04:06.000000 Task failed",
                "2026-01-02 03:04:06.000000 RefusedError: Linkis refused: no such table",
            ],
        }
    ]


def test_the_log_has_the_lines_of_every_try_in_order_each_try_under_its_number(ada):
    context = ada.ok("POST", "/api/schedules", BODY)["data"]["contextId"]
    task_log(context, {1: said("no luck"), 2: said(), 3: said("no luck", "again")})
    [only] = ada.ok("GET", f"/api/contexts/{context}/logs")["data"]
    assert only["subKey"] == "run"
    assert without_times(only["logs"]) == [
        "--- try 1 of 3 ---",
        "no luck",
        "--- try 2 of 3 ---",
        "--- try 3 of 3 ---",
        "no luck",
        "again",
    ]


def test_where_there_are_too_many_lines_the_last_try_has_them_first(ada, monkeypatch):
    from taskcenter_plugin.contexts import output

    monkeypatch.setattr(output, "MAX_LINES", 5)
    context = ada.ok("POST", "/api/schedules", BODY)["data"]["contextId"]
    task_log(context, {1: said("a"), 2: said(*"bcdef"), 3: said(*"ghi")})
    [only] = ada.ok("GET", f"/api/contexts/{context}/logs")["data"]
    assert without_times(only["logs"]) == [
        "... the Airflow UI has the first 1 of 3 tries",
        "--- try 2 of 3 ---",
        *"bc",
        "... the Airflow UI has the lines after the first 2",
        "--- try 3 of 3 ---",
        *"ghi",
    ]


def test_only_the_last_tries_of_very_many_are_read(ada):
    context = ada.ok("POST", "/api/schedules", BODY)["data"]["contextId"]
    task_log(context, {number: said(f"this is {number}") for number in range(1, 31)})
    [only] = ada.ok("GET", f"/api/contexts/{context}/logs")["data"]
    lines = without_times(only["logs"])
    assert lines[:3] == ["... the Airflow UI has the first 10 of 30 tries", "--- try 11 of 30 ---", "this is 11"]
    assert lines[-1] == "this is 30"
