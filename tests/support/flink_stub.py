"""A Flink cluster and an SQL Gateway that do what a test says, with the words of Flink 2.3."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from support.scripted_server import Answer, Asked, ScriptedServer, json_answer

_TASKS = {"CREATED": 0, "CANCELED": 0, "INITIALIZING": 0, "RUNNING": 0, "FINISHED": 0, "FAILED": 0}
_OF_STATE = {"RUNNING": "RUNNING", "FINISHED": "FINISHED", "FAILED": "FAILED", "CANCELED": "CANCELED"}
ENDS = ("FINISHED", "FAILED", "CANCELED")

DUPLICATE = (
    "org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.\n\tat a.b.C(C.java:1)\n"
    "Caused by: java.util.concurrent.CompletionException: org.apache.flink.util.FlinkRuntimeException: Could not "
    "execute application.\n\t... 1 more\nCaused by: org.apache.flink.runtime.client."
    "DuplicateApplicationSubmissionException: Application has already been submitted.\n"
)
PROGRAM_FAILED = (
    "org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.\n\tat a.b.C(C.java:1)\n"
    "Caused by: org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: no table\n"
    "Caused by: org.apache.flink.table.api.ValidationException: Object 'orders' not found\n"
)


def errors(status: int, *texts: str) -> Answer:
    """How Flink says no."""
    return json_answer({"errors": list(texts)}, status)


def not_found(text: str) -> Answer:
    """What Flink says of what it does not know."""
    return errors(404, f"org.apache.flink.runtime.rest.NotFoundException: {text}\n\tat a.b.C(C.java:1)\n")


class FlinkStub(ScriptedServer):
    """Jobs go through ``plan``, a step for each time that one is looked at; the last state stays.

    :ivar jobs: by id.
    :ivar plan: the states of jobs to come.
    :ivar exceptions: the exception history of jobs to come.
    :ivar savepoints: answers to a savepoint's status, the last one stays.
    :ivar stable_ms: for how long jobs say that nothing about them has changed.
    :ivar results: pages of an SQL statement's result, by a word that is in it.
    """

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.jobs: dict[str, dict[str, Any]] = {}
        self.jars: dict[str, str] = {}
        self.plan = ["RUNNING", "FINISHED"]
        self.exceptions: list[dict[str, Any]] = []
        self.operations: dict[str, list[dict[str, Any]]] = {}
        self.savepoints = [done("file:/savepoints/savepoint-1")]
        self.stable_ms = 60_000
        self.results: dict[str, list[dict[str, Any]]] = {}
        self.sessions: list[str] = []
        self.statements: list[dict[str, Any]] = []

    def connection(self, **extra: Any) -> str:
        """The Airflow connection to it, as JSON."""
        return json.dumps(
            {
                "conn_type": "flink_rest",
                "host": "127.0.0.1",
                "port": self.port,
                "extra": {"sql_gateway": self.url, **extra},
            }
        )

    def add_job(self, job_id: str, *plan: str, name: str = "orders") -> str:
        """Have a job run."""
        self.jobs[job_id] = {"plan": list(plan or self.plan), "name": name, "exceptions": self.exceptions}
        return job_id

    def _answer(self, asked: Asked) -> Answer:
        for pattern, answer in _ROUTES:
            found = re.fullmatch(pattern, asked.endpoint)
            if found is not None:
                return answer(self, asked, *found.groups())
        return not_found(asked.endpoint)

    def overview(self, asked: Asked) -> Answer:
        return json_answer({"flink-version": "2.3.0", "taskmanagers": 1, "slots-total": 4, "slots-available": 3,
            "jobs-running": len(self.jobs)})  # fmt: skip

    def upload(self, asked: Asked) -> Answer:
        name = re.search(rb'filename="([^"]*)"', asked.body)[1].decode()
        self.jars[f"1-{name}"] = name
        return json_answer({"filename": f"/upload/1-{name}", "status": "success"})

    def list_jars(self, asked: Asked) -> Answer:
        return json_answer({"files": [{"id": jar, "name": name} for jar, name in self.jars.items()]})

    def run(self, asked: Asked, jar: str) -> Answer:
        if jar not in self.jars:
            return errors(500, "Internal server error.", f"<Exception on server side:\nx.RestHandlerException: Jar file /u/{jar} does not exist\n")  # fmt: skip
        job_id = asked.json.get("jobId") or "0" * 32
        if job_id in self.jobs:
            return errors(400, DUPLICATE)
        self.add_job(job_id)
        return json_answer({"jobid": job_id})

    def _look(self, job: dict[str, Any]) -> str:
        plan = job["plan"]
        return plan.pop(0) if len(plan) > 1 else plan[0]

    def list_jobs(self, asked: Asked) -> Answer:
        rows = []
        now = int(time.time() * 1000)
        for job_id, job in self.jobs.items():
            state = self._look(job)
            running = 2 if state == "RUNNING" else 0
            rows.append({"jid": job_id, "name": job["name"], "state": state, "start-time": now - 100_000,
                "duration": 100_000, "last-modification": now - self.stable_ms,
                "tasks": {"total": 2, "running": running, "finished": 0}})  # fmt: skip
        return json_answer({"jobs": rows})

    def job(self, asked: Asked, job_id: str) -> Answer:
        if job_id not in self.jobs:
            return not_found(f"Job {job_id} not found")
        job = self.jobs[job_id]
        state = self._look(job)
        now = int(time.time() * 1000)
        tasks = {**_TASKS, _OF_STATE.get(state, "CREATED"): 2}
        vertex = {"name": "Source", "tasks": tasks, "start-time": now - self.stable_ms,
            "metrics": {"read-records": 10, "write-records": 30}}  # fmt: skip
        return json_answer({"jid": job_id, "name": job["name"], "state": state, "start-time": now - 100_000,
            "duration": 100_000, "now": now, "timestamps": {"RUNNING": now - self.stable_ms},
            "vertices": [vertex]})  # fmt: skip

    def history(self, asked: Asked, job_id: str) -> Answer:
        if job_id not in self.jobs:
            return not_found(f"Job {job_id} not found")
        return json_answer({"exceptionHistory": {"entries": self.jobs[job_id]["exceptions"], "truncated": False}})

    def checkpoints(self, asked: Asked, job_id: str) -> Answer:
        completed = {"id": 4, "state_size": 512, "end_to_end_duration": 36}
        return json_answer({"counts": {"total": 5, "completed": 4, "failed": 1}, "latest": {"completed": completed}})

    def cancel(self, asked: Asked, job_id: str) -> Answer:
        if job_id not in self.jobs:
            return errors(404, "x.RestHandlerException: Job could not be found.\nCaused by: x.FlinkJobNotFoundException: Could not find Flink job")  # fmt: skip
        if self.jobs[job_id]["plan"][0] in ENDS:
            return errors(409, "x.RestHandlerException: Job cancellation failed because the job has already reached another terminal state (FINISHED).")  # fmt: skip
        self.jobs[job_id]["plan"] = ["CANCELLING", "CANCELED"]
        return Answer(202, b"{}")

    def trigger(self, asked: Asked, job_id: str, kind: str) -> Answer:
        trigger = asked.json.get("triggerId") or "9" * 32
        if trigger not in self.operations:
            self.operations[trigger] = [dict(answer) for answer in self.savepoints]
            if kind == "stop" and job_id in self.jobs:
                self.jobs[job_id]["plan"] = ["FINISHED"]
        return json_answer({"request-id": trigger}, 202)

    def operation(self, asked: Asked, job_id: str, trigger: str) -> Answer:
        answers = self.operations.get(trigger)
        if answers is None:
            return errors(404, f"x.RestHandlerException: There is no savepoint operation with triggerId={trigger} for job {job_id}.")  # fmt: skip
        return json_answer(answers.pop(0) if len(answers) > 1 else answers[0])

    def disposal(self, asked: Asked, trigger: str = "") -> Answer:
        return json_answer({"request-id": "d1"} if not trigger else {"status": {"id": "COMPLETED"}, "operation": {}})

    def open_session(self, asked: Asked) -> Answer:
        self.sessions.append(f"session-{len(self.sessions) + 1}")
        return json_answer({"sessionHandle": self.sessions[-1]})

    def close_session(self, asked: Asked, session: str) -> Answer:
        if session not in self.sessions:
            return errors(500, f"x.SqlGatewayException: Session '{session}' does not exist.")
        self.sessions.remove(session)
        return json_answer({"status": "CLOSED"})

    def statement(self, asked: Asked, session: str) -> Answer:
        self.statements.append(asked.json)
        statement, options = asked.json["statement"], asked.json.get("executionConfig") or {}
        job_id = options.get("$internal.pipeline.job-id")
        number = str(len(self.statements))
        if statement.upper().startswith(("INSERT", "EXECUTE")):
            if job_id in self.jobs:
                self.results[f"#{number}"] = [{"errors": [DUPLICATE]}]
            elif "errors" not in self._pages(number)[0]:
                self.add_job(job_id or "0" * 32, name="insert-into")
        return json_answer({"operationHandle": number})

    def _pages(self, number: str) -> list[dict[str, Any]]:
        text = self.statements[int(number) - 1]["statement"]
        if f"#{number}" in self.results:
            return self.results[f"#{number}"]
        return next((pages for word, pages in self.results.items() if word in text), [page([["OK"]], ["result"])])

    def operation_status(self, asked: Asked, session: str, number: str) -> Answer:
        failed = "errors" in self._pages(number)[0]
        return json_answer({"status": "ERROR" if failed else "FINISHED"})

    def result(self, asked: Asked, session: str, number: str, token: str) -> Answer:
        pages = self._pages(number)
        if "errors" in pages[0]:
            return json_answer(pages[0], 500)
        if int(token) >= len(pages):
            return json_answer({"resultType": "EOS", "results": {"columns": [], "data": []}})
        following = f"/v2/sessions/{session}/operations/{number}/result/{int(token) + 1}?rowFormat=JSON"
        return json_answer({**pages[int(token)], "nextResultUri": following})


def done(location: str) -> dict[str, Any]:
    """A savepoint that is complete."""
    return {"status": {"id": "COMPLETED"}, "operation": {"location": location}}


def failed(trace: str) -> dict[str, Any]:
    """A savepoint that failed."""
    cause = {"class": "java.util.concurrent.CompletionException", "stack-trace": trace}
    return {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": cause}}


def page(rows: list[list[Any]], names: list[str], job_id: str | None = None) -> dict[str, Any]:
    """A page of an SQL result."""
    columns = [{"name": name, "logicalType": {"type": "VARCHAR", "nullable": True}} for name in names]
    data = [{"kind": "INSERT", "fields": row} for row in rows]
    answer: dict[str, Any] = {"resultType": "PAYLOAD", "results": {"columns": columns, "data": data}}
    return {**answer, "jobID": job_id} if job_id else answer


_JOB = r"/jobs/([0-9a-z]+)"
_SESSION = r"/v2/sessions/([\w-]+)"
_ROUTES = [
    (r"GET /overview", FlinkStub.overview),
    (r"GET /jobmanager/config", lambda stub, asked: json_answer([{"key": "rest.port", "value": "8081"}])),
    (r"GET /taskmanagers", lambda stub, asked: json_answer({"taskmanagers": [{"id": "t1", "slotsNumber": 4}]})),
    (r"POST /jars/upload", FlinkStub.upload),
    (r"GET /jars", FlinkStub.list_jars),
    (r"POST /jars/([^/]+)/run", FlinkStub.run),
    (r"DELETE /jars/([^/]+)", lambda stub, asked, jar: (stub.jars.pop(jar, None), Answer(200, b"{}"))[1]),
    (r"GET /jobs/overview", FlinkStub.list_jobs),
    (rf"GET {_JOB}", FlinkStub.job),
    (rf"PATCH {_JOB}", FlinkStub.cancel),
    (rf"GET {_JOB}/exceptions", FlinkStub.history),
    (rf"GET {_JOB}/checkpoints", FlinkStub.checkpoints),
    (rf"GET {_JOB}/config", lambda stub, asked, job: json_answer({"jid": job})),
    (rf"GET {_JOB}/metrics", lambda stub, asked, job: json_answer([{"id": "uptime", "value": "5"}])),
    (rf"POST {_JOB}/(savepoints|stop)", FlinkStub.trigger),
    (rf"GET {_JOB}/savepoints/(\w+)", FlinkStub.operation),
    (r"POST /savepoint-disposal", FlinkStub.disposal),
    (r"GET /savepoint-disposal/(\w+)", FlinkStub.disposal),
    (r"GET /v2/info", lambda stub, asked: json_answer({"productName": "Apache Flink", "version": "2.3.0"})),
    (r"POST /v2/sessions", FlinkStub.open_session),
    (rf"GET {_SESSION}", lambda stub, asked, session: json_answer({"properties": {"a": "b"}})),
    (rf"DELETE {_SESSION}", FlinkStub.close_session),
    (rf"POST {_SESSION}/heartbeat", lambda stub, asked, session: Answer(200, b"{}")),
    (rf"POST {_SESSION}/statements", FlinkStub.statement),
    (rf"GET {_SESSION}/operations/(\w+)/status", FlinkStub.operation_status),
    (rf"POST {_SESSION}/operations/(\w+)/cancel", lambda stub, asked, *ids: json_answer({"status": "CANCELED"})),
    (rf"GET {_SESSION}/operations/(\w+)/result/(\d+)", FlinkStub.result),
]
