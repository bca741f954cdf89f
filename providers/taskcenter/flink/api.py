"""One flow per endpoint of Flink's REST API; hook, operators, trigger and poller all come through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Endpoint
from taskcenter.core.errors import ConfigurationError
from taskcenter.core.flink import endpoints
from taskcenter.core.flink.endpoints import JobRow
from taskcenter.core.flow import Flow
from taskcenter.core.upload import Upload
from taskcenter.flink.client import FlinkClient

Json = dict[str, Any]

JAR_TYPE = "application/x-java-archive"

RUN_JAR_AGAIN = replace(endpoints.JAR_RUN, idempotent=True)
"""With a job id of its own a run may be repeated: Flink refuses the id the second time."""


class FlinkApi:
    """The endpoints of a cluster as flows.

    :param settings: the connection.
    """

    name = "flink"

    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings = settings
        self.client = FlinkClient(settings, self.name)

    @property
    def connection(self) -> str:
        """The Airflow connection id."""
        return self.settings.conn_id

    # The cluster

    def overview(self) -> Flow[Json]:
        """``flink-version``, ``taskmanagers``, ``slots-total``, ``slots-available``, ``jobs-running``, ..."""
        return self.client.call(endpoints.OVERVIEW())

    def cluster_config(self) -> Flow[dict[str, str]]:
        """The JobManager's configuration by key."""
        entries = yield from self.client.call(endpoints.JOB_MANAGER_CONFIG())
        return {str(entry.get("key")): str(entry.get("value")) for entry in entries}

    def task_managers(self) -> Flow[list[Json]]:
        """The TaskManagers with their slots and memory."""
        return _items((yield from self.client.call(endpoints.TASK_MANAGERS())), "taskmanagers")

    # Jars

    def jars(self) -> Flow[list[Json]]:
        """The uploaded jars: ``{"id", "name", "uploaded": epoch ms, "entry": [...]}``."""
        return _items((yield from self.client.call(endpoints.JARS())), "files")

    def upload_jar(self, path: str | Path, name: str | None = None) -> Flow[str]:
        """Upload a jar, streamed; returns the cluster's id of it.

        :param name: what it is to be called there; its own name by default.
        :raises ConfigurationError: there is no such file here, or it is no jar.
        """
        file = Path(path)
        if not file.is_file():
            raise ConfigurationError(f"There is no jar {str(path)!r} here. Give the path of a file on the worker.")
        if not (name or file.name).endswith(".jar"):
            raise ConfigurationError(f"{name or file.name!r} is no jar to Flink: its name must end in .jar.")
        upload = Upload(file, "jarfile", name or file.name, JAR_TYPE)
        answer = yield from self.client.call(endpoints.JAR_UPLOAD(upload=upload))
        # The answer has the path in the JobManager's file system.
        return str(answer.get("filename", "")).rpartition("/")[2]

    def ensure_jar(self, path: str | Path, name: str) -> Flow[str]:
        """The cluster's id of the jar of that name, which is uploaded if there is none.

        :raises ConfigurationError: there is no such file here, or it is no jar.
        """
        for jar in (yield from self.jars()):
            if jar.get("name") == name:
                return str(jar["id"])
        return (yield from self.upload_jar(path, name))

    def run_jar(self, jar_id: str, body: Mapping[str, Any]) -> Flow[str]:
        """Run a jar; returns the job's id.

        :param body: ``entryClass``, ``programArgsList``, ``parallelism``, ``jobId``, ``savepointPath``,
            ``allowNonRestoredState``, ``flinkConfiguration`` (since 1.17); with ``jobId`` it may be repeated.
        """
        endpoint = RUN_JAR_AGAIN if body.get("jobId") else endpoints.JAR_RUN
        answer = yield from self.client.call(endpoint(jar_id=jar_id, body=body), body.get("jobId"))
        return str(answer.get("jobid") or "")

    def delete_jar(self, jar_id: str) -> Flow[None]:
        """Delete a jar; jobs that run from it go on."""
        yield from self.client.call(endpoints.JAR_DELETE(jar_id=jar_id))

    # Jobs

    def job_rows(self) -> Flow[list[JobRow]]:
        """All jobs that the cluster remembers, in one request; only what waiting needs."""
        return self.client.call(endpoints.JOBS())

    def job(self, job_id: str) -> Flow[Json]:
        """A job with its vertices, their states and their figures."""
        return self.client.call(endpoints.JOB(job_id=job_id), job_id)

    def job_config(self, job_id: str) -> Flow[Json]:
        """The job's execution configuration."""
        return self.client.call(endpoints.JOB_CONFIG(job_id=job_id), job_id)

    def exceptions(self, job_id: str, most: int | None = None) -> Flow[Json]:
        """What went wrong: ``{"exceptionHistory": {"entries": [...newest first]}}``.

        :param most: how many entries.
        """
        return self.client.call(endpoints.EXCEPTIONS(job_id=job_id, query={"maxExceptions": most}), job_id)

    def metrics(self, job_id: str, names: Sequence[str] = ()) -> Flow[dict[str, str | None]]:
        """The job's metrics by name, with values where names are asked for."""
        query = {"get": ",".join(names) or None}
        found = yield from self.client.call(endpoints.METRICS(job_id=job_id, query=query), job_id)
        return {str(each.get("id")): each.get("value") for each in found}

    def checkpoints(self, job_id: str) -> Flow[Json]:
        """``{"counts": {...}, "latest": {"completed", "savepoint", "failed", "restored"}, "history": [...]}``."""
        return self.client.call(endpoints.CHECKPOINTS(job_id=job_id), job_id)

    def cancel_job(self, job_id: str) -> Flow[None]:
        """Ask a job to end at once, without a savepoint."""
        yield from self.client.call(endpoints.CANCEL(job_id=job_id, query={"mode": "cancel"}), job_id)

    # Savepoints

    def trigger_savepoint(self, job_id: str, body: Mapping[str, Any] | None = None) -> Flow[str]:
        """Begin a savepoint; returns the trigger id under which it is asked for.

        :param body: ``target-directory``, ``cancel-job``, ``formatType``, ``triggerId``; with the latter (Flink 1.15
            and later) it may be repeated.
        """
        return self._begin(endpoints.SAVEPOINT_TRIGGER, job_id, body or {})

    def stop_job(self, job_id: str, body: Mapping[str, Any] | None = None) -> Flow[str]:
        """Begin to stop a job with a savepoint; returns the trigger id.

        :param body: ``targetDirectory``, ``drain``, ``formatType``, ``triggerId``.
        """
        return self._begin(endpoints.STOP, job_id, body or {})

    def _begin(self, endpoint: Endpoint, job_id: str, body: Mapping[str, Any]) -> Flow[str]:
        if body.get("triggerId"):
            endpoint = replace(endpoint, idempotent=True)
        answer = yield from self.client.call(endpoint(job_id=job_id, body=body), job_id)
        return str(answer.get("request-id") or "")

    def savepoint(self, job_id: str, trigger_id: str) -> Flow[Json]:
        """``{"status": {"id"}, "operation": {"location"} | {"failure-cause"} | None}`` of either kind of savepoint."""
        return self.client.call(endpoints.SAVEPOINT(job_id=job_id, trigger_id=trigger_id), job_id)

    def dispose_savepoint(self, path: str) -> Flow[str]:
        """Begin to delete a savepoint; returns the trigger id."""
        answer = yield from self.client.call(endpoints.SAVEPOINT_DISPOSE(body={"savepoint-path": path}))
        return str(answer.get("request-id") or "")

    def disposal(self, trigger_id: str) -> Flow[Json]:
        """How the deletion of a savepoint is going: ``{"status": {"id"}, "operation"}``."""
        return self.client.call(endpoints.DISPOSAL(trigger_id=trigger_id))


def _items(answer: Mapping[str, Any], name: str) -> list[Json]:
    items = answer.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
