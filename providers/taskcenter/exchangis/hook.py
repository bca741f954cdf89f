"""The Exchangis hook: every documented endpoint, and the server's own, as methods, synchronous and asynchronous."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.errors import NotFoundError, RemoteError
from taskcenter.core.gateway import AUTH_PASSWORD, AUTH_TOKEN, LoginState
from taskcenter.exchangis.data_source_methods import DataSourceMethods
from taskcenter.exchangis.definitions import DEFAULT_ENGINE, Transfer, ensure_job, ensure_project
from taskcenter.exchangis.endpoints import DEFAULT_PREFIX, PATHS
from taskcenter.exchangis.job_methods import JobMethods
from taskcenter.exchangis.system import ExchangisSystem


class ExchangisHook(DataSourceMethods, JobMethods):
    """Talk to WeBank Exchangis through the Linkis gateway.

    Every method of an endpoint returns what the endpoint is about (taken out of the envelope and of its ``data``) and
    has an asynchronous twin with an ``a`` before its name. All raise :class:`~taskcenter.core.errors.RemoteError` or
    one of its kinds.

    .. seealso:: :doc:`/exchangis`

    :param exchangis_conn_id: the Airflow connection, of type ``exchangis``.
    """

    conn_name_attr = "exchangis_conn_id"
    default_conn_name = "exchangis_default"
    conn_type = "exchangis"
    hook_name = "WeBank Exchangis"
    default_prefix = DEFAULT_PREFIX
    auths = (AUTH_PASSWORD, AUTH_TOKEN)

    def __init__(self, exchangis_conn_id: str = default_conn_name) -> None:
        super().__init__(exchangis_conn_id)

    def make_system(self, settings: ConnectionSettings, state: LoginState) -> ExchangisSystem:
        """Exchangis' flows on a session."""
        return ExchangisSystem(settings, state)

    def check(self) -> str:
        """Log in, read the data source types and one execution, and say which version the server seems to be.

        :raises RemoteError: it did not work; the text says so when the other ``paths`` would.
        """
        try:
            types = self.data_source_types()
            executions = self.list_executions(size=1)
        except NotFoundError as error:
            other = self._other_paths_work()
            if other is None:
                raise
            message = f"Exchangis answers at the {other} paths: set paths of the connection to {other}. {error.message}"
            raise NotFoundError(message, error.context) from None
        names = ", ".join(sorted(str(kind.get("name")) for kind in types)) or "none"
        return (
            f"Connected to Exchangis at {self.settings.base_url} as {self.settings.login}, at the {self.system.paths} "
            f"paths; data source types: {names}; {executions['total']} execution(s) to be seen; "
            f"server {self.server_version(executions['jobList'])}."
        )

    def ensure_project(self, name: str, description: str = "") -> str:
        """The id of the project of that name, which is created if there is none."""
        return self.run(lambda api: ensure_project(api, name, description))

    def ensure_job(self, project: str, name: str, transfers: Sequence[Transfer], engine: str = DEFAULT_ENGINE) -> str:
        """The id of the job of that name, made or changed so that it moves what is asked for; again changes nothing.

        :param project: by name or id.
        :raises ConfigurationError: the transfers are wrong.
        :raises RefusedError: a data source is unknown or not published, or the user may not change the job.
        """
        return self.run(lambda api: ensure_job(api, project, name, transfers, engine))

    @staticmethod
    def server_version(executions: list[dict[str, object]]) -> str:
        """What the rows of the execution list tell of the server's version; it has no endpoint that says it."""
        if not executions:
            return "of a version that cannot be told yet"
        return "1.1.7 or later" if "projectName" in executions[0] else "older than 1.1.7"

    def _other_paths_work(self) -> str | None:
        for paths in PATHS:
            if paths == self.system.paths:
                continue
            other = replace(self.settings, extra={**self.settings.extra, "paths": paths})
            system = self.make_system(other, LoginState())
            try:
                self.run(lambda _, system=system: system.data_source_types())  # type: ignore[misc]
            except RemoteError:
                continue
            return paths
        return None
