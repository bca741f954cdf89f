"""Lineage of Exchangis jobs for OpenLineage: which tables became which, column by column.

Imported only when the OpenLineage provider asks; the names follow its naming conventions where the data source tells
its host, and are ``exchangis://<gateway>/<data source>`` where it does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from taskcenter.core.errors import RemoteError
from taskcenter.core.flow import Flow
from taskcenter.exchangis.request import JobChoice
from taskcenter.exchangis.tables import Move, Table, job_moves, named

if TYPE_CHECKING:
    from taskcenter.exchangis.system import ExchangisSystem

_SCHEMES = {
    "MYSQL": "mysql",
    "TDSQL": "mysql",
    "POSTGRESQL": "postgres",
    "ORACLE": "oracle",
    "HIVE": "hive",
    "MONGODB": "mongodb",
    "STARROCKS": "starrocks",
}


def read_moves(api: ExchangisSystem, job_id: str) -> Flow[tuple[list[Move], dict[str, str]]]:
    """What a job moves, and the namespace of each of its data sources by id."""
    job = yield from api.known_job(JobChoice(job_id=job_id))
    moves = job_moves(job.content)
    tables = {table.source_id: table for move in moves for table in (move.source, move.sink) if table is not None}
    namespaces = {}
    for table in (yield from named(api, tables.values())):
        namespaces[table.source_id] = yield from _namespace(api, table)
    return moves, namespaces


def _namespace(api: ExchangisSystem, table: Table) -> Flow[str]:
    scheme = _SCHEMES.get(table.kind.upper())
    params: Mapping[str, Any] = {}
    if scheme:
        try:
            versions = yield from api.data_source_versions(table.source_id)
        except RemoteError:
            versions = []
        rows = [row for row in versions if row.get("published")] or versions
        found = rows[0].get("connectParams") if rows else None
        params = found if isinstance(found, Mapping) else {}
    if scheme and params.get("host"):
        port = f":{params['port']}" if params.get("port") else ""
        return f"{scheme}://{params['host']}{port}"
    gateway = api.settings.base_url.partition("://")[2]
    return f"exchangis://{gateway}/{table.source_name or table.source_id}"


def as_openlineage(moves: list[Move], namespaces: Mapping[str, str]) -> Any:
    """As the OpenLineage provider takes it.

    :return: an ``OperatorLineage``.
    :raises ImportError: the OpenLineage provider is not installed.
    """
    # By name, since neither is needed to use or to check this package.
    lineage = import_module("airflow.providers.openlineage.extractors")
    events = import_module("openlineage.client.event_v2")
    inputs: dict[tuple[str, str], Any] = {}
    outputs: dict[tuple[str, str], Any] = {}
    for move in moves:
        if move.source is not None:
            key = _name(move.source, namespaces)
            inputs[key] = events.InputDataset(namespace=key[0], name=key[1])
        if move.sink is not None:
            key = _name(move.sink, namespaces)
            facets = outputs[key].facets if key in outputs else {}
            outputs[key] = events.OutputDataset(
                namespace=key[0], name=key[1], facets={**facets, **_facets(move, namespaces)}
            )
    return lineage.OperatorLineage(inputs=list(inputs.values()), outputs=list(outputs.values()))


def _name(table: Table, namespaces: Mapping[str, str]) -> tuple[str, str]:
    return namespaces[table.source_id], f"{table.database}.{table.table}"


def _facets(move: Move, namespaces: Mapping[str, str]) -> dict[str, Any]:
    """Where each column of the sink comes from."""
    if move.source is None or not move.columns:
        return {}
    columns = import_module("openlineage.client.facet_v2").column_lineage_dataset
    namespace, name = _name(move.source, namespaces)
    fields = {
        sink: columns.Fields(inputFields=[columns.InputField(namespace=namespace, name=name, field=source)])
        for source, sink in move.columns
    }
    return {"columnLineage": columns.ColumnLineageDatasetFacet(fields=fields)}
