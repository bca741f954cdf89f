"""``/filesystem``: getDirFileTrees, openFile, openLog, resultsetToExcel (facts sections 7, 11, 12, 13)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from taskcenter_sandbox.linkis.dolphin import TABLE, ResultReader
from taskcenter_sandbox.linkis.envelope import LinkisError, raw_envelope
from taskcenter_sandbox.linkis.export import CSV, TYPES, XLSX, csv_chunks, xlsx_chunks
from taskcenter_sandbox.linkis.logs import by_level
from taskcenter_sandbox.linkis.service import Call, Json, Services, service
from taskcenter_sandbox.linkis.storage import UNREADABLE, Storage

MAX_PAGE_ROWS = 100_000
MAX_LOG_BYTES = 30 << 20
SILENT_ROW_LIMIT = 5000
REAL_NULL = "LINKIS_NULL"


class Files:
    """The endpoints.

    :param storage: what may be seen.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def dir_file_trees(self, services: Services, call: Call) -> Json:  # noqa: ARG002 # the common signature
        """GET /filesystem/getDirFileTrees: one level, in no order; null where there is no such directory."""
        given = call.query.get("path", "")
        path = self._storage.resolve(given)
        if not path.is_dir():
            return {"dirFileTrees": None}
        parent = given.rstrip("/")
        children = [_child(item, parent) for item in path.iterdir() if not item.name.endswith(".part")]
        tree = {"name": path.name, "path": parent, "properties": None, "children": children}
        return {"dirFileTrees": {**tree, "isLeaf": False, "parentPath": None}}

    def open_file(self, services: Services, call: Call) -> Json | Response:
        """GET /filesystem/openFile: a page of a result set, or a script."""
        path = self._storage.resolve(call.query.get("path", ""))
        page, size = call.number("page", 1), call.number("pageSize", 5000)
        if size > MAX_PAGE_ROWS:
            raise LinkisError(80034, f"the pageSize {size} exceeds the maximum {MAX_PAGE_ROWS}(行数超过最大值)")
        if path.suffix != ".dolphin":
            return _script(path, page, size)
        reader = _reader(path, services)
        null = call.query.get("nullValue", "NULL") or "NULL"
        null = "NULL" if null == "BLANK" else null  # which has a meaning in the export only
        first = (max(1, page) - 1) * size
        if null == REAL_NULL:
            rows = list(reader.lines(first, size))
        else:
            rows = [
                json.dumps([_shown(value, null) for value in row], ensure_ascii=False).encode()
                for row in reader.values(first, size)
            ]
        head = {"metadata": reader.columns, "type": reader.kind, "totalLine": len(rows), "page": page, "totalPage": 0}
        if reader.kind == TABLE:
            head["totalColumn"] = len(reader.columns or [])
        body = json.dumps(head, ensure_ascii=False).encode()[:-1] + b', "fileContent": [' + b",".join(rows) + b"]}"
        return raw_envelope("/api/filesystem/openFile", body)

    def open_log(self, services: Services, call: Call) -> Json:  # noqa: ARG002 # the common signature
        """GET /filesystem/openLog: the whole log by level, each line with its end."""
        path = self._storage.resolve(call.query.get("path", ""))
        try:
            if path.stat().st_size > MAX_LOG_BYTES:
                raise LinkisError(80033, "The log file is larger than 30 MB, download it(日志文件过大)")
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise LinkisError(80018, f"The log cannot be read(日志不可读): {error.strerror}") from error
        return {"log": [part + "\n" if part else "" for part in by_level(lines, keep_blank=True)]}

    def result_set_to_excel(self, services: Services, call: Call) -> Response:
        """GET /filesystem/resultsetToExcel: an error is text with HTTP 200; without a limit 5000 rows come."""
        try:
            return self._export(services, call)
        except LinkisError as error:
            return Response(f"error(错误):{error.message()}", media_type="text/plain;charset=utf-8")
        except (OSError, ValueError) as error:
            return Response(f"error(错误):{error}", media_type="text/plain;charset=utf-8")

    def _export(self, services: Services, call: Call) -> Response:
        reader = _reader(self._storage.resolve(call.query.get("path", "")), services)
        kind = call.query.get("outputFileType", CSV)
        if kind not in TYPES:
            raise LinkisError(80015, f"unsupported outputFileType {kind}(不支持的类型)")
        limit = call.number("limit", 0)
        rows = reader.values(0, limit if limit > 0 else SILENT_ROW_LIMIT)
        null = call.query.get("nullValue", "NULL")
        null = "" if null == "BLANK" else null
        names = [column["columnName"] for column in reader.columns or []]
        shown: Iterator[list[str]] = ([null if value is None else value for value in row] for row in rows)
        if kind == XLSX:
            if reader.kind != TABLE:
                raise LinkisError(80024, "a text result cannot be exported as xlsx(文本结果集不能导出为Excel)")
            chunks = xlsx_chunks(names, shown, call.query.get("sheetName", "result"))
        else:
            separator = call.query.get("csvSeperator", ",")
            separator = call.query.get("csvSeparator", ",") if separator == "," else separator
            chunks = csv_chunks(names, shown, separator)
        name = quote(call.query.get("outputFileName", "downloadResultset"), safe=" ")
        headers = {"Content-Disposition": f"attachment;filename={name}.{kind}"}
        return StreamingResponse(chunks, media_type=TYPES[kind], headers=headers)


def _child(item: Path, parent: str) -> Json:
    stat = item.stat()
    leaf = item.is_file()
    return {
        "name": item.name,
        "path": f"{parent}/{item.name}",
        "properties": {"size": str(stat.st_size), "modifytime": str(int(stat.st_mtime * 1000))} if leaf else None,
        "children": None,
        "isLeaf": leaf,
        "parentPath": parent,
    }


def _reader(path: Path, services: Services) -> ResultReader:
    try:
        if services.faults.value("result-vanished"):
            raise FileNotFoundError(path)
        return ResultReader(path)
    except (OSError, ValueError) as error:
        raise LinkisError(
            UNREADABLE, f"Path is not existed or cannot be read(文件不存在或不可读): {path.name}"
        ) from error


def _script(path: Path, page: int, size: int) -> Json:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LinkisError(
            UNREADABLE, f"Path is not existed or cannot be read(文件不存在或不可读): {path.name}"
        ) from error
    first = (max(1, page) - 1) * size
    rows = [[line] for line in lines[first : first + size]]
    head = {"metadata": None, "type": "script/text", "totalLine": len(rows), "page": page, "totalPage": 0}
    return {**head, "fileContent": rows}


def _shown(value: str | None, null: str) -> str:
    """A custom null value also replaces empty texts."""
    if value is None:
        return null
    return null if value == "" and null != "NULL" else value


def routes(services: Services, storage: Storage) -> list[Route]:
    """The routes below ``/api/rest_j/v1``."""
    files = Files(storage)

    def route(name: str, function: object) -> Route:
        endpoint = service(services, f"/api/filesystem/{name}", function)  # type: ignore[arg-type]
        return Route(f"/filesystem/{name}", endpoint, methods=["GET"])

    return [
        route("getDirFileTrees", files.dir_file_trees),
        route("openFile", files.open_file),
        route("openLog", files.open_log),
        route("resultsetToExcel", files.result_set_to_excel),
    ]
