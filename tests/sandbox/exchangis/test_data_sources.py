"""The documented endpoints about data sources: created, changed, published, tested, deleted."""

from __future__ import annotations

import sqlite3

import pytest


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "shop.sqlite"
    with sqlite3.connect(file) as db:
        db.execute("create table orders (id integer primary key, name varchar(20), amount)")
        db.execute("create table customers (id integer)")
    db.close()
    return str(file)


def body(api, path, name, **more):
    return {
        "dataSourceName": name,
        "dataSourceTypeId": api.type_id("SQLITE"),
        "dataSourceDesc": "a shop",
        "createSystem": "SQLITE",
        "createIdentify": "",
        "comment": "first",
        "label": "test",
        "connectParams": {"path": path},
        **more,
    }


def test_types_have_ids_that_are_texts_and_names_in_upper_case(api):
    types = {each["name"]: each for each in api.get("/datasources/type")["list"]}
    assert {"MYSQL", "HIVE", "POSTGRESQL", "SQLITE", "CSV"} <= set(types)
    assert isinstance(types["HIVE"]["id"], str)
    assert types["MYSQL"]["classifier"] == "关系型数据库"


def test_types_can_be_asked_for_by_engine(api):
    assert "CSV" not in [each["name"] for each in api.get("/datasources/type", engineType="sqoop")["list"]]
    assert "NullPointerException" in api.refusal("GET", "/datasources/type", engineType="SPARK")


def test_key_definitions_tell_what_is_a_password(api):
    keys = {each["key"]: each for each in api.get(f"/datasources/types/{api.type_id('MYSQL')}/keydefines")["list"]}
    assert keys["password"]["valueType"] == "PASSWORD"
    assert keys["host"]["require"]
    assert "defaultValue" not in keys["host"]  # what is empty is left out


def test_a_data_source_is_created_as_version_1_and_not_published(api, path):
    made = api.data("POST", "/datasources", body(api, path, "created"))
    assert made["version"] == 1
    info = api.get(f"/datasources/{made['id']}")["info"]
    assert (info["dataSourceName"], info["type"], info["versionId"]) == ("created", "SQLITE", 1)
    assert "publishedVersionId" not in info
    assert isinstance(info["createTime"], int)
    assert api.get(f"/datasources/{made['id']}/connect_params")["info"] == {"path": path}


def test_a_name_can_be_used_once(api, path):
    api.data("POST", "/datasources", body(api, path, "twice"))
    assert api.refusal("POST", "/datasources", body(api, path, "twice")) == "数据源名称已存在"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dataSourceName": "x" * 101}, "dataSourceName"),
        ({"dataSourceName": "no blanks"}, "dataSourceName"),
        ({"dataSourceTypeId": 999}, "dataSourceTypeId"),
        ({"createSystem": ""}, "createSystem"),
        ({"comment": None}, "comment"),
        ({"dataSourceDesc": "x" * 201}, "dataSourceDesc"),
        ({"connectParams": None}, "connectParams"),
        ({"connectParams": {}}, "path"),
    ],
)
def test_what_is_wrong_is_named(api, path, wrong, said):
    assert said in api.refusal("POST", "/datasources", body(api, path, "wrong", **wrong))


def test_an_update_adds_a_version_that_is_not_published_by_itself(api, path):
    source_id = api.source("SQLITE", {"path": path})
    api.data("PUT", f"/datasources/{source_id}", body(api, "/nowhere", "updated"))
    versions = api.get(f"/datasources/{source_id}/versions")["versions"]
    assert [(each["versionId"], each["connectParams"]["path"]) for each in versions] == [(2, "/nowhere"), (1, path)]
    assert [each.get("published") for each in versions] == [None, True]
    old = api.get(f"/datasources/{source_id}", versionId=1)["info"]
    assert (old["versionId"], old["connectParams"]) == (1, {"path": path})


def test_a_version_that_is_not_there_cannot_be_published(api, path):
    source_id = api.source("SQLITE", {"path": path})
    assert api.refusal("PUT", f"/datasources/{source_id}/2/publish") == "数据源发布失败"


def test_an_expired_data_source_cannot_be_used_any_more(api, path):
    source_id = api.source("SQLITE", {"path": path})
    api.data("PUT", f"/datasources/{source_id}/expire")
    assert api.get(f"/datasources/{source_id}")["info"]["expire"] is True
    assert api.refusal("GET", f"/datasources/SQLITE/{source_id}/dbs") == "数据源已过期"


def test_a_connection_is_tested_by_version(api, path):
    source_id = api.source("SQLITE", {"path": path})
    assert api.data("PUT", f"/datasources/{source_id}/1/connect") == {}
    api.data("PUT", f"/datasources/{source_id}", body(api, "/nowhere", "gone"))
    assert "there is no file /nowhere" in api.refusal("PUT", f"/datasources/{source_id}/2/connect")


def test_connection_parameters_can_be_tested_without_being_stored(api, path):
    type_id = api.type_id("SQLITE")
    assert (
        api.data("POST", "/datasources/op/connect", {"dataSourceTypeId": type_id, "connectParams": {"path": path}})
        == {}
    )
    wrong = {"dataSourceTypeId": type_id, "connectParams": {"path": "/nowhere"}}
    assert "/nowhere" in api.refusal("POST", "/datasources/op/connect", wrong)
    api.refusal("POST", "/datasources/op/connect", {"id": 1})  # what the document says


def test_a_data_source_is_deleted_unless_a_job_uses_it(api, shop):
    job_id = shop.job()
    assert api.refusal("DELETE", f"/datasources/{shop.source_id}") == "目前存在引用依赖"
    api.data("DELETE", f"/job/{job_id}")
    assert api.data("DELETE", f"/datasources/{shop.source_id}") == {"id": shop.source_id}
    assert api.refusal("GET", f"/datasources/{shop.source_id}") == "不存在该数据源"


def test_data_sources_are_found_by_a_part_of_their_name(api, path):
    for name in ("find_one", "find_two", "findXthree"):
        api.source("SQLITE", {"path": path}, name=name)
    found = api.data("POST", "/datasources/query", {"name": "find_"})
    assert (found["total"], {each["name"] for each in found["list"]}) == (2, {"find_one", "find_two"})
    page = api.data("POST", "/datasources/query", {"name": "find", "page": 2, "pageSize": 2})
    assert (page["total"], len(page["list"])) == (3, 1)
    assert api.data("POST", "/datasources/query", {"name": "find", "typeName": "mysql"})["list"] == []
    assert {each["type"] for each in found["list"]} == {"SQLITE"}


def test_a_query_by_get_needs_a_body_too(api):
    answer = api.ask("GET", "/datasources/query")
    assert answer.status_code == 400
    assert "data" not in answer.json()  # Spring's own answer, not the envelope
    assert api.ask("GET", "/datasources/query", {}).json()["status"] == 0


def test_a_query_with_an_unknown_field_is_not_understood(api):
    assert api.ask("POST", "/datasources/query", {"colour": "x"}).json()["error"] == "Bad Request"


def test_the_older_list_takes_the_type_name_for_a_part_of_the_name(api, path):
    api.source("SQLITE", {"path": path}, name="older_list")
    found = api.get("/datasources", typeName="older_l", typeId=api.type_id("SQLITE"), page=1, size=10)
    assert [each["name"] for each in found["list"]] == ["older_list"]
    assert "total" not in found


def test_metadata_of_a_published_data_source(api, path):
    source_id = api.source("SQLITE", {"path": path})
    below = f"/datasources/sqlite/{source_id}/dbs"
    assert api.get(below)["dbs"] == ["main"]
    assert api.get(f"{below}/main/tables")["tbs"] == ["customers", "orders"]
    columns = api.get(f"{below}/main/tables/orders/fields")["columns"]
    assert [(each["name"], each["type"]) for each in columns] == [
        ("id", "INTEGER"),
        ("name", "varchar(20)"),
        ("amount", "BLOB"),
    ]
    assert columns[0] == {"name": "id", "type": "INTEGER", "fieldIndex": 0, "fieldEditable": False}


def test_what_is_not_published_has_no_metadata(api, path):
    source_id = api.source("SQLITE", {"path": path}, publish=False)
    assert api.refusal("GET", f"/datasources/SQLITE/{source_id}/dbs") == "数据源未发布或者参数为空"


def test_metadata_that_is_not_there(api, path):
    source_id = api.source("SQLITE", {"path": path})
    below = f"/datasources/SQLITE/{source_id}/dbs"
    assert "no database other" in api.refusal("GET", f"{below}/other/tables")
    assert "no table main.other" in api.refusal("GET", f"{below}/main/tables/other/fields")
    assert "NullPointerException" in api.refusal("GET", f"/datasources/NONSENSE/{source_id}/dbs")


def test_fields_are_mapped_by_name(api, shop):
    sides = {}
    for side, source_id in (("source", shop.source_id), ("sink", shop.sink_id)):
        sides |= {f"{side}TypeId": "SQLITE", f"{side}DataSourceId": source_id}
        sides |= {f"{side}DataBase": "main", f"{side}Table": "orders"}
    request = {"engine": "DATAX", **sides}
    found = api.data(
        "POST", "/job/transform/settings", {**request, "srcTblNotExist": False, "labels": {"route": "dev"}}
    )
    assert found["types"] == ["MAPPING", "PROCESSOR"]
    names = [(each["source"]["name"], each["sink"]["name"]) for each in found["deductions"]]
    assert names == [(name, name) for name in ("id", "name", "amount", "day")]
    assert [each["fieldIndex"] for each in found["sinkFields"]] == [0, 1, 2, 3]
    # What it has replaced is there only where the document has it.
    assert api.ask("POST", "/datasources/fieldsmapping", request).status_code == 405
    old = api.ask("POST", "/dss/exchangis/main/datasources/fieldsmapping", request, root="").json()["data"]
    assert old["deductions"] == found["deductions"]


def test_what_a_job_can_set_for_a_side(api):
    source = api.get("/datasources/DATAX/SQLITE/params/ui", dir="source")["uis"]
    assert [(each["field"], each["type"]) for each in source] == [("where", "INPUT")]
    sink = {each["key"]: each for each in api.get("/datasources/DATAX/HIVE/params/ui", dir="sink")["uis"]}
    assert sink["writeMode"]["values"] == ["append", "truncate"]
    assert (sink["partition"]["type"], sink["partition"]["value"]) == ("MAP", None)
    assert api.get("/datasources/DATAX/HIVE/params/ui")["uis"] == []
    assert api.ask("POST", "/datasources/DATAX/HIVE/params/ui").status_code == 405


def test_somebody_elses_data_source_cannot_be_used(api, bob, path):
    source_id = api.source("SQLITE", {"path": path})
    for method, below in (("GET", ""), ("GET", "/connect_params"), ("PUT", "/1/publish"), ("DELETE", "")):
        assert bob.refusal(method, f"/datasources/{source_id}{below}") == "没有数据源的操作权限"
    assert source_id not in [each["id"] for each in bob.get("/datasources", size=1000)["list"]]


def test_passwords_are_not_stored_in_clear(api, server):
    params = {"host": "127.0.0.1", "port": "1", "username": "u", "password": "s3cret-in-clear"}
    source_id = api.source("MYSQL", params)
    assert api.get(f"/datasources/{source_id}/connect_params")["info"]["password"] == "s3cret-in-clear"
    stored = b"".join(file.read_bytes() for file in server.data_dir.rglob("*") if file.is_file())
    assert b"s3cret-in-clear" not in stored


def test_texts_can_be_encrypted_and_decrypted(api):
    sealed = api.data("POST", "/datasources/tools/encrypt", {"encryStr": "open"})["encryStr"]
    assert sealed != "open"
    assert api.data("POST", "/datasources/tools/decrypt", {"sinkStr": sealed})["decryptStr"] == "open"
    assert "not encrypted here" in api.refusal("POST", "/datasources/tools/decrypt", {"sinkStr": "nonsense"})


def test_a_request_without_a_body_never_arrives(api, path):
    source_id = api.source("SQLITE", {"path": path}, publish=False)
    url = f"{api.server.url}/api/rest_j/v1/dss/exchangis/main/datasources/{source_id}/1/publish"
    answer = api.session.put(url, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert "publishedVersionId" not in api.get(f"/datasources/{source_id}")["info"]


def test_an_id_that_is_no_number_is_springs_business(api):
    answer = api.ask("GET", "/datasources/five")
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")
