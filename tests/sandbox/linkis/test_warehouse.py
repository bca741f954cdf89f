"""SQL of Spark and Hive on the local warehouse: partitions, SHOW, types, several jobs at once."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def hive(api):
    """Run Hive SQL that must succeed; the rows of its last result set."""
    return lambda code: api.rows(code, "hql")


def failed(api, code, run_type="hql"):
    row = api.run(code, run_type)
    assert row["status"] == "Failed"
    return row


# --- partitions


def test_an_overwrite_of_a_partition_leaves_the_others(hive):
    hive(
        "drop table if exists p; create table p (id int comment 'c', name string) partitioned by (day string, hour int);"
        "insert into p partition (day='d1', hour=1) values (1, 'a'); "
        "insert into p partition (day='d1', hour=2) values (2, 'b'); select 1"
    )
    hive("insert overwrite table p partition (day='d1', hour=2) select 3, 'c'; select 1")
    assert hive("select * from p order by id") == [["1", "a", "d1", "1"], ["3", "c", "d1", "2"]]
    assert hive("show partitions p") == [["day=d1/hour=1"], ["day=d1/hour=2"]]


def test_dynamic_partitions_are_overwritten_by_value(hive):
    hive(
        "drop table if exists dyn; create table dyn (id int) partitioned by (day string);"
        "insert into dyn partition (day) select * from values (1, 'd1'), (2, 'd2') t(id, day);"
        "insert overwrite table dyn partition (day) select * from values (3, 'd2'), (4, 'd3') t(id, day); select 1"
    )
    assert hive("select * from dyn order by id") == [["1", "d1"], ["3", "d2"], ["4", "d3"]]


def test_a_static_and_a_dynamic_partition_go_together(hive):
    hive(
        "drop table if exists both_kinds; create table both_kinds (id int) partitioned by (day string, hour int);"
        "insert into both_kinds partition (day='d1', hour) select 7, 9; select 1"
    )
    assert hive("select * from both_kinds") == [["7", "d1", "9"]]


def test_an_overwrite_may_read_what_it_replaces(hive):
    hive("drop table if exists own; create table own (n int); insert into own values (1), (2); select 1")
    hive("insert overwrite table own select n + 10 from own where n > 1; select 1")
    assert hive("select * from own") == [["12"]]


def test_an_overwrite_that_fails_leaves_everything(api, hive):
    hive("drop table if exists safe; create table safe (n int); insert into safe values (1); select 1")
    failed(api, "insert overwrite table safe select no_such_function(n) from safe")
    assert hive("select * from safe") == [["1"]]


def test_partitions_are_dropped_and_truncated(hive):
    hive(
        "drop table if exists gone; create table gone (id int) partitioned by (day string);"
        "insert into gone partition (day) select * from values (1, 'd1'), (2, 'd2'), (3, 'd3') t(id, day);"
        "alter table gone add if not exists partition (day='d9');"
        "alter table gone drop if exists partition (day='d1'); truncate table gone partition (day='d2'); select 1"
    )
    assert hive("select * from gone") == [["3", "d3"]]


def test_what_is_no_partition_column_is_refused(api, hive):
    hive("drop table if exists plain; create table plain (id int); select 1")
    row = failed(api, "insert into plain partition (day='x') select 1")
    assert row["errCode"] == 41004
    assert "day is not a valid partition column" in row["errDesc"]


# --- SHOW and DESCRIBE


def test_hive_and_spark_name_the_columns_of_show_differently(api):
    api.run("create database if not exists named; create or replace table named.a_table as select 1 as n")
    for run_type, columns, row in (
        ("hql", ["tab_name"], ["a_table"]),
        ("sql", ["namespace", "tableName", "isTemporary"], ["named", "a_table", "false"]),
    ):
        result = api.results(api.run("show tables in named", run_type))[0]
        assert [column["columnName"] for column in result["metadata"]] == columns
        assert result["fileContent"] == [row]


def test_databases_have_hives_default_among_them(api, hive):
    hive("create database if not exists another; select 1")
    names = [row[0] for row in hive("show databases")]
    assert {"default", "another"} <= set(names)
    assert not {"main", "information_schema", "pg_catalog"} & set(names)
    assert hive("show databases like 'anoth*'") == [["another"]]


def test_the_default_database_has_its_name_in_sql_too(hive):
    hive(
        "drop table if exists default.there; create table default.there (n int); insert into default.there values (5); select 1"
    )
    assert hive("use another; use default; select n from there") == [["5"]]
    assert hive("select n from default.there") == [["5"]]


def test_a_table_is_described(api, hive):
    hive(
        "drop table if exists desc_me; create table desc_me (id int, price decimal(10,2), name string) partitioned by (d string); select 1"
    )
    described = [["id", "int", None], ["price", "decimal(10,2)", None], ["name", "string", None], ["d", "string", None]]
    partition = [["# Partition Information", "", ""], ["# col_name", "data_type", "comment"], ["d", "string", None]]
    assert hive("describe desc_me") == described + partition
    assert hive("desc formatted desc_me") == described + partition
    assert hive("show columns in desc_me") == [["id"], ["price"], ["name"], ["d"]]
    assert "CREATE TABLE" in hive("show create table desc_me")[0][0]
    assert failed(api, "describe not_there")["errCode"] == 41002


def test_a_plan_is_explained(hive):
    assert hive("explain select nvl(null, 1)")


# --- statements that a local warehouse has nothing to do for


@pytest.mark.parametrize(
    "statement",
    [
        "set spark.sql.shuffle.partitions=10",
        "add jar hdfs:///x.jar",
        "msck repair table t",
        "refresh table t",
        "analyze table t compute statistics",
        "grant select on table t to user x",
    ],
)
def test_things_of_a_cluster_are_passed_over_with_a_line_in_the_log(api, statement):
    row = api.run(f"{statement}; select 1 as n")
    assert row["status"] == "Succeed", row["errDesc"]
    assert "passed over" in api.log_of(row)
    assert len(api.files(row)) == 1


# --- what comes out


@pytest.mark.parametrize(
    ("expression", "kind", "text"),
    [
        ("cast(3 as double)", "double", "3"),
        ("cast('1e20' as double)", "double", "100000000000000000000"),
        ("cast('1e-7' as double)", "double", "0.0000001"),
        ("cast('nan' as double)", "double", "NaN"),
        ("cast(7 as smallint)", "short", "7"),
        ("sum(1)", "long", "1"),
        ("map('a', 1)", "map", '{"a":1}'),
        ("named_struct('a', 1)", "struct", '{"a":1}'),
        ("'two\\nlines \"quoted\" 日本'", "string", 'two\nlines "quoted" 日本'),
        ("''", "string", ""),
        ("current_date()", "date", None),
    ],
)
def test_values_are_texts_as_linkis_writes_them(api, expression, kind, text):
    result = api.results(api.run(f"select {expression} as v"))[0]
    assert result["metadata"][0]["dataType"] == kind
    assert text is None or result["fileContent"] == [[text]]


def test_hive_says_bigint_where_spark_says_long(api):
    for run_type, kind in (("sql", "long"), ("hql", "bigint")):
        result = api.results(api.run("select count(*) as n from values (1), (2) t(x)", run_type))[0]
        assert (result["metadata"][0]["dataType"], result["fileContent"]) == (kind, [["2"]])


def test_columns_may_have_the_same_name(api):
    result = api.results(api.run("select 1 as a, 2 as a"))[0]
    assert [column["columnName"] for column in result["metadata"]] == ["a", "a"]
    assert result["fileContent"] == [["1", "2"]]


def test_an_order_is_kept(api):
    rows = api.rows("select id from range(3000) order by hash(id) desc, id")
    again = api.rows(
        "select id from (select id, row_number() over (order by hash(id) desc, id) as n from range(3000)) order by n"
    )
    assert rows == again


@pytest.mark.parametrize(
    ("code", "error", "text"),
    [
        ("select * from not_there", 41002, "not_there"),
        ("select no_column from values (1) t(n)", 41003, "no_column"),
        ("selec 1", 42022, "selec"),
        ("select no_such_function(1)", 42003, "no_such_function"),
        ("create table twice (n int); create table twice (n int)", 42006, "twice"),
        ("select no_column_either", 41003, "no_column_either"),
    ],
)
def test_errors_have_linkis_numbers_and_the_reason(api, code, error, text):
    row = failed(api, code, "sql")
    assert row["errCode"] == error
    assert text in row["errDesc"]
    assert "to_json" not in row["errDesc"]


def test_jobs_that_make_the_same_thing_at_once_do_not_disturb_each_other(api):
    code = (
        "create database if not exists crowd; create or replace table crowd.t as select 1 as n; select n from crowd.t"
    )
    jobs = [api.submit(code, creator=f"crowd{number}") for number in range(12)]
    rows = [api.wait(job["taskID"]) for job in jobs]
    assert {row["status"] for row in rows} == {"Succeed"}, [row["errDesc"] for row in rows]


def test_a_million_rows_are_read_from_their_end_without_their_beginning(api):
    row = api.run("select id, concat('name ', id) as name from range(1000000)")
    path = api.files(row)[0]
    local = path.removeprefix("file://")
    with Path(local).open("r+b") as file:
        # Were the first half of the file looked at, this would show.
        head = file.readline()
        file.seek(len(head))
        file.write(b"#" * 10_000_000)
    page = api.data("/filesystem/openFile", path=path, page=181, pageSize=5000, nullValue="LINKIS_NULL")
    assert page["fileContent"][0] == ["900000", "name 900000"]
    assert page["totalLine"] == 5000
    page = api.data("/filesystem/openFile", path=path, page=10, pageSize=99_999, nullValue="LINKIS_NULL")
    assert page["fileContent"][-1] == ["999989", "name 999989"]
    assert page["totalLine"] == 99_999
    page = api.data("/filesystem/openFile", path=path, page=11, pageSize=99_999, nullValue="LINKIS_NULL")
    assert [cells[0] for cells in page["fileContent"]] == [str(number) for number in range(999_990, 1_000_000)]


def test_a_cast_that_does_not_work_gives_null_as_in_hive(api):
    assert api.rows("select cast(x as int) from values ('abc'), ('7') t(x)", "hql") == [[None], ["7"]]
