"""Result sets as Arrow tables and pandas frames, page by page; pyarrow and pandas are optional."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from taskcenter.core.errors import ConfigurationError, ErrorContext, ResultError
from taskcenter.linkis.results import Column, Page, converter

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
    frames = [_frame(pandas, page) for page in results.pages(page_rows)]
    frame = pandas.concat(frames, ignore_index=True) if frames else _frame(pandas, Page("", results.columns, ()))
    frame.columns = pandas.Index([column.name for column in results.columns])
    return frame  # type: ignore[no-any-return]


def _frame(pandas: Any, page: Page) -> Any:
    """A page as a frame; its columns are numbered, since two columns of a query may have the same name."""
    # What this pandas makes of texts: a type of its own since 3.0, objects before.
    text_type = pandas.Series(["text"]).dtype
    columns = {}
    for index, column in enumerate(page.columns):
        values = [row[index] for row in page.rows]
        kind, convert = _PANDAS_TYPES.get(_arrow_name(column.type)), converter(column)
        try:
            if kind:
                columns[index] = pandas.Series(_nullable(pandas, values, kind))
            elif convert:
                objects = [None if value is None else convert(value) for value in values]
                columns[index] = pandas.Series(objects, dtype="object")
            else:
                columns[index] = pandas.Series(values, dtype=text_type)
        except (ValueError, TypeError, OverflowError) as error:
            raise _misfit(column, error) from error
    return pandas.DataFrame(columns)


def _nullable(pandas: Any, values: Sequence[str | None], kind: str) -> Any:
    """Texts as an array of a nullable type.

    pandas looks several times at each value of a list, and once at those of a numpy array.

    :raises ValueError: a value is of another type; OverflowError or TypeError: it is too large for this one.
    """
    numpy = import_module("numpy")
    name, parse, null = _PARSERS[kind.rstrip("123468").lower()]
    array = pandas.array(
        numpy.array([null if value is None else parse(value) for value in values], dtype=name), dtype=kind
    )
    if None in values:
        array[numpy.array([value is None for value in values])] = pandas.NA
    return array


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


_PARSERS: dict[str, tuple[str, Callable[[str], Any], Any]] = {
    "int": ("int64", int, 0),
    "float": ("float64", float, 0.0),
    "boolean": ("bool", _truth, False),
}
"""By the pandas type without its width: the numpy type to go by, what reads a text, what stands for NULL."""


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
