"""The part of the demo in which plans are made and run through the documented REST paths, by ``curl``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from taskcenter_sandbox.demo.curl import Curl
from taskcenter_sandbox.demo.display import Display
from taskcenter_sandbox.deployment import AirflowDeployment
from taskcenter_sandbox.waiting import wait_until

BUNDLES = [
    {"name": "dags-folder", "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": {}},
    {"name": "taskcenter_plans", "classpath": "taskcenter_plugin.plans.bundle.PlanBundle", "kwargs": {}},
]
"""What ``[dag_processor] dag_bundle_config_list`` has to name."""

_VISITS = """CREATE TABLE IF NOT EXISTS visits AS
SELECT * FROM (VALUES (1, 12), (2, 7), (3, 15)) AS counted(weekday, visitors)"""
NOTEBOOK = {
    "title": "notebook1",
    "definition": {
        "paragraphs": [
            {"id": "1", "code": _VISITS},
            {"id": "2", "code": "SELECT weekday, visitors FROM visits ORDER BY weekday"},
        ]
    },
}
_NOTEBOOK_1 = {"entityGroup": "NOTEBOOK", "entityKey": "1"}
_DETAIL = {
    "execDetail": {
        "jobClass": "com.hengshi.nangaparbat.schedulejob.NotebookJob",
        "jobParams": {"notebook": 1},
        "retryTimes": 1,
    }
}
WEEKLY = {
    **_NOTEBOOK_1,
    "planItems": [
        {"triggerType": "CRON_JOB", "cronDesc": "0 15 0 ? * 1", "cronType": "WEEKLY", "timeZone": "GMT+08:00"},
        {"triggerType": "CRON_JOB", "cronDesc": "*/30 * * * * ?", "cronType": "CRON", "timeZone": "GMT+08:00"},
    ],
    **_DETAIL,
}
"""The document's first example."""
NOW = {**_NOTEBOOK_1, "planItems": [{"triggerType": "ONCE"}], **_DETAIL}
"""The document's second example."""
AFTER = {
    "entityGroup": "LINKIS",
    "entityKey": "total",
    "planItems": [{"triggerType": "DEPENDENCY", "triggerByJobs": [_NOTEBOOK_1]}],
    "execDetail": {"jobParams": {"code": "SELECT sum(visitors) AS total FROM visits"}},
}
PIPELINE = {
    "entityGroup": "PIPELINE",
    "entityKey": "1",
    "planItems": [{"triggerType": "ONCE"}],
    "execDetail": {
        "jobParams": {
            "pipeline": 1,
            "nodes": [
                {"id": "north", "code": "SELECT 3 AS sold"},
                {"id": "south", "code": "SELECT 4 AS sold"},
                {"id": "report", "code": "SELECT 'both regions are in' AS said", "dependsOn": ["north", "south"]},
            ],
        }
    },
}

_ENDED = {"SUCCESSFUL", "FAILED", "CANCELLED"}
_RUN_SECONDS = 180
_LOG_LINES = 3
Outcome = tuple[str, float]


def show_plans(airflow: AirflowDeployment, display: Display) -> dict[str, Outcome]:
    """Make the document's plans, one that depends on them, and a pipeline; run them; show contexts, logs and results."""
    curl = Curl(airflow, display)
    display.title("Plans: the documented REST API of the task center")
    curl("PUT", "/api/entities/NOTEBOOK/1", NOTEBOOK)
    plan = curl("POST", "/api/schedules", WEEKLY)["data"]
    display.say(f"  plan {plan['id']} is the DAG {plan['dagId']}; it starts next at {plan['nextStartAt']}")
    curl("POST", "/api/schedules", AFTER)
    outcomes = {"plan NOTEBOOK 1": _run(curl, display, NOW)}
    outcomes["plan LINKIS total, after NOTEBOOK 1"] = _follow(curl, display, lambda: _newest(curl, "total"))
    curl("POST", f"/api/schedules/{plan['id']}/disable")
    outcomes["plan PIPELINE 1"] = _run(curl, display, PIPELINE)
    return outcomes


def _run(curl: Curl, display: Display, body: Mapping[str, Any]) -> Outcome:
    context_id = curl("POST", "/api/schedules", body)["data"]["contextId"]
    return _follow(curl, display, lambda: context_id)


def _newest(curl: Curl, key: str) -> int | None:
    found = curl("GET", f"/api/contexts?entityKey={key}", quiet=True)["data"]
    return int(found[0]["id"]) if found else None


def _follow(curl: Curl, display: Display, context_id: Callable[[], int | None]) -> Outcome:
    """Wait for a context, and for its end; show what it said and returned."""
    began = time.monotonic()
    number = wait_until(context_id, what="the context", timeout_seconds=_RUN_SECONDS)

    def ended() -> Any:
        context = curl("GET", f"/api/contexts/{number}", quiet=True)["data"]
        return context if context["jobStatus"] in _ENDED else None

    context = wait_until(ended, what=f"context {number} to end", timeout_seconds=_RUN_SECONDS)
    display.say(f"  context {number}: {context['jobStatus']} after {context['costTime']} s")
    for log in curl("GET", f"/api/contexts/{number}/logs")["data"]:
        display.log(log["subKey"], log["logs"][-_LOG_LINES:])
    for result in curl("GET", f"/api/contexts/{number}/results")["data"]:
        table = result["result"]
        display.result(result["subKey"], {"result_sets": [{"columns": table["schema"], "rows": table["data"]}]})
    return ("success" if context["jobStatus"] == "SUCCESSFUL" else "failed"), time.monotonic() - began
