"""Result sets as csv and xlsx, the way Linkis writes them (facts section 13)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

CSV, XLSX = "csv", "xlsx"
TYPES = {CSV: "text/plain", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

_CHUNK_ROWS = 1000
_NOT_IN_XML = {code: None for code in range(32) if code not in (9, 10, 13)}

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def csv_chunks(names: Sequence[str], rows: Iterable[Sequence[str]], separator: str) -> Iterator[bytes]:
    """A header line and the rows; nothing is quoted, and a line end in a value becomes a space."""
    if names:
        yield (separator.join(names) + "\n").encode()
    for row in rows:
        line = separator.join(value.replace("\r", " ").replace("\n", " ") for value in row)
        yield (line + "\n").encode()


class _Pipe(io.RawIOBase):
    """What a zip file is written to, to be handed on piece by piece."""

    def __init__(self) -> None:
        self._pieces = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces += piece
        return len(piece)

    def take(self) -> bytes:
        """What has come since."""
        pieces = bytes(self._pieces)
        self._pieces.clear()
        return pieces


def xlsx_chunks(names: Sequence[str], rows: Iterable[Sequence[str]], sheet: str) -> Iterator[bytes]:
    """A workbook of one sheet of texts, streamed."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in _parts(sheet):
            book.writestr(name, _HEAD + text)
        with book.open("xl/worksheets/sheet1.xml", "w") as xml:
            xml.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            xml.write(_row(names))
            for number, row in enumerate(rows, start=1):
                xml.write(_row(row))
                if number % _CHUNK_ROWS == 0:
                    yield pipe.take()
            xml.write(b"</sheetData></worksheet>")
    yield pipe.take()


def _row(values: Sequence[str]) -> bytes:
    cells = "".join(
        f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value.translate(_NOT_IN_XML))}</t></is></c>'
        for value in values
    )
    return f"<row>{cells}</row>".encode()


def _parts(sheet: str) -> list[tuple[str, str]]:
    title = escape(sheet, {'"': "&quot;"})[:31]
    return [
        (
            "[Content_Types].xml",
            (
                f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
                f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
                f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/></Types>'
            ),
        ),
        (
            "_rels/.rels",
            (
                f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
                f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            ),
        ),
        (
            "xl/workbook.xml",
            (
                f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
                f'<sheet name="{title}" sheetId="1" r:id="r1"/></sheets></workbook>'
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            (
                f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
                f'Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
            ),
        ),
    ]
