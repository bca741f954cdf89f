"""``/datasources``: the documented endpoints about data sources themselves (facts section 2, 1 to 14)."""

from __future__ import annotations

import time
from typing import Any

from taskcenter_sandbox.exchangis import types
from taskcenter_sandbox.exchangis.data_source_views import detail, list_item, type_item, version_item
from taskcenter_sandbox.exchangis.errors import Refused, Unforeseen
from taskcenter_sandbox.exchangis.service import MAIN, Call, Endpoint, Services
from taskcenter_sandbox.exchangis.systems.base import SystemFailure
from taskcenter_sandbox.gateway.envelope import BadRequest

Json = dict[str, Any]

_QUERY_FIELDS = frozenset({"page", "pageSize", "typeId", "typeName", "name", "direct"})
_LATE_QUERY_FIELDS = _QUERY_FIELDS | {"createUser", "projectId"}


def source_types(services: Services, call: Call) -> Json:
    """List the types, of an engine if one is named."""
    engine = call.query.get("engineType", "").upper()
    if engine and engine not in types.ENGINES:
        raise Unforeseen
    wanted = [each for each in types.TYPES if not engine or engine in each.engines]
    if name := call.query.get("sourceType"):
        wanted = [each for each in wanted if types.fits(engine or types.ENGINES[0], name, each.name)]
    return {"list": [type_item(each, services.settings.version) for each in wanted]}


def query(services: Services, call: Call) -> Json:
    """Find data sources by a body, which a GET must have as well."""
    version = services.settings.version
    call.check_fields(_LATE_QUERY_FIELDS if version.is_late else _QUERY_FIELDS)
    page, size = (_whole(call.body.get(name), default) for name, default in (("page", 1), ("pageSize", 100)))
    direct = call.body.get("direct")
    if not version.is_late and direct not in (None, "", "source", "sink"):
        return {"list": [], "total": 0}
    wanted = {
        "name": call.body.get("name"),
        "type_id": _whole(call.body.get("typeId"), 0),
        "type_name": call.body.get("typeName"),
        "create_user": call.body.get("createUser"),
    }
    rows, total = services.sources.page(call.user, wanted, page, size)
    shown = [list_item(row, version, system_as_type=not version.is_late) for row in rows]
    return {"list": shown, "total": total}


def listed(services: Services, call: Call) -> Json:
    """List data sources the older way; ``typeName`` is taken for a part of the name."""
    wanted = {"name": call.query.get("typeName"), "type_id": call.number("typeId")}
    page, size = call.number("page") or 1, call.number("size") or 200
    rows, _ = services.sources.page(call.user, wanted, page, size)
    return {"list": [list_item(row, services.settings.version, system_as_type=False) for row in rows]}


def key_defines(services: Services, call: Call) -> Json:
    """List the connection parameters of a type."""
    found = types.by_id(call.id())
    model_field = services.settings.version.is_late
    return {"list": types.key_definitions(found, model_field=model_field) if found else []}


def versions(services: Services, call: Call) -> Json:
    """List the versions, the newest first."""
    row = services.sources.owned(call.user, call.id())
    rows = services.sources.versions(row["id"])
    params = services.sources.opened_params
    return {"versions": [version_item(each, params(each), row["published_version_id"]) for each in rows]}


def create(services: Services, call: Call) -> Json:
    """Create a data source; it is not published."""
    source_id, version = services.sources.create(call.user, call.body)
    return {"id": source_id, "version": version} if services.settings.version.is_late else {"id": source_id}


def info(services: Services, call: Call) -> Json:
    """Show a data source, as of its newest version or the one that is named."""
    row = services.sources.owned(call.user, call.id())
    version_id = call.number("versionId") or row["version_id"]
    params = services.sources.opened_params(services.sources.version(row["id"], version_id))
    return {"info": detail(row, version_id, params, services.settings.version)}


def connect_params(services: Services, call: Call) -> Json:
    """Show the connection parameters, the password in clear as the real server does."""
    row = services.sources.owned(call.user, call.id())
    version_id = row["published_version_id"] or row["version_id"]
    return {"info": services.sources.opened_params(services.sources.version(row["id"], version_id))}


def update(services: Services, call: Call) -> Json:
    """Change a data source: a new version, which is not published."""
    services.sources.update(call.user, call.id(), call.body)
    return {}


def publish(services: Services, call: Call) -> Json:
    """Publish a version."""
    services.sources.publish(call.user, call.id(), call.id("version"))
    return {}


def expire(services: Services, call: Call) -> Json:
    """Put a data source out of use."""
    services.sources.expire(call.user, call.id())
    return {}


def connect(services: Services, call: Call) -> Json:
    """Test the connection of a version."""
    row = services.sources.owned(call.user, call.id())
    params = services.sources.opened_params(services.sources.version(row["id"], call.id("version")))
    _test(services, row["type_id"], params)
    return {}


def connect_by_params(services: Services, call: Call) -> Json:
    """Test connection parameters that are not stored; an id, as the document has it, does not work."""
    params = call.body.get("connectParams")
    if not isinstance(params, dict) or call.body.get("dataSourceTypeId") is None:
        raise Refused(
            "Connect datasource failed: connectParams or dataSourceTypeId is missing [数据源连接失败]", in_brackets=True
        )
    _test(services, _whole(call.body["dataSourceTypeId"], 0), params)
    return {}


def delete(services: Services, call: Call) -> Json:
    """Delete a data source that no job uses."""
    services.sources.delete(call.user, call.id())
    return {"id": call.id()}


def encrypt(services: Services, call: Call) -> Json:
    """Encrypt a text."""
    return {"encryStr": services.sources.vault.seal_text(str(call.body.get("encryStr") or ""))}


def decrypt(services: Services, call: Call) -> Json:
    """Decrypt a text."""
    try:
        return {"decryptStr": services.sources.vault.open_text(str(call.body.get("sinkStr") or ""))}
    except ValueError as error:
        raise Refused(f"decrypt failed: {error}") from None


def _test(services: Services, type_id: int, params: Json) -> None:
    found = types.by_id(type_id)
    time.sleep(services.faults.amount("slow-connect") / 1000)
    try:
        with services.systems.opened(found.name if found else f"type {type_id}", params) as system:
            system.check()
    except SystemFailure as error:
        raise Refused(f"Connect datasource failed: {error}") from None


def _whole(value: Any, default: int) -> int:
    if value in (None, ""):
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        raise BadRequest(str(value)) from None


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints of the version."""
    made = [
        ("GET", "/type", source_types, False),
        ("POST", "/query", query, False),
        ("GET", "", listed, False),
        ("GET", "/types/{id}/keydefines", key_defines, False),
        ("GET", "/{id}/versions", versions, False),
        ("POST", "", create, False),
        ("POST", "/op/connect", connect_by_params, True),
        ("GET", "/{id}/connect_params", connect_params, False),
        ("GET", "/{id}", info, False),
        ("PUT", "/{id}", update, False),
        ("PUT", "/{id}/{version}/publish", publish, False),
        ("PUT", "/{id}/expire", expire, False),
        ("PUT", "/{id}/{version}/connect", connect, True),
        ("DELETE", "/{id}", delete, False),
    ]
    base = "/datasources"
    found = [Endpoint("GET", f"{base}/query", query, needs_body=True, documented=f"{MAIN}{base}/query")]
    for method, path, function, slow in made:
        found.append(Endpoint(method, base + path, function, slow, documented=f"{MAIN}{base}{path}"))
    if services.settings.version >= (1, 1, 0):
        found.append(Endpoint("POST", f"{base}/tools/encrypt", encrypt))
        found.append(Endpoint("POST", f"{base}/tools/decrypt", decrypt))
    return found
