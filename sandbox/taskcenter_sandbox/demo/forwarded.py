"""The part of the demo in which Linkis itself is called, through the gateway on Airflow's api-server."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from taskcenter_sandbox.demo.curl import Curl
from taskcenter_sandbox.demo.display import Display
from taskcenter_sandbox.deployment import AirflowDeployment
from taskcenter_sandbox.waiting import wait_until

OPTIONS = {"gateway_linkis_conn_id": "linkis_default", "gateway_exchangis_conn_id": "exchangis_default"}
"""What section ``[taskcenter]`` has to say."""

_REST = "/api/rest_j/v1"
_ENDED = {"Succeed", "Failed", "Cancelled", "Timeout"}
_RUN_SECONDS = 180
_JOB = {
    "executionContent": {"code": "SELECT 'through Airflow' AS said, 6 * 7 AS answer", "runType": "sql"},
    "labels": {"engineType": "spark-3.2.1", "userCreator": "hadoop-IDE"},
}


def show_gateway(airflow: AirflowDeployment, display: Display) -> dict[str, tuple[str, float]]:
    """Run a job as Linkis' document describes it, with Airflow's token and nothing else; show its rows."""
    curl = Curl(airflow, display)
    display.title("The gateway: Linkis' documented REST API, with Airflow's login and rights")
    began = time.monotonic()
    job = curl("POST", f"{_REST}/entrance/submit", _JOB)["data"]

    def ended() -> Any:
        task = curl("GET", f"{_REST}/jobhistory/{job['taskID']}/get", quiet=True)["data"]["task"]
        return task if task["status"] in _ENDED else None

    task = wait_until(ended, what=f"job {job['taskID']} to end", timeout_seconds=_RUN_SECONDS)
    display.say(f"  job {job['taskID']}: {task['status']}")
    if task["status"] == "Succeed":
        where = urlencode({"path": task["resultLocation"]})
        tree = curl("GET", f"{_REST}/filesystem/getDirFileTrees?{where}")["data"]["dirFileTrees"]
        for file in tree["children"]:
            table = curl("GET", f"{_REST}/filesystem/openFile?{urlencode({'path': file['path']})}")["data"]
            columns = [{"name": column["columnName"], "type": column["dataType"]} for column in table["metadata"]]
            display.result(file["name"], {"result_sets": [{"columns": columns, "rows": table["fileContent"]}]})
    state = "success" if task["status"] == "Succeed" else "failed"
    return {"job by way of the gateway": (state, time.monotonic() - began)}
