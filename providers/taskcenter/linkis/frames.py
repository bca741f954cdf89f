"""Result sets as Arrow tables and pandas frames, page by page; pyarrow and pandas are optional."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from taskcenter.core.errors import ConfigurationError, ErrorContext, ResultError
from taskcenter.linkis.results import Column, Page, converted

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from taskcenter.linkis.results import ResultSet

_ARROW_TYPES = {
    **dict.fromkeys(("tinyint",), "int8"),
    **dict.fromkeys(("short", "smallint"), "int16"),
    **dict.fromkeys(("int", "integer"), "int32"),
    **dict.fromkeys(("long", "bigint"), "int64"),
    "float": "float32",
    "double": "float64",
    "boolean": "bool",
    "date": "date32",
}
"""By Linkis' type; all others stay text, decimals too, since their scale is not told."""

_PANDAS_TYPES = {
    "int8": "Int8",
    "int16": "Int16",
    "int32": "Int32",
    "int64": "Int64",
    "float32": "Float32",
    "float64": "Float64",
    "bool": "boolean",
}

_ARROW_FACTORIES = {"bool": "bool_"}
"""Where pyarrow's function has another name than the type."""


def arrow_batches(results: ResultSet, page_rows: int) -> Iterator[pa.RecordBatch]:
    """The result set as Arrow record batches, one a page, all of one schema.

    :raises ConfigurationError: pyarrow is not installed.
    """
    arrow = _module("pyarrow", "arrow")
    empty = True
    for page in results.pages(page_rows):
        empty = False
        yield _batch(arrow, page)
    if empty:
        yield _batch(arrow, Page(results.kind, results.columns, ()))


def arrow_table(results: ResultSet, page_rows: int) -> pa.Table:
    """The result set as one table."""
    return _module("pyarrow", "arrow").Table.from_batches(list(arrow_batches(results, page_rows)))


def pandas_frame(results: ResultSet, page_rows: int) -> pd.DataFrame:
    """The result set as one frame of nullable types.

    :raises ConfigurationError: pandas is not installed.
    """
    pandas = _module("pandas", "pandas")
    names = [column.name for column in results.columns]
    kinds = [_PANDAS_TYPES.get(_arrow_name(column.type), "object") for column in results.columns]
    frames = []
    for page in results.pages(page_rows):
        columns = zip(*converted(page), strict=True)
        arrays = {}
        for index, (values, kind) in enumerate(zip(columns, kinds, strict=True)):
            try:
                arrays[index] = pandas.array(list(values), dtype=kind)
            except (ValueError, TypeError, OverflowError) as error:
                raise _misfit(page.columns[index], error) from error
        # By position: two columns of a query may have the same name.
        frames.append(pandas.DataFrame(arrays))
    if frames:
        frame = pandas.concat(frames, ignore_index=True)
    else:
        frame = pandas.DataFrame({index: pandas.array([], dtype=kind) for index, kind in enumerate(kinds)})
    frame.columns = pandas.Index(names)
    return frame  # type: ignore[no-any-return]


def _module(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ConfigurationError(f"This needs {name}: pip install airflow-taskcenter[{extra}]") from error


def _arrow_name(linkis_type: str) -> str:
    return _ARROW_TYPES.get(linkis_type.lower().partition("(")[0], "string")


def _batch(arrow: Any, page: Page) -> Any:
    arrays = []
    for index, column in enumerate(page.columns):
        text = arrow.array([row[index] for row in page.rows], type=arrow.string())
        name = _arrow_name(column.type)
        if name == "string":
            arrays.append(text)
            continue
        try:
            arrays.append(text.cast(getattr(arrow, _ARROW_FACTORIES.get(name, name))()))
        except arrow.ArrowInvalid as error:
            raise _misfit(column, error) from error
    return arrow.RecordBatch.from_arrays(arrays, names=[column.name for column in page.columns])


def _misfit(column: Column, error: Exception) -> ResultError:
    text = (
        f"The column {column.name} has a value that is no {column.type}: {error}. Read it with rows(), which keeps it."
    )
    return ResultError(text, ErrorContext(system="linkis"))
