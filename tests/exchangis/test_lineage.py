"""What OpenLineage and Airflow's assets are told of a job's tables."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from support.airflow_task import in_dag
from support.exchangis_stub import ROOT, ExchangisStub, refused
from taskcenter.exchangis.lineage import read_moves
from taskcenter.exchangis.operators import ExchangisJobOperator
from taskcenter.exchangis.tables import Table, exchangis_table, job_moves, job_tables

OLD = [{"subJobName": "a", "dataSources": {"source_id": "MYSQL.5.shop.orders", "sink_id": "HIVE.6.ods.orders"}}]
PAGE = {
    "subJobs": [
        {
            "dataSourceIds": {
                "source": {"type": "MYSQL", "id": 5, "ds": "shop", "db": "shop", "table": "orders"},
                "sink": {"type": "HIVE", "id": 6, "ds": "lake", "db": "ods", "table": "orders"},
            },
            "transforms": {"mapping": [{"source_field_name": "id", "sink_field_name": "order_id"}, {"x": 1}, None]},
        }
    ]
}


@pytest.mark.parametrize(
    ("content", "sources", "sinks"),
    [
        (OLD, [Table("MYSQL", "5", "", "shop", "orders")], [Table("HIVE", "6", "", "ods", "orders")]),
        (PAGE, [Table("MYSQL", "5", "shop", "shop", "orders")], [Table("HIVE", "6", "lake", "ods", "orders")]),
        ([*OLD, *OLD], [Table("MYSQL", "5", "", "shop", "orders")], [Table("HIVE", "6", "", "ods", "orders")]),
        ([{"dataSources": {"source_id": "MYSQL.5.a.b.c", "sink": {"id": 6}}}], [], []),
        ([None, {}, {"dataSources": 7}], [], []),
        ({"subJobs": None}, [], []),
        (7, [], []),
    ],
)
def test_tables_are_read_from_every_form_of_a_jobs_content(content: Any, sources, sinks):
    assert job_tables(json.dumps(content)) == (sources, sinks)


@pytest.mark.parametrize("content", ["", "no json", "null"])
def test_content_that_cannot_be_read_has_no_tables(content):
    assert job_tables(content) == ([], [])


def test_pairs_of_columns_are_read():
    [move] = job_moves(json.dumps(PAGE))
    assert move.columns == (("id", "order_id"),)


def test_an_asset_is_named_after_the_data_source():
    assert exchangis_table("shop", "shop", "orders").uri == "exchangis://shop/shop/orders"
    assert exchangis_table("a b/c", "d", "表").uri == "exchangis://a%20b%2Fc/d/%E8%A1%A8"


def finished(airflow: Any, stub: ExchangisStub) -> ExchangisJobOperator:
    stub.first_status = "Success"
    operator: ExchangisJobOperator = in_dag(ExchangisJobOperator, job_id=7, deferrable=False)
    operator.execute(airflow.start(operator))
    return operator


def test_old_content_is_named_by_asking_for_the_data_source(airflow, stub: ExchangisStub):
    for _ in range(6):
        stub.shelf.put(f"source {len(stub.shelf.sources) + 1}")
    stub.jobs["7"]["jobContent"] = json.dumps(OLD)
    operator = finished(airflow, stub)
    assert operator.inlets == [exchangis_table("source 5", "shop", "orders")]
    assert operator.outlets == [exchangis_table("source 6", "ods", "orders")]


def test_a_namespace_is_the_databases_own_or_that_of_the_data_source(stub: ExchangisStub, hook):
    for number in range(1, 7):
        params = {"host": "db1", "port": "3306", "password": "x"} if number == 5 else {}
        stub.shelf.put(f"source {number}", **params)
    stub.jobs["7"]["jobContent"] = json.dumps(OLD)
    moves, namespaces = hook.run(partial(read_moves, job_id="7"))
    assert len(moves) == 1
    assert namespaces == {"5": "mysql://db1:3306", "6": f"exchangis://127.0.0.1:{stub.port}/source 6"}


def test_openlineage_is_told_tables_and_columns(airflow, stub: ExchangisStub):
    pytest.importorskip("airflow.providers.openlineage", reason="the OpenLineage provider is not installed")
    stub.jobs["7"]["jobContent"] = json.dumps(PAGE)
    lineage = finished(airflow, stub).get_openlineage_facets_on_complete(None)
    gateway = f"exchangis://127.0.0.1:{stub.port}"
    [source] = lineage.inputs
    [sink] = lineage.outputs
    assert (source.namespace, source.name) == (f"{gateway}/shop", "shop.orders")
    assert (sink.namespace, sink.name) == (f"{gateway}/lake", "ods.orders")
    [origin] = sink.facets["columnLineage"].fields["order_id"].inputFields
    assert (origin.name, origin.field) == ("shop.orders", "id")


def test_lineage_that_cannot_be_told_is_none(airflow, stub: ExchangisStub):
    operator = finished(airflow, stub)
    stub.always(f"GET {ROOT}/job/7", refused("You have no permission"))
    assert operator.get_openlineage_facets_on_complete(None) is None
    fresh: ExchangisJobOperator = in_dag(ExchangisJobOperator, job_id=7)
    assert fresh.get_openlineage_facets_on_complete(None) is None
