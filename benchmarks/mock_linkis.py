"""A fast HTTP server in the place of Linkis, Exchangis, Flink, dbt Cloud, Livy and a plain status page, for benchmarks.

It is meant to cost little next to the client that is measured: a hand-made parser on a raw asyncio protocol, and
answers rendered before the run. It counts what a client cannot know of itself: connections, requests, jobs asked for.

Run as ``python mock_linkis.py --jobs 5000``; it prints its port, and ends when its standard input does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import time
from dataclasses import asdict, dataclass
from math import inf
from typing import Any
from urllib.parse import parse_qs

from jobs import WARM_UP_ID, Jobs, exec_id, flink_job_id

MAX_TASK_IDS = 30
LOG_LINES = 5
PREFIX = b"/api/rest_j/v1/"


@dataclass
class Counts:
    """What clients have done since the last start."""

    job_polls: int = 0
    requests: int = 0
    connections: int = 0
    most_connections: int = 0
    log_requests: int = 0


class MockLinkis:
    """The jobs, their states by the clock, and the answers.

    :param batches: whether ``list-taskids`` is known, as it is since Linkis 1.7.
    """

    def __init__(self, jobs: Jobs, *, batches: bool = True) -> None:
        self.jobs = jobs
        self.batches = batches
        self.ends: dict[int, float] = {}
        self.counts = Counts()
        self.open_connections = 0
        self._rows = {job: (_row(job, ended=False), _row(job, ended=True)) for job in (WARM_UP_ID, *jobs.ids)}
        self._flink_rows = {
            job: (_flink_row(job, ended=False), _flink_row(job, ended=True)) for job in (WARM_UP_ID, *jobs.ids)
        }
        self._linkis = re.compile(rb"jobhistory/(\d+)/get|entrance/([^/?]+)/log|user/(\w+)|jobhistory/list-(taskids)")
        self._others = re.compile(rb"/status/(\d+)|/api/v2/accounts/\d+/runs/(\d+)/|/batches/(\d+)/(state|log)")

    def ended(self, job: int) -> bool:
        """Whether a job has ended."""
        return job == WARM_UP_ID or self.ends.get(job, inf) <= time.time()

    def respond(self, target: bytes, body: bytes) -> bytes:
        """The whole answer to a request."""
        self.counts.requests += 1
        path, _, query = target.partition(b"?")
        if path.startswith(PREFIX):
            return self._answer_linkis(path[len(PREFIX) :], query)
        if path.startswith(b"/jobs/"):
            return self._answer_flink(path)
        if path.startswith(b"/bench/"):
            self.counts.requests -= 1
            return _http(json.dumps(self._control(path, json.loads(body or b"{}"))).encode())
        found = self._others.fullmatch(path)
        if found is None:
            return NOT_FOUND
        status, run, batch, what = found.groups()
        if what == b"log":
            return _http(b'{"id":%s,"from":0,"total":2,"log":["stdout: ","pi is 3"]}' % batch)
        self.counts.job_polls += 1
        ended = self.ended(int(status or run or batch))
        if status:
            return _http(b'{"id":%s,"status":"%s"}' % (status, b"Succeed" if ended else b"Running"))
        if run:
            return _http(_DBT_RUN % (run, 10 if ended else 3))
        return _http(b'{"id":%s,"state":"%s"}' % (batch, b"success" if ended else b"running"))

    def _answer_flink(self, path: bytes) -> bytes:
        """All jobs of the cluster at once, or what the log of one is made of."""
        if path == b"/jobs/overview":
            self.counts.job_polls += len(self.jobs.ids)
            rows = [flink[self.ended(job)] for job, flink in self._flink_rows.items()]
            return _http(b'{"jobs":[%s]}' % b",".join(rows))
        job_id, _, what = path.removeprefix(b"/jobs/").partition(b"/")
        self.counts.log_requests += 1
        if what == b"exceptions":
            return _http(b'{"exceptionHistory":{"entries":[],"truncated":false}}')
        if what == b"checkpoints":
            return _http(b'{"counts":{"total":3,"completed":3,"failed":0,"in_progress":0,"restored":0},"latest":{}}')
        vertex = b'{"name":"source","start-time":1793000000000,"tasks":{"RUNNING":2},"metrics":{"read-records":7}}'
        return _http(b'{"jid":"%s","name":"job","state":"RUNNING","vertices":[%s]}' % (job_id, vertex))

    def _answer_exchangis(self, path: bytes, query: bytes) -> bytes:
        found = re.fullmatch(rb"dss/exchangis/main/job/execution/(\d+)/(status|taskList|log)", path)
        if found is None:
            return NOT_FOUND
        job, what = found.groups()
        if what == b"taskList":
            return _http(b'%s{"tasks":[]}}' % _OK)
        if what == b"log":
            self.counts.log_requests += 1
            first = int(parse_qs(query.decode())["fromLine"][0])
            lines = [f"2026-11-02 10:00:00.000 INFO line {line} of the job" for line in range(first, LOG_LINES + 1)]
            data = {"endLine": LOG_LINES, "isEnd": False, "logs": {"all": "\n".join(lines)} if lines else {}}
            return _http(_OK + json.dumps(data).encode() + b"}")
        self.counts.job_polls += 1
        status = b"Success" if self.ended(int(job)) else b"Running"
        return _http(b'%s{"status":"%s","progress":0.5,"allTaskStatus":false}}' % (_OK, status))

    def _answer_linkis(self, path: bytes, query: bytes) -> bytes:
        if path.startswith(b"dss/"):
            return self._answer_exchangis(path, query)
        found = self._linkis.fullmatch(path)
        if found is None:
            return NOT_FOUND
        job, exec_id, user, batch = found.groups()
        if job:
            self.counts.job_polls += 1
            return _http(b'%s{"task":%s}}' % (_OK, self._row(int(job))))
        if batch:
            ids = parse_qs(query.decode())["taskID"][0].split(",") if self.batches else []
            if not self.batches:
                return NOT_FOUND
            if len(ids) > MAX_TASK_IDS:
                return _http(_refusal(f"TaskID size cannot exceed {MAX_TASK_IDS}"), b"400 Bad Request")
            self.counts.job_polls += len(ids)
            # Newest first, as the server orders them.
            rows = b",".join([self._row(job) for job in sorted(map(int, ids), reverse=True)])
            return _http(b'%s{"jobHistoryList":[%s]}}' % (_OK, rows))
        if exec_id:
            return self._log(exec_id, query)
        if user == b"login":
            return _http(_LOGIN, more=b"Set-Cookie: linkis_user_session_ticket_id_v1=mock; Path=/\r\n")
        return _http(b'%s{"publicKey":null,"enableLoginEncrypt":false}}' % _OK)

    def _row(self, job: int) -> bytes:
        running, ended = self._rows[job]
        return ended if self.ended(job) else running

    def _log(self, exec_id: bytes, query: bytes) -> bytes:
        self.counts.log_requests += 1
        first = int(parse_qs(query.decode()).get("fromLine", ["0"])[0])
        lines = [f"2026-11-02 10:00:00.000 INFO line {line} of the job" for line in range(max(1, first), LOG_LINES + 1)]
        text = "\n".join(lines)
        data = {"log": ["", "", text, text], "execID": exec_id.decode(), "fromLine": max(1, first) + len(lines)}
        return _http(_OK + json.dumps(data).encode() + b"}")

    def _control(self, path: bytes, settings: dict[str, Any]) -> dict[str, Any]:
        # The connection of this very request does not count.
        if path == b"/bench/start":
            start, already_open = time.time(), self.open_connections - 1
            self.ends = self.jobs.ends(start, settings["seconds"])
            self.counts = Counts(most_connections=already_open)
            return {"start": start, "open_connections": already_open}
        return {**asdict(self.counts), "connections": self.counts.connections - 1, "cpu_seconds": time.process_time()}


def _http(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: application/json;charset=UTF-8\r\n%sContent-Length: %d\r\n\r\n%s" % (
        status,
        more,
        len(body),
        body,
    )


def _row(job: int, *, ended: bool) -> bytes:
    """A job history row with every key that Linkis 1.8 sends."""
    created = 1_793_000_000_000 + job
    short_id = f"airflow_hadoop_spark_{job % 1000}"
    where = f"{job // 1000}/airflow/hadoop/{job}"
    row = {
        "taskID": job,
        "instance": "localhost:9104",
        "execId": short_id,
        "umUser": "hadoop",
        "executeUser": "hadoop",
        "engineInstance": "localhost:45127",
        "executionCode": None,
        "progress": "1.0" if ended else "0.5",
        "logPath": f"hdfs:///apps-data/hadoop/log/{where}.log",
        "resultLocation": f"hdfs:///apps-data/hadoop/result/{where}",
        "status": "Succeed" if ended else "Running",
        "createdTime": created,
        "updatedTime": created + 5000,
        "engineType": "spark",
        "errCode": 0 if ended else None,
        "errDesc": "" if ended else None,
        "executeApplicationName": "spark",
        "requestApplicationName": "airflow",
        "runType": "sql",
        "paramsJson": '{"configuration":{"runtime":{"submitUser":"hadoop","executeUser":"hadoop"}},"variable":{}}',
        "costTime": 5000,
        "strongerExecId": exec_id(job),
        "sourceJson": '{"airflowTag":"airflow/dag/run/task/-1","airflowAttempt":"1","requestIP":"10.0.0.1"}',
        "sourceTailor": None,
        "engineStartTime": created + 1000,
        "labels": ["engineType:spark-3.2.1", "userCreator:hadoop-airflow"],
        "canRetry": False,
        "observeInfo": None,
        "isReuse": True,
        "requestStartTime": created + 100,
        "requestEndTime": created + 900,
        "requestSpendTime": 800,
        "metrics": '{"engineconnMap":{"1":{"engineInstance":"localhost:45127"}},"yarnResource":{}}',
        "subJobs": None,
    }
    return json.dumps(row, separators=(",", ":")).encode()


def _flink_row(job: int, *, ended: bool) -> bytes:
    """A job of ``/jobs/overview`` with every key that Flink 2.3 sends."""
    start = 1_793_000_000_000 + job
    states = ("created", "scheduled", "deploying", "running", "finished", "canceling", "canceled", "failed")
    tasks = {"total": 2, **dict.fromkeys((*states, "reconciling", "initializing"), 0)}
    tasks["finished" if ended else "running"] = 2
    row = {
        "jid": flink_job_id(job),
        "name": f"job {job}",
        "start-time": start,
        "end-time": start + 5000 if ended else -1,
        "duration": 5000,
        "state": "FINISHED" if ended else "RUNNING",
        "last-modification": start + 5000,
        "tasks": tasks,
        "pending-operators": 0,
    }
    return json.dumps(row, separators=(",", ":")).encode()


def _refusal(message: str) -> bytes:
    return json.dumps({"method": "/api/jobhistory", "status": 1, "message": message, "data": {}}).encode()


_OK = b'{"method":"/api/jobhistory","status":0,"message":"OK","data":'
_LOGIN = b'{"method":"/api/user/login","status":0,"message":"login successful","data":{"userName":"hadoop"}}'
_DBT_RUN = (
    b'{"status":{"code":200,"is_success":true,"user_message":"Success!","developer_message":""},'
    b'"data":{"id":%s,"account_id":1,"job_definition_id":7,"status":%d,"created_at":"2026-11-02 10:00:00+00:00"}}'
)
NOT_FOUND = _http(b'{"timestamp":1793000000000,"status":404,"error":"Not Found","path":"/"}', b"404 Not Found")
"""As a Spring service answers a path that it does not have."""


class HttpProtocol(asyncio.Protocol):
    """Reads requests as far as this server needs to."""

    transport: asyncio.Transport

    def __init__(self, server: MockLinkis) -> None:
        self._server = server
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        server = self._server
        server.counts.connections += 1
        server.open_connections += 1
        server.counts.most_connections = max(server.counts.most_connections, server.open_connections)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._server.open_connections -= 1

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        while data:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                break
            head = data[:end]
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            stop = end + 4 + (int(length[1]) if length else 0)
            if len(data) < stop:
                break
            self.transport.write(self._server.respond(head.split(b" ", 2)[1], data[end + 4 : stop]))
            data = data[stop:]
        self._rest = data


async def serve(server: MockLinkis) -> None:
    """Serve on a free port of 127.0.0.1 until standard input ends."""
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: HttpProtocol(server), "127.0.0.1", 0, backlog=4096)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    # Clients may still hold connections; nobody waits for them.
    os._exit(0)


def main() -> None:
    """Run the command line of the module's docstring."""
    parser = argparse.ArgumentParser(description="A fast mock of Linkis and of what its peers poll.")
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--ending-share", type=float, default=0.2)
    parser.add_argument("--no-batches", action="store_true", help="be a Linkis before 1.7, without list-taskids")
    parser.add_argument("--core", type=int, help="the CPU to run on")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    asyncio.run(serve(MockLinkis(Jobs(options.jobs, options.ending_share), batches=not options.no_batches)))


if __name__ == "__main__":
    main()
