"""``/filesystem``: getDirFileTrees, openFile, openLog (facts sections 7, 11 and 12)."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from taskcenter_sandbox.gateway.envelope import JavaError, raw_envelope
from taskcenter_sandbox.linkis.dolphin import SUFFIX, TABLE, UNFINISHED, ResultReader
from taskcenter_sandbox.linkis.download_routes import Downloads
from taskcenter_sandbox.linkis.logs import file_by_level
from taskcenter_sandbox.linkis.scripts import SUFFIXES, script_page
from taskcenter_sandbox.linkis.service import Call, Function, Json, Services, service
from taskcenter_sandbox.linkis.storage import Storage, refusal

DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS = 5000, 100_000
DEFAULT_COLUMNS = MAX_COLUMNS = 500
NOTICED_COLUMNS = 10_000
MAX_OPENED_BYTES = 30 << 20
REAL_NULL = "LINKIS_NULL"


class Files:
    """The endpoints.

    :param storage: what may be seen.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def dir_file_trees(self, services: Services, call: Call) -> Json:
        """GET /filesystem/getDirFileTrees: one level, in no order; null where there is no such directory."""
        given = call.query.get("path", "")
        path = self._storage.resolve(given, call.user)
        if services.faults.amount("result-location-gone") or not path.exists():
            return {"dirFileTrees": None}
        if not path.is_dir() or not os.access(path, os.R_OK | os.X_OK):
            raise refusal(80010, call.user, given)
        parent = given if "://" in given else f"file://{given}"
        children = [_child(item, parent) for item in path.iterdir() if item.suffix != UNFINISHED]
        tree = {"name": path.name, "path": parent, "properties": None, "children": children}
        return {"dirFileTrees": {**tree, "isLeaf": False, "parentPath": None}}

    def open_file(self, services: Services, call: Call) -> Json | Response:
        """GET /filesystem/openFile: a page of a result set, or a script whole."""
        column_page, columns = call.number("columnPage", 1), call.number("columnPageSize", DEFAULT_COLUMNS)
        page, size = call.number("page", 1), call.number("pageSize", DEFAULT_PAGE_ROWS)
        given = call.query.get("path", "")
        path = self._storage.resolve(given, call.user)
        if column_page < 1 or not 1 <= columns <= MAX_COLUMNS:
            raise refusal(80036)
        vanished = services.faults.amount("result-vanished") and path.suffix == SUFFIX
        if vanished or not path.is_file() or not os.access(path, os.R_OK):
            raise refusal(80012)
        if path.suffix.lstrip(".") not in SUFFIXES:
            raise refusal(54001)
        if path.suffix != SUFFIX:
            return _script(path, page)
        if size > MAX_PAGE_ROWS:
            raise refusal(80034, MAX_PAGE_ROWS)
        limit = services.faults.amount("cell-limit") or None
        chosen = range((column_page - 1) * columns, column_page * columns) if call.query.get("enableLimit") else None
        return _result_page(_reader(path), page, size, call.query.get("nullValue", ""), chosen, limit)

    def open_log(self, services: Services, call: Call) -> Json:  # noqa: ARG002 # the common signature
        """GET /filesystem/openLog: the whole log by level, each line with its end."""
        given = call.query.get("path", "")
        user = call.query.get("proxyUser") if call.is_administrator else None
        path = self._storage.resolve(given, user or call.user)
        if not path.is_file() or not os.access(path, os.R_OK):
            raise refusal(80018)
        if path.stat().st_size > MAX_OPENED_BYTES:
            raise refusal(80033, given)
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        return {"log": file_by_level(lines[:-1] if not lines[-1] else lines)}


def _child(item: Path, parent: str) -> Json:
    leaf = not item.is_dir()
    properties: dict[str, str] = {}
    if leaf:
        stat = item.stat()
        properties = {"size": str(stat.st_size), "modifytime": str(int(stat.st_mtime * 1000))}
    return {
        "name": item.name,
        "path": f"{parent.rstrip('/')}/{item.name}",
        "properties": properties,
        "children": None,
        "isLeaf": leaf,
        "parentPath": parent,
    }


def _reader(path: Path) -> ResultReader:
    try:
        return ResultReader(path)
    except (OSError, ValueError) as error:
        raise refusal(80012) from error


def _script(path: Path, page: int) -> Json:
    if path.stat().st_size > MAX_OPENED_BYTES:
        raise refusal(80032)
    try:
        return {**script_page(path), "page": page, "totalPage": 0}
    except (OSError, UnicodeDecodeError) as error:
        raise JavaError("IOException", str(error)) from error


def _result_page(
    reader: ResultReader, page: int, size: int, null: str, chosen: range | None, cell_limit: int | None
) -> Json | Response:
    """A page; ``totalLine`` counts its rows, and ``totalPage`` is always 0.

    :param null: what stands for NULL; ``LINKIS_NULL`` makes it a real null.
    :param chosen: show these columns only.
    :param cell_limit: with ``chosen``: show nothing if a cell is longer.
    """
    first = (page - 1) * size if page > 0 else reader.rows
    raw, count = reader.page(first, size)
    columns = reader.columns
    if columns is not None and chosen is not None and chosen.start > len(columns):
        chosen = None
    if null != REAL_NULL or chosen is not None:
        rows = [_shown(row, null) for row in json.loads(raw)]
        if chosen is not None and cell_limit and any(len(cell or "") > cell_limit for row in rows for cell in row):
            return _prohibited(reader, cell_limit)
        if chosen is not None and columns is not None:
            rows = [row[chosen.start : chosen.stop] for row in rows]
        raw = json.dumps(rows, ensure_ascii=False).encode()
    data: dict[str, Any] = {}
    if columns is not None and reader.kind == TABLE:
        data["totalColumn"] = len(columns)
        if len(columns) > NOTICED_COLUMNS:
            data |= _notice()
        if chosen is not None:
            columns = columns[chosen.start : chosen.stop]
    data |= {"metadata": columns, "type": reader.kind, "totalLine": count, "page": page, "totalPage": 0}
    return raw_envelope("/api/filesystem/openFile", data, "fileContent", raw)


def _shown(row: Sequence[str | None], null: str) -> list[str | None]:
    """A row with something in place of NULL (facts section 12).

    A value of one's own also replaces empty texts and the text ``NULL``; ``BLANK`` counts as none.
    """
    if null == REAL_NULL:
        return list(row)
    if null in ("", "BLANK") or null.upper() == "BLANK":
        return ["NULL" if value is None else value for value in row]
    return [null if value in (None, "NULL", "") else value for value in row]


def _notice() -> Json:
    return {
        "column_limit_display": True,
        "zh_msg": f"全量结果集超过{NOTICED_COLUMNS}列，页面提供500列数据预览，如需查看完整结果集，请使用结果集导出功能",
        "en_msg": "Because your result set is large, to view the full result set, use the Result set Export feature.",
    }


def _prohibited(reader: ResultReader, limit: int) -> Json:
    zh = f"结果集存在字段值字符数超过{limit:,}，如需查看全部数据请导出文件或使用字符串截取函数（substring、substr）截取相关字符即可前端展示数据内容"
    en = (
        f"There is a field value exceed {limit:,} characters or col size exceed 2,147,483,647 in the result set. "
        "If you want to view it, please use the result set export function."
    )
    return {"type": reader.kind, "display_prohibited": True, "zh_msg": zh, "en_msg": en}


def routes(services: Services, storage: Storage) -> list[Route]:
    """The routes below ``/api/rest_j/v1``."""
    files, downloads = Files(storage), Downloads(storage)

    def route(name: str, function: Function) -> Route:
        return Route(f"/filesystem/{name}", service(services, function, slow=True), methods=["GET"])

    return [
        route("getDirFileTrees", files.dir_file_trees),
        route("openFile", files.open_file),
        route("openLog", files.open_log),
        route("resultsetToExcel", downloads.result_set),
        route("resultsetsToExcel", downloads.result_sets),
    ]
