"""An Exchangis whose executions do what the test says, for what the real stand-in cannot be made to do on demand."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from support.exchangis_sources import SourceShelf
from support.linkis_replies import PREFIX, envelope, not_logged_in, token_refused
from support.scripted_server import Answer, Asked, ScriptedServer, json_answer

USER, TOKEN = "hadoop", "SECRET-TOKEN-1"
ROOT = f"{PREFIX}/dss/exchangis/main"
REAL = {f"{ROOT}/{name}": name for name in ("datasources", "job", "task", "projects", "createProject")}
"""The rooms of the server by where they are."""

DOCUMENTED = {
    "/dss/exchangis/main/datasources": "datasources",
    f"{PREFIX}/exchangis/job": "job",
    f"{PREFIX}/exchangis/task": "task",
    **{f"{ROOT}/{name}": name for name in ("job", "projects", "createProject")},
}
"""The same where the document has them; what is not in it is where it was."""

OK = "Submitted succeed(提交成功)！"
ENDED = ("Success", "Failed", "Cancelled", "Timeout", "Undefined", "Partial_Success")
CONTENT = json.dumps(
    [
        {
            "subJobName": "orders",
            "dataSources": {
                "source": {"type": "MYSQL", "id": 5, "name": "shop_mysql", "db": "shop", "table": "orders"},
                "sink": {"type": "HIVE", "id": 6, "name": "warehouse", "db": "ods", "table": "orders"},
            },
        }
    ]
)


@dataclass
class StubTask:
    """A task of an execution; ``log`` may hold lines that the server leaves out, ``hidden`` of them."""

    id: str
    name: str = "orders"
    status: str = "Running"
    log: list[str] = field(default_factory=list)
    metrics: Any = None


@dataclass
class StubExecution:
    """An execution; set its ``status``, ``log`` and tasks as the story goes."""

    id: str
    job_name: str
    status: str = "Running"
    progress: float = 0.1
    log: list[str] = field(default_factory=list)
    tasks: list[StubTask] = field(default_factory=list)
    all_ended: bool | None = None
    project: str = "sales"
    create_user: str = USER
    created: float = field(default_factory=time.time)
    resurrections: int = 0

    @property
    def ended(self) -> bool:
        """Whether the job has ended; its tasks may not have."""
        return self.status in ENDED

    def row(self) -> dict[str, Any]:
        """Its row in the list of executions (1.1.7 and later)."""
        return {
            "jobExecutionId": self.id,
            "executeNode": "localhost",
            "projectName": self.project,
            "name": self.job_name,
            "createTime": int(self.created) * 1000,
            "flow": 0,
            "createUser": self.create_user,
            "executeUser": USER,
            "status": self.status,
            "progress": self.progress,
            "lastUpdateTime": int(self.created) * 1000,
        }


class ExchangisStub(ScriptedServer):
    """Answers as an Exchangis 1.1.8 whose executions stay as they are until the test changes them.

    :ivar left_out: a word; lines of task logs with it are never sent (the server's own filter).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(self._answer, **kwargs)
        self.executions: dict[str, StubExecution] = {}
        self.jobs: dict[str, dict[str, Any]] = {
            "7": {"id": 7, "projectId": "3", "jobName": "orders_daily", "createUser": USER, "jobContent": CONTENT},
            "8": {"id": 8, "projectId": "3", "jobName": "orders_daily_2", "createUser": USER, "jobContent": "[]"},
        }
        self.projects = [{"id": "3", "name": "sales"}, {"id": "4", "name": "sales_old"}]
        self.roots = REAL
        self.shelf = SourceShelf()
        self.first_status = "Running"
        self.left_out = "DefaultNodeHealthyInfoManager"
        self.total_too_high = 0
        columns = [{"name": name, "type": "INT", "fieldIndex": 0, "fieldEditable": False} for name in ("id", "price")]
        self.suggested: dict[str, Any] = {
            "sourceFields": columns,
            "sinkFields": columns,
            "deductions": [{"source": column, "sink": column, "deleteEnable": True} for column in columns],
        }

    # What a test does

    def add(self, job_name: str = "orders_daily", **fields: Any) -> StubExecution:
        """Put an execution there that nobody of ours asked for."""
        execution = StubExecution(str(uuid.uuid4()), job_name, **fields)
        self.executions[execution.id] = execution
        return execution

    @property
    def last(self) -> StubExecution:
        """The newest execution."""
        return list(self.executions.values())[-1]

    def running(self) -> list[str]:
        """The ids of executions that have not ended."""
        return [execution.id for execution in self.executions.values() if not execution.ended]

    def connection(self, **extra: Any) -> str:
        """The Airflow connection to it, as JSON."""
        return json.dumps(
            {
                "conn_type": "exchangis",
                "host": "127.0.0.1",
                "port": self.port,
                "login": USER,
                "password": TOKEN,
                "extra": {"auth": "token", **extra},
            }
        )

    # What it answers

    def _answer(self, asked: Asked) -> Answer:
        token = asked.headers.get("token-code", "")
        if token != TOKEN:
            return token_refused(token) if token else not_logged_in()
        if asked.method != "GET" and not asked.body:
            return Answer(200)  # the gateway has swallowed it
        for root, name in self.roots.items():
            if asked.path == root or asked.path.startswith(f"{root}/"):
                rest = asked.path.removeprefix(root).strip("/")
                return self._route(asked, [name, *rest.split("/")] if rest else [name])
        return not_there(asked)

    def _route(self, asked: Asked, parts: list[str]) -> Answer:
        match [asked.method, *parts]:
            case [_, "datasources", *rest]:
                method = "GET" if self.roots is REAL else "POST"
                if rest[-2:] == ["params", "ui"] and asked.method != method:
                    return json_answer({"timestamp": 1, "status": 405, "path": asked.path}, 405)
                return self.shelf.answer(asked, rest) or not_there(asked)
            case ["GET", "job", "listJobs"]:
                return self._list(asked)
            case ["POST", "job", number, "execute"]:
                return self._execute(number)
            case [_, "job", "execution", name, verb]:
                return self._about(asked, name, verb)
            case [_, "task", "execution", name, verb]:
                return self._about_task(asked, name, verb)
        return self._defined(asked, parts) or not_there(asked)

    def _defined(self, asked: Asked, parts: list[str]) -> Answer | None:
        """What is defined: projects and jobs."""
        match [asked.method, *parts]:
            case ["POST", "projects"]:
                return envelope({"list": self.projects, "total": len(self.projects)})
            case ["GET", "projects", number]:
                found = next((project for project in self.projects if project["id"] == number), None)
                return envelope({"item": found}) if found else refused("Not found the project (找不到对应项目)")
            case ["GET", "job"]:
                rows = [job for job in self.jobs.values() if asked.query["name"] in job["jobName"]]
                return envelope({"result": rows, "total": len(rows)})
            case ["POST", "job", "transform", "settings"]:
                return envelope({"types": ["MAPPING"], **self.suggested})
            case ["POST", "job"]:
                return self._create_job(asked.json)
            case ["PUT", "job", number, "content"]:
                self.jobs[number]["jobContent"] = json.dumps({"subJobs": json.loads(asked.json["jobContent"])})
                return envelope({})
            case ["POST", "createProject"]:
                self.projects.append({"id": str(len(self.projects) + 3), "name": asked.json["name"]})
                return envelope({"projectName": asked.json["name"], "projectId": len(self.projects) + 2})
            case ["GET", "job", number]:
                job = self.jobs.get(number)
                return envelope({"result": job}) if job else refused(f"Job related the id: [{number}] is Empty")
        return None

    def _create_job(self, body: dict[str, Any]) -> Answer:
        if any(job["jobName"] == body["jobName"] for job in self.jobs.values()):
            return refused(f"The job {body['jobName']} already exists in the project(任务名称已存在)")
        number = str(len(self.jobs) + 7)
        self.jobs[number] = {"id": number, "createUser": USER, "jobContent": "", **body}
        return envelope({"result": self.jobs[number]})

    def _execute(self, number: str) -> Answer:
        job = self.jobs.get(number)
        if job is None:
            return refused(f"Job related the id: [{number}] is Empty(关联的任务不存在)")
        execution = self.add(job["jobName"], status=self.first_status, create_user=job["createUser"])
        return envelope({"jobExecutionId": execution.id}, message=OK)

    def _list(self, asked: Asked) -> Answer:
        query = asked.query
        if "status" not in query or not query.get("current"):
            return refused("operation failed(操作失败)s！the reason(原因)：null")
        rows = [
            execution.row()
            for execution in reversed(list(self.executions.values()))
            if query["jobName"] in execution.job_name and execution.create_user == USER
        ]
        size, page = int(query["size"]), int(query["current"])
        shown = rows[(page - 1) * size : page * size]
        return envelope({"jobList": shown, "total": len(rows) + self.total_too_high}, message=OK)

    def _about(self, asked: Asked, name: str, verb: str) -> Answer:
        execution = self.executions.get(name)
        if execution is None:
            return refused(f"Luanched job may be deleted, execution id: {name}")
        match verb:
            case "status":
                ended = execution.ended if execution.all_ended is None else execution.all_ended
                data = {"status": execution.status, "progress": execution.progress, "allTaskStatus": ended}
                return envelope(data, message=OK)
            case "taskList" | "tasklist" if verb == ("taskList" if self.roots is REAL else "tasklist"):
                return envelope({"tasks": [_task_row(task) for task in execution.tasks]}, message=OK)
            case "log":
                return self._log(execution.log, asked, ended=execution.ended)
            case "kill":
                return self._kill(execution)
            case "progress":
                return envelope({"job": {"status": execution.status, "progress": 0.1, "tasks": {}}}, message=OK)
        return not_there(asked)

    def _about_task(self, asked: Asked, name: str, verb: str) -> Answer:
        tasks = [task for execution in self.executions.values() for task in execution.tasks]
        task = next((task for task in tasks if task.id == name), None)
        if task is None:
            return refused("operation failed(操作失败)s！the reason(原因)：null")
        if verb == "metrics":
            data = {"taskId": name, "name": task.name, "status": task.status, "metrics": task.metrics}
            return envelope({"task": data}, message=OK)
        start, size = int(asked.query["fromLine"]), int(asked.query["pageSize"])
        lines = [line for line in task.log[max(0, start - 1) :] if self.left_out not in line][:size]
        # From 1.1.7 on the number is made from the lines that were sent (facts section 3, 7).
        end = start + size - 1 if len(lines) == size else start + len(lines)
        return envelope({"endLine": end, "isEnd": len(lines) < size, "logs": _by_level(lines)}, message=OK)

    def _log(self, log: list[str], asked: Asked, *, ended: bool) -> Answer:
        if not asked.query.get("fromLine") or not asked.query.get("pageSize"):
            return refused("operation failed(操作失败)s！the reason(原因)：null")
        start, size = max(1, int(asked.query["fromLine"])), int(asked.query["pageSize"])
        raw = log[start - 1 : start - 1 + size]
        if int(asked.query.get("lastRows", 0)):
            raw = log[-int(asked.query["lastRows"]) :]
        lines = [line for line in raw if "password" not in line]
        end = start - 1 + len(raw) if raw else len(log)
        return envelope({"endLine": end, "isEnd": not lines and ended, "logs": _by_level(lines)}, message=OK)

    def _kill(self, execution: StubExecution) -> Answer:
        if execution.ended:
            return refused("Kill failed(停止失败)！,job 已经到终态")
        if execution.resurrections:
            execution.resurrections -= 1  # the server's own success at making the tasks has overwritten it
            execution.status = "Scheduled"
        else:
            execution.status = "Cancelled"
        return envelope({}, message="Kill succeed(停止成功)！")


def refused(text: str) -> Answer:
    """A refusal: HTTP 400 and status 1, as from Exchangis 1.1.2 on."""
    return envelope({}, 1, text)


def not_there(asked: Asked) -> Answer:
    """Spring's own answer for a path that it does not have."""
    value = {"timestamp": 1, "status": 404, "error": "Not Found", "path": asked.path}
    return json_answer(value, 404)


def _by_level(lines: list[str]) -> dict[str, str]:
    """As ``logs``: what has no lines is not there."""
    levels = {"all": lines, "error": [line for line in lines if "ERROR" in line]}
    return {level: "\n".join(found) for level, found in levels.items() if found}


def _task_row(task: StubTask) -> dict[str, Any]:
    return {
        "taskId": task.id,
        "name": task.name,
        "status": task.status,
        "createTime": 1,
        "launchTime": None,
        "lastUpdateTime": 1,
        "engineType": "DATAX",
        "linkisJobId": "42",
        "linkisJobInfo": None,
        "executeUser": USER,
    }
