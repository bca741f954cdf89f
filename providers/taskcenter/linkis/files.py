"""Writes result sets into files or an object storage, and checks downloads made by the server."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from taskcenter.core.errors import ConfigurationError
from taskcenter.linkis.frames import arrow_batches
from taskcenter.linkis.results import Column, LinkisResults, ResultSet, Row

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

_CHUNK_BYTES = 1 << 20


def write_results(results: Sequence[ResultSet], options: LinkisResults, directory: str) -> list[tuple[str, int]]:
    """Write each result set whole into ``<directory>/result_<n>.<format>``.

    A file gets its name only when it is complete; an object of a storage that cannot rename is taken away again when it
    could not be finished. In ``jsonl`` and ``parquet`` a repeated column name gets a number.

    :return: path and number of rows of each.
    :raises ConfigurationError: the directory cannot be written to.
    """
    written: list[tuple[str, int]] = []
    for index, result in enumerate(results):
        name = f"result_{index}.{options.format}"
        try:
            written.append(_write_one(result, options.format, directory, name))
        except (OSError, ImportError, ValueError) as error:
            text = f"The result set cannot be written to {directory}: {error}. Check the path and its credentials."
            raise ConfigurationError(text) from error
    return written


def _write_one(result: ResultSet, file_format: str, directory: str, name: str) -> tuple[str, int]:
    if "://" in directory and not directory.startswith("file://"):
        from airflow.sdk import ObjectStoragePath

        remote: ObjectStoragePath = ObjectStoragePath(directory) / name
        try:
            with remote.open("wb") as stream:  # type: ignore[no-untyped-call]
                count = _write_stream(result, file_format, cast("BinaryIO", stream))
        except BaseException:
            # What has been written so far would pass for the whole.
            remote.unlink(missing_ok=True)
            raise
        return str(remote), count
    folder = Path(directory.removeprefix("file://"))
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.part"
    try:
        with part.open("wb") as local:
            count = _write_stream(result, file_format, local)
        return str(part.rename(folder / name)), count
    finally:
        part.unlink(missing_ok=True)


def _write_stream(result: ResultSet, file_format: str, stream: BinaryIO) -> int:
    if file_format == "parquet":
        return _write_parquet(result, stream)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    write = _write_csv if file_format == "csv" else _write_jsonl
    count = write(result.columns, result.rows(), text)
    text.flush()
    text.detach()
    return count


def _write_csv(columns: Sequence[Column], rows: Iterable[Row], stream: TextIO) -> int:
    writer = csv.writer(stream)
    writer.writerow([column.name for column in columns])
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    return count


def _write_jsonl(columns: Sequence[Column], rows: Iterable[Row], stream: TextIO) -> int:
    names = _unique([column.name for column in columns])
    count = 0
    for row in rows:
        stream.write(json.dumps(dict(zip(names, row, strict=False)), ensure_ascii=False, default=str) + "\n")
        count += 1
    return count


def _write_parquet(result: ResultSet, stream: BinaryIO) -> int:
    count = 0
    writer: Any = None
    try:
        for batch in arrow_batches(result, page_rows=25_000):
            named = batch.rename_columns(_unique(batch.schema.names))
            if writer is None:
                from pyarrow.parquet import ParquetWriter

                writer = ParquetWriter(stream, named.schema)
            writer.write_batch(named)
            count += named.num_rows
    finally:
        if writer is not None:
            writer.close()
    return count


def _unique(names: Sequence[str]) -> list[str]:
    """The names, a repeated one with a number: two columns of a query may have the same, two keys of a row not."""
    unique: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in unique:
            number += 1
            candidate = f"{name}_{number}"
        unique.append(candidate)
    return unique


def count_downloaded_rows(path: Path, file_type: str) -> int:
    """The rows of a csv or xlsx file that Linkis made, without the header (it makes one line a row)."""
    if file_type == "csv":
        with path.open("rb") as stream:
            lines = sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_CHUNK_BYTES), b""))
            stream.seek(max(0, path.stat().st_size - 1))
            unfinished = stream.read(1) not in (b"\n", b"")
        return max(0, lines + unfinished - 1)
    with zipfile.ZipFile(path) as book:
        sheet = next(name for name in sorted(book.namelist()) if name.startswith("xl/worksheets/"))
        count, tail = 0, b""
        with book.open(sheet) as xml:
            for chunk in iter(lambda: xml.read(_CHUNK_BYTES), b""):
                text = tail + chunk
                count += text.count(b"<row ") + text.count(b"<row>")
                tail = text[-4:]
        return max(0, count - 1)
