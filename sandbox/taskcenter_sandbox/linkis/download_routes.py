"""``/filesystem/resultsetToExcel`` and ``resultsetsToExcel`` (facts section 13).

They return files, so their errors are texts with HTTP 200; and without a limit only 5000 rows come, silently.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from taskcenter_sandbox.gateway.envelope import LinkisError
from taskcenter_sandbox.linkis.csv_export import csv_chunks, text_chunks
from taskcenter_sandbox.linkis.dolphin import SUFFIX, TABLE, ResultReader
from taskcenter_sandbox.linkis.service import Call, Services
from taskcenter_sandbox.linkis.storage import Storage, refusal
from taskcenter_sandbox.linkis.xlsx_export import MAX_ROWS, Sheet, xlsx_chunks

SILENT_ROW_LIMIT = 5000
REAL_NULL = "LINKIS_NULL"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Downloads:
    """The endpoints.

    :param storage: what may be seen.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def result_set(self, services: Services, call: Call) -> Response:
        """GET /filesystem/resultsetToExcel: one result set, csv or xlsx."""
        try:
            return self._result_set(services, call)
        except (LinkisError, OSError, ValueError, LookupError) as error:
            return _error(error)

    def result_sets(self, services: Services, call: Call) -> Response:
        """GET /filesystem/resultsetsToExcel: the tables of a directory in their order, a sheet each."""
        try:
            return self._result_sets(services, call)
        except (LinkisError, OSError, ValueError) as error:
            return _error(error)

    def _result_set(self, services: Services, call: Call) -> Response:
        query = call.query
        path = self._storage.resolve(query.get("path", ""), call.user)
        kind = query.get("outputFileType", "csv")
        if kind not in ("csv", "xlsx"):
            raise refusal(80015)
        reader = _reader(services, path)
        rows = _rows(services, call, reader)
        name = query.get("outputFileName", "downloadResultset")
        if kind == "xlsx":
            if reader.kind != TABLE:
                raise refusal(80024)
            if call.number("limit", 0) > MAX_ROWS and reader.rows > MAX_ROWS:
                raise ValueError(f"Invalid row number ({MAX_ROWS + 1}) outside allowable range (0..{MAX_ROWS})")
            sheet = _sheet(query.get("sheetName", "result"), reader, rows, typed=call.flag("autoFormat"))
            return _file(xlsx_chunks([sheet]), name, kind, XLSX_TYPE)
        charset = codecs.lookup(query.get("charset", "utf-8")).name
        if reader.kind != TABLE:
            return _file(text_chunks(rows, charset), name, kind, "text/plain")
        separator = query.get("csvSeparator", ",")
        if separator == ",":
            separator = query.get("csvSeperator", ",")
        chunks = csv_chunks(
            [column["columnName"] for column in reader.columns or []],
            rows,
            separator=separator,
            quoted=call.flag("quoteRetouchEnable"),
            keep_line_ends=call.flag("keepNewline"),
            charset=charset,
        )
        return _file(chunks, name, kind, "text/plain")

    def _result_sets(self, services: Services, call: Call) -> Response:
        directory = self._storage.resolve(call.query.get("path", ""), call.user)
        paths = [path for path in directory.iterdir() if path.suffix == SUFFIX and path.stem.lstrip("_").isdigit()]
        if not paths:
            raise refusal(80029)
        readers = [_reader(services, path) for path in sorted(paths, key=lambda path: int(path.stem.lstrip("_")))]
        typed = call.flag("autoFormat")
        sheets = [
            _sheet(f"result{number}", reader, _rows(services, call, reader), typed=typed)
            for number, reader in enumerate(readers)
            if reader.kind == TABLE
        ]
        if not sheets:
            raise refusal(80024)
        return _file(xlsx_chunks(sheets), call.query.get("outputFileName", "downloadResultset"), "xlsx", XLSX_TYPE)


def _reader(services: Services, path: Path) -> ResultReader:
    if services.faults.amount("result-vanished"):
        raise refusal(80012)
    return ResultReader(path)


def _rows(services: Services, call: Call, reader: ResultReader) -> Iterator[list[str]]:
    """The rows to write; what stands for NULL also takes the place of empty texts."""
    limit = call.number("limit", 0)
    count = min(limit if limit > 0 else SILENT_ROW_LIMIT, reader.rows)
    if services.faults.take("cut-download"):
        count //= 2
    null = call.query.get("nullValue", "NULL")
    if null == REAL_NULL:
        return (["null" if value is None else value for value in row] for row in reader.values(0, count))
    null = "" if null.upper() == "BLANK" else null
    return ([null if value in (None, "NULL", "") else value for value in row] for row in reader.values(0, count))


def _sheet(name: str, reader: ResultReader, rows: Iterator[list[str]], *, typed: bool) -> Sheet:
    return Sheet(name, reader.columns or [], rows, typed=typed)


def _file(chunks: Iterator[bytes], name: str, kind: str, media_type: str) -> Response:
    # The real one puts the bytes of the name into the header as they are; others than ASCII are escaped here.
    header = f"attachment;filename={quote(name, safe=' ()[]{}!@$&+=,;')}.{kind}"
    response = StreamingResponse(chunks, headers={"Content-Disposition": header})
    response.headers["Content-Type"] = media_type
    return response


def _error(error: Exception) -> Response:
    text = error.java_message() if isinstance(error, LinkisError) else str(error)
    return Response(f"error(错误):{text}".encode(), media_type="text/plain; charset=utf-8")
