"""What is in a data source, and how its fields map to another's (facts section 2, 15 to 19)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from taskcenter_sandbox.exchangis import types
from taskcenter_sandbox.exchangis.elements import elements
from taskcenter_sandbox.exchangis.errors import Refused, Unforeseen
from taskcenter_sandbox.exchangis.service import MAIN, Call, Endpoint, Reply, Services
from taskcenter_sandbox.exchangis.systems.base import Column, SystemFailure
from taskcenter_sandbox.gateway.envelope import BadRequest

Json = dict[str, Any]

MAPPING_FAILED = "获取字段映射失败"
"""The one text of all failures of ``fieldsmapping``."""

_MAPPING_FIELDS = frozenset(
    {"engine"}
    | {f"{side}{name}" for side in ("source", "sink") for name in ("TypeId", "DataSourceId", "DataBase", "Table")}
)
_TRANSFORM_FIELDS = _MAPPING_FIELDS | {"srcTblNotExist", "sinkTblNotExist"}


def databases(services: Services, call: Call) -> Json:
    """List the databases."""
    return {"dbs": _look(services, call, call.id(), call.path["type"], lambda system: system.databases())}


def tables(services: Services, call: Call) -> Json:
    """List the tables of a database."""
    database = call.path["db"]
    return {"tbs": _look(services, call, call.id(), call.path["type"], lambda system: system.tables(database))}


def fields(services: Services, call: Call) -> Json:
    """List the fields of a table."""
    database, table = call.path["db"], call.path["table"]
    found = _look(services, call, call.id(), call.path["type"], lambda system: system.columns(database, table))
    return {"columns": [_field(column) for column in found]}


def fields_mapping(services: Services, call: Call) -> Json:
    """Map fields by name; there until 1.1.3."""
    call.check_fields(_MAPPING_FIELDS)
    engine = str(call.body.get("engine") or "")
    if engine not in types.ENGINES:
        raise Refused("不支持的引擎")
    try:
        mapping = _mapping(services, call, call.body)
    except (Refused, Unforeseen):
        raise Refused(MAPPING_FAILED) from None
    return {**mapping, "addEnable": True, "transformEnable": True}


def transform_settings(services: Services, call: Call) -> Reply:
    """Map fields by name, and tell what can be done to them; there since 1.1.2."""
    call.check_fields(_TRANSFORM_FIELDS)
    missing = [
        name
        for name in ("sourceTypeId", "sourceDataSourceId", "sinkTypeId", "sinkDataSourceId")
        if not call.body.get(name)
    ]
    if missing:
        raise BadRequest(", ".join(missing))
    mapping = _mapping(services, call, call.body)
    return Reply({"types": ["MAPPING", "PROCESSOR"], **mapping, "addEnable": True, "transformEnable": True})


def params_ui(services: Services, call: Call) -> Json:  # noqa: ARG001 # the common signature
    """List what a job can set for one side."""
    source_type = types.by_name(call.path["type"])
    if source_type is None:
        raise Unforeseen
    return {"uis": elements(call.path["engine"].upper(), source_type.name, call.query.get("dir", ""))}


def _look(services: Services, call: Call, source_id: int, type_name: str, look: Any) -> Any:
    if types.by_name(type_name) is None:
        raise Unforeseen
    kind, params = services.sources.published(call.user, source_id)
    try:
        with services.systems.opened(kind, params) as system:
            return look(system)
    except SystemFailure as error:
        raise Refused(f"Get metadata of data source {source_id} failed: {error}") from None


def _field(column: Column) -> Json:
    return {"name": column.name, "type": column.type, "fieldIndex": 0, "fieldEditable": False}


def _mapping(services: Services, call: Call, body: Json) -> Json:
    sides: dict[str, list[Json] | None] = {}
    for side in ("source", "sink"):
        if body.get("srcTblNotExist" if side == "source" else "sinkTblNotExist"):
            sides[side] = None
            continue
        database, table = str(body.get(f"{side}DataBase") or ""), str(body.get(f"{side}Table") or "")
        source_id, kind = _source_id(body.get(f"{side}DataSourceId")), str(body.get(f"{side}TypeId") or "")
        columns = _look(services, call, source_id, kind, lambda system, d=database, t=table: system.columns(d, t))
        sides[side] = [{**_field(column), "fieldIndex": number} for number, column in enumerate(columns)]
    # A table that is not there yet will look like the other one.
    source, sink = sides["source"] or sides["sink"] or [], sides["sink"] or sides["source"] or []
    if not types.fits(str(body.get("engine") or "DATAX"), str(body.get("sourceTypeId")), str(body.get("sinkTypeId"))):
        raise Refused("不支持的引擎")
    by_name = {field["name"].lower(): field for field in sink}
    pairs = [(field, by_name[field["name"].lower()]) for field in source if field["name"].lower() in by_name]
    deductions = [{"source": left, "sink": right, "deleteEnable": True} for left, right in pairs]
    return {"sourceFields": source, "sinkFields": sink, "deductions": deductions}


def _source_id(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise BadRequest("dataSourceId") from None


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints of the version."""
    base = "/datasources"
    made = [
        ("/{type}/{id}/dbs", databases),
        ("/{type}/{id}/dbs/{db}/tables", tables),
        ("/{type}/{id}/dbs/{db}/tables/{table}/fields", fields),
    ]
    found = [
        Endpoint("GET", base + path, function, slow=True, documented=MAIN + base + path) for path, function in made
    ]
    ui = f"{base}/{{engine}}/{{type}}/params/ui"
    found.append(Endpoint("GET", ui, params_ui, documented=MAIN + ui, documented_method="POST"))
    mapping = Endpoint(
        "POST", f"{base}/fieldsmapping", fields_mapping, slow=True, documented=f"{MAIN}{base}/fieldsmapping"
    )
    # What the document describes is there at the document's path, whatever the version (facts section 6).
    found.append(mapping if services.settings.version.has_fields_mapping else replace(mapping, path=None))
    if services.settings.version.has_transform_settings:
        found.append(Endpoint("POST", "/job/transform/settings", transform_settings, slow=True))
    return found
