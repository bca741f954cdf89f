"""Jobs as code: what a job moves, in the form that Exchangis 1.1.7 and later keeps (facts section 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from taskcenter.core.errors import ConfigurationError, MalformedReplyError, RefusedError, UnavailableError
from taskcenter.core.flow import Flow
from taskcenter.exchangis.api import Json
from taskcenter.exchangis.data_sources import find_data_source
from taskcenter.exchangis.request import JobChoice
from taskcenter.exchangis.system import ExchangisSystem

DEFAULT_ENGINE = "DATAX"


@dataclass(frozen=True)
class Side:
    """Where data come from or go to.

    :param data_source: the data source's name; it must be published.
    :param params: what the engine is told, such as ``{"where": "id > 5"}`` or ``{"writeMode": "INSERT"}``.
    """

    data_source: str
    database: str
    table: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Transfer:
    """One table to one table; Exchangis makes one task of it.

    :param name: unique in its job.
    :param columns: from source to sink, in order; None takes the pairs that Exchangis suggests, which are those of
        the same name or place.
    :param settings: of the engine, such as ``{"setting.speed.channel": 2}``.
    """

    name: str
    source: Side
    sink: Side
    columns: Mapping[str, str] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


def ensure_project(api: ExchangisSystem, name: str, description: str = "") -> Flow[str]:
    """The id of the project of that name, which is created if there is none."""
    found = yield from api.find_project(name)
    if found is not None:
        return str(found["id"])
    body = {"name": name, "description": description, "viewUsers": "", "editUsers": "", "execUsers": ""}
    try:
        made = yield from api.create_project(body)
        return str(made["projectId"])
    except (UnavailableError, MalformedReplyError, KeyError):
        return (yield from api.project_id(name))


def ensure_job(
    api: ExchangisSystem, project: str, name: str, transfers: Sequence[Transfer], engine: str = DEFAULT_ENGINE
) -> Flow[str]:
    """The id of the job of that name, made or changed so that it moves what is asked for; again changes nothing.

    :param project: by name or id.
    :raises ConfigurationError: two transfers have one name, or there is none.
    :raises RefusedError: a data source is unknown or not published, or the user may not change the job.
    """
    names = [transfer.name for transfer in transfers]
    if not names or len(set(names)) < len(names):
        raise ConfigurationError(f"A job needs at least one transfer, each with a name of its own; there are {names}.")
    content = []
    for transfer in transfers:
        content.append((yield from _sub_job(api, transfer, engine)))  # noqa: PERF401 # a comprehension cannot yield
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    project_id = yield from api.project_id(project)
    row = yield from api.find_job(project_id, name)
    if row is None:
        job_id = yield from _create(api, project_id, name, engine)
    else:
        job_id = str(row["id"])
        if str(row.get("engineType") or engine).upper() != engine.upper():
            message = f"Job {name!r} runs on {row['engineType']}, not on {engine}; give it another name, or delete it."
            raise RefusedError(message, api.client.context)
        if (yield from _moves(api, job_id, content)):
            return job_id
    yield from api.update_job_content(job_id, {"jobContent": text})
    return job_id


def _create(api: ExchangisSystem, project_id: str, name: str, engine: str) -> Flow[str]:
    body = {"projectId": project_id, "jobName": name, "jobType": "OFFLINE", "engineType": engine, "jobDesc": ""}
    try:
        return str((yield from api.create_job(body))["id"])
    except (UnavailableError, MalformedReplyError, KeyError):
        # Names are unique in a project, so that a creation whose answer was lost can be looked for.
        return (yield from api.known_job(JobChoice(job_name=name, project=project_id))).id


def _moves(api: ExchangisSystem, job_id: str, content: list[Json]) -> Flow[bool]:
    """Whether the job's content is this one already; the server may keep it in another form, which then is not."""
    job = yield from api.known_job(JobChoice(job_id=job_id))
    try:
        kept = json.loads(job.content or "null")
    except ValueError:
        return False
    return (kept.get("subJobs") if isinstance(kept, dict) else kept) == content


def _sub_job(api: ExchangisSystem, transfer: Transfer, engine: str) -> Flow[Json]:
    source = yield from _side(api, transfer.source)
    sink = yield from _side(api, transfer.sink)
    mapping = yield from _mapping(api, transfer, engine, source, sink)
    return {
        "subJobName": transfer.name,
        "dataSources": {"source": source, "sink": sink},
        "params": {"sources": _items(transfer.source.params), "sinks": _items(transfer.sink.params)},
        "transforms": {"type": "MAPPING", "addEnable": True, "mapping": mapping},
        "settings": _items(transfer.settings),
    }


def _side(api: ExchangisSystem, side: Side) -> Flow[Json]:
    row = yield from find_data_source(api, side.data_source)
    if row is None:
        message = f"There is no data source {side.data_source!r} that this user may see."
        raise RefusedError(message, api.client.context)
    types = {str(kind.get("id")): str(kind.get("name")) for kind in (yield from api.data_source_types())}
    return {
        "type": types.get(str(row.get("dataSourceTypeId"))) or str(row.get("type")),
        "id": row["id"],
        "name": side.data_source,
        "creator": row.get("createUser"),
        "db": side.database,
        "table": side.table,
    }


def _mapping(api: ExchangisSystem, transfer: Transfer, engine: str, source: Json, sink: Json) -> Flow[list[Json]]:
    """The pairs of columns with their types, as Exchangis suggests them or as they are asked for.

    :raises ConfigurationError: a column is not there.
    """
    body = {"engine": engine}
    for name, side in (("source", source), ("sink", sink)):
        body |= {f"{name}TypeId": side["type"], f"{name}DataSourceId": side["id"]}
        body |= {f"{name}DataBase": side["db"], f"{name}Table": side["table"]}
    settings = yield from api.transform_settings(body)
    if transfer.columns is None:
        pairs = [(pair["source"], pair["sink"]) for pair in api.take_list(settings, "deductions")]
    else:
        sources = {column["name"]: column for column in api.take_list(settings, "sourceFields")}
        sinks = {column["name"]: column for column in api.take_list(settings, "sinkFields")}
        missing = [f"{name} in {source['table']}" for name in transfer.columns if name not in sources]
        missing += [f"{name} in {sink['table']}" for name in transfer.columns.values() if name not in sinks]
        if missing:
            raise ConfigurationError(
                f"Transfer {transfer.name!r} names columns that are not there: {', '.join(missing)}."
            )
        pairs = [(sources[name], sinks[other]) for name, other in transfer.columns.items()]
    if not pairs:
        raise ConfigurationError(
            f"Transfer {transfer.name!r}: Exchangis suggests no pairs of columns. See whether both tables are there, or "
            "give columns."
        )
    return [_pair(index, *pair) for index, pair in enumerate(pairs)]


def _pair(index: int, source: Mapping[str, Any], sink: Mapping[str, Any]) -> Json:
    pair: Json = {"deleteEnable": True, "validator": [], "transformer": {}}
    for name, column in (("source", source), ("sink", sink)):
        pair |= {f"{name}_field_name": column["name"], f"{name}_field_type": column.get("type")}
        pair |= {f"{name}_field_index": index, f"{name}_field_editable": bool(column.get("fieldEditable"))}
    return pair


def _items(values: Mapping[str, Any]) -> list[Json]:
    return [
        {"config_key": name, "config_name": name, "config_value": value, "sort": index}
        for index, (name, value) in enumerate(values.items(), 1)
    ]
