"""Data sources: the tables that SQL jobs read and fill."""

from __future__ import annotations

from typing import Any

from taskcenter_sandbox.hlink.answers import DATABASE, FAILED, IN_USE, NOT_FOUND, Json, Refused, wrong_parameter
from taskcenter_sandbox.hlink.ddl import NoTemplate, create_table
from taskcenter_sandbox.hlink.field_templates import SIDE, templates
from taskcenter_sandbox.hlink.json_schema import keyword
from taskcenter_sandbox.hlink.records import Records, now_text

FIELDS = (
    "dsName", "dsType", "tableType", "schemaType", "structureType", "schemaFile", "tableName", "dsVersion",
    "dsSchemaColumnVOS", "jsonFieldVO",
)  # fmt: skip
"""What a client may set."""

_NOT_IN_LISTS = ("dsDdl", "schemaFile", "dsSchemaColumnVOS", "jsonFieldVO")


class DataSources:
    """The data sources.

    :param jobs: which may use them.
    """

    def __init__(self, records: Records, jobs: Records) -> None:
        self.records = records
        self._jobs = jobs

    def add(self, body: Json, user: str) -> int:
        """Store a new one; returns its id.

        :raises Refused: something is missing or taken.
        """
        self._check(body)
        source = self._filled(body, {"createBy": user, "createTime": now_text()}, "保存失败！")
        added = self.records.add(source)
        self._number_parts(added)
        return int(added["id"])

    def modify(self, body: Json, user: str) -> None:
        """Change one, with all its columns and properties.

        :raises Refused: something is missing or taken, or there is no such data source.
        """
        self._check(body)
        source_id = body.get("id")
        if not isinstance(source_id, int) or source_id < 1:
            raise wrong_parameter()
        old = self.records.get(source_id)
        if old is None:
            raise Refused("修改失败", DATABASE)
        given = {name: value for name, value in body.items() if value is not None}
        source = self._filled({**old, **given}, {"modifyBy": user, "modifyTime": now_text()}, "修改失败")
        self.records.change(source_id, **source)
        self._number_parts({**source, "id": source_id})

    def get(self, source_id: int | None) -> Json:
        """One, with columns and properties.

        :raises Refused: there is none.
        """
        if source_id is None:
            raise wrong_parameter()
        source = self.records.get(source_id)
        if source is None:
            raise Refused("信息不存在", NOT_FOUND)
        return source

    def page(self, query: Json) -> Json:
        """A page of them, without what is long."""
        equal = {"dsType": query["dsType"]} if query.get("dsType") else {}
        like = {name: str(query[name]) for name in ("dsName", "tableName") if query.get(name)}
        page = self.records.page(query["curPage"], query["pageSize"], like=like, **equal)
        for record in page["records"]:
            for name in _NOT_IN_LISTS:
                record.pop(name, None)
            # MyBatis-Plus does not read these columns; the class has them all the same.
            record["dsDdl"] = record["schemaFile"] = None
        return page

    def remove(self, source_id: int | None) -> None:
        """Delete one.

        :raises Refused: a job uses it, or there is none.
        """
        if source_id is None:
            raise wrong_parameter()
        used = (part.get("dsId") for job in self._jobs.find(jobType=0) for part in job.get("jobDsVOS") or [])
        if source_id in used:
            raise Refused("当前数据源有作业使用中，不可删除，请确认！", IN_USE)
        if not self.records.remove(source_id):
            raise Refused("删除失败！", FAILED)

    def check_table_name(self, name: str | None, own_id: int | None) -> None:
        """Refuse a table name that another data source has.

        :raises Refused: with 1.
        """
        if not name:
            raise wrong_parameter("别名不可为空")
        if any(each["id"] != own_id for each in self.records.find(tableName=name)):
            raise Refused("该别名已存在！", 1)

    def field_templates(self, ds_type: str, table_type: str) -> list[Json]:
        """The properties that a kind of table asks for.

        :raises Refused: there is no such kind.
        """
        if not ds_type or not table_type:
            raise wrong_parameter()
        found = templates(ds_type, table_type)
        if found is None:
            raise Refused("获取模版失败！", FAILED)
        return found

    def _check(self, body: Json) -> None:
        self.check_table_name(body.get("tableName"), body.get("id"))
        for name in ("dsType", "tableType"):
            if not isinstance(body.get(name), str) or not body[name]:
                raise wrong_parameter(f"{name}不可为空")
        columns = body.get("dsSchemaColumnVOS")
        if not _is_list_of_objects(columns) or not columns:
            raise wrong_parameter("Schema 列投影不可为空！")
        if any(not isinstance(each.get("name"), str) or not each["name"] for each in columns):
            raise wrong_parameter("列投影name不可为空！")
        fields = (body.get("jsonFieldVO") or {}).get("jsonValue") if isinstance(body.get("jsonFieldVO"), dict) else None
        if not _is_list_of_objects(fields):
            raise wrong_parameter("外部连接自定义属性不可为空！")
        if not all(map(_is_filled, fields or [])):
            raise wrong_parameter("必填字段不可为空！")
        if body["dsType"].lower() == SIDE:
            keys = sum(each.get("level") == 1 and each.get("joinKey") == 1 for each in columns)
            if keys < 1:
                raise wrong_parameter("维表-列投影root之下级别为1的层属性，必须存在一个连接属性，请选择！")
            if keys > 1:
                raise wrong_parameter("维表-列投影root之下级别为1的层属性，目前仅支持一个连接属性，请检查！")

    def _filled(self, body: Json, who: Json, failure: str) -> Json:
        source: Json = {name: body.get(name) for name in FIELDS}
        source["dsType"] = source["dsType"].lower()
        source["ddlEnable"] = 0 if source["dsType"] == SIDE else 1
        source["schemaType"] = source["schemaType"] or 0
        source["structureType"] = source["structureType"] or 0
        for each in source["dsSchemaColumnVOS"]:
            each["res1"] = keyword(each["name"]) or each.get("res1")
        try:
            # A side table has none until a job needs it.
            source["dsDdl"] = create_table(source) if source["ddlEnable"] else None
        except NoTemplate as error:
            raise Refused(failure, DATABASE) from error
        for name in ("createBy", "createTime", "modifyBy", "modifyTime"):
            source[name] = body.get(name)
        return {**source, **who}

    def _number_parts(self, source: Json) -> None:
        """Give columns and properties the ids that rows of their own would have."""
        source_id = source["id"]
        for number, each in enumerate(source["dsSchemaColumnVOS"], 1):
            each.update(id=source_id * 1000 + number, dsId=source_id)
        source["jsonFieldVO"].update(id=source_id, dsId=source_id)
        self.records.change(source_id, dsSchemaColumnVOS=source["dsSchemaColumnVOS"], jsonFieldVO=source["jsonFieldVO"])


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _is_filled(field: Json) -> bool:
    """Whether a field that must have a value has one, as must those of the option that was chosen."""
    value = field.get("fieldValue")
    if field.get("required") and value in (None, ""):
        return False
    for option in field.get("option") or []:
        if isinstance(option, dict) and option.get("hasUnion") and option.get("name") == value:
            return all(not each.get("required") or each.get("fieldValue") for each in option.get("unionFields") or [])
    return True
