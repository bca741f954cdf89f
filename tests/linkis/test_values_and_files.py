"""Result sets that the local Linkis cannot be made to give: odd values, odd pages, and what is written of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.linkis_replies import PREFIX, envelope, refusal
from support.linkis_stub import LinkisStub
from support.scripted_server import Answer, Asked
from taskcenter.core.errors import ConfigurationError, ResultError
from taskcenter.linkis.files import write_results
from taskcenter.linkis.hook import LinkisHook
from taskcenter.linkis.results import MAX_PAGE_ROWS, Column, LinkisResults, Page, ResultSet, converted

OPEN_FILE = f"{PREFIX}/filesystem/openFile"


class Files(LinkisStub):
    """Serves one result set: its ``columns`` and ``rows``."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: Any = [("n", "int"), ("s", "string")]
        self.rows: list[Any] = [["1", "a"], ["2", None]]
        self.kind = "2"
        self.fails_at_page: int | None = None

    def _about_job(self, asked: Asked, path: str) -> Answer:
        if asked.path != OPEN_FILE:
            return super()._about_job(asked, path)
        page, size = int(asked.query["page"]), int(asked.query["pageSize"])
        assert asked.query["nullValue"] == "LINKIS_NULL"
        if page == self.fails_at_page:
            return refusal(80012, "the file is gone")
        rows = self.rows[(page - 1) * size : page * size]
        metadata = self.columns
        if isinstance(metadata, list):
            metadata = [{"columnName": name, "dataType": kind, "comment": "NULL"} for name, kind in metadata]
        return envelope(
            {"metadata": metadata, "fileContent": rows, "type": self.kind, "totalLine": len(rows), "totalPage": 0}
        )


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    with Files() as server:
        monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", server.connection())
        yield server


@pytest.fixture
def result(files: Files) -> Iterator[ResultSet]:
    with LinkisHook() as hook:
        yield ResultSet(hook, "file:///results/7/_0.dolphin")


# Values


def value(kind: str, text: str | None) -> Any:
    [[converted_value]] = converted(Page("table", [Column("x", kind)], [[text]]))
    return converted_value


VALUES = [
    ("int", "12", 12), ("INT", "12", 12), ("bigint", "9223372036854775807", 2**63 - 1), ("tinyint", "-1", -1),
    ("long", "1", 1), ("double", "1e10", 1e10), ("float", "-0.25", -0.25), ("boolean", "true", True),
    ("boolean", "FALSE", False), ("decimal", "12345678901234567890.10", Decimal("12345678901234567890.10")),
    ("decimal(10,2)", "2.50", Decimal("2.50")), ("string", "12", "12"), ("date", "2026-11-21", "2026-11-21"),
    ("timestamp", "2026-11-21 01:02:03.0", "2026-11-21 01:02:03.0"), ("array<int>", "[1,2]", "[1,2]"),
    ("int", "", ""), ("int", "abc", "abc"), ("boolean", "maybe", "maybe"), ("decimal", "n/a", "n/a"),
    ("string", "NULL", "NULL"), ("string", "", ""), ("unheard of", "x", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "expected"), VALUES)
def test_a_text_of_linkis_becomes_a_value_of_its_type_or_stays_a_text(kind, text, expected):
    assert value(kind, text) == expected
    assert type(value(kind, text)) is type(expected)


@pytest.mark.parametrize("kind", ["int", "string", "boolean", "double", "decimal", "date"])
def test_null_is_none_in_every_type(kind):
    assert value(kind, None) is None


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_come_back_exactly(number):
    assert value("bigint", str(number)) == number


@given(st.floats(allow_nan=False))
def test_doubles_come_back_exactly(number):
    assert value("double", repr(number)) == number


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9))
def test_decimals_come_back_exactly(number):
    assert value("decimal", str(number)) == number


@given(st.text())
def test_texts_are_never_touched(text):
    assert value("string", text) == text


# Pages


@pytest.mark.parametrize("page_rows", [0, -1, MAX_PAGE_ROWS + 1])
async def test_a_page_that_linkis_cannot_give_is_refused_and_does_not_run_for_ever(result: ResultSet, page_rows):
    with pytest.raises(ConfigurationError, match="page_rows"):
        list(result.rows(page_rows))
    with pytest.raises(ConfigurationError, match="page_rows"):
        [row async for row in result.arows(page_rows)]


def test_a_result_set_that_vanishes_while_it_is_read_is_told(files: Files, result: ResultSet):
    files.rows = [[str(number), "x"] for number in range(10)]
    files.fails_at_page = 3
    rows = result.rows(4)
    assert [next(rows)[0] for _ in range(8)] == list(range(8))
    with pytest.raises(ResultError, match="may have been deleted"):
        next(rows)


def test_a_result_that_linkis_will_not_show_says_why(files: Files, result: ResultSet):
    hidden = {"display_prohibited": True, "zh_msg": "结果集太大", "en_msg": "The result is too wide to show"}
    files.always(f"GET {OPEN_FILE}", envelope(hidden))
    with pytest.raises(ResultError, match="too wide to show"):
        list(result.rows())


@pytest.mark.parametrize("metadata", [None, "", "some text"])
@pytest.mark.parametrize("rows", [[["one"], ["two\nlines"]], ["one", "two\nlines"]])
def test_a_text_result_is_rows_of_one_text(files: Files, result: ResultSet, metadata, rows):
    files.kind, files.columns, files.rows = "1", metadata, rows
    assert result.kind == "text"
    assert result.columns == [Column("text", "string")]
    assert list(result.rows()) == [("one",), ("two\nlines",)]


def test_a_comment_that_is_none_is_none(files: Files, result: ResultSet):
    assert [column.comment for column in result.columns] == [None, None]


# Frames


def test_a_frame_of_values_that_do_not_fit_their_type_is_a_clear_error(files: Files, result: ResultSet):
    files.rows = [["1", "a"], ["many", "b"]]
    for make in (result.to_arrow, result.to_pandas):
        with pytest.raises(ResultError, match=r"column n .*int.* rows\(\)"):
            make()
    assert list(result.rows()) == [(1, "a"), ("many", "b")]


FRAME_COLUMNS = [
    ("tinyint", ["-128", "127"], [-128, 127], "Int8"),
    ("long", ["-9223372036854775808", "9223372036854775807"], [-(2**63), 2**63 - 1], "Int64"),
    ("double", ["0.1", "1e300"], [0.1, 1e300], "Float64"),
    ("boolean", ["true", "FALSE"], [True, False], "boolean"),
    ("decimal(38,18)", ["1.000000000000000001", "2"], [Decimal("1.000000000000000001"), Decimal(2)], "object"),
    ("date", ["2026-01-01", "2026-01-02"], ["2026-01-01", "2026-01-02"], None),
]


@pytest.mark.parametrize(("kind", "texts", "values", "dtype"), FRAME_COLUMNS)
def test_a_column_of_a_frame_has_the_values_the_nulls_and_the_type(
    files: Files, result: ResultSet, kind, texts, values, dtype
):
    files.columns, files.rows = [("c", kind)], [[text] for text in (texts[0], None, texts[1])]
    column = result.to_pandas()["c"]
    assert column.isna().tolist() == [False, True, False]
    assert column.dropna().tolist() == values
    if dtype:
        assert str(column.dtype) == dtype
    files.rows = [[text] for text in texts]
    assert result.to_pandas()["c"].dtype == column.dtype, "NULLs do not change the type"


@pytest.mark.parametrize(
    ("kind", "text"),
    [("tinyint", "128"), ("long", "9223372036854775808"), ("int", "1.5"), ("double", "much"), ("boolean", "maybe")],
)
def test_a_value_that_its_column_cannot_hold_is_no_other_value_in_a_frame(files: Files, result: ResultSet, kind, text):
    files.columns, files.rows = [("c", kind)], [[text], [None]]
    with pytest.raises(ResultError, match=rf"column c .*{kind}.* rows\(\)"):
        result.to_pandas()


def test_frames_of_many_pages_are_whole(files: Files, result: ResultSet):
    files.rows = [[str(number), None if number % 3 else f"text {number}"] for number in range(100)]
    table, frame = result.to_arrow(page_rows=7), result.to_pandas(page_rows=7)
    assert table.column("n").to_pylist() == frame["n"].tolist() == list(range(100))
    assert table.column("s").null_count == int(frame["s"].isna().sum()) == 66


# Files


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
def test_a_file_that_cannot_be_finished_leaves_nothing_behind(files: Files, result: ResultSet, tmp_path, file_format):
    files.rows = [[str(number), "x"] for number in range(60_000)]
    # The first page of each size is good.
    files.fails_at_page = 2
    with pytest.raises(ResultError, match="may have been deleted"):
        write_results([result], LinkisResults(format=file_format), str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_an_object_that_cannot_be_finished_is_taken_away_again(files: Files, result: ResultSet):
    from airflow.sdk import ObjectStoragePath
    from airflow.sdk.io import attach
    from fsspec.implementations.memory import MemoryFileSystem

    attach("memory", fs=MemoryFileSystem())
    files.rows = [[str(number), "x"] for number in range(6_000)]
    files.fails_at_page = 2
    with pytest.raises(ResultError, match="may have been deleted"):
        write_results([result], LinkisResults(), "memory://bucket/unfinished")
    assert not (ObjectStoragePath("memory://bucket/unfinished") / "result_0.csv").exists()


def test_columns_of_one_name_are_told_apart_in_files_that_need_it(files: Files, result: ResultSet, tmp_path: Path):
    files.columns = [("id", "int"), ("id", "int"), ("id_2", "int")]
    files.rows = [["1", "2", "3"]]
    for file_format in ("csv", "jsonl", "parquet"):
        write_results([result], LinkisResults(format=file_format), str(tmp_path))
    assert json.loads((tmp_path / "result_0.jsonl").read_text()) == {"id": 1, "id_2": 2, "id_2_2": 3}
    with (tmp_path / "result_0.csv").open(newline="") as stream:
        assert list(csv.reader(stream)) == [["id", "id", "id_2"], ["1", "2", "3"]]
    from pyarrow.parquet import read_table

    assert read_table(tmp_path / "result_0.parquet").to_pylist() == [{"id": 1, "id_2": 2, "id_2_2": 3}]


def test_what_csv_needs_quoted_is_quoted(files: Files, result: ResultSet, tmp_path: Path):
    awkward = ["a,b", 'say "no"', "two\nlines", "错误", " blank ", ""]
    files.rows = [["1", text] for text in awkward]
    [(path, count)] = write_results([result], LinkisResults(), str(tmp_path))
    with Path(path).open(newline="", encoding="utf-8") as stream:
        assert [row[1] for row in csv.reader(stream)][1:] == awkward
    assert count == len(awkward)


def test_jsonl_tells_null_from_empty_and_keeps_decimals(files: Files, result: ResultSet, tmp_path: Path):
    files.columns = [("m", "decimal"), ("s", "string")]
    files.rows = [["2.50", ""], [None, None]]
    [(path, _)] = write_results([result], LinkisResults(format="jsonl"), str(tmp_path))
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    assert lines == [{"m": "2.50", "s": ""}, {"m": None, "s": None}]


def test_values_that_do_not_fit_are_not_blamed_on_the_directory(files: Files, result: ResultSet, tmp_path: Path):
    files.rows = [["many", "x"]]
    with pytest.raises(ResultError, match="column n"):
        write_results([result], LinkisResults(format="parquet"), str(tmp_path))


def test_a_text_result_is_written_in_every_format(files: Files, result: ResultSet, tmp_path: Path):
    files.kind, files.columns, files.rows = "1", None, [["one"], ["two"]]
    for file_format in ("csv", "jsonl", "parquet"):
        assert write_results([result], LinkisResults(format=file_format), str(tmp_path))[0][1] == 2
