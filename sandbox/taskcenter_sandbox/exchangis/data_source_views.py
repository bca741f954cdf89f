"""How data sources look in answers (facts section 2.1)."""

from __future__ import annotations

from typing import Any

from taskcenter_sandbox.exchangis import types
from taskcenter_sandbox.exchangis.database import Row
from taskcenter_sandbox.exchangis.settings import Version

Json = dict[str, Any]


def list_item(row: Row, version: Version, *, system_as_type: bool) -> Json:
    """A data source in a list (DataSourceDTO).

    :param system_as_type: ``query`` of 1.1.3 and before shows the creating system as the type.
    """
    found = types.by_id(row["type_id"])
    item = {
        "id": row["id"],
        "name": row["name"],
        "type": row["system"] if system_as_type else (found.name if found else None),
        "dataSourceTypeId": row["type_id"],
        "createIdentify": row["identify"],
        "createSystem": row["system"],
        "desc": row["description"],
        "createUser": row["create_user"],
        "labels": row["label"],
        "label": row["label"],
        "versionId": row["version_id"],
        "modifyUser": row["modify_user"],
        "modifyTime": row["modify_time"],
        "expire": bool(row["expire"]),
        "writeAble": True,
        "readAble": True,
        "authDbs": None,
        "authTbls": None,
    }
    return {**item, "modelId": None, "modelName": None, "creator": row["create_user"]} if version.is_late else item


def detail(row: Row, version_id: int, params: Json, version: Version) -> Json:
    """One data source (DataSourceItemDTO)."""
    found = types.by_id(row["type_id"])
    name = found.name.lower() if found else ""
    item: Json = {
        "id": row["id"],
        "dataSourceName": row["name"],
        "dataSourceDesc": row["description"],
        "dataSourceTypeId": row["type_id"],
        "createIdentify": row["identify"],
        "createSystem": row["system"],
        "connectParams": params,
        "createTime": row["create_time"],
        "createUser": row["create_user"],
        "modifyTime": row["modify_time"],
        "modifyUser": row["modify_user"],
        "labels": row["label"],
        "versionId": version_id,
        "publishedVersionId": row["published_version_id"],
        "expire": bool(row["expire"]),
        "dataSourceType": {"id": str(row["type_id"]), "name": name, "layers": 2},
    }
    if not version.is_late:
        return item
    item |= {
        "name": row["name"],
        "type": found.name if found else None,
        "desc": row["description"],
        "creator": row["create_user"],
    }
    return {key: value for key, value in item.items() if value not in (None, "", {}, [])}


def version_item(row: Row, params: Json, published: int | None) -> Json:
    """A version of a data source."""
    item = {
        "versionId": row["version_id"],
        "datasourceId": row["source_id"],
        "connectParams": params,
        "comment": row["comment"],
        "createTime": row["create_time"],
        "createUser": row["create_user"],
    }
    return {**item, "published": True} if row["version_id"] == published else item


def type_item(source_type: types.SourceType, version: Version) -> Json:
    """A type of data source."""
    item = {
        "id": str(source_type.id),
        "classifier": source_type.classifier,
        "name": source_type.name,
        "option": source_type.option,
        "description": source_type.option,
        "icon": "",
    }
    return {**item, "struct_classifier": source_type.structure} if version >= (1, 1, 0) else item
