"""The part of Airflow's REST API that the demo and the end-to-end tests use."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

import requests

from taskcenter_sandbox.waiting import wait_until

_JOB_TYPES = {"scheduler": "SchedulerJob", "dag-processor": "DagProcessorJob", "triggerer": "TriggererJob"}
RUN_ENDED = frozenset({"success", "failed"})
_REQUEST_SECONDS = 60
Json = dict[str, Any]


class AirflowApiError(Exception):
    """Airflow answered a request with an error."""

    def __init__(self, method: str, path: str, status: int, body: str) -> None:
        super().__init__(f"{method} {path} was answered with HTTP {status}: {body[:500]}")
        self.status = status
        self.body = body


class AirflowClient:
    """Calls the API of one Airflow as one user.

    Methods named ``wait_...`` outlast an api-server that is down or being restarted; the others raise
    :class:`requests.ConnectionError` then, and :class:`AirflowApiError` when the answer is an error.

    :param url: of the api-server, without a path
    :param username: login of the simple auth manager
    :param password: its password
    """

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url = url
        self._credentials = {"username": username, "password": password}
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy between us and this machine

    def request(self, method: str, path: str, **options: Any) -> Any:
        """Call ``/api/v2/<path>`` and return the decoded answer, None if it has no body.

        :param options: what :meth:`requests.Session.request` takes: ``json``, ``params``, ``headers``
        """
        if "Authorization" not in self._session.headers:
            self._session.headers["Authorization"] = f"Bearer {self.token()}"
        response = self._call(method, f"/api/v2/{path}", **options)
        return response.json() if response.content else None

    def token(self) -> str:
        """Ask for an access token with the login and password."""
        return str(self._call("POST", "/auth/token", json=self._credentials).json()["access_token"])

    def health(self) -> Json:
        """State and last heartbeat of each component, as they say in the metadata database."""
        return dict(self._call("GET", "/api/v2/monitor/health").json())

    def beating_since(self, component: str) -> list[datetime]:
        """For each process of a component that has sent a heartbeat since it began: when it began.

        :param component: ``scheduler``, ``dag-processor`` or ``triggerer``
        """
        query = {"job_type": _JOB_TYPES[component], "job_state": "running", "limit": 100, "order_by": "-start_date"}
        jobs = self.request("GET", "jobs", params=query)["jobs"]
        times = [(datetime.fromisoformat(job["start_date"]), job["latest_heartbeat"]) for job in jobs]
        return [began for began, beat in times if beat and datetime.fromisoformat(beat) >= began]

    @staticmethod
    def unless_down(call: Callable[[], Any]) -> Any:
        """Return what ``call`` does; None if the server is down, has trouble (5xx) or does not know the thing."""
        try:
            return call()
        except requests.RequestException:
            return None
        except AirflowApiError as error:
            if error.status == requests.codes.not_found or error.status >= requests.codes.server_error:
                return None
            raise

    # DAGs and runs

    def wait_for_dags(self, dag_ids: Iterable[str], *, timeout_seconds: float = 120) -> None:
        """Wait until Airflow knows these DAGs. The error names the import errors, if there are any."""
        missing = set(dag_ids)

        def all_known() -> bool:
            for dag_id in sorted(missing):
                if self.unless_down(lambda dag_id=dag_id: self.request("GET", f"dags/{dag_id}")):  # type: ignore[misc]
                    missing.discard(dag_id)
            return not missing

        wait_until(
            all_known,
            what=f"DAGs {sorted(missing)}",
            timeout_seconds=timeout_seconds,
            poll_seconds=0.5,
            last_seen=lambda: f"still unknown: {sorted(missing)}; import errors: {self.import_errors() or 'none'}",
        )

    def import_errors(self) -> list[str]:
        """Return the stack traces of the DAG files that could not be loaded."""
        return [error["stack_trace"] for error in self.request("GET", "importErrors")["import_errors"]]

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        """Pause or unpause a DAG."""
        self.request("PATCH", f"dags/{dag_id}", json={"is_paused": paused})

    def trigger(self, dag_id: str, *, conf: Mapping[str, Any] | None = None, run_id: str | None = None) -> str:
        """Start a run of a DAG that is not paused; returns the run's id.

        It names the run itself, so that it can ask once more when no answer comes: there is one run all the same.
        """
        run_id = run_id or f"manual__{datetime.now(timezone.utc).isoformat()}_{secrets.token_hex(4)}"
        body: Json = {"logical_date": None, "conf": dict(conf or {}), "dag_run_id": run_id}
        path = f"dags/{dag_id}/dagRuns"
        try:
            self.request("POST", path, json=body)
        except (requests.ConnectionError, requests.Timeout):
            try:
                self.request("POST", path, json=body)
            except AirflowApiError as error:
                if error.status != requests.codes.conflict:
                    raise
        return run_id

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return ``queued``, ``running``, ``success`` or ``failed``."""
        return str(self.request("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])

    def set_run_state(self, dag_id: str, run_id: str, state: str) -> None:
        """Mark a run as ``success``, ``failed`` or ``queued``, as a user does in the UI."""
        self.request("PATCH", f"dags/{dag_id}/dagRuns/{run_id}", json={"state": state})

    def wait_for_run(self, dag_id: str, run_id: str, *, timeout_seconds: float = 120) -> str:
        """Wait until a run has ended; returns ``success`` or ``failed``."""

        def ended_state() -> str | None:
            state = self.unless_down(lambda: self.run_state(dag_id, run_id))
            return state if state in RUN_ENDED else None

        return wait_until(
            ended_state,
            what=f"run {run_id} of {dag_id} to end",
            timeout_seconds=timeout_seconds,
            poll_seconds=0.3,
            last_seen=lambda: f"its tasks: {self.task_states(dag_id, run_id)}",
        )

    # Tasks

    def task_instances(self, dag_id: str, run_id: str) -> list[Json]:
        """Return all task instances of a run."""
        answer = self.request("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")
        return list(answer["task_instances"])

    def task_instance(self, dag_id: str, run_id: str, task_id: str) -> Json:
        """Return one unmapped task instance."""
        return dict(self.request("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"))

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """Return the state of each task of a run; None before it is scheduled. A mapped one is ``task_id[index]``."""
        return {task_label(task): task["state"] for task in self.task_instances(dag_id, run_id)}

    def wait_for_task(
        self, dag_id: str, run_id: str, task_id: str, *, states: Iterable[str], timeout_seconds: float = 60
    ) -> Json:
        """Wait until a task is in one of ``states``; returns the task instance."""
        wanted = frozenset(states)

        def in_state() -> Json | None:
            task = self.unless_down(lambda: self.task_instance(dag_id, run_id, task_id))
            return task if task and task["state"] in wanted else None

        return wait_until(
            in_state,
            what=f"task {task_id} of {dag_id} {run_id} to be {' or '.join(sorted(wanted))}",
            timeout_seconds=timeout_seconds,
            last_seen=lambda: f"the run's tasks: {self.task_states(dag_id, run_id)}",
        )

    def task_log(
        self, dag_id: str, run_id: str, task_id: str, *, try_number: int = 1, map_index: int = -1
    ) -> list[Json]:
        """Return the log of one try of a task, as far as it is written.

        Each entry has ``event`` (the text) and usually ``timestamp``, ``level``, ``logger``; Airflow's own remarks on
        where it found the log, which have no time stamp, are left out.
        """
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        answer = self.request("GET", path, params={"map_index": map_index}, headers={"Accept": "application/json"})
        return [entry for entry in answer["content"] if isinstance(entry, dict) and entry.get("timestamp")]

    def xcom(self, dag_id: str, run_id: str, task_id: str, *, key: str = "return_value", map_index: int = -1) -> Any:
        """Return a value that a task pushed; :class:`AirflowApiError` with status 404 if there is none."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        return self.request("GET", path, params={"map_index": map_index, "stringify": False})["value"]

    def set_task_state(self, dag_id: str, run_id: str, task_id: str, state: str) -> None:
        """Mark a task as ``success``, ``failed`` or ``skipped``, as a user does in the UI: a running one is killed."""
        self.request("PATCH", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}", json={"new_state": state})

    def clear(self, dag_id: str, run_id: str, task_ids: Iterable[str]) -> None:
        """Clear tasks of a run, so that they run anew."""
        body = {"dag_run_id": run_id, "task_ids": list(task_ids), "dry_run": False, "only_failed": False}
        self.request("POST", f"dags/{dag_id}/clearTaskInstances", json=body)

    # Connections

    def set_connection(self, connection_id: str, fields: Mapping[str, Any]) -> None:
        """Store a connection, in place of one with the same id. ``fields`` as the API names them (``conn_type``...)."""
        body = {"connection_id": connection_id, **fields}
        try:
            self.request("POST", "connections", json=body)
        except AirflowApiError as error:
            if error.status != requests.codes.conflict:
                raise
            self.request("PATCH", f"connections/{connection_id}", json=body)

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        response = self._session.request(method, self.url + path, timeout=_REQUEST_SECONDS, **options)
        if not response.ok:
            raise AirflowApiError(method, path, response.status_code, response.text)
        return response


def task_label(task: Mapping[str, Any]) -> str:
    """Name a task instance: its task id, with the index if it is mapped."""
    return task["task_id"] if task["map_index"] < 0 else f"{task['task_id']}[{task['map_index']}]"
