"""The task center's REST API on a whole Airflow, as a script uses it."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.metadata import version

import requests

from taskcenter_sandbox.deployment import AirflowClient, AirflowDeployment, wait_until
from taskcenter_sandbox.linkis.server import LinkisServer

BUNDLES = [
    {
        "name": "taskcenter_plans",
        "classpath": "taskcenter_plugin.plans.bundle.PlanBundle",
        "kwargs": {"refresh_interval": 3},
    }
]
DISTRIBUTED = version("apache-airflow") >= "3.3"
"""Whether the task center's end-to-end tests run on several of each component; Airflow 3.2 runs by itself, on SQLite."""

ENDED = {"SUCCESSFUL", "FAILED", "CANCELLED"}


class UnavailableError(Exception):
    """The task center says that something it needs is out of reach for now."""


class TaskCenter:
    """The REST API, as a script uses it.

    :param user: name and password of whose script it is; the administrator's if not given
    """

    def __init__(self, deployment: AirflowDeployment, user: tuple[str, str] | None = None) -> None:
        self._url = deployment.settings.url
        self._session = requests.Session()
        client = deployment.client if user is None else AirflowClient(self._url, *user)
        self._session.headers["Authorization"] = f"Bearer {client.token()}"

    def __call__(self, method: str, path: str, body=None, **query):
        reply = self._session.request(method, self._url + path, json=body, params=query, timeout=120)
        if reply.status_code == 503:  # the task center's own, or the proxy's in front of it
            raise UnavailableError(reply.text)
        answer = reply.json()
        assert (reply.status_code, answer["code"]) == (200, 0), answer
        return answer

    def post(self, key: str, items, code: str | None = None, **more) -> dict:
        params, retries = more.pop("params", {}), more.pop("retries", None)
        detail = {} if code is None else {"jobParams": {"code": code, **params}}
        detail |= {} if retries is None else {"retryTimes": retries}
        body = {"entityGroup": "LINKIS", "entityKey": key, "planItems": items, **more}
        body |= {"execDetail": detail} if detail else {}
        return self("POST", "/api/schedules", body)["data"]

    def once(self, key: str, code: str | None = None, **more) -> dict:
        return self.post(key, [{"triggerType": "ONCE"}], code, **more)

    def context(self, context_id: int) -> dict:
        return self("GET", f"/api/contexts/{context_id}")["data"]

    def contexts(self, key: str) -> list[dict]:
        return self("GET", "/api/contexts", entityKey=key, entityGroup="LINKIS", limit=100)["data"]

    def wait_for_status(self, context_id: int, *statuses: str, seconds: float = 90) -> dict:
        def in_status():
            found = self.context(context_id)
            return found if found["jobStatus"] in statuses else None

        return wait_until(in_status, what=f"context {context_id} to be {statuses}", timeout_seconds=seconds)

    def result(self, context_id: int) -> list:
        [only] = self("GET", f"/api/contexts/{context_id}/results")["data"]
        return only["result"]["data"]


@contextmanager
def stored(center: TaskCenter, *keys: str):
    """Plans that are deleted in the end, so that they disturb no other test."""
    try:
        yield
    finally:
        for plan in center("GET", "/api/schedules", limit=100)["data"]:
            if plan["entityKey"] in keys:
                center("DELETE", f"/api/schedules/{plan['id']}")


def waits_for(*keys: str) -> list[dict]:
    jobs = [{"entityGroup": "LINKIS", "entityKey": key} for key in keys]
    return [{"triggerType": "DEPENDENCY", "triggerByJobs": jobs}]


def linkis_jobs(linkis: LinkisServer, code: str) -> list[str]:
    """The states of all jobs with this code that the local Linkis has ever had."""
    headers = {"Token-User": "hadoop", "Token-Code": "SANDBOX-TOKEN"}
    reply = requests.get(
        f"{linkis.url}/api/rest_j/v1/jobhistory/list", headers=headers, params={"pageSize": 1000}, timeout=20
    )
    return [task["status"] for task in reply.json()["data"]["tasks"] if task.get("executionCode") == code]


def running_jobs(linkis: LinkisServer, code: str) -> list[str]:
    """The states of those that it is running."""
    return [status for status in linkis_jobs(linkis, code) if status == "Running"]
