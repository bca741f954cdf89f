"""The tables that a job reads and writes, and the Airflow assets that stand for them (facts section 4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from airflow.sdk import Asset

from taskcenter.core.errors import RemoteError
from taskcenter.core.flow import Flow
from taskcenter.exchangis.data_source_api import DataSourceApi
from taskcenter.exchangis.request import KnownJob

_OLD_PARTS = 4
"""``TYPE.dataSourceId.database.table``."""


def exchangis_table(data_source: str, database: str, table: str) -> Asset:
    """The asset of a table, for the schedule of a DAG or the inlets of a task.

    :param data_source: the name of the data source in Exchangis, where names are unique.
    """
    return Asset(uri="exchangis://" + "/".join(quote(part, safe="") for part in (data_source, database, table)))


@dataclass(frozen=True)
class Table:
    """A side of a job.

    :param kind: the type of the data source, such as ``MYSQL``.
    :param source_id: the data source's id.
    :param source_name: its name, empty where the job does not say.
    """

    kind: str
    source_id: str
    source_name: str
    database: str
    table: str

    def asset(self) -> Asset:
        """The asset that stands for it."""
        return exchangis_table(self.source_name or self.source_id, self.database, self.table)


@dataclass(frozen=True)
class Move:
    """One sub job: a table to a table.

    :param columns: pairs of source and sink column; empty where the job leaves that to the engine.
    """

    source: Table | None
    sink: Table | None
    columns: tuple[tuple[str, str], ...] = ()


def job_moves(content: str) -> list[Move]:
    """What a job's content says that it moves, in any of the forms that servers keep it in.

    What cannot be understood is left out: assets and lineage are no reason for a job to fail.
    """
    try:
        value = json.loads(content or "[]")
    except ValueError:
        return []
    jobs = value.get("subJobs") if isinstance(value, Mapping) else value
    found = []
    for job in jobs if isinstance(jobs, list) else []:
        sides = job.get("dataSources") or job.get("dataSourceIds") if isinstance(job, Mapping) else None
        if isinstance(sides, Mapping):
            found.append(Move(_table(sides, "source"), _table(sides, "sink"), _columns(job.get("transforms"))))
    return found


def _columns(transforms: object) -> tuple[tuple[str, str], ...]:
    mapping = transforms.get("mapping") if isinstance(transforms, Mapping) else None
    pairs = [
        (pair.get("source_field_name"), pair.get("sink_field_name"))
        for pair in (mapping if isinstance(mapping, list) else [])
        if isinstance(pair, Mapping)
    ]
    return tuple((str(source), str(sink)) for source, sink in pairs if source and sink)


def job_tables(content: str) -> tuple[list[Table], list[Table]]:
    """The sources and the sinks in a job's content, each once."""
    moves = job_moves(content)
    sources = dict.fromkeys(move.source for move in moves if move.source is not None)
    sinks = dict.fromkeys(move.sink for move in moves if move.sink is not None)
    return list(sources), list(sinks)


def _table(sources: Mapping[str, Any], side: str) -> Table | None:
    old, new = sources.get(f"{side}_id"), sources.get(side)
    if isinstance(old, str) and old.count(".") == _OLD_PARTS - 1:
        kind, source_id, database, table = old.split(".")
        return Table(kind, source_id, "", database, table)
    if not isinstance(new, Mapping) or not new.get("table"):
        return None
    name = new.get("name") or new.get("ds") or ""
    return Table(str(new.get("type")), str(new.get("id")), str(name), str(new.get("db") or ""), str(new["table"]))


def named(api: DataSourceApi, tables: Iterable[Table]) -> Flow[list[Table]]:
    """The tables with the names of their data sources, as far as the server tells them."""
    result = []
    for table in tables:
        if table.source_name:
            result.append(table)
            continue
        try:
            info = yield from api.data_source(table.source_id)
        except RemoteError:
            info = {}
        result.append(replace(table, source_name=str(info.get("dataSourceName") or info.get("name") or "")))
    return result


def tables_of(api: DataSourceApi, job: KnownJob) -> Flow[tuple[list[Table], list[Table]]]:
    """The sources and the sinks of a job, with names."""
    sources, sinks = job_tables(job.content)
    return (yield from named(api, sources)), (yield from named(api, sinks))
