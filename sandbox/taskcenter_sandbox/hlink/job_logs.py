"""The log of a job: how it was started and what became of it, then what Flink says went wrong."""

from __future__ import annotations

import json
import threading
from datetime import datetime

from taskcenter_sandbox.hlink.answers import NOT_FOUND, Json, Refused
from taskcenter_sandbox.hlink.clusters import Clusters
from taskcenter_sandbox.hlink.flink_rest import FlinkError, FlinkRest
from taskcenter_sandbox.hlink.records import Records

_MOST_CHARACTERS = 200_000
"""Of a stored log; its beginning is cut."""


class JobLogs:
    """The logs."""

    def __init__(self, records: Records, jobs: Records, clusters: Clusters) -> None:
        self.records = records
        self._jobs = jobs
        self._clusters = clusters
        self._lock = threading.Lock()

    def begin(self, job_id: int, kind: str, message: Json) -> None:
        """Replace a job's log with that of a new start."""
        self._write(job_id, _event(kind, message), anew=True)

    def note(self, job_id: int, text: str) -> None:
        """Add a line."""
        self._write(job_id, f"{datetime.now():%Y-%m-%d %H:%M:%S} {text}", anew=False)  # noqa: DTZ005 # the server's own zone

    def read(self, job_id: int) -> str:
        """All of it in one text.

        :raises Refused: there is no such job.
        """
        job = self._jobs.get(job_id)
        if job is None:
            raise Refused("未获取到该作业信息！", NOT_FOUND)
        found = self.records.find(jobId=job_id)
        text = found[0]["jobLog"] if found else ""
        cluster = self._clusters.get(job["clusterId"])
        if cluster is None or not job["flinkJobId"]:
            return str(text)
        try:
            root, entries = FlinkRest(cluster["address"]).exceptions(job["flinkJobId"])
        except FlinkError:
            return str(text)
        text += "\n ============================= \n Flink集群异常信息："
        text += f"\n RootException：\n{root}" if root else "No Root Exception"
        if entries:
            text += "executionExceptionInfos：\n"
        return text + "".join(json.dumps(each, ensure_ascii=False) for each in entries)

    def _write(self, job_id: int, text: str, *, anew: bool) -> None:
        with self._lock:
            found = self.records.find(jobId=job_id)
            if not found:
                self.records.add({"jobId": job_id, "jobLog": text})
            else:
                whole = text if anew else f"{found[0]['jobLog']}\n{text}"
                self.records.change(found[0]["id"], jobLog=whole[-_MOST_CHARACTERS:])


def _event(kind: str, message: Json) -> str:
    """A LogEvent of the real server."""
    now = int(datetime.now().timestamp() * 1000)  # noqa: DTZ005 # a moment, no date
    event = {"type": kind, "timestamp": now, "level": "INFO", "message": json.dumps(message, ensure_ascii=False)}
    return json.dumps(event, ensure_ascii=False)
