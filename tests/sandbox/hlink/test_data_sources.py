"""Data sources: checked, made into Flink's DDL, kept while a job uses them."""

from __future__ import annotations

import json

import pytest


def test_a_source_gets_its_ddl(api, make_table, make_column):
    columns = [
        make_column("id", "BIGINT"),
        make_column("at", "TIMESTAMP", eventTime=1),
        make_column("it`s", "DECIMAL"),
    ]
    body = make_table("source", "kafka", columns=columns, topic="o'clock", bootstrapServers="b:9092", format="json")
    source = api.get("/ds/get", id=api.data("POST", "/ds/addDO", body))
    assert source["dsDdl"] == (
        f"CREATE TABLE `{body['tableName']}` (\n"
        "  `id` BIGINT,\n"
        "  `at` TIMESTAMP(3),\n"
        "  `it``s` DECIMAL(38, 18),\n"
        "  WATERMARK FOR `at` AS `at` - INTERVAL '5' SECOND\n"
        ") WITH (\n"
        "  'connector' = 'kafka',\n"
        "  'topic' = 'o''clock',\n"
        "  'properties.bootstrap.servers' = 'b:9092',\n"
        "  'format' = 'json'\n)"
    )
    assert (source["ddlEnable"], source["createBy"]) == (1, "hadoop")
    assert [each["dsId"] for each in source["dsSchemaColumnVOS"]] == [source["id"]] * 3
    assert source["jsonFieldVO"]["jsonValue"] == body["jsonFieldVO"]["jsonValue"]


def test_nested_columns_become_rows_and_arrays(api, make_table):
    def nested(own, parent, name, kind, level):
        return {"virtualId": own, "virtualPid": parent, "name": name, "flinkType": kind, "level": level}

    columns = [
        nested("1", "0", "root", "ROW", 0),
        nested("2", "1", "who", "ROW", 1),
        nested("3", "2", "name", "VARCHAR", 2),
        nested("4", "2", "age", "INT", 2),
        nested("5", "1", "tags", "ARRAY", 1),
        nested("6", "5", "array_node_tags", "VARCHAR", 2),
    ]
    number = api.data("POST", "/ds/addDO", make_table("source", "datagen", columns=columns))
    ddl = api.get("/ds/get", id=number)["dsDdl"]
    assert "(\n  `who` ROW<`name` STRING, `age` INT>,\n  `tags` ARRAY<STRING>\n)" in ddl


def test_properties_of_a_chosen_option_count_and_those_of_others_do_not(api, make_table):
    body = make_table("sink", "print")
    body["jsonFieldVO"]["jsonValue"] = [
        {
            "fieldName": "standard-error",
            "fieldValue": "true",
            "option": [
                {
                    "name": "true",
                    "hasUnion": True,
                    "unionFields": [{"fieldName": "print-identifier", "fieldValue": "x"}],
                },
                {"name": "false", "hasUnion": True, "unionFields": [{"fieldName": "not", "fieldValue": "y"}]},
            ],
        }
    ]
    ddl = api.get("/ds/get", id=api.data("POST", "/ds/addDO", body))["dsDdl"]
    assert "'standard-error' = 'true',\n  'print-identifier' = 'x'\n)" in ddl
    assert "'not'" not in ddl


def test_a_side_table_has_one_key_and_no_ddl_of_its_own(api, make_table, make_column):
    key = make_column("id", "BIGINT", joinKey=1)
    other = make_column("name", "VARCHAR", joinKey=1)
    for columns, said in (([{**key, "joinKey": 0}], "必须存在一个连接属性"), ([key, other], "目前仅支持一个连接属性")):
        code, text = api.refusal(
            "POST", "/ds/addDO", make_table("side", "filesystem", columns=columns, path="/x", format="csv")
        )
        assert (code, said in text) == (-3, True)
    number = api.source("side", "filesystem", columns=[key], path="/x", format="csv")
    assert (api.get("/ds/get", id=number)["dsDdl"], api.get("/ds/get", id=number)["ddlEnable"]) == (None, 0)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"dsSchemaColumnVOS": []}, -3, "Schema 列投影不可为空！"),
        ({"jsonFieldVO": None}, -3, "外部连接自定义属性不可为空！"),
        ({"jsonFieldVO": {"jsonValue": [{"fieldName": "path", "required": True}]}}, -3, "必填字段不可为空！"),
        ({"tableType": "nothing"}, -4, "保存失败！"),
        ({"tableName": ""}, -3, "别名不可为空"),
    ],
)
def test_what_is_missing_is_named(api, make_table, change, code, said):
    assert api.refusal("POST", "/ds/addDO", {**make_table("sink", "print"), **change}) == (code, said)


def test_a_table_name_is_taken_once(api, make_table):
    body = make_table("sink", "print")
    number = api.data("POST", "/ds/addDO", body)
    assert api.refusal("POST", "/ds/addDO", body) == (1, "该别名已存在！")
    assert api.refusal("GET", "/ds/checkTableName", tableName=body["tableName"]) == (1, "该别名已存在！")
    assert api.get("/ds/checkTableName", tableName=body["tableName"], dsId=number) is None
    assert api.get("/ds/checkTableName", tableName="free") is None


def test_a_list_has_no_long_fields_and_searches(api):
    first = api.source("sink", "blackhole", name="one_of_a_kind")
    page = api.get("/ds/list", dsType="sink", tableName="ONE_OF", curPage=1, pageSize=5)
    assert [each["id"] for each in page["records"]] == [first]
    assert page["total"] == 1
    (record,) = page["records"]
    assert record["dsDdl"] is None
    assert "dsSchemaColumnVOS" not in record
    assert api.get("/ds/list", dsType="source", tableName="one_of")["records"] == []


def test_a_change_makes_the_ddl_anew(api, make_table):
    body = make_table("source", "datagen", rowsPerSecond="1")
    number = api.data("POST", "/ds/addDO", body)
    changed = make_table("source", "datagen", name=body["tableName"], rowsPerSecond="7")
    api.data("PUT", "/ds/modifyDO", {**changed, "id": number})
    source = api.get("/ds/get", id=number)
    assert "'rows-per-second' = '7'" in source["dsDdl"]
    assert (source["modifyBy"], source["createBy"]) == ("hadoop", "hadoop")
    assert api.refusal("PUT", "/ds/modifyDO", {**make_table("sink", "print"), "id": 10**9}) == (-4, "修改失败")
    assert api.refusal("PUT", "/ds/modifyDO", make_table("sink", "print"))[0] == -3


def test_one_that_a_job_uses_is_not_deleted(api):
    source = api.source("source", "datagen")
    job = api.job(jobType=0, jobDsVOS=[{"dsId": source, "dsType": "source"}])
    assert api.refusal("DELETE", "/ds/removeDO", id=source)[0] == 423
    api.data("DELETE", "/jobs/removeDO", id=job["id"])
    api.data("DELETE", "/ds/removeDO", id=source)
    assert api.refusal("GET", "/ds/get", id=source) == (404, "信息不存在")
    assert api.refusal("DELETE", "/ds/removeDO", id=source) == (500, "删除失败！")


def test_every_kind_of_table_has_its_form_and_a_filled_form_is_accepted(api, make_table):
    kinds = 0
    for role in ("source", "sink", "side"):
        for entry in api.get(f"/dict/list/dc_type_{role}"):
            form = api.get("/ds/getFieldTemplete", dsType=role, tableType=entry["dictValue"])
            for number, each in enumerate(form, 1):
                assert each["sequence"] == number
                each["fieldValue"] = each["fieldValue"] or "x"
            body = make_table(role, entry["dictValue"])
            body["dsSchemaColumnVOS"][0]["joinKey"] = 1
            assert api.data("POST", "/ds/addDO", {**body, "jsonFieldVO": {"jsonValue": form}}) > 0
            kinds += 1
    assert kinds >= 9
    assert api.refusal("GET", "/ds/getFieldTemplete", dsType="source", tableType="print") == (500, "获取模版失败！")
    assert api.refusal("GET", "/ds/getFieldTemplete", dsType="source")[0] == -3


def test_a_json_schema_becomes_columns(api):
    schema = {
        "type": "object",
        "properties": {
            "user": {"type": "object", "properties": {"id": {"type": "integer"}}},
            "tags": {"type": "array", "items": [{"type": "string"}]},
            "at": {"type": "string", "format": "date-time"},
        },
    }
    found = analysed(api, json.dumps(schema))["data"]
    assert json.loads(found["schemaFile"]) == schema
    columns = found["dsSchemaColumnVOS"]
    assert [(each["name"], each["flinkType"], each["level"]) for each in columns] == [
        ("root", "ROW", 0), ("user", "ROW", 1), ("id", "BIGINT", 2), ("tags", "ARRAY", 1),
        ("array_node_tags", "VARCHAR", 2), ("at", "TIMESTAMP", 1),
    ]  # fmt: skip
    by_name = {each["name"]: each for each in columns}
    assert by_name["id"]["virtualPid"] == by_name["user"]["virtualId"]
    assert (by_name["user"]["res1"], by_name["tags"]["res1"]) == ("USER", None)
    assert api.get("/ds/getTypeList")["flinkSQLTypes"][0] == "ROW"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("{", "s.json", "json格式有误"),
        ('{"type": "array"}', "s.json", "根级type必须是object类型"),
        ('{"type": "object"}', "s.json", "解析失败"),
        ("{}", "s.txt", "文件类型只能是.json"),
    ],
)
def test_a_schema_that_is_none_is_refused(api, content, name, said):
    answer = analysed(api, content, name)
    assert (answer["code"], said in answer["msg"]) == (500, True)


def analysed(api, content: str, name: str = "schema.json"):
    files = {"file": (name, content)}
    return api.ask("POST", "/ds/schemaAnalysisDO", files=files, schemaType="0", structureType="1").json()
