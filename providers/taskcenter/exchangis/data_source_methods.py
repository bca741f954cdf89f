"""The Exchangis hook's methods on data sources, synchronous and asynchronous."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from taskcenter.exchangis.api import Json
from taskcenter.exchangis.data_sources import secrets_in
from taskcenter.exchangis.system import ExchangisSystem
from taskcenter.jobs import compat
from taskcenter.jobs.hook import RemoteHook

T = TypeVar("T")


class DataSourceMethods(RemoteHook[ExchangisSystem]):
    """One method per endpoint on data sources; passwords in their answers are taken out of Airflow's logs."""

    @staticmethod
    def _masked(answer: T) -> T:
        compat.mask_in_logs(secrets_in(answer))
        return answer

    @staticmethod
    async def _amasked(answer: T) -> T:
        await compat.amask_in_logs(list(secrets_in(answer)))
        return answer

    def data_source_types(self, **filters: str | None) -> list[Json]:
        """获取数据源类型: ``[{"id": "1", "name": "MYSQL", "classifier", ...}]``.

        :param filters: ``engineType``, ``direct`` (``source`` or ``sink``), ``sourceType`` (1.1.0 and later).
        """
        return self.run(lambda api: api.data_source_types(**filters))

    async def adata_source_types(self, **filters: str | None) -> list[Json]:
        """As :meth:`data_source_types`."""
        return await self.arun(lambda api: api.data_source_types(**filters))

    def query_data_sources(self, **criteria: str | int | None) -> Json:
        """查询数据源 by criteria: ``{"list": [...], "total": rows}``.

        :param criteria: ``name`` (a part of it), ``typeId``, ``typeName``, ``page`` (from 1), ``pageSize``,
            ``direct``; ``createUser`` and ``projectId`` (1.1.7 and later: older servers refuse them).
        """
        return self.run(lambda api: api.query_data_sources(**criteria))

    async def aquery_data_sources(self, **criteria: str | int | None) -> Json:
        """As :meth:`query_data_sources`."""
        return await self.arun(lambda api: api.query_data_sources(**criteria))

    def list_data_sources(self, **filters: str | int | None) -> list[Json]:
        """查询数据源 the older way.

        :param filters: ``typeId``, ``typeName`` (the server takes it for a part of the *name*), ``page``, ``size``.
        """
        return self.run(lambda api: api.list_data_sources(**filters))

    async def alist_data_sources(self, **filters: str | int | None) -> list[Json]:
        """As :meth:`list_data_sources`."""
        return await self.arun(lambda api: api.list_data_sources(**filters))

    def key_defines(self, type_id: str | int) -> list[Json]:
        """查询数据源关键定义: what the connection parameters of a type are; empty fields are left out."""
        return self.run(lambda api: api.key_defines(type_id))

    async def akey_defines(self, type_id: str | int) -> list[Json]:
        """As :meth:`key_defines`."""
        return await self.arun(lambda api: api.key_defines(type_id))

    def data_source_versions(self, source_id: str | int) -> list[Json]:
        """获取数据源版本, the newest first: ``[{"versionId", "connectParams", "published": True on one, ...}]``.

        The connection parameters may hold a password.
        """
        return self._masked(self.run(lambda api: api.data_source_versions(source_id)))

    async def adata_source_versions(self, source_id: str | int) -> list[Json]:
        """As :meth:`data_source_versions`."""
        return await self._amasked(await self.arun(lambda api: api.data_source_versions(source_id)))

    def create_data_source(self, body: Mapping[str, Any]) -> Json:
        """创建数据源: ``{"id": int, "version": int | None}``; not published yet. Never repeated by itself.

        :param body: ``dataSourceName``, ``dataSourceTypeId``, ``createSystem``, ``connectParams``, ``comment``, ...
        """
        return self.run(lambda api: api.create_data_source(body))

    async def acreate_data_source(self, body: Mapping[str, Any]) -> Json:
        """As :meth:`create_data_source`."""
        return await self.arun(lambda api: api.create_data_source(body))

    def data_source(self, source_id: str | int, version_id: str | int | None = None) -> Json:
        """获取数据源信息: one data source, as its newest version or the one asked for."""
        return self._masked(self.run(lambda api: api.data_source(source_id, version_id)))

    async def adata_source(self, source_id: str | int, version_id: str | int | None = None) -> Json:
        """As :meth:`data_source`."""
        return await self._amasked(await self.arun(lambda api: api.data_source(source_id, version_id)))

    def connect_params(self, source_id: str | int) -> Json:
        """获取数据源连接参数. The password among them is in clear text: never log or return it from a task."""
        return self._masked(self.run(lambda api: api.connect_params(source_id)))

    async def aconnect_params(self, source_id: str | int) -> Json:
        """As :meth:`connect_params`."""
        return await self._amasked(await self.arun(lambda api: api.connect_params(source_id)))

    def update_data_source(self, source_id: str | int, body: Mapping[str, Any]) -> None:
        """更新数据源: makes a new version, which is not published.

        :param source_id: the data source's id (the document says the type's).
        :param body: as for :meth:`create_data_source`, whole.
        """
        self.run(lambda api: api.update_data_source(source_id, body))

    async def aupdate_data_source(self, source_id: str | int, body: Mapping[str, Any]) -> None:
        """As :meth:`update_data_source`."""
        await self.arun(lambda api: api.update_data_source(source_id, body))

    def publish_data_source(self, source_id: str | int, version: str | int) -> None:
        """发布数据源: jobs use the published version."""
        self.run(lambda api: api.publish_data_source(source_id, version))

    async def apublish_data_source(self, source_id: str | int, version: str | int) -> None:
        """As :meth:`publish_data_source`."""
        await self.arun(lambda api: api.publish_data_source(source_id, version))

    def expire_data_source(self, source_id: str | int) -> None:
        """过期数据源. There is no way back."""
        self.run(lambda api: api.expire_data_source(source_id))

    async def aexpire_data_source(self, source_id: str | int) -> None:
        """As :meth:`expire_data_source`."""
        await self.arun(lambda api: api.expire_data_source(source_id))

    def connect_data_source(self, source_id: str | int, version: str | int) -> None:
        """连接数据源: test its connection; takes as long as the data source does.

        :raises RefusedError: it cannot be connected to.
        """
        self.run(lambda api: api.connect_data_source(source_id, version))

    async def aconnect_data_source(self, source_id: str | int, version: str | int) -> None:
        """As :meth:`connect_data_source`."""
        await self.arun(lambda api: api.connect_data_source(source_id, version))

    def connect_by_params(self, body: Mapping[str, Any]) -> None:
        """连接数据源 that is not stored: test connection parameters (the document says an id; that does not work).

        :param body: ``dataSourceTypeId``, ``connectParams``, ...
        """
        self.run(lambda api: api.connect_by_params(body))

    async def aconnect_by_params(self, body: Mapping[str, Any]) -> None:
        """As :meth:`connect_by_params`."""
        await self.arun(lambda api: api.connect_by_params(body))

    def delete_data_source(self, source_id: str | int) -> None:
        """删除数据源.

        :param source_id: the data source's id (the document says the type's).
        :raises RefusedError: a job uses it.
        """
        self.run(lambda api: api.delete_data_source(source_id))

    async def adelete_data_source(self, source_id: str | int) -> None:
        """As :meth:`delete_data_source`."""
        await self.arun(lambda api: api.delete_data_source(source_id))

    def databases(self, type_name: str, source_id: str | int) -> list[str]:
        """根据数据源ID查询数据源: the databases of a published data source."""
        return self.run(lambda api: api.databases(type_name, source_id))

    async def adatabases(self, type_name: str, source_id: str | int) -> list[str]:
        """As :meth:`databases`."""
        return await self.arun(lambda api: api.databases(type_name, source_id))

    def tables(self, type_name: str, source_id: str | int, database: str) -> list[str]:
        """根据数据源ID和数据库获取数据表: the tables of a database."""
        return self.run(lambda api: api.tables(type_name, source_id, database))

    async def atables(self, type_name: str, source_id: str | int, database: str) -> list[str]:
        """As :meth:`tables`."""
        return await self.arun(lambda api: api.tables(type_name, source_id, database))

    def fields(self, type_name: str, source_id: str | int, database: str, table: str) -> list[Json]:
        """根据数据源ID、数据库和数据表获取表字段: ``[{"name", "type", "fieldIndex", "fieldEditable"}]``."""
        return self.run(lambda api: api.fields(type_name, source_id, database, table))

    async def afields(self, type_name: str, source_id: str | int, database: str, table: str) -> list[Json]:
        """As :meth:`fields`."""
        return await self.arun(lambda api: api.fields(type_name, source_id, database, table))

    def fields_mapping(self, body: Mapping[str, Any]) -> Json:
        """获取表字段列表信息: ``{"sourceFields", "sinkFields", "deductions", ...}``; gone in 1.1.7.

        :param body: ``engine``, ``sourceTypeId``, ``sourceDataSourceId``, ``sourceDataBase``, ``sourceTable``, and
            the same of the sink.
        """
        return self.run(lambda api: api.fields_mapping(body))

    async def afields_mapping(self, body: Mapping[str, Any]) -> Json:
        """As :meth:`fields_mapping`."""
        return await self.arun(lambda api: api.fields_mapping(body))

    def transform_settings(self, body: Mapping[str, Any]) -> Json:
        """What replaced :meth:`fields_mapping` in 1.1.2: the same, and ``types``; its own ``srcTblNotExist``, ..."""
        return self.run(lambda api: api.transform_settings(body))

    async def atransform_settings(self, body: Mapping[str, Any]) -> Json:
        """As :meth:`transform_settings`."""
        return await self.arun(lambda api: api.transform_settings(body))

    def params_ui(self, engine: str, type_name: str, direction: str) -> list[Json]:
        """根据数据源类型获取参数: what a job can set for a source or sink of that type.

        :param direction: ``source`` or ``sink``, the server's ``dir`` (which is no path, as the document says).
        """
        return self.run(lambda api: api.params_ui(engine, type_name, direction))

    async def aparams_ui(self, engine: str, type_name: str, direction: str) -> list[Json]:
        """As :meth:`params_ui`."""
        return await self.arun(lambda api: api.params_ui(engine, type_name, direction))
