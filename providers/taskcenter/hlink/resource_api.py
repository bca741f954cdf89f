"""One flow per endpoint on what jobs are made of: clusters, jars, data sources, functions, dictionaries (document)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from taskcenter.core.endpoint import Sink
from taskcenter.core.errors import ConfigurationError
from taskcenter.core.flow import Flow
from taskcenter.core.upload import Upload
from taskcenter.hlink import endpoints
from taskcenter.hlink.api import PAGE_SIZE, HlinkApi, Json, Query


class ResourceApi(HlinkApi):
    """The 29 endpoints that are not on jobs."""

    def snowflake_id(self) -> Flow[str]:
        """获取虚拟ID: a new id, for ``virtualId`` of a data source's column."""
        return (yield from self.call(endpoints.SNOWFLAKE_ID))  # type: ignore[no-any-return]

    def dictionaries(self) -> Flow[dict[str, list[Json]]]:
        """字典列表: all dictionaries by their type."""
        return self.take_object((yield from self.call(endpoints.DICTIONARIES)), "dictionaries")

    def dictionary(self, dict_type: str) -> Flow[list[Json]]:
        """根据字典类型获取字典集合: the entries of one dictionary, empty for one that is not known."""
        return self.take_list((yield from self.call(endpoints.DICTIONARY, dict_type=dict_type)), "dictionary")

    def cluster_overview(self, cluster_id: str | int) -> Flow[Json]:
        """集群总览: Flink's own overview: ``flinkVersion``, ``jobsRunning``, ``slotsAvailable``, ..."""
        data = yield from self.call(endpoints.CLUSTER_OVERVIEW, query={"clusterId": cluster_id})
        return self.take_object(data, "overview")

    # Data sources

    def add_data_source(self, body: Mapping[str, Any]) -> Flow[str]:
        """数据源 新增: the new id. Never repeated by itself.

        :param body: ``dsName``, ``dsType`` (``source``, ``sink`` or ``side``), ``tableType``, ``tableName`` (unique),
            ``dsSchemaColumnVOS`` and ``jsonFieldVO``.
        """
        return str((yield from self.call(endpoints.ADD_DATA_SOURCE, body=body)))

    def check_table_name(self, table_name: str, data_source_id: str | int | None = None) -> Flow[None]:
        """校验表的别名.

        :param data_source_id: the data source that may have it.
        :raises RefusedError: another has it.
        """
        query = {"tableName": table_name, "dsId": data_source_id}
        yield from self.call(endpoints.CHECK_TABLE_NAME, query=query)

    def data_source(self, data_source_id: str | int) -> Flow[Json]:
        """数据源明细, with columns, properties and DDL."""
        data = yield from self.call(endpoints.DATA_SOURCE, query={"id": data_source_id})
        return self.take_object(data, "data source")

    def field_templates(self, ds_type: str, table_type: str) -> Flow[list[Json]]:
        """获取自定义字段模版: what ``jsonFieldVO.jsonValue`` of such a data source must have filled."""
        query = {"dsType": ds_type, "tableType": table_type}
        return self.take_list((yield from self.call(endpoints.FIELD_TEMPLATES, query=query)), "templates")

    def data_types(self) -> Flow[Json]:
        """获取支持的数据类型: ``{"flinkSQLTypes", "basicTypes"}``."""
        return self.take_object((yield from self.call(endpoints.DATA_TYPES)), "types")

    def list_data_sources(
        self, ds_type: str, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None
    ) -> Flow[Json]:
        """数据源 列表查询: a page, without ``dsDdl`` and ``schemaFile``.

        :param page: from 1.
        :param filters: ``dsName`` or ``tableName``, parts of them.
        """
        query: Query = {"dsType": ds_type, "curPage": page, "pageSize": page_size, **filters}
        data = yield from self.call(endpoints.LIST_DATA_SOURCES, query=query)
        return self.take_page(data, "page of data sources")

    def modify_data_source(self, body: Mapping[str, Any]) -> Flow[None]:
        """数据源 修改; ``id`` in the body."""
        yield from self.call(endpoints.MODIFY_DATA_SOURCE, body=body)

    def remove_data_source(self, data_source_id: str | int) -> Flow[None]:
        """数据源 删除; refused while a job uses it."""
        yield from self.call(endpoints.REMOVE_DATA_SOURCE, query={"id": data_source_id})

    def analyse_schema(self, path: str | Path, schema_type: int = 0, structure_type: int = 0) -> Flow[Json]:
        """上传schema文件: the columns of a JSON Schema, ``{"schemaFile", "dsSchemaColumnVOS"}``.

        :param path: a file ending in .json.
        :param schema_type: 0, the only one that the server knows.
        """
        query = {"schemaType": schema_type, "structureType": structure_type}
        upload = self._upload(path, "file")
        data = yield from self.call(endpoints.ANALYSE_SCHEMA, query=query, upload=upload)
        return self.take_object(data, "schema")

    # Files and jars

    def download_file(self, file_path: str, sink: Sink, file_name: str | None = None) -> Flow[None]:
        """通用下载: stream a file of Hlink's own machine.

        :param sink: called at the start of each attempt, returns what takes the pieces.
        :raises NotFoundError: there is none.
        """
        query = {"filePath": file_path, "fileName": file_name}
        yield from self.client.call(endpoints.DOWNLOAD(query=query, sink=sink))

    def list_jars(self, cluster_id: str | int | None = None) -> Flow[list[Json]]:
        """Jar包列表: ``resUname`` of one is what a job's ``useJar`` wants."""
        data = yield from self.call(endpoints.LIST_JARS, query={"clusterId": cluster_id})
        return self.take_list(data, "jars")

    def list_jars_page(self, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None) -> Flow[Json]:
        """Jar包列表分页: a page of the same.

        :param page: from 1.
        """
        query: Query = {"curPage": page, "pageSize": page_size, **filters}
        return self.take_page((yield from self.call(endpoints.PAGE_JARS, query=query)), "page of jars")

    def remove_jar(self, jar_id: str | int) -> Flow[None]:
        """Jar包删除; refused while a job uses it or its cluster is down."""
        yield from self.call(endpoints.REMOVE_JAR, query={"jarid": jar_id})

    def upload_jar(self, path: str | Path, cluster_id: str | int, entry_class: str | None = None) -> Flow[None]:
        """Jar包上传, streamed, to the cluster; the answer does not say what it became, :meth:`list_jars` does.

        :raises ConfigurationError: there is no such file here, or its name does not end in .jar.
        """
        query = {"clusterId": cluster_id, "entryClass": entry_class}
        yield from self.call(endpoints.UPLOAD_JAR, query=query, upload=self._jar(path))

    # Functions

    def delete_udf(self, udf_id: str | int) -> Flow[None]:
        """自定义函数删除."""
        yield from self.call(endpoints.DELETE_UDF, query={"id": udf_id})

    def list_udfs(self, page: int = 1, page_size: int = PAGE_SIZE, **filters: str | int | None) -> Flow[Json]:
        """自定义函数分页列表: a page.

        :param page: from 1.
        """
        query: Query = {"curPage": page, "pageSize": page_size, **filters}
        return self.take_page((yield from self.call(endpoints.LIST_UDFS, query=query)), "page of functions")

    def update_udf(self, udf_id: str | int, description: str) -> Flow[None]:
        """自定义函数更新: change the description, which is all that can be changed."""
        yield from self.call(endpoints.UPDATE_UDF, query={"id": udf_id, "udfDesc": description})

    def upload_udf(
        self, path: str | Path, name: str, class_name: str, udf_type: str, description: str = ""
    ) -> Flow[None]:
        """自定义函数jar包上传, streamed.

        :param name: unique.
        :param udf_type: ``SCALA``, ``TABLE``, ``AGGREGATE`` or ``TABLEAGG``.
        :raises RefusedError: with code -11 when the name is taken.
        """
        query: Query = {"udfName": name, "udfClass": class_name, "udfType": udf_type, "udfDesc": description}
        yield from self.call(endpoints.UPLOAD_UDF, query=query, upload=self._jar(path))

    def document(self, key: str) -> Flow[str]:
        """辅助文档: a text of the server's help."""
        return str((yield from self.call(endpoints.DOCUMENT, key=key)) or "")

    # Clusters

    def add_cluster(self, name: str, address: str, cluster_type: int = 0, remark: str | None = None) -> Flow[None]:
        """集群添加; Hlink looks whether a Flink answers there. Never repeated by itself.

        :param name: unique.
        :param address: of Flink's REST API.
        :param cluster_type: 0, a standalone cluster.
        """
        query: Query = {"name": name, "type": cluster_type, "address": address, "remark": remark}
        yield from self.call(endpoints.ADD_CLUSTER, query=query)

    def cluster_choices(self) -> Flow[list[Json]]:
        """集群下拉列表: all clusters, not in pages."""
        return self.take_list((yield from self.call(endpoints.CLUSTER_CHOICES)), "clusters")

    def delete_cluster(self, cluster_id: str | int) -> Flow[None]:
        """集群删除; refused while jars or jobs refer to it."""
        yield from self.call(endpoints.DELETE_CLUSTER, query={"id": cluster_id})

    def cluster(self, cluster_id: str | int) -> Flow[Json]:
        """单个集群详细信息: with slots, task managers and job counts, live from Flink."""
        data = yield from self.call(endpoints.CLUSTER, query={"clusterId": cluster_id})
        return self.take_object(data, "cluster")

    def list_clusters(self, page: int = 1, page_size: int = PAGE_SIZE) -> Flow[Json]:
        """集群列表分页查询: a page; the server looks at no filter.

        :param page: from 1.
        """
        query = {"curPage": page, "pageSize": page_size}
        return self.take_page((yield from self.call(endpoints.LIST_CLUSTERS, query=query)), "page of clusters")

    def update_cluster(self, cluster_id: str | int, name: str, address: str, remark: str | None = None) -> Flow[None]:
        """集群修改."""
        query: Query = {"id": cluster_id, "name": name, "address": address, "remark": remark}
        yield from self.call(endpoints.UPDATE_CLUSTER, query=query)

    def _jar(self, path: str | Path) -> Upload:
        if not str(path).endswith(".jar"):
            raise ConfigurationError(
                f"{path} is no jar: Hlink takes files whose name ends in .jar.", self.client.context
            )
        return self._upload(path, "jarfile")

    def _upload(self, path: str | Path, field_name: str) -> Upload:
        file = Path(path)
        if not file.is_file():
            message = f"There is no file {path} here. It must be on the worker that runs the task."
            raise ConfigurationError(message, self.client.context)
        return Upload(file, field_name)
