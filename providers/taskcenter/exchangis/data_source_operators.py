"""The operator that has an Exchangis data source as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, BaseOperator
from airflow.sdk.exceptions import AirflowNotFoundException

from taskcenter.core.errors import ConfigurationError
from taskcenter.exchangis.data_sources import DataSourceResult, DataSourceSpec, ensure_data_source, secrets_in
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.jobs import compat

if TYPE_CHECKING:
    from airflow.sdk import Context


class ExchangisDataSourceOperator(BaseOperator):
    """Create an Exchangis data source or bring it up to date, test its connection, and publish it.

    Running it again changes nothing when all is as it should be. What does not connect is not published, so that jobs
    go on with the version before.

    The task returns ``{"id", "name", "type", "version", "published", "created", "updated"}``.

    .. seealso:: :doc:`/exchangis`

    :param name: the data source's name, unique in Exchangis. (templated)
    :param type: its type, such as ``MYSQL``. (templated)
    :param connect_params: its connection parameters, such as ``host``, ``port``, ``username``, ``databaseName``;
        better not the password. (templated)
    :param source_conn_id: an Airflow connection whose host, port, user, password and schema become ``host``,
        ``port``, ``username``, ``password`` and ``databaseName``, and whose extra may have others, as
        ``{"connect_params": {...}}``; ``connect_params`` of the operator go before all of them. (templated)
    :param description: shown by Exchangis. (templated)
    :param test: test the connection before it is published.
    :param publish: publish it, so that jobs use it.
    :param exchangis_conn_id: the Airflow connection. (templated)
    """

    template_fields: Sequence[str] = (
        "name",
        "type",
        "connect_params",
        "source_conn_id",
        "description",
        "exchangis_conn_id",
    )
    template_fields_renderers = {"connect_params": "json"}  # noqa: RUF012 # Airflow's way
    ui_color = "#dcefd8"

    def __init__(
        self,
        *,
        name: str,
        type: str,  # noqa: A002 # Exchangis' word
        connect_params: Mapping[str, Any] | None = None,
        source_conn_id: str | None = None,
        description: str = "",
        test: bool = True,
        publish: bool = True,
        exchangis_conn_id: str = ExchangisHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.type = type
        self.connect_params = connect_params
        self.source_conn_id = source_conn_id
        self.description = description
        self.test = test
        self.publish = publish
        self.exchangis_conn_id = exchangis_conn_id

    @cached_property
    def hook(self) -> ExchangisHook:
        """The hook, made on first use."""
        return ExchangisHook(self.exchangis_conn_id)

    def spec(self) -> DataSourceSpec:
        """The data source as it should be.

        :raises ConfigurationError: an argument or the connection is wrong.
        """
        if self.connect_params is None and not self.source_conn_id:
            raise ConfigurationError("Give connect_params (which may be empty), source_conn_id, or both.")
        params = {**self._params_of_connection(), **(self.connect_params or {})}
        compat.mask_in_logs(secrets_in(params))
        return DataSourceSpec(self.name, self.type, params, self.description)

    def execute(self, context: Context) -> DataSourceResult:  # noqa: ARG002 # Airflow's signature
        """Have the data source as it should be."""
        spec = self.spec()
        with self.hook:
            result = self.hook.run(lambda api: ensure_data_source(api, spec, test=self.test, publish=self.publish))
        done = "created" if result["created"] else "updated" if result["updated"] else "as it should be already"
        state = "published" if result["published"] else "not published"
        self.log.info("Data source %s is %s: version %d, %s", spec.name, done, result["version"], state)
        return result

    def _params_of_connection(self) -> dict[str, Any]:
        if not self.source_conn_id:
            return {}
        try:
            connection = BaseHook.get_connection(self.source_conn_id)
        except AirflowNotFoundException as error:
            text = f"There is no connection {self.source_conn_id!r}, which source_conn_id names. Create it in Airflow."
            raise ConfigurationError(text) from error
        given = {
            "host": connection.host,
            "port": None if connection.port is None else str(connection.port),
            "username": connection.login,
            "password": connection.password,
            "databaseName": connection.schema,
        }
        others = connection.extra_dejson.get("connect_params") or {}
        if not isinstance(others, Mapping):
            text = f"connect_params in the extra of connection {self.source_conn_id!r} is no JSON object."
            raise ConfigurationError(text)
        return {**{name: value for name, value in given.items() if value}, **others}
