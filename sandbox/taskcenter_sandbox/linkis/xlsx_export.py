"""Result sets as xlsx, streamed with the standard library: sheets of texts, or of numbers where that is asked for."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

MAX_ROWS = 1_048_575
"""Below the header line."""

MAX_CELL_CHARACTERS = 32_767
CHUNK_ROWS = 1000

_NUMBERS = frozenset({"tinyint", "short", "int", "long", "bigint", "float", "double", "decimal", "bigdecimal"})
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_EXACT_DIGITS = 15
_TITLE_CHARACTERS = 31
_NOT_IN_TITLES = re.compile(r"[\[\]*?:/\\]")
_NOT_IN_XML = {code: None for code in range(32) if code not in (9, 10, 13)}

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BOLD, _TEXT = 1, 2
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><b/><sz val="14"/></font></fonts>'
    '<fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    :param columns: of the result set, with ``columnName`` and ``dataType``.
    :param typed: write numbers as numbers; otherwise all is text.
    """

    name: str
    columns: Sequence[dict[str, str]]
    rows: Iterable[Sequence[str]]
    typed: bool = False


class _Pipe(io.RawIOBase):
    """What the zip file is written to, to be handed on piece by piece."""

    def __init__(self) -> None:
        self._pieces = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload] # any buffer
        self._pieces += piece
        return len(piece)

    def take(self) -> bytes:
        pieces = bytes(self._pieces)
        self._pieces.clear()
        return pieces


def xlsx_chunks(sheets: Sequence[Sheet]) -> Iterator[bytes]:
    """A workbook, piece by piece."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in _parts([sheet.name for sheet in sheets]):
            book.writestr(name, _HEAD + text)
        for number, sheet in enumerate(sheets, start=1):
            with book.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as xml:
                for piece in _sheet(sheet):
                    xml.write(piece)
                    if chunk := pipe.take():
                        yield chunk
    yield pipe.take()


def _sheet(sheet: Sheet) -> Iterator[bytes]:
    head = "".join(_text_cell(column["columnName"], _BOLD) for column in sheet.columns)
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData><row>{head}</row>'.encode()
    numeric = [sheet.typed and column["dataType"] in _NUMBERS for column in sheet.columns]
    pending: list[str] = []
    for row in sheet.rows:
        cells = (
            _number_cell(value) if number else _text_cell(value, _TEXT)
            for value, number in zip(row, numeric, strict=True)
        )
        pending.append(f"<row>{''.join(cells)}</row>")
        if len(pending) == CHUNK_ROWS:
            yield "".join(pending).encode()
            pending = []
    yield "".join(pending).encode() + b"</sheetData></worksheet>"


def _text_cell(value: str, style: int) -> str:
    shown = escape(value.translate(_NOT_IN_XML)[:MAX_CELL_CHARACTERS])
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _number_cell(value: str) -> str:
    # More digits than a double holds stay a text, as Linkis does it.
    if _NUMBER.fullmatch(value) and len(value.lstrip("-").partition(".")[0]) <= _EXACT_DIGITS:
        return f"<c><v>{value}</v></c>"
    return _text_cell(value, _TEXT)


def _title(name: str) -> str:
    """A name that a sheet may have."""
    return _NOT_IN_TITLES.sub("_", name)[:_TITLE_CHARACTERS] or "sheet"


def _parts(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    numbers = range(1, len(names) + 1)
    sheet_types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for number in numbers
    )
    yield (
        "[Content_Types].xml",
        (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{sheet_types}</Types>'
        ),
    )
    yield (
        "_rels/.rels",
        (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    sheets = "".join(
        f'<sheet name={quoteattr(_title(name))} sheetId="{number}" r:id="r{number}"/>'
        for number, name in zip(numbers, names, strict=True)
    )
    yield "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets></workbook>'
    relations = "".join(
        f'<Relationship Id="r{number}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (
            f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
            f'<Relationship Id="styles" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>'
        ),
    )
    yield "xl/styles.xml", _STYLES
