"""The Flink hook: every endpoint as a typed method, synchronous and asynchronous."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskcenter.core.connection import AUTH_BEARER, AUTH_NONE, ConnectionSettings
from taskcenter.core.gateway import LoginState
from taskcenter.flink.client import AUTH_BASIC, SQL_GATEWAY
from taskcenter.flink.cluster_methods import ClusterMethods
from taskcenter.flink.sql_methods import SqlMethods
from taskcenter.flink.system import FlinkSystem
from taskcenter.jobs.settings import read_settings

if TYPE_CHECKING:
    from airflow.sdk import Connection


class FlinkHook(ClusterMethods, SqlMethods):
    """Talk to a Flink cluster, and to the SQL Gateway beside it.

    Every method has an asynchronous twin with an ``a`` before its name. All raise
    :class:`~taskcenter.core.errors.RemoteError` or one of its kinds.

    .. seealso:: :doc:`/flink`

    :param flink_conn_id: the Airflow connection, of type ``flink_rest``.
    """

    conn_name_attr = "flink_conn_id"
    default_conn_name = "flink_default"
    conn_type = "flink_rest"
    hook_name = "Apache Flink (REST)"
    default_prefix = ""
    auths = (AUTH_NONE, AUTH_BASIC, AUTH_BEARER)

    def __init__(self, flink_conn_id: str = default_conn_name) -> None:
        super().__init__(flink_conn_id)

    def make_system(self, settings: ConnectionSettings, state: LoginState) -> FlinkSystem:  # noqa: ARG002 # no login
        """Flink's flows."""
        return FlinkSystem(settings)

    def check(self) -> str:
        """Read the cluster's overview, and say who answers at the SQL Gateway's address where there is one."""
        overview = self.overview()
        text = (
            f"Connected to Flink {overview.get('flink-version')} at {self.settings.base_url}: "
            f"{overview.get('taskmanagers')} TaskManager(s), {overview.get('slots-available')} of "
            f"{overview.get('slots-total')} slot(s) free, {overview.get('jobs-running')} job(s) running."
        )
        if self.settings.extra.get(SQL_GATEWAY):
            info = self.gateway_info()
            text += f" SQL Gateway: {info.get('productName')} {info.get('version')}."
        return text

    def _read(self, connection: Connection) -> ConnectionSettings:
        # A login is there to be used.
        auths = (AUTH_BASIC, AUTH_NONE, AUTH_BEARER) if connection.login else self.auths
        return read_settings(connection, prefix=self.default_prefix, auths=auths, conn_type=self.conn_type)
