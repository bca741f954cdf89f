"""A scripted Flink cluster behind a local Hlink: jars "run" on it, and the test says what becomes of them."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from support.scripted_server import Answer, Asked, ScriptedServer, json_answer

START = 1_700_000_000_000


class FlinkStub(ScriptedServer):
    """The REST API as far as Hlink and our provider ask for it.

    :ivar jobs: Flink's state by job id.
    :ivar age_seconds: for how long every job has been as it is.
    :ivar savepoints: the path of each, by the id that it was asked for under.
    :ivar savepoint_status: what becomes of every savepoint.
    """

    def __init__(self) -> None:
        super().__init__(self.answer)
        self.jars: list[str] = []
        self.jobs: dict[str, str] = {}
        self.savepoints: dict[str, str] = {}
        self.savepoint_status = "COMPLETED"
        self._jobs_of_savepoints: list[str] = []
        self.age_seconds = 100
        self.tasks_run = True

    def answer(self, asked: Asked) -> Answer:
        for form, function in (
            ("GET /config", lambda: {"flink-version": "2.3.0"}),
            ("GET /overview", self._overview),
            ("GET /jobmanager/config", list),
            ("GET /jars", lambda: {"address": self.url, "files": [{"id": each} for each in self.jars]}),
            ("POST /jars/upload", lambda: self._upload(asked)),
            ("DELETE /jars/([^/]+)", lambda jar: self.jars.remove(jar) or {}),
            ("POST /jars/([^/]+)/run", self._run),
            ("GET /jobs/overview", self._jobs),
            ("GET /jobs/([^/]+)", self._job),
            ("PATCH /jobs/([^/]+)", self._cancel),
            ("GET /jobs/([^/]+)/exceptions", self._exceptions),
            ("GET /jobs/([^/]+)/checkpoints", self._checkpoints),
            ("POST /jobs/([^/]+)/savepoints", lambda job: self._trigger(job, asked)),
            ("GET /jobs/([^/]+)/savepoints/([^/]+)", self._savepoint),
            ("POST /savepoint-disposal", lambda: {"request-id": "1"}),
        ):
            if found := re.fullmatch(form, asked.endpoint):
                value = function(*found.groups())
                return json_answer({"errors": ["Not found."]}, 404) if value is None else json_answer(value)
        return json_answer({"errors": [f"Not found: {asked.path}"]}, 404)

    def _overview(self) -> dict[str, Any]:
        slots = {"taskmanagers": 1, "slots-total": 8, "slots-available": 5, "flink-version": "2.3.0"}
        return {**slots, "jobs-running": len(self.jobs), "jobs-finished": 0, "jobs-cancelled": 0, "jobs-failed": 0}

    def _upload(self, asked: Asked) -> dict[str, str]:
        name = re.search(rb'filename="([^"]+)"', asked.body)
        assert name is not None
        self.jars.append(f"{uuid.uuid4()}_{name[1].decode()}")
        return {"filename": f"/flink-web/{self.jars[-1]}", "status": "success"}

    def _run(self, jar: str) -> dict[str, str] | None:
        if jar not in self.jars:
            return None
        job = uuid.uuid4().hex
        self.jobs[job] = "RUNNING"
        return {"jobid": job}

    def _jobs(self) -> dict[str, Any]:
        tasks = {"total": 2, "running": 2 if self.tasks_run else 1, "finished": 0}
        age = self.age_seconds * 1000
        times = {"start-time": START, "duration": age + 10, "last-modification": START + 10}
        return {"jobs": [{"jid": jid, "state": state, "tasks": tasks, **times} for jid, state in self.jobs.items()]}

    def _job(self, job: str) -> dict[str, Any] | None:
        return {"jid": job, "state": self.jobs[job], "vertices": []} if job in self.jobs else None

    def _cancel(self, job: str) -> dict[str, Any]:
        self.jobs[job] = "CANCELED"
        return {}

    def _exceptions(self, job: str) -> dict[str, Any] | None:
        if job not in self.jobs:
            return None
        if self.jobs.get(job) != "FAILED":
            return {"exceptionHistory": {"entries": [], "truncated": False}}
        trace = "java.lang.Boom: it broke\n\tat x.Y\nCaused by: java.io.IOException: disk full\n\tat z.Z"
        entry = {"exceptionName": "java.lang.Boom", "stacktrace": trace, "timestamp": 1, "taskName": "Sink"}
        return {"exceptionHistory": {"entries": [entry], "truncated": False}}

    def _trigger(self, job: str, asked: Asked) -> dict[str, str]:
        number = uuid.uuid4().hex
        body = json.loads(asked.body)
        self._jobs_of_savepoints.append(job)
        self.savepoints[number] = f"{body['target-directory']}/savepoint-{number[:6]}"
        if body["cancel-job"]:
            self.jobs[job] = "CANCELED"
        return {"request-id": number}

    def _savepoint(self, job: str, number: str) -> dict[str, Any]:
        del job
        if self.savepoint_status == "IN_PROGRESS":
            return {"status": {"id": "IN_PROGRESS"}, "operation": None}
        if self.savepoint_status == "FAILED":
            return {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"stack-trace": "x.YException: no"}}}
        return {"status": {"id": "COMPLETED"}, "operation": {"location": self.savepoints[number]}}

    def _checkpoints(self, job: str) -> dict[str, Any] | None:
        """Each savepoint, and a checkpoint before it; the newest first, as Flink tells of them."""
        rows: list[dict[str, Any]] = []
        for path, of_job in zip(self.savepoints.values(), self._jobs_of_savepoints, strict=True):
            if of_job == job:
                number = len(rows) + 1
                rows.append({"id": number, "status": "COMPLETED", "is_savepoint": False, "external_path": "chk"})
                row: dict[str, Any] = {"id": number + 1, "status": self.savepoint_status, "is_savepoint": True}
                row["external_path"] = path if self.savepoint_status == "COMPLETED" else None
                row["failure_message"] = "disk full" if self.savepoint_status == "FAILED" else None
                rows.append(row)
        latest = {"completed": None, "savepoint": None, "failed": None, "restored": None}
        return {"counts": {"total": len(rows)}, "latest": latest, "history": rows[::-1]}
