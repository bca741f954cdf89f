"""One flow per endpoint on data sources (document, data source module; facts section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskcenter.core.errors import MalformedReplyError
from taskcenter.core.flow import Flow
from taskcenter.exchangis import endpoints
from taskcenter.exchangis.api import ExchangisApi, Json

FIRST_SIZE = 100
"""How many data sources a page has, where nothing is said."""


class DataSourceApi(ExchangisApi):
    """The 19 documented endpoints on data sources, and what replaced one of them."""

    def data_source_types(self, **filters: str | None) -> Flow[list[Json]]:
        """获取数据源类型: ``[{"id": "1", "name": "MYSQL", "classifier", ...}]``.

        :param filters: ``engineType``, ``direct`` (``source`` or ``sink``), ``sourceType`` (1.1.0 and later).
        """
        data = yield from self.call(endpoints.TYPES, query=filters)
        return self.take_list(data, "list")

    def query_data_sources(self, **criteria: str | int | None) -> Flow[Json]:
        """查询数据源 by criteria: ``{"list": [...], "total": rows}``.

        :param criteria: ``name`` (a part of it), ``typeId``, ``typeName``, ``page`` (from 1), ``pageSize``,
            ``direct``; ``createUser`` and ``projectId`` (1.1.7 and later: older servers refuse them).
        """
        given = {name: value for name, value in criteria.items() if value is not None}
        data = yield from self.call(endpoints.QUERY, body=given)
        return {"list": self.take_list(data, "list"), "total": data.get("total") or 0}

    def list_data_sources(self, **filters: str | int | None) -> Flow[list[Json]]:
        """查询数据源 the older way.

        :param filters: ``typeId``, ``typeName`` (the server takes it for a part of the *name*), ``page``, ``size``.
        """
        data = yield from self.call(endpoints.SOURCES, query=filters)
        return self.take_list(data, "list")

    def key_defines(self, type_id: str | int) -> Flow[list[Json]]:
        """查询数据源关键定义: what the connection parameters of a type are; empty fields are left out."""
        data = yield from self.call(endpoints.KEY_DEFINES, type_id=type_id)
        return self.take_list(data, "list")

    def data_source_versions(self, source_id: str | int) -> Flow[list[Json]]:
        """获取数据源版本, the newest first: ``[{"versionId", "connectParams", "published": True on one, ...}]``.

        The connection parameters may hold a password.
        """
        data = yield from self.call(endpoints.VERSIONS, source_id=source_id)
        return self.take_list(data, "versions", "list")

    def create_data_source(self, body: Mapping[str, Any]) -> Flow[Json]:
        """创建数据源: ``{"id": int, "version": int | None}``; not published yet. Never repeated by itself.

        :param body: ``dataSourceName``, ``dataSourceTypeId``, ``createSystem``, ``connectParams``, ``comment``, ...
        """
        data = yield from self.call(endpoints.CREATE_SOURCE, body={"comment": "", **body})
        if data.get("id") is None:
            raise MalformedReplyError("Exchangis created the data source and gave no id.", self.client.context)
        return {"id": data["id"], "version": data.get("version")}

    def data_source(self, source_id: str | int, version_id: str | int | None = None) -> Flow[Json]:
        """获取数据源信息: one data source, as its newest version or the one asked for."""
        data = yield from self.call(endpoints.SOURCE, query={"versionId": version_id}, source_id=source_id)
        return self.take_object(data, "info")

    def connect_params(self, source_id: str | int) -> Flow[Json]:
        """获取数据源连接参数. The password among them is in clear text: never log or return it from a task."""
        data = yield from self.call(endpoints.CONNECT_PARAMS, source_id=source_id)
        return self.take_object(data, "info")

    def update_data_source(self, source_id: str | int, body: Mapping[str, Any]) -> Flow[None]:
        """更新数据源: makes a new version, which is not published.

        :param source_id: the data source's id (the document says the type's).
        :param body: as for :meth:`create_data_source`, whole.
        """
        yield from self.call(endpoints.UPDATE_SOURCE, body={"comment": "", **body}, source_id=source_id)

    def publish_data_source(self, source_id: str | int, version: str | int) -> Flow[None]:
        """发布数据源: jobs use the published version."""
        yield from self.call(endpoints.PUBLISH, source_id=source_id, version=version)

    def expire_data_source(self, source_id: str | int) -> Flow[None]:
        """过期数据源. There is no way back."""
        yield from self.call(endpoints.EXPIRE, source_id=source_id)

    def connect_data_source(self, source_id: str | int, version: str | int) -> Flow[None]:
        """连接数据源: test its connection; takes as long as the data source does.

        :raises RefusedError: it cannot be connected to.
        """
        yield from self.call(endpoints.CONNECT, source_id=source_id, version=version)

    def connect_by_params(self, body: Mapping[str, Any]) -> Flow[None]:
        """连接数据源 that is not stored: test connection parameters (the document says an id; that does not work).

        :param body: ``dataSourceTypeId``, ``connectParams``, ...
        """
        yield from self.call(endpoints.CONNECT_BY_PARAMS, body={"comment": "", **body})

    def delete_data_source(self, source_id: str | int) -> Flow[None]:
        """删除数据源.

        :param source_id: the data source's id (the document says the type's).
        :raises RefusedError: a job uses it.
        """
        yield from self.call(endpoints.DELETE_SOURCE, source_id=source_id)

    def databases(self, type_name: str, source_id: str | int) -> Flow[list[str]]:
        """根据数据源ID查询数据源: the databases of a published data source."""
        data = yield from self.call(endpoints.DATABASES, type_name=type_name, source_id=source_id)
        return self.take_list(data, "dbs", "list")

    def tables(self, type_name: str, source_id: str | int, database: str) -> Flow[list[str]]:
        """根据数据源ID和数据库获取数据表: the tables of a database."""
        data = yield from self.call(endpoints.TABLES, type_name=type_name, source_id=source_id, database=database)
        return self.take_list(data, "tbs", "tables", "list")

    def fields(self, type_name: str, source_id: str | int, database: str, table: str) -> Flow[list[Json]]:
        """根据数据源ID、数据库和数据表获取表字段: ``[{"name", "type", "fieldIndex", "fieldEditable"}]``."""
        data = yield from self.call(
            endpoints.FIELDS, type_name=type_name, source_id=source_id, database=database, table=table
        )
        return self.take_list(data, "columns", "list")

    def fields_mapping(self, body: Mapping[str, Any]) -> Flow[Json]:
        """获取表字段列表信息: ``{"sourceFields", "sinkFields", "deductions", ...}``; gone in 1.1.7.

        :param body: ``engine``, ``sourceTypeId``, ``sourceDataSourceId``, ``sourceDataBase``, ``sourceTable``, and
            the same of the sink.
        """
        return self.call(endpoints.FIELDS_MAPPING, body=body)

    def transform_settings(self, body: Mapping[str, Any]) -> Flow[Json]:
        """What replaced :meth:`fields_mapping` in 1.1.2: the same, and ``types``; its own ``srcTblNotExist``, ..."""
        return self.call(endpoints.TRANSFORM_SETTINGS, body=body)

    def params_ui(self, engine: str, type_name: str, direction: str) -> Flow[list[Json]]:
        """根据数据源类型获取参数: what a job can set for a source or sink of that type.

        :param direction: ``source`` or ``sink``, the server's ``dir`` (which is no path, as the document says).
        """
        data = yield from self.call(endpoints.PARAMS_UI, query={"dir": direction}, engine=engine, type_name=type_name)
        return [element for element in self.take_list(data, "uis", "list") if element is not None]
