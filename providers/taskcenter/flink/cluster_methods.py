"""The endpoints of a cluster as methods of the hook, each synchronous and asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from taskcenter.core.flink.endpoints import JobRow
from taskcenter.flink.jars import jar_name
from taskcenter.flink.system import FlinkSystem
from taskcenter.jobs.hook import RemoteHook

Json = dict[str, Any]


class ClusterMethods(RemoteHook[FlinkSystem]):
    """The JobManager's REST API."""

    def overview(self) -> Json:
        """``GET /overview``: version, TaskManagers, slots, jobs by state."""
        return self.run(lambda api: api.overview())

    async def aoverview(self) -> Json:
        """As :meth:`overview`."""
        return await self.arun(lambda api: api.overview())

    def cluster_config(self) -> dict[str, str]:
        """``GET /jobmanager/config``: the configuration by key."""
        return self.run(lambda api: api.cluster_config())

    async def acluster_config(self) -> dict[str, str]:
        """As :meth:`cluster_config`."""
        return await self.arun(lambda api: api.cluster_config())

    def task_managers(self) -> list[Json]:
        """``GET /taskmanagers``: each with its slots and memory."""
        return self.run(lambda api: api.task_managers())

    async def atask_managers(self) -> list[Json]:
        """As :meth:`task_managers`."""
        return await self.arun(lambda api: api.task_managers())

    def jars(self) -> list[Json]:
        """``GET /jars``: ``{"id", "name", "uploaded", "entry"}`` each."""
        return self.run(lambda api: api.jars())

    async def ajars(self) -> list[Json]:
        """As :meth:`jars`."""
        return await self.arun(lambda api: api.jars())

    def upload_jar(self, path: str | Path, name: str | None = None) -> str:
        """``POST /jars/upload``: the cluster's id of the jar, which is streamed.

        :param name: what it is to be called there; its own name by default.
        :raises ConfigurationError: there is no such file here, or it is no jar.
        """
        return self.run(lambda api: api.upload_jar(path, name))

    async def aupload_jar(self, path: str | Path, name: str | None = None) -> str:
        """As :meth:`upload_jar`."""
        return await self.arun(lambda api: api.upload_jar(path, name))

    def ensure_jar(self, path: str | Path) -> str:
        """The cluster's id of a jar with that content, which is uploaded if there is none.

        The content's digest is a part of its name there, so that a task that runs daily uploads it once.

        :raises ConfigurationError: there is no such file here, or it is no jar.
        """
        name = jar_name(path)
        return self.run(lambda api: api.ensure_jar(path, name))

    async def aensure_jar(self, path: str | Path) -> str:
        """As :meth:`ensure_jar`."""
        name = await asyncio.to_thread(jar_name, path)
        return await self.arun(lambda api: api.ensure_jar(path, name))

    def run_jar(self, jar_id: str, body: Mapping[str, Any]) -> str:
        """``POST /jars/{id}/run``: the job's id; repeated only where the body gives the job an id of its own."""
        return self.run(lambda api: api.run_jar(jar_id, body))

    async def arun_jar(self, jar_id: str, body: Mapping[str, Any]) -> str:
        """As :meth:`run_jar`."""
        return await self.arun(lambda api: api.run_jar(jar_id, body))

    def delete_jar(self, jar_id: str) -> None:
        """``DELETE /jars/{id}``; jobs that run from it go on."""
        return self.run(lambda api: api.delete_jar(jar_id))

    async def adelete_jar(self, jar_id: str) -> None:
        """As :meth:`delete_jar`."""
        return await self.arun(lambda api: api.delete_jar(jar_id))

    def job_rows(self) -> list[JobRow]:
        """``GET /jobs/overview``: all jobs that the cluster remembers, in one request."""
        return self.run(lambda api: api.job_rows())

    async def ajob_rows(self) -> list[JobRow]:
        """As :meth:`job_rows`."""
        return await self.arun(lambda api: api.job_rows())

    def job(self, job_id: str) -> Json:
        """``GET /jobs/{id}``: state, vertices and their figures."""
        return self.run(lambda api: api.job(job_id))

    async def ajob(self, job_id: str) -> Json:
        """As :meth:`job`."""
        return await self.arun(lambda api: api.job(job_id))

    def job_config(self, job_id: str) -> Json:
        """``GET /jobs/{id}/config``."""
        return self.run(lambda api: api.job_config(job_id))

    async def ajob_config(self, job_id: str) -> Json:
        """As :meth:`job_config`."""
        return await self.arun(lambda api: api.job_config(job_id))

    def exceptions(self, job_id: str, most: int | None = None) -> Json:
        """``GET /jobs/{id}/exceptions``, newest first."""
        return self.run(lambda api: api.exceptions(job_id, most))

    async def aexceptions(self, job_id: str, most: int | None = None) -> Json:
        """As :meth:`exceptions`."""
        return await self.arun(lambda api: api.exceptions(job_id, most))

    def metrics(self, job_id: str, names: Sequence[str] = ()) -> dict[str, str | None]:
        """``GET /jobs/{id}/metrics``: by name, with values where names are given."""
        return self.run(lambda api: api.metrics(job_id, names))

    async def ametrics(self, job_id: str, names: Sequence[str] = ()) -> dict[str, str | None]:
        """As :meth:`metrics`."""
        return await self.arun(lambda api: api.metrics(job_id, names))

    def checkpoints(self, job_id: str) -> Json:
        """``GET /jobs/{id}/checkpoints``: counts, the latest of each kind, history."""
        return self.run(lambda api: api.checkpoints(job_id))

    async def acheckpoints(self, job_id: str) -> Json:
        """As :meth:`checkpoints`."""
        return await self.arun(lambda api: api.checkpoints(job_id))

    def cancel_job(self, job_id: str) -> None:
        """``PATCH /jobs/{id}?mode=cancel``: ask it to end, without a savepoint."""
        return self.run(lambda api: api.cancel_job(job_id))

    async def acancel_job(self, job_id: str) -> None:
        """As :meth:`cancel_job`."""
        return await self.arun(lambda api: api.cancel_job(job_id))

    def trigger_savepoint(self, job_id: str, body: Mapping[str, Any] | None = None) -> str:
        """``POST /jobs/{id}/savepoints``: the trigger id under which to ask for it."""
        return self.run(lambda api: api.trigger_savepoint(job_id, body))

    async def atrigger_savepoint(self, job_id: str, body: Mapping[str, Any] | None = None) -> str:
        """As :meth:`trigger_savepoint`."""
        return await self.arun(lambda api: api.trigger_savepoint(job_id, body))

    def stop_job(self, job_id: str, body: Mapping[str, Any] | None = None) -> str:
        """``POST /jobs/{id}/stop``: the trigger id of the savepoint with which the job stops."""
        return self.run(lambda api: api.stop_job(job_id, body))

    async def astop_job(self, job_id: str, body: Mapping[str, Any] | None = None) -> str:
        """As :meth:`stop_job`."""
        return await self.arun(lambda api: api.stop_job(job_id, body))

    def savepoint(self, job_id: str, trigger_id: str) -> Json:
        """``GET /jobs/{id}/savepoints/{trigger}``: how either kind of savepoint is getting on."""
        return self.run(lambda api: api.savepoint(job_id, trigger_id))

    async def asavepoint(self, job_id: str, trigger_id: str) -> Json:
        """As :meth:`savepoint`."""
        return await self.arun(lambda api: api.savepoint(job_id, trigger_id))

    def dispose_savepoint(self, path: str) -> str:
        """``POST /savepoint-disposal``: the trigger id of the deletion."""
        return self.run(lambda api: api.dispose_savepoint(path))

    async def adispose_savepoint(self, path: str) -> str:
        """As :meth:`dispose_savepoint`."""
        return await self.arun(lambda api: api.dispose_savepoint(path))

    def disposal(self, trigger_id: str) -> Json:
        """``GET /savepoint-disposal/{trigger}``."""
        return self.run(lambda api: api.disposal(trigger_id))

    async def adisposal(self, trigger_id: str) -> Json:
        """As :meth:`disposal`."""
        return await self.arun(lambda api: api.disposal(trigger_id))
