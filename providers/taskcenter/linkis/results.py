"""Result sets of Linkis jobs: rows page by page with constant memory, frames, files (facts sections 11 and 12)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from taskcenter.core.errors import ConfigurationError, RefusedError, ResultError
from taskcenter.core.flow import Flow
from taskcenter.linkis.api import LinkisApi

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from taskcenter.linkis.hook import LinkisHook

PAGE_ROWS = 5000
MAX_PAGE_ROWS = 100_000
"""The server's limit (1.7 and later)."""

TEXT, TABLE = "text", "table"
_KINDS = {"1": TEXT, "2": TABLE, "3": "io", "4": "picture", "5": "html"}

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Column:
    """A column of a result set.

    :param name: its name.
    :param type: Linkis' name of its type, such as ``long``, ``string`` or ``decimal``.
    :param comment: its comment, None where it has none.
    """

    name: str
    type: str
    comment: str | None = None


@dataclass
class LinkisResults:
    """What an operator does with a job's result sets.

    :param rows: how many first rows of each go into the returned value (XCom).
    :param path: a directory, local or of an object storage (``s3://bucket/dir``), into which each is written whole
        as ``result_<n>.<format>``. (templated)
    :param format: ``csv``, ``jsonl`` or ``parquet`` (needs pyarrow).
    """

    rows: int = 0
    path: str | None = None
    format: str = "csv"

    template_fields: ClassVar[Sequence[str]] = ("path",)
    FORMATS: ClassVar[tuple[str, ...]] = ("csv", "jsonl", "parquet")

    def check(self) -> None:
        """Refuse what cannot be done.

        :raises ConfigurationError: naming the argument.
        """
        if self.format not in self.FORMATS:
            raise ConfigurationError(f"results: format is {self.format!r}; it can be {', '.join(self.FORMATS)}.")
        if self.rows < 0 or self.rows >= MAX_PAGE_ROWS:
            raise ConfigurationError(
                f"results: rows is {self.rows}; it can be 0 to {MAX_PAGE_ROWS - 1}. Give a path for more."
            )


@dataclass(frozen=True)
class Page:
    """One page of a result set."""

    kind: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str | None]]


def read_page(api: LinkisApi, path: str, page: int, page_rows: int) -> Flow[Page]:
    """Read a page.

    :param page: from 1.
    :param page_rows: 1 to 100,000.
    :raises ResultError: the result set is gone, or the server will not show it.
    """
    if not 1 <= page_rows <= MAX_PAGE_ROWS:
        raise ConfigurationError(f"page_rows is {page_rows}; it can be 1 to {MAX_PAGE_ROWS}.")
    try:
        data = yield from api.open_file(path, page=page, page_size=page_rows)
    except RefusedError as error:
        text = (
            f"The result set {path} cannot be read; it may have been deleted, or belong to another user. Run the job "
            f"again, or read its result sooner. {error.message}"
        )
        raise ResultError(text, error.context) from None
    content = data.get("fileContent")
    if not isinstance(content, list):
        reason = data.get("en_msg") or data.get("zh_msg") or "it sent no rows"
        raise ResultError(f"Linkis does not show the result set {path}: {reason}", api.client.context)
    metadata = data.get("metadata")
    kind = _KINDS.get(str(data.get("type")), str(data.get("type")))
    if isinstance(metadata, list):
        return Page(kind, [_column(column) for column in metadata], content)
    return Page(kind, [Column("text", "string")], [row if isinstance(row, list) else [row] for row in content])


def _column(column: dict[str, Any]) -> Column:
    comment = column.get("comment")
    return Column(
        str(column.get("columnName")),
        str(column.get("dataType") or "string"),
        None if comment in (None, "", "NULL") else str(comment),
    )


def result_paths(tree: dict[str, Any] | None) -> list[str]:
    """The result files of a job's directory in the order of the statements; the server's order is arbitrary."""
    children = (tree or {}).get("children") or []
    numbered: list[tuple[int, str]] = []
    for child in children:
        name = str(child.get("name") or "")
        stem = name.removesuffix(".dolphin").lstrip("_")
        if name.endswith(".dolphin") and stem.isdigit() and child.get("isLeaf", True):
            numbered.append((int(stem), str(child["path"])))
    return [path for _, path in sorted(numbered)]


@dataclass
class ResultSet:
    """One result set of a job, read on demand.

    :param hook: reads it.
    :param path: its file on Linkis' storage.
    """

    hook: LinkisHook = field(repr=False)
    path: str
    _first: Page | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        """``table``, ``text``, ``io``, ``picture`` or ``html``."""
        return self._head().kind

    @property
    def columns(self) -> Sequence[Column]:
        """The columns; a text result has the one column ``text``."""
        return self._head().columns

    def rows(self, page_rows: int = PAGE_ROWS) -> Iterator[Row]:
        """All rows, values as Python numbers, booleans, decimals and texts, NULL as None.

        :param page_rows: rows a request, at most 100,000; one page is in memory at a time.
        """
        for page in self.pages(page_rows):
            yield from converted(page)

    def pages(self, page_rows: int = PAGE_ROWS) -> Iterator[Page]:
        """All pages, values as the server's texts."""
        number = 0
        while True:
            number += 1
            page = self.hook.run(partial(read_page, path=self.path, page=number, page_rows=page_rows))
            self._first = self._first or Page(page.kind, page.columns, ())
            if page.rows:
                yield page
            if len(page.rows) < page_rows:
                return

    async def arows(self, page_rows: int = PAGE_ROWS) -> AsyncIterator[Row]:
        """As :meth:`rows`, on the running event loop."""
        number = 0
        while True:
            number += 1
            page = await self.hook.arun(partial(read_page, path=self.path, page=number, page_rows=page_rows))
            for row in converted(page):
                yield row
            if len(page.rows) < page_rows:
                return

    def head(self, count: int) -> tuple[list[Row], bool]:
        """The first rows, and whether there are more."""
        page = self.hook.run(lambda api: read_page(api, self.path, 1, count + 1))
        self._first = self._first or Page(page.kind, page.columns, ())
        rows = list(converted(page))
        return rows[:count], len(rows) > count

    def to_arrow(self, page_rows: int = MAX_PAGE_ROWS // 4) -> pa.Table:
        """The whole result set as an Arrow table (needs pyarrow)."""
        from taskcenter.linkis.frames import arrow_table

        return arrow_table(self, page_rows)

    def to_pandas(self, page_rows: int = MAX_PAGE_ROWS // 4) -> pd.DataFrame:
        """The whole result set as a pandas frame (needs pandas); nullable types keep integers integers."""
        from taskcenter.linkis.frames import pandas_frame

        return pandas_frame(self, page_rows)

    def _head(self) -> Page:
        if self._first is None:
            self.head(1)
        assert self._first is not None  # noqa: S101 # head() has set it
        return self._first


def converted(page: Page) -> Iterator[Row]:
    """The rows of a page as Python values."""
    converters = [converter(column) for column in page.columns]
    if not any(converters):
        yield from map(tuple, page.rows)
        return
    for row in page.rows:
        yield tuple(
            [
                value if convert is None or value is None else convert(value)
                for value, convert in zip(row, converters, strict=False)
            ]
        )


def converter(column: Column) -> Callable[[str], Any] | None:
    """What makes a Python value of a text of the column; None where it stays a text."""
    return _CONVERTERS.get(column.type.lower().partition("(")[0])


def _number(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return kind(text)
        except (ValueError, InvalidOperation):
            return text

    return convert


def _boolean(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text.lower(), text)


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tinyint", "short", "smallint", "int", "integer", "long", "bigint"), _number(int)),
    **dict.fromkeys(("float", "double"), _number(float)),
    **dict.fromkeys(("decimal", "bigdecimal"), _number(Decimal)),
    "boolean": _boolean,
}
"""By Linkis' type; a text that does not fit its type stays a text."""
