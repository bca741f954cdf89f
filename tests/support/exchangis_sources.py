"""The data sources of the Exchangis stub."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from support.linkis_replies import envelope
from support.scripted_server import Answer, Asked, json_answer

TYPES = {"1": "MYSQL", "4": "HIVE"}


@dataclass
class StubSource:
    """A data source; ``versions`` are its connection parameters, the first of them version 1."""

    id: int
    name: str
    type_id: str
    versions: list[dict[str, Any]] = field(default_factory=list)
    published: int | None = None
    expire: bool = False
    tables: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Its row in the list."""
        return {
            "id": self.id,
            "name": self.name,
            "type": TYPES[self.type_id],
            "dataSourceTypeId": int(self.type_id),
            "versionId": len(self.versions),
            "expire": self.expire,
        }


class SourceShelf:
    """Data sources as Exchangis 1.1.8 answers about them.

    :ivar unreachable: the text with which connections fail, empty when they work.
    :ivar encrypts: whether versions show passwords encrypted.
    """

    def __init__(self) -> None:
        self.sources: dict[int, StubSource] = {}
        self.unreachable = ""
        self.encrypts = True

    def put(self, name: str, type_id: str = "1", **params: Any) -> StubSource:
        """Put a data source there, not published."""
        source = StubSource(len(self.sources) + 1, name, type_id, [params])
        self.sources[source.id] = source
        return source

    def answer(self, asked: Asked, parts: list[str]) -> Answer | None:
        """The answer, None where there is no such path."""
        match [asked.method, *parts]:
            case ["GET", "type"]:
                return envelope({"list": [{"id": number, "name": name} for number, name in TYPES.items()]})
            case ["GET" | "POST", "query"]:
                return self._query(asked)
            case ["GET"]:
                return envelope({"list": [source.row() for source in self.sources.values()]})
            case ["POST"]:
                return self._create(asked)
            case ["POST", "op", "connect"]:
                return self._connected()
            case ["POST", "fieldsmapping"]:
                return envelope({"addEnable": True, "sourceFields": [], "sinkFields": [], "deductions": []})
            case ["GET", "types", _, "keydefines"]:
                return envelope({"list": [{"key": "host", "valueType": "TEXT"}]})
            case [_, _, _, "params", "ui"]:
                return envelope({"uis": [None, {"key": "where", "type": "INPUT", "dir": asked.query.get("dir")}]})
            case ["GET", _, number, "dbs", *rest] if number.isdigit():
                return self._metadata(int(number), rest)
            case [_, number, *rest] if number.isdigit():
                source = self.sources.get(int(number))
                if source is None:
                    return envelope({}, 1, "不存在该数据源")
                return self._about(asked, source, rest)
        return None

    def _metadata(self, number: int, rest: list[str]) -> Answer | None:
        match rest:
            case []:
                return envelope({"dbs": ["shop"]})
            case [_, "tables"]:
                return envelope({"tbs": self.sources[number].tables})
            case [_, "tables", _, "fields"]:
                return envelope({"columns": [{"name": "id", "type": "INT", "fieldIndex": 0, "fieldEditable": False}]})
        return None

    def _query(self, asked: Asked) -> Answer:
        body = asked.json
        unknown = set(body) - {"name", "page", "pageSize", "typeId", "typeName", "direct", "labels"}
        if unknown:
            return json_answer({"timestamp": 1, "status": 400, "error": "Bad Request", "path": asked.path}, 400)
        rows = [source.row() for source in self.sources.values() if body.get("name", "") in source.name]
        return envelope({"list": rows, "total": len(rows)})

    def _create(self, asked: Asked) -> Answer:
        body = asked.json
        if any(source.name == body["dataSourceName"] for source in self.sources.values()):
            return envelope({}, 1, f"The data source name {body['dataSourceName']} already exists")
        source = self.put(body["dataSourceName"], str(body["dataSourceTypeId"]), **body["connectParams"])
        return envelope({"id": source.id, "version": 1})

    def _connected(self) -> Answer:
        return envelope({}, 1, self.unreachable) if self.unreachable else envelope({})

    def _about(self, asked: Asked, source: StubSource, rest: list[str]) -> Answer | None:
        match [asked.method, *rest]:
            case ["GET"]:
                return envelope({"info": {"id": source.id, "dataSourceName": source.name}})
            case ["GET", "versions"]:
                numbers = range(len(source.versions), 0, -1)
                return envelope({"versions": [self._version(source, number) for number in numbers]})
            case ["GET", "connect_params"]:
                return envelope({"info": source.versions[(source.published or 1) - 1]})
            case ["PUT"]:
                source.versions.append(asked.json["connectParams"])
            case ["PUT", version, "publish"]:
                source.published = int(version)
            case ["PUT", "expire"]:
                source.expire = True
            case ["PUT", _, "connect"]:
                return self._connected()
            case ["DELETE"]:
                del self.sources[source.id]
                return envelope({"id": source.id})
            case _:
                return None
        return envelope({})

    def _version(self, source: StubSource, number: int) -> dict[str, Any]:
        params = dict(source.versions[number - 1])
        if self.encrypts and "password" in params:
            params["password"] = "rO0ABXQ="
        row = {"versionId": number, "datasourceId": source.id, "connectParams": params}
        return {**row, "published": True} if number == source.published else row
