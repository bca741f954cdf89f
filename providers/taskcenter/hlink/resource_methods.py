"""The Hlink hook's methods on what jobs are made of, synchronous and asynchronous."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from taskcenter.hlink.api import PAGE_SIZE, Json
from taskcenter.hlink.system import HlinkSystem
from taskcenter.jobs.hook import RemoteHook


class ResourceMethods(RemoteHook[HlinkSystem]):
    """One method per endpoint that is not on jobs, but for the download."""

    def snowflake_id(self) -> str:
        """获取虚拟ID: a new id, for ``virtualId`` of a data source's column."""
        return self.run(lambda api: api.snowflake_id())

    async def asnowflake_id(self) -> str:
        """As :meth:`snowflake_id`."""
        return await self.arun(lambda api: api.snowflake_id())

    def dictionaries(self) -> dict[str, list[Json]]:
        """字典列表: all dictionaries by their type."""
        return self.run(lambda api: api.dictionaries())

    async def adictionaries(self) -> dict[str, list[Json]]:
        """As :meth:`dictionaries`."""
        return await self.arun(lambda api: api.dictionaries())

    def dictionary(self, dict_type: str) -> list[Json]:
        """根据字典类型获取字典集合: the entries of one dictionary, empty for one that is not known."""
        return self.run(lambda api: api.dictionary(dict_type))

    async def adictionary(self, dict_type: str) -> list[Json]:
        """As :meth:`dictionary`."""
        return await self.arun(lambda api: api.dictionary(dict_type))

    def cluster_overview(self, cluster_id: str | int) -> Json:
        """集群总览: Flink's own overview: ``flinkVersion``, ``jobsRunning``, ``slotsAvailable``, ..."""
        return self.run(lambda api: api.cluster_overview(cluster_id))

    async def acluster_overview(self, cluster_id: str | int) -> Json:
        """As :meth:`cluster_overview`."""
        return await self.arun(lambda api: api.cluster_overview(cluster_id))

    def add_data_source(self, body: Mapping[str, Any]) -> str:
        """数据源 新增: the new id. Never repeated by itself.

        :param body: ``dsName``, ``dsType`` (``source``, ``sink`` or ``side``), ``tableType``, ``tableName`` (unique),
            ``dsSchemaColumnVOS`` and ``jsonFieldVO``.
        """
        return self.run(lambda api: api.add_data_source(body))

    async def aadd_data_source(self, body: Mapping[str, Any]) -> str:
        """As :meth:`add_data_source`."""
        return await self.arun(lambda api: api.add_data_source(body))

    def check_table_name(self, table_name: str, data_source_id: str | int | None = None) -> None:
        """校验表的别名.

        :param data_source_id: the data source that may have it.
        :raises RefusedError: another has it.
        """
        self.run(lambda api: api.check_table_name(table_name, data_source_id))

    async def acheck_table_name(self, table_name: str, data_source_id: str | int | None = None) -> None:
        """As :meth:`check_table_name`."""
        await self.arun(lambda api: api.check_table_name(table_name, data_source_id))

    def data_source(self, data_source_id: str | int) -> Json:
        """数据源明细, with columns, properties and DDL."""
        return self.run(lambda api: api.data_source(data_source_id))

    async def adata_source(self, data_source_id: str | int) -> Json:
        """As :meth:`data_source`."""
        return await self.arun(lambda api: api.data_source(data_source_id))

    def field_templates(self, ds_type: str, table_type: str) -> list[Json]:
        """获取自定义字段模版: what ``jsonFieldVO.jsonValue`` of such a data source must have filled."""
        return self.run(lambda api: api.field_templates(ds_type, table_type))

    async def afield_templates(self, ds_type: str, table_type: str) -> list[Json]:
        """As :meth:`field_templates`."""
        return await self.arun(lambda api: api.field_templates(ds_type, table_type))

    def data_types(self) -> Json:
        """获取支持的数据类型: ``{"flinkSQLTypes", "basicTypes"}``."""
        return self.run(lambda api: api.data_types())

    async def adata_types(self) -> Json:
        """As :meth:`data_types`."""
        return await self.arun(lambda api: api.data_types())

    def list_data_sources(
        self, ds_type: str, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None
    ) -> Json:
        """数据源 列表查询: a page, without ``dsDdl`` and ``schemaFile``.

        :param page: from 1.
        :param filters: ``dsName`` or ``tableName``, parts of them.
        """
        return self.run(lambda api: api.list_data_sources(ds_type, page, page_size, **filters))

    async def alist_data_sources(
        self, ds_type: str, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None
    ) -> Json:
        """As :meth:`list_data_sources`."""
        return await self.arun(lambda api: api.list_data_sources(ds_type, page, page_size, **filters))

    def modify_data_source(self, body: Mapping[str, Any]) -> None:
        """数据源 修改; ``id`` in the body."""
        self.run(lambda api: api.modify_data_source(body))

    async def amodify_data_source(self, body: Mapping[str, Any]) -> None:
        """As :meth:`modify_data_source`."""
        await self.arun(lambda api: api.modify_data_source(body))

    def remove_data_source(self, data_source_id: str | int) -> None:
        """数据源 删除; refused while a job uses it."""
        self.run(lambda api: api.remove_data_source(data_source_id))

    async def aremove_data_source(self, data_source_id: str | int) -> None:
        """As :meth:`remove_data_source`."""
        await self.arun(lambda api: api.remove_data_source(data_source_id))

    def analyse_schema(self, path: str | Path, schema_type: int = 0, structure_type: int = 0) -> Json:
        """上传schema文件: the columns of a JSON Schema, ``{"schemaFile", "dsSchemaColumnVOS"}``.

        :param path: a file ending in .json.
        :param schema_type: 0, the only one that the server knows.
        """
        return self.run(lambda api: api.analyse_schema(path, schema_type, structure_type))

    async def aanalyse_schema(self, path: str | Path, schema_type: int = 0, structure_type: int = 0) -> Json:
        """As :meth:`analyse_schema`."""
        return await self.arun(lambda api: api.analyse_schema(path, schema_type, structure_type))

    def list_jars(self, cluster_id: str | int | None = None) -> list[Json]:
        """Jar包列表: ``resUname`` of one is what a job's ``useJar`` wants."""
        return self.run(lambda api: api.list_jars(cluster_id))

    async def alist_jars(self, cluster_id: str | int | None = None) -> list[Json]:
        """As :meth:`list_jars`."""
        return await self.arun(lambda api: api.list_jars(cluster_id))

    def list_jars_page(self, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None) -> Json:
        """Jar包列表分页: a page of the same.

        :param page: from 1.
        """
        return self.run(lambda api: api.list_jars_page(page, page_size, **filters))

    async def alist_jars_page(self, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None) -> Json:
        """As :meth:`list_jars_page`."""
        return await self.arun(lambda api: api.list_jars_page(page, page_size, **filters))

    def remove_jar(self, jar_id: str | int) -> None:
        """Jar包删除; refused while a job uses it or its cluster is down."""
        self.run(lambda api: api.remove_jar(jar_id))

    async def aremove_jar(self, jar_id: str | int) -> None:
        """As :meth:`remove_jar`."""
        await self.arun(lambda api: api.remove_jar(jar_id))

    def upload_jar(self, path: str | Path, cluster_id: str | int, entry_class: str | None = None) -> None:
        """Jar包上传, streamed, to the cluster; the answer does not say what it became, :meth:`list_jars` does.

        :raises ConfigurationError: there is no such file here, or its name does not end in .jar.
        """
        self.run(lambda api: api.upload_jar(path, cluster_id, entry_class))

    async def aupload_jar(self, path: str | Path, cluster_id: str | int, entry_class: str | None = None) -> None:
        """As :meth:`upload_jar`."""
        await self.arun(lambda api: api.upload_jar(path, cluster_id, entry_class))

    def delete_udf(self, udf_id: str | int) -> None:
        """自定义函数删除."""
        self.run(lambda api: api.delete_udf(udf_id))

    async def adelete_udf(self, udf_id: str | int) -> None:
        """As :meth:`delete_udf`."""
        await self.arun(lambda api: api.delete_udf(udf_id))

    def list_udfs(self, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None) -> Json:
        """自定义函数分页列表: a page.

        :param page: from 1.
        """
        return self.run(lambda api: api.list_udfs(page, page_size, **filters))

    async def alist_udfs(self, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None) -> Json:
        """As :meth:`list_udfs`."""
        return await self.arun(lambda api: api.list_udfs(page, page_size, **filters))

    def update_udf(self, udf_id: str | int, description: str) -> None:
        """自定义函数更新: change the description, which is all that can be changed."""
        self.run(lambda api: api.update_udf(udf_id, description))

    async def aupdate_udf(self, udf_id: str | int, description: str) -> None:
        """As :meth:`update_udf`."""
        await self.arun(lambda api: api.update_udf(udf_id, description))

    def upload_udf(self, path: str | Path, name: str, class_name: str, udf_type: str, description: str = "") -> None:
        """自定义函数jar包上传, streamed.

        :param name: unique.
        :param udf_type: ``SCALA``, ``TABLE``, ``AGGREGATE`` or ``TABLEAGG``.
        :raises RefusedError: with code -11 when the name is taken.
        """
        self.run(lambda api: api.upload_udf(path, name, class_name, udf_type, description))

    async def aupload_udf(
        self, path: str | Path, name: str, class_name: str, udf_type: str, description: str = ""
    ) -> None:
        """As :meth:`upload_udf`."""
        await self.arun(lambda api: api.upload_udf(path, name, class_name, udf_type, description))

    def document(self, key: str) -> str:
        """辅助文档: a text of the server's help."""
        return self.run(lambda api: api.document(key))

    async def adocument(self, key: str) -> str:
        """As :meth:`document`."""
        return await self.arun(lambda api: api.document(key))

    def add_cluster(self, name: str, address: str, cluster_type: int = 0, remark: str | None = None) -> None:
        """集群添加; Hlink looks whether a Flink answers there. Never repeated by itself.

        :param name: unique.
        :param address: of Flink's REST API.
        :param cluster_type: 0, a standalone cluster.
        """
        self.run(lambda api: api.add_cluster(name, address, cluster_type, remark))

    async def aadd_cluster(self, name: str, address: str, cluster_type: int = 0, remark: str | None = None) -> None:
        """As :meth:`add_cluster`."""
        await self.arun(lambda api: api.add_cluster(name, address, cluster_type, remark))

    def cluster_choices(self) -> list[Json]:
        """集群下拉列表: all clusters, not in pages."""
        return self.run(lambda api: api.cluster_choices())

    async def acluster_choices(self) -> list[Json]:
        """As :meth:`cluster_choices`."""
        return await self.arun(lambda api: api.cluster_choices())

    def delete_cluster(self, cluster_id: str | int) -> None:
        """集群删除; refused while jars or jobs refer to it."""
        self.run(lambda api: api.delete_cluster(cluster_id))

    async def adelete_cluster(self, cluster_id: str | int) -> None:
        """As :meth:`delete_cluster`."""
        await self.arun(lambda api: api.delete_cluster(cluster_id))

    def cluster(self, cluster_id: str | int) -> Json:
        """单个集群详细信息: with slots, task managers and job counts, live from Flink."""
        return self.run(lambda api: api.cluster(cluster_id))

    async def acluster(self, cluster_id: str | int) -> Json:
        """As :meth:`cluster`."""
        return await self.arun(lambda api: api.cluster(cluster_id))

    def list_clusters(self, page: int = 1, page_size: int = PAGE_SIZE) -> Json:
        """集群列表分页查询: a page; the server looks at no filter.

        :param page: from 1.
        """
        return self.run(lambda api: api.list_clusters(page, page_size))

    async def alist_clusters(self, page: int = 1, page_size: int = PAGE_SIZE) -> Json:
        """As :meth:`list_clusters`."""
        return await self.arun(lambda api: api.list_clusters(page, page_size))

    def update_cluster(self, cluster_id: str | int, name: str, address: str, remark: str | None = None) -> None:
        """集群修改."""
        self.run(lambda api: api.update_cluster(cluster_id, name, address, remark))

    async def aupdate_cluster(self, cluster_id: str | int, name: str, address: str, remark: str | None = None) -> None:
        """As :meth:`update_cluster`."""
        await self.arun(lambda api: api.update_cluster(cluster_id, name, address, remark))
