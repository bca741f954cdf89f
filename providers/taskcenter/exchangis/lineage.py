"""Lineage of Exchangis jobs for OpenLineage: which tables became which, column by column.

The names follow its naming conventions where the data source tells
its host, and are ``exchangis://<gateway>/<data source>`` where it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from taskcenter.core.errors import RemoteError
from taskcenter.core.flow import Flow
from taskcenter.exchangis.request import JobChoice
from taskcenter.exchangis.tables import Move, Table, job_moves, named
from taskcenter.jobs.lineage import Column, Dataset, Lineage

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


def lineage_of(moves: Iterable[Move], namespaces: Mapping[str, str]) -> Lineage:
    """What the moves read and wrote."""
    lineage = Lineage()
    for move in moves:
        source = None if move.source is None else _dataset(move.source, namespaces)
        if source is not None:
            lineage.read(source)
        if move.sink is not None:
            columns = {} if source is None else {sink: [Column(source, name)] for name, sink in move.columns}
            lineage.wrote(_dataset(move.sink, namespaces), columns)
    return lineage


def _dataset(table: Table, namespaces: Mapping[str, str]) -> Dataset:
    return Dataset(namespaces[table.source_id], f"{table.database}.{table.table}")
