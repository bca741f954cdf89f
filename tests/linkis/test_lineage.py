"""What OpenLineage is told of SQL on Linkis."""

from __future__ import annotations

import json

import pytest

from taskcenter.jobs.lineage import Column, Dataset
from taskcenter.linkis.lineage import dialect_of, read_sql
from taskcenter.linkis.operators import LinkisOperator

pytest.importorskip("sqlglot", reason="sqlglot is not installed")
HIVE = "hive://metastore:9083"


def named(name: str) -> Dataset:
    return Dataset(HIVE, name)


def read(code: str, **variables: object) -> tuple[list[str], list[str]]:
    """The names of the tables that SQL reads, and of those that it writes."""
    lineage = read_sql(code, "spark", HIVE, variables)
    return sorted(each.name for each in lineage.inputs), sorted(each.name for each in lineage.outputs)


@pytest.mark.parametrize(
    ("code", "inputs", "outputs"),
    [
        ("SELECT * FROM shop.orders", ["shop.orders"], []),
        ("SELECT * FROM orders o JOIN Shop.Cities c ON o.city = c.id", ["default.orders", "shop.cities"], []),
        ("USE ods; SELECT * FROM orders", ["ods.orders"], []),
        ("SELECT 1", [], []),
        ("INSERT INTO dwd.orders SELECT * FROM ods.orders", ["ods.orders"], ["dwd.orders"]),
        ("INSERT OVERWRITE TABLE a PARTITION (ds='1') SELECT x FROM b", ["default.b"], ["default.a"]),
        ("INSERT INTO a VALUES (1)", [], ["default.a"]),
        ("WITH c AS (SELECT x FROM b) INSERT INTO a SELECT x FROM c", ["default.b"], ["default.a"]),
        ("WITH orders AS (SELECT * FROM ods.orders) SELECT * FROM orders", ["ods.orders"], []),
        ("CREATE TABLE a AS SELECT x FROM b UNION ALL SELECT x FROM c", ["default.b", "default.c"], ["default.a"]),
        ("CREATE TABLE a (x INT)", [], []),
        ("SELECT x FROM a WHERE x IN (SELECT x FROM b)", ["default.a", "default.b"], []),
        ("MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN UPDATE SET a.y = b.y", ["default.b"], ["default.a"]),
        ("UPDATE a SET x = 1", [], ["default.a"]),
        ("DELETE FROM a WHERE x IN (SELECT x FROM b)", ["default.b"], ["default.a"]),
        ("DROP TABLE a; SHOW TABLES; SET x = 1", [], []),
        ("", [], []),
        ("CREATE TEMPORARY VIEW v AS SELECT x FROM b; INSERT INTO a SELECT x FROM v", ["default.b"], ["default.a"]),
    ],
)
def test_tables_that_are_read_and_written_are_found(code, inputs, outputs):
    assert read(code) == (inputs, outputs)


def test_linkis_variables_are_put_in_place():
    assert read("INSERT INTO ${target} SELECT * FROM ${ source }", target="a", source="b.c") == (["b.c"], ["default.a"])


@pytest.mark.parametrize("code", ["SELECT FROM WHERE (", "INSERT INTO a SELECT 'x", "SELECT " + "(" * 3000])
def test_sql_that_cannot_be_understood_has_no_tables_but_its_text(code):
    lineage = read_sql(code, "spark", HIVE)
    assert (dict(lineage.inputs), dict(lineage.outputs), lineage.sql) == ({}, {}, code)


def columns(code: str) -> dict[str, list[Column]]:
    """The columns of the only table that SQL writes."""
    [found] = read_sql(code, "spark", HIVE).outputs.values()
    return {name: list(origins) for name, origins in found.items()}


def test_columns_are_followed_through_with_and_joins():
    code = """
    CREATE TABLE report AS
    WITH paid AS (SELECT city_id, amount * rate AS euros FROM ods.orders)
    SELECT c.name AS city, sum(p.euros) AS revenue, 1 AS version FROM paid p JOIN ods.cities c ON c.id = p.city_id
    GROUP BY c.name
    """
    orders, cities = named("ods.orders"), named("ods.cities")
    assert columns(code) == {
        "city": [Column(cities, "name")],
        "revenue": [Column(orders, "amount"), Column(orders, "rate")],
    }


def test_columns_are_followed_through_temporary_views():
    code = "CREATE TEMPORARY VIEW v AS SELECT a + b AS s FROM t; CREATE TABLE u AS SELECT s AS total FROM v"
    assert columns(code) == {"total": [Column(named("default.t"), "a"), Column(named("default.t"), "b")]}


def test_an_insert_that_names_its_columns_tells_them_by_place():
    assert columns("INSERT INTO a (x, y) SELECT p, q FROM b") == {
        "x": [Column(named("default.b"), "p")],
        "y": [Column(named("default.b"), "q")],
    }


@pytest.mark.parametrize(
    "code",
    [
        "INSERT INTO a SELECT p, q FROM b",  # which columns a has the text does not tell
        "CREATE TABLE a AS SELECT * FROM b",
        "CREATE TABLE a AS SELECT p FROM b JOIN c ON b.id = c.id",  # nor whose p is
    ],
)
def test_columns_that_the_text_does_not_tell_are_left_out(code):
    assert columns(code) == {}


def test_a_table_that_is_written_twice_has_the_columns_of_both():
    code = "INSERT INTO a (x) SELECT p FROM b; INSERT INTO a (x) SELECT q FROM c"
    assert columns(code) == {"x": [Column(named("default.b"), "p"), Column(named("default.c"), "q")]}


@pytest.mark.parametrize(("run_type", "dialect"), [("sql", "spark"), ("HQL", "hive"), ("jdbc", None), ("python", None)])
def test_the_dialect_is_that_of_the_run_type(run_type, dialect):
    assert dialect_of(run_type) == dialect


def sql_task(**arguments: object) -> LinkisOperator:
    return LinkisOperator(**{"task_id": "job", "run_type": "sql", "engine_type": "spark-3.2.1", **arguments})


def set_connection(monkeypatch: pytest.MonkeyPatch, **extra: str) -> None:
    fields = {"host": "gateway", "port": 9001, "login": "hadoop", "password": "s3cret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", json.dumps({"conn_type": "linkis", **fields}))


def test_openlineage_is_told_tables_columns_and_the_statement(monkeypatch):
    pytest.importorskip("airflow.providers.openlineage", reason="the OpenLineage provider is not installed")
    set_connection(monkeypatch)
    code = "CREATE TABLE ${to} AS SELECT city FROM orders"
    told = sql_task(code=code, variables={"to": "cities"}).get_openlineage_facets_on_complete(None)
    [source], [sink] = told.inputs, told.outputs
    assert (source.namespace, source.name) == ("linkis://gateway:9001", "default.orders")
    assert (sink.namespace, sink.name) == ("linkis://gateway:9001", "default.cities")
    [origin] = sink.facets["columnLineage"].fields["city"].inputFields
    assert (origin.namespace, origin.name, origin.field) == ("linkis://gateway:9001", "default.orders", "city")
    assert told.job_facets["sql"].query == code


def test_the_connection_can_name_the_metastore(monkeypatch):
    pytest.importorskip("airflow.providers.openlineage", reason="the OpenLineage provider is not installed")
    set_connection(monkeypatch, lineage_namespace=HIVE)
    told = sql_task(code="SELECT * FROM orders").get_openlineage_facets_on_complete(None)
    assert [each.namespace for each in told.inputs] == [HIVE]


def test_what_is_no_sql_has_no_lineage(monkeypatch):
    set_connection(monkeypatch)
    task = sql_task(code="print(1)", run_type="python", engine_type="python-3")
    assert task.get_openlineage_facets_on_complete(None) is None
