"""A Linkis whose jobs do what the test says, for what the real stand-in cannot be made to do on demand."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from support.linkis_replies import (
    PREFIX,
    envelope,
    log_gone,
    logged_in,
    not_logged_in,
    refusal,
    token_refused,
    unknown_job,
    wrong_password,
)
from support.scripted_server import Answer, Asked, ScriptedServer

USER, PASSWORD, TOKEN = "hadoop", "Secret-Pass-1", "SECRET-TOKEN-1"


@dataclass
class StubJob:
    """A job; set its ``status``, ``progress``, ``log`` as the story goes."""

    id: int
    body: dict[str, Any]
    status: str = "Running"
    progress: str = "0.1"
    log: list[str] = field(default_factory=list)
    error: tuple[int, str] | None = None
    created: float = field(default_factory=time.time)
    visible: bool = True
    ignores_kill: bool = False

    @property
    def exec_id(self) -> str:
        """As Linkis makes them."""
        return f"exec_id018017linkis-cg-entrancelocalhost:9104airflow_{USER}_spark_{self.id}"

    @property
    def terminal(self) -> bool:
        """Whether it has ended."""
        return self.status in ("Succeed", "Failed", "Cancelled", "Timeout")

    def row(self) -> dict[str, Any]:
        """Its row in the job history (QueryTaskVO)."""
        content, labels = self.body.get("executionContent", {}), self.body.get("labels", {})
        code, text = self.error or (0, "")
        return {
            "taskID": self.id,
            "umUser": USER,
            "executeUser": USER,
            "executionCode": content.get("code"),
            "progress": self.progress,
            "logPath": f"file:///logs/{self.id}.log",
            "resultLocation": f"file:///results/{self.id}",
            "status": self.status,
            "createdTime": int(self.created * 1000),
            "updatedTime": int(self.created * 1000),
            "errCode": code if self.terminal else None,
            "errDesc": text if self.terminal else None,
            "executeApplicationName": labels.get("engineType", "spark-3").partition("-")[0],
            "requestApplicationName": labels.get("userCreator", "hadoop-airflow").partition("-")[2],
            "runType": content.get("runType"),
            "strongerExecId": self.exec_id,
            "sourceJson": json.dumps(self.body.get("source", {})),
        }


class LinkisStub(ScriptedServer):
    """Answers as a Linkis whose jobs stay as they are until the test changes them.

    :param auth: ``password`` (a session is needed) or ``token``.
    """

    def __init__(self, auth: str = "token", **kwargs: Any) -> None:
        super().__init__(self._answer, **kwargs)
        self.auth = auth
        self.jobs: dict[int, StubJob] = {}
        self.sessions: set[str] = set()
        self.first_status = "Running"

    # What a test does

    def add_job(self, status: str = "Running", **fields: Any) -> StubJob:
        """Put a job there that nobody submitted."""
        job = StubJob(len(self.jobs) + 1, {}, status, **fields)
        self.jobs[job.id] = job
        return job

    def running(self) -> list[int]:
        """The ids of jobs that have not ended."""
        return [job.id for job in self.jobs.values() if not job.terminal]

    def connection(self, **extra: Any) -> str:
        """The Airflow connection to it, as JSON."""
        secret = TOKEN if self.auth == "token" else PASSWORD
        return json.dumps(
            {
                "conn_type": "linkis",
                "schema": "https" if self.tls else "http",
                "host": "127.0.0.1",
                "port": self.port,
                "login": USER,
                "password": secret,
                "extra": {"auth": self.auth, **extra},
            }
        )

    # What it answers

    def _answer(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix(PREFIX)
        if path == "/user/publicKey":
            return envelope({"enableLoginEncrypt": False, "publicKey": ""})
        if path == "/user/login":
            return self._log_in(asked)
        refused = self._refuse(asked)
        if refused is not None:
            return refused
        if path == "/entrance/submit":
            return self._submit(asked)
        if path == "/jobhistory/list":
            return self._list(asked)
        if path == "/jobhistory/list-taskids":
            return self._list_ids(asked)
        if path == "/filesystem/openLog":
            job = self.jobs[int(asked.query["path"].rpartition("/")[2].removesuffix(".log"))]
            return envelope({"log": ["", "", "", "".join(f"{line}\n" for line in job.log)]})
        if path == "/filesystem/getDirFileTrees":
            return envelope({"dirFileTrees": None})
        return self._about_job(asked, path)

    def _log_in(self, asked: Asked) -> Answer:
        if asked.json != {"userName": USER, "password": PASSWORD}:
            return wrong_password()
        ticket = f"ticket-{len(self.asked)}"
        self.sessions.add(ticket)
        return logged_in(USER, ticket)

    def _refuse(self, asked: Asked) -> Answer | None:
        if self.auth == "token":
            token = asked.headers.get("token-code", "")
            good = token == TOKEN and asked.headers.get("token-user") == USER
            return None if good else token_refused(token)
        cookie = asked.headers.get("cookie", "")
        return None if any(ticket in cookie for ticket in self.sessions) else not_logged_in()

    def _submit(self, asked: Asked) -> Answer:
        job = StubJob(len(self.jobs) + 1, asked.json, self.first_status)
        self.jobs[job.id] = job
        return envelope({"execID": job.exec_id, "taskID": job.id})

    def _list(self, asked: Asked) -> Answer:
        query = asked.query
        rows = [
            job.row()
            for job in sorted(self.jobs.values(), key=lambda job: (job.created, job.id), reverse=True)
            if job.visible
            and int(query.get("startDate", 0)) <= job.created * 1000 <= int(query.get("endDate", 1 << 60))
            and query.get("creator", job.row()["requestApplicationName"]) == job.row()["requestApplicationName"]
            and query.get("executeApplicationName", job.row()["executeApplicationName"])
            == job.row()["executeApplicationName"]
        ]
        size = int(query.get("pageSize", 20))
        last = max(1, -(-len(rows) // size))
        page = min(int(query.get("pageNow", 1)), last)  # past the end comes the last page again
        return envelope({"tasks": rows[(page - 1) * size : page * size], "totalPage": len(rows)})

    def _list_ids(self, asked: Asked) -> Answer:
        ids = {int(text) for text in asked.query["taskID"].split(",")}
        if len(ids) > 30:
            return envelope({}, 1, "TaskID size cannot exceed 30")
        rows = [self.jobs[number].row() for number in sorted(ids, reverse=True) if self._known(number)]
        return envelope({"jobHistoryList": rows})

    def _known(self, number: int) -> bool:
        return number in self.jobs and self.jobs[number].visible

    def _about_job(self, asked: Asked, path: str) -> Answer:
        _, room, name, verb = path.split("/")
        if room == "jobhistory":
            return envelope({"task": self.jobs[int(name)].row()}) if self._known(int(name)) else unknown_job()
        job = next((job for job in self.jobs.values() if job.exec_id == name), None)
        if job is None:
            return envelope({}, 1, f"Can't find execID({name})")
        if verb == "log":
            return self._log(job, asked)
        if verb == "kill":
            return self._kill(job)
        return envelope({"execID": job.exec_id, "status": job.status})

    def _log(self, job: StubJob, asked: Asked) -> Answer:
        if job.terminal:
            return log_gone()
        start, size = int(asked.query["fromLine"]), int(asked.query["size"])
        lines = job.log[start - 1 : start - 1 + size]
        text = "\n".join(line for line in lines if line.strip())
        return envelope({"execID": job.exec_id, "log": ["", "", text, text], "fromLine": start + len(lines)})

    def _kill(self, job: StubJob) -> Answer:
        if job.status in ("Succeed", "Failed"):
            return refusal(20030, "An exception occurred while killing the job, kill failed(杀死job失败)")
        if not job.ignores_kill:
            job.status = "Cancelled"
        return envelope({"execID": job.exec_id}, message="Successfully killed the job(成功kill了job)")
