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
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session(scoped=False) as session:
        run = session.get_one(DagRun, context_id)
        [task] = run.get_task_instances(session=session)
        task.try_number = 1
        task.set_state("failed", session=session)
        run.set_state("failed")
        place = f"dag_id={run.dag_id}/run_id={run.run_id}/task_id={task.task_id}"
    directory = Path(os.environ["AIRFLOW_HOME"]) / "logs" / place
    directory.mkdir(parents=True)
    for name, messages in {"attempt=1.log": MESSAGES, "attempt=1.log.trigger.2.log": REMOTE}.items():
        (directory / name).write_text("".join(f"{json.dumps(each)}\n" for each in messages))


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
