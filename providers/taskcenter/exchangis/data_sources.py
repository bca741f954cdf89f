"""Data sources by name: made or brought up to date, tested, published; and whether they can be reached (facts 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from taskcenter.core.errors import (
    ConfigurationError,
    MalformedReplyError,
    NotFoundError,
    RefusedError,
    RemoteError,
    UnavailableError,
)
from taskcenter.core.flow import Flow
from taskcenter.exchangis.api import Json
from taskcenter.exchangis.data_source_api import DataSourceApi

MAX_PAGES = 40
PAGE_ROWS = 100
MAX_NAME_CHARS = 100
MAX_DESCRIPTION_CHARS = 200

_SECRET_WORDS = ("password", "passwd", "pwd", "secret", "token", "privatekey", "mkprivate")


class DataSourceResult(TypedDict):
    """What has become of a data source; there is nothing secret in it.

    ``version`` is the one that holds what was asked for, ``published`` whether jobs use it now.
    """

    id: int
    name: str
    type: str
    version: int
    published: bool
    created: bool
    updated: bool


@dataclass(frozen=True)
class DataSourceSpec:
    """A data source as it should be.

    :param name: unique in the whole of Exchangis.
    :param type_name: such as ``MYSQL``, in any case.
    :param connect_params: its connection parameters; which there are is up to its type.
    :param description: shown by Exchangis.
    """

    name: str
    type_name: str
    connect_params: Mapping[str, Any] = field(repr=False)
    description: str = ""

    def check(self) -> None:
        """Refuse what Exchangis would refuse late.

        :raises ConfigurationError: naming the argument and what to do.
        """
        if not self.name or len(self.name) > MAX_NAME_CHARS:
            raise ConfigurationError(f"The data source's name has {len(self.name)} characters; it can have 1 to 100.")
        if len(self.description) > MAX_DESCRIPTION_CHARS:
            raise ConfigurationError(
                f"The data source's description has {len(self.description)} characters; it can have up to 200."
            )
        if not self.type_name:
            raise ConfigurationError("The data source has no type; give one that Exchangis knows, such as MYSQL.")

    def body(self, type_id: str | int, type_name: str) -> Json:
        """As Exchangis takes it."""
        return {
            "dataSourceName": self.name,
            "dataSourceDesc": self.description,
            "dataSourceTypeId": type_id,
            "createSystem": type_name,
            "createIdentify": "",
            "comment": "",
            "connectParams": dict(self.connect_params),
        }


def secrets_in(value: object) -> Iterator[str]:
    """The texts in an answer or a set of parameters that are secret by their names."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str) and inner and any(word in str(name).lower() for word in _SECRET_WORDS):
                yield inner
            yield from secrets_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from secrets_in(inner)


def find_data_source(api: DataSourceApi, name: str) -> Flow[Json | None]:
    """The row of the data source with exactly that name; the server's filter takes a part of one."""
    for page in range(1, MAX_PAGES + 1):
        rows = (yield from api.query_data_sources(name=name, page=page, pageSize=PAGE_ROWS))["list"]
        for row in rows:
            if name in (row.get("name"), row.get("dataSourceName")):
                found: Json = row
                return found
        if len(rows) < PAGE_ROWS:
            break
    return None


def ensure_data_source(
    api: DataSourceApi, spec: DataSourceSpec, *, test: bool = True, publish: bool = True
) -> Flow[DataSourceResult]:
    """Have the data source as it should be; doing so again changes nothing.

    :param test: test its connection, and publish it only when that works.
    :raises RefusedError: it cannot be connected to, is expired, or may not be changed by this user.
    """
    secrets = tuple(secrets_in(spec.connect_params))
    try:
        return (yield from _ensure(api, spec, test, publish))
    except RemoteError as error:
        # A server's text about a failed connection may have the password in it.
        raise error.conceal(secrets) from None


def _ensure(api: DataSourceApi, spec: DataSourceSpec, test: bool, publish: bool) -> Flow[DataSourceResult]:
    spec.check()
    type_id, type_name = yield from _type(api, spec.type_name)
    row = yield from find_data_source(api, spec.name)
    created = row is None
    if row is None:
        row = yield from _create(api, spec, spec.body(type_id, type_name))
    source_id = row["id"]
    if str(row.get("dataSourceTypeId") or type_id) != str(type_id):
        text = f"The data source {spec.name!r} exists, and is not of type {type_name}. Give another name, or delete it."
        raise RefusedError(text, api.client.context)
    if row.get("expire"):
        text = f"The data source {spec.name!r} has expired, and there is no way back. Give another name, or delete it."
        raise RefusedError(text, api.client.context)
    versions = yield from api.data_source_versions(source_id)
    # What has just been made may show its password encrypted, so that it would not be known again.
    version = _newest(versions) if created else (yield from _version_like(api, source_id, spec, versions))
    updated = version is None
    if version is None:
        yield from api.update_data_source(source_id, spec.body(type_id, type_name))
        versions = yield from api.data_source_versions(source_id)
        version = _newest(versions)
    if version is None:
        raise MalformedReplyError(f"The data source {spec.name!r} has no versions.", api.client.context)
    if test:
        yield from api.connect_data_source(source_id, version)
    published = version == _published(versions)
    if publish and not published:
        yield from api.publish_data_source(source_id, version)
        published = True
    return {
        "id": int(source_id),
        "name": spec.name,
        "type": type_name,
        "version": version,
        "published": published,
        "created": created,
        "updated": updated and not created,
    }


def _type(api: DataSourceApi, name: str) -> Flow[tuple[str, str]]:
    """Id and name of a type; ids differ from server to server."""
    types = yield from api.data_source_types()
    for kind in types:
        if str(kind.get("name")).lower() == name.lower():
            return str(kind["id"]), str(kind["name"])
    known = ", ".join(sorted(str(kind.get("name")) for kind in types)) or "none"
    text = f"Exchangis has no data source type {name!r}; it has {known}."
    raise NotFoundError(text, api.client.context)


def _create(api: DataSourceApi, spec: DataSourceSpec, body: Json) -> Flow[Json]:
    """Create it; after an answer that was lost, look whether it is there."""
    try:
        made = yield from api.create_data_source(body)
    except (UnavailableError, MalformedReplyError) as error:
        row = yield from find_data_source(api, spec.name)
        if row is None:
            raise error from None
        return row
    return {**made, "dataSourceTypeId": body["dataSourceTypeId"]}


def _version_like(
    api: DataSourceApi, source_id: str | int, spec: DataSourceSpec, versions: Iterable[Json]
) -> Flow[int | None]:
    """The newest version, or the published one, if it has the parameters that are asked for."""
    versions = list(versions)
    newest, published = _newest(versions), _published(versions)
    for row in versions:
        if row.get("versionId") in (newest, published) and _holds(row.get("connectParams"), spec.connect_params):
            return int(row["versionId"])
    if published is not None and published == newest:
        # Versions may show passwords encrypted; this shows them as they are.
        try:
            params = yield from api.connect_params(source_id)
        except RefusedError:
            return None
        if _holds(params, spec.connect_params):
            return published
    return None


def _holds(found: object, wanted: Mapping[str, Any]) -> bool:
    """Whether these parameters are there; the server adds some of its own."""
    return isinstance(found, Mapping) and all(
        name in found and str(found[name]) == str(value) for name, value in wanted.items()
    )


def _newest(versions: Iterable[Json]) -> int | None:
    return max((int(row["versionId"]) for row in versions if row.get("versionId") is not None), default=None)


def _published(versions: Iterable[Json]) -> int | None:
    return next((int(row["versionId"]) for row in versions if row.get("published")), None)


def why_unreachable(
    api: DataSourceApi, name: str, database: str | None = None, table: str | None = None
) -> Flow[str | None]:
    """Why a data source, or a table in it, cannot be used yet; None when it can.

    :raises RefusedError: the data source has expired, so that waiting is in vain.
    """
    row = yield from find_data_source(api, name)
    if row is None:
        return f"there is no data source {name!r} that this user may see"
    if row.get("expire"):
        raise RefusedError(f"The data source {name!r} has expired, and there is no way back.", api.client.context)
    published = _published((yield from api.data_source_versions(row["id"])))
    if published is None:
        return f"the data source {name!r} is not published"
    try:
        if not table:
            yield from api.connect_data_source(row["id"], published)
            return None
        types = {str(kind.get("id")): str(kind.get("name")) for kind in (yield from api.data_source_types())}
        kind = types.get(str(row.get("dataSourceTypeId"))) or str(row.get("type"))
        tables = yield from api.tables(kind, row["id"], str(database))
    except RefusedError as error:
        return error.message
    return None if table in tables else f"there is no table {table!r} in {database!r} of {name!r}"
