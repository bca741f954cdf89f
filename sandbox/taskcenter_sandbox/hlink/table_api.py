"""Submits SQL through Flink's Table API, in a Java process of its own that ends with this one.

The distribution of PyPI has no SQL Gateway. The real server starts Flink's client for every job; one process for all of
them saves the seconds that Java and Flink's planner need to get warm.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from taskcenter_sandbox.flink.distribution import HOW_TO_GET_FLINK, FlinkMissing, find_distribution

_HEAP_MB = 384
_STOP_SECONDS = 5


class SubmissionError(Exception):
    """A job was not submitted; the text has Flink's reasons, one a line."""


class TableApi:
    """The Java process; started by the first job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gateway: Any = None
        self._process: Any = None

    def submit(
        self, address: str, options: Mapping[str, str], statements: Sequence[str], inserts: Sequence[str]
    ) -> str:
        """Submit one job; returns Flink's id of it.

        :param address: the cluster's REST API.
        :param options: Flink's options for the job.
        :param statements: run first; they make tables and functions.
        :param inserts: what the job does, all of it in one job.
        :raises SubmissionError: Flink refuses it, or cannot be reached.
        """
        from py4j.protocol import Py4JError, Py4JJavaError

        java = self._java()
        try:
            configuration = java.org.apache.flink.configuration.Configuration()
            for name, value in {**_target(address), **options}.items():
                configuration.setString(name, value)
            api = java.org.apache.flink.table.api
            settings = api.EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build()
            environment = api.TableEnvironment.create(settings)
            for statement in statements:
                environment.executeSql(statement)
            job = environment.createStatementSet()
            for insert in inserts:
                job.addInsertSql(insert)
            return str(job.execute().getJobClient().get().getJobID().toString())
        except Py4JJavaError as error:
            raise SubmissionError("\n".join(_reasons(error.java_exception))) from error
        except (Py4JError, OSError) as error:
            # The process is gone; the next job starts another.
            self.close()
            raise SubmissionError(f"Flink's client has ended: {error}") from error

    def close(self) -> None:
        """End the process."""
        with self._lock:
            gateway, process = self._gateway, self._process
            self._gateway = self._process = None
        if process is None:
            return
        gateway.close()
        process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _java(self) -> Any:
        with self._lock:
            if self._gateway is None:
                self._start()
            return self._gateway.jvm

    def _start(self) -> None:
        try:
            from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway
        except ImportError as error:
            raise SubmissionError(f"an SQL job needs the package py4j: {HOW_TO_GET_FLINK}") from error
        try:
            distribution = find_distribution()
        except FlinkMissing as error:
            raise SubmissionError(str(error)) from error
        try:
            # Its standard input is ours: when we are gone, however that comes, it ends.
            port, token, process = launch_gateway(
                classpath=distribution.class_path,
                javaopts=distribution.java_options(_HEAP_MB),
                java_path=str(distribution.java),
                die_on_exit=True,
                enable_auth=True,
                return_proc=True,
            )
        except Exception as error:
            raise SubmissionError(f"Flink's client does not start: {error}") from error
        parameters = GatewayParameters(port=port, auth_token=token, auto_convert=True)
        self._gateway, self._process = JavaGateway(gateway_parameters=parameters), process


def _target(address: str) -> dict[str, str]:
    """Options that send a job to a cluster."""
    parts = urlsplit(address if "//" in address else f"http://{address}")
    return {
        "execution.target": "remote",
        "rest.address": parts.hostname or "",
        "rest.port": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "security.ssl.rest.enabled": str(parts.scheme == "https").lower(),
    }


def _reasons(exception: Any) -> list[str]:
    """An exception's message and those of its causes."""
    found: list[str] = []
    while exception is not None and len(found) < 20:
        text = f"{exception.getClass().getName()}: {exception.getMessage()}"
        if text not in found:
            found.append(text)
        exception = exception.getCause()
    return found
