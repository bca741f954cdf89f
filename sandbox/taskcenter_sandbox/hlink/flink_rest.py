"""What Hlink asks of a cluster: Flink's REST API."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from taskcenter_sandbox.hlink.answers import Json

_SECONDS = 30.0
_UPLOAD_SECONDS = 300.0
_SAVEPOINT_KEYS = ("execution.checkpointing.savepoint-dir", "state.savepoints.dir")
"""Flink's own name since 2.0, and the one before."""


class FlinkError(Exception):
    """A cluster does not answer, or refuses; the text says what was asked and what came back."""


class FlinkRest:
    """One cluster.

    :param address: scheme, host and port.
    """

    def __init__(self, address: str) -> None:
        self._base = address.rstrip("/")

    def is_there(self) -> bool:
        """Whether ``GET /config`` is answered, as Hlink checks an address."""
        try:
            self._ask("GET", "/config")
        except FlinkError:
            return False
        return True

    def overview(self) -> Json:
        """``/overview``: slots, TaskManagers, jobs by state."""
        return self._object("GET", "/overview")

    def job(self, flink_job: str) -> Json:
        """``/jobs/{id}``: ``state`` and vertices."""
        return self._object("GET", f"/jobs/{flink_job}")

    def exceptions(self, flink_job: str) -> tuple[str, list[Json]]:
        """The newest exception of a job with its stack, and all that Flink keeps."""
        history = self._object("GET", f"/jobs/{flink_job}/exceptions").get("exceptionHistory") or {}
        entries: list[Json] = history.get("entries") or []
        return (str(entries[0].get("stacktrace") or entries[0].get("exceptionName")) if entries else ""), entries

    def savepoint_directory(self) -> str:
        """The default place for savepoints, empty without one."""
        options = self._ask("GET", "/jobmanager/config").json()
        values = {each["key"]: each["value"] for each in options}
        return next((values[key] for key in _SAVEPOINT_KEYS if values.get(key)), "")

    def jars(self) -> list[str]:
        """The ids of the uploaded jars."""
        return [each["id"] for each in self._object("GET", "/jars").get("files", [])]

    def upload_jar(self, path: Path, name: str) -> str:
        """Upload a jar; returns its id."""
        with path.open("rb") as file:
            files = {"jarfile": (name, file, "application/x-java-archive")}
            answer = self._object("POST", "/jars/upload", files=files, timeout=_UPLOAD_SECONDS)
        return str(answer["filename"]).rpartition("/")[2]

    def delete_jar(self, jar: str) -> None:
        """Delete a jar."""
        self._ask("DELETE", f"/jars/{jar}")

    def run_jar(
        self,
        jar: str,
        *,
        entry_class: str | None,
        program: str | None,
        parallelism: int | None,
        savepoint: str | None,
        allow_non_restored: bool,
    ) -> str:
        """Run a jar; returns Flink's job id."""
        body: Json = {"allowNonRestoredState": allow_non_restored}
        if entry_class:
            body["entryClass"] = entry_class
        if program:
            body["programArgsList"] = shlex.split(program)
        if parallelism:
            body["parallelism"] = parallelism
        if savepoint:
            body["savepointPath"] = savepoint
        return str(self._object("POST", f"/jars/{jar}/run", json=body, timeout=_UPLOAD_SECONDS)["jobid"])

    def cancel(self, flink_job: str) -> None:
        """Cancel a job, without a savepoint."""
        self._ask("PATCH", f"/jobs/{flink_job}", params={"mode": "cancel"})

    def trigger_savepoint(self, flink_job: str, directory: str, *, cancel: bool) -> str:
        """Begin a savepoint; returns the number under which :meth:`wait_for_savepoint` finds it.

        :param cancel: the job ends when it is complete.
        """
        body = {"target-directory": directory, "cancel-job": cancel}
        return str(self._object("POST", f"/jobs/{flink_job}/savepoints", json=body)["request-id"])

    def wait_for_savepoint(
        self, flink_job: str, request_id: str, *, go_on: Callable[[], bool], poll_seconds: float
    ) -> str:
        """Wait until a savepoint is complete; returns its path.

        :param go_on: asked before each look.
        :raises FlinkError: it failed, or nobody wants it any more.
        """
        while go_on():
            answer = self._object("GET", f"/jobs/{flink_job}/savepoints/{request_id}")
            if answer["status"]["id"] == "COMPLETED":
                operation = answer.get("operation") or {}
                if location := operation.get("location"):
                    return str(location)
                cause = operation.get("failure-cause") or {}
                raise FlinkError(f"the savepoint of {flink_job} failed: {cause.get('stack-trace') or cause}")
            time.sleep(poll_seconds)
        raise FlinkError(f"the savepoint of {flink_job} was not waited for: the server stops")

    def dispose_savepoint(self, path: str) -> None:
        """Begin to delete a savepoint."""
        self._ask("POST", "/savepoint-disposal", json={"savepoint-path": path})

    def _object(self, method: str, path: str, **options: Any) -> Json:
        value = self._ask(method, path, **options).json()
        if not isinstance(value, dict):
            raise FlinkError(f"{method} {self._base}{path}: the answer is no object")
        return value

    def _ask(self, method: str, path: str, *, timeout: float = _SECONDS, **options: Any) -> requests.Response:
        where = f"{method} {self._base}{path}"
        try:
            answer = requests.request(method, f"{self._base}{path}", timeout=timeout, **options)
        except (requests.RequestException, ValueError) as error:
            raise FlinkError(f"{where}: {error}") from error
        if not answer.ok:
            raise FlinkError(f"{where}: HTTP {answer.status_code}: {_errors(answer)}")
        return answer


def _errors(answer: requests.Response) -> str:
    try:
        return "\n".join(map(str, answer.json()["errors"]))
    except (ValueError, KeyError, TypeError):
        return answer.text[:500]
