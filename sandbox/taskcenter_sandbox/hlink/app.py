"""The application: Hlink's endpoints at their paths, and the sandbox's own switches."""

from __future__ import annotations

import re
import shutil

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from taskcenter_sandbox.exchangis.database import Database
from taskcenter_sandbox.gateway.directory import DirectoryLock
from taskcenter_sandbox.gateway.envelope import spring_error
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.wire import Statistics, Wire
from taskcenter_sandbox.hlink.clusters import Clusters
from taskcenter_sandbox.hlink.data_sources import DataSources
from taskcenter_sandbox.hlink.dictionaries import Snowflake
from taskcenter_sandbox.hlink.gate import Gate
from taskcenter_sandbox.hlink.job_logs import JobLogs
from taskcenter_sandbox.hlink.jobs import Jobs
from taskcenter_sandbox.hlink.records import SCHEMA, Records
from taskcenter_sandbox.hlink.routes import PREFIXES, endpoints
from taskcenter_sandbox.hlink.runs import Runs
from taskcenter_sandbox.hlink.sandbox_routes import Switches
from taskcenter_sandbox.hlink.service import Services
from taskcenter_sandbox.hlink.settings import Settings
from taskcenter_sandbox.hlink.synchronization import Synchronization
from taskcenter_sandbox.hlink.uploads import Jars, Udfs

OWN_CLUSTER = "local"
"""What the server calls a cluster of its own."""

_START = re.compile(r"/jobs/(run|restart)(Batch|/[^/]+)")


class HlinkApp:
    """One local Hlink on its data directory; what it serves is :attr:`wire`.

    :raises ~taskcenter_sandbox.gateway.directory.InUse: another server has the data directory.
    """

    def __init__(self, settings: Settings, faults: Faults) -> None:
        self._lock = DirectoryLock(settings.directory, "local Hlink")
        for left in settings.directory.glob("upload-*"):
            shutil.rmtree(left, ignore_errors=True)
        self._database = database = Database(settings.directory / "hlink.sqlite", SCHEMA)
        job_records, jar_records = Records(database, "job"), Records(database, "jar")
        log_records = Records(database, "job_log")
        self._settings = settings
        self._clusters = clusters = Clusters(Records(database, "cluster"), jar_records, job_records)
        data_sources = DataSources(Records(database, "data_source"), job_records)
        udfs = Udfs(Records(database, "udf"), settings.directory / "udf")
        logs = JobLogs(log_records, job_records, clusters)
        self._runs = Runs(job_records, data_sources.records, clusters, udfs, logs, faults)
        self._synchronization = Synchronization(job_records, clusters, faults, settings.sync_seconds)
        services = Services(
            settings=settings,
            gate=Gate(settings.credentials, settings.session_seconds, faults),
            faults=faults,
            clusters=clusters,
            jars=Jars(jar_records, clusters, job_records),
            udfs=udfs,
            data_sources=data_sources,
            jobs=Jobs(job_records, log_records, clusters.records, faults, settings.statebackend_path),
            logs=logs,
            runs=self._runs,
            snowflake=Snowflake(),
        )
        statistics = Statistics()
        app = Starlette(
            routes=[
                *(endpoint.route(services) for endpoint in endpoints()),
                *Switches(services, statistics).routes(),
            ],
            exception_handlers={404: _not_found, 405: _not_allowed},
        )
        self.wire = Wire(app, settings, faults, statistics, is_submit=_is_submit, actions={}, served=PREFIXES)

    def start(self) -> None:
        """Begin to look at the clusters, that of the server's own included."""
        if self._settings.flink is not None:
            self._settings.flink.start()
            self._clusters.announce(OWN_CLUSTER, self._settings.flink.url, self._settings.credentials.user)
        self._synchronization.start()

    def close(self) -> None:
        """Stop what goes on and close all files; jobs on other clusters than the server's own go on."""
        self._synchronization.close()
        self._runs.close()
        if self._settings.flink is not None:
            self._settings.flink.stop()
        self._database.close()
        self._lock.close()


def _is_submit(scope: Scope) -> bool:
    return scope["method"] == "POST" and _START.fullmatch(scope["path"]) is not None


async def _not_found(request: Request, _: Exception) -> Response:
    return spring_error(request.url.path, 404, "Not Found")


async def _not_allowed(request: Request, _: Exception) -> Response:
    return spring_error(request.url.path, 405, "Method Not Allowed")
