"""Result sets: order, NULLs, types, paging, frames, files, memory."""

from __future__ import annotations

import csv
import json
import tracemalloc
from decimal import Decimal

import pytest
from tests.linkis.test_hook import body, finish

from taskcenter.core.errors import ConfigurationError
from taskcenter.linkis.files import write_results
from taskcenter.linkis.results import LinkisResults, result_paths

VALUES = """
SELECT * FROM (VALUES
    (1, 'text', true, 1.5::DOUBLE, 2.50::DECIMAL(10,2), DATE '2026-11-21'),
    (NULL, NULL, NULL, NULL, NULL, NULL),
    (3, '', false, -0.25::DOUBLE, 0::DECIMAL(10,2), DATE '2026-11-22'),
    (4, 'NULL', true, 1e10::DOUBLE, 1::DECIMAL(10,2), DATE '2026-11-23')) AS t (n, s, b, d, m, day)
"""


@pytest.fixture
def results(hook):
    def of(code: str, **options):
        task = finish(hook, hook.submit(body(code, **options))["taskID"])
        assert task["status"] == "Succeed", task["errDesc"]
        return hook.result_sets(task["taskID"])

    return of


def test_values_come_back_as_what_they_were(results):
    [result] = results(VALUES)
    assert [(column.name, column.type) for column in result.columns] == [
        ("n", "int"), ("s", "string"), ("b", "boolean"), ("d", "double"), ("m", "decimal"), ("day", "date"),
    ]  # fmt: skip
    assert list(result.rows()) == [
        (1, "text", True, 1.5, Decimal("2.50"), "2026-11-21"),
        (None, None, None, None, None, None),
        (3, "", False, -0.25, Decimal("0.00"), "2026-11-22"),
        (4, "NULL", True, 1e10, Decimal("1.00"), "2026-11-23"),
    ]


def test_more_than_ten_result_sets_are_in_the_order_of_their_statements(results):
    found = results("; ".join(f"SELECT {number} AS n" for number in range(12)))
    assert [list(result.rows()) for result in found] == [[(number,)] for number in range(12)]


def test_the_servers_order_of_files_does_not_matter():
    names = ["_10.dolphin", "_2.dolphin", "log", "_x.dolphin", "_0.dolphin"]
    tree = {"children": [{"name": name, "path": f"/r/{name}", "isLeaf": True} for name in names]}
    assert result_paths(tree) == ["/r/_0.dolphin", "/r/_2.dolphin", "/r/_10.dolphin"]
    assert result_paths(None) == []


def test_what_a_program_prints_is_a_text_result(results):
    [result] = results("echo one\necho two", run_type="shell", engine_type="shell-1")
    assert result.kind == "text"
    assert list(result.rows()) == [("one",), ("two",)]


def test_a_job_without_results_has_none(results):
    assert results("CREATE TABLE IF NOT EXISTS nothing (n INT)") == []


def test_an_empty_result_keeps_its_columns(results):
    [result] = results("SELECT 1 AS n, 'x' AS s WHERE false")
    assert list(result.rows()) == []
    assert result.to_arrow().schema.names == ["n", "s"]
    assert list(result.to_pandas().columns) == ["n", "s"]


@pytest.mark.parametrize("page_rows", [1, 3, 4, 5, 100])
async def test_paging_loses_and_doubles_no_row(results, page_rows):
    [result] = results("SELECT range AS n FROM range(12)")
    assert [row[0] for row in result.rows(page_rows)] == list(range(12))
    assert [row[0] async for row in result.arows(page_rows)] == list(range(12))
    assert result.head(5) == ([(number,) for number in range(5)], True)
    assert result.head(12)[1] is False


def test_frames_keep_types_and_nulls(results):
    [result] = results(VALUES)
    table = result.to_arrow()
    assert [str(kind) for kind in table.schema.types] == ["int32", "string", "bool", "double", "string", "date32[day]"]
    assert table.column("n").to_pylist() == [1, None, 3, 4]
    assert table.column("s").to_pylist() == ["text", None, "", "NULL"]
    frame = result.to_pandas()
    assert [str(kind) for kind in frame.dtypes[["n", "b", "d"]]] == ["Int32", "boolean", "Float64"]
    assert frame["n"].isna().tolist() == [False, True, False, False]


def test_two_columns_of_one_name_are_both_there(results):
    [result] = results("SELECT 1 AS n, 2 AS n")
    assert list(result.rows()) == [(1, 2)]
    assert result.to_pandas().values.tolist() == [[1, 2]]


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
def test_whole_results_are_written_to_files(results, tmp_path, file_format):
    found = results("SELECT range AS n, 'a,b' AS s FROM range(12000); SELECT NULL AS nothing")
    written = write_results(found, LinkisResults(format=file_format), str(tmp_path / "out"))
    assert [count for _, count in written] == [12000, 1]
    path = tmp_path / "out" / f"result_0.{file_format}"
    if file_format == "csv":
        with path.open(newline="") as stream:
            rows = list(csv.reader(stream))
        assert rows[0] == ["n", "s"]
        assert rows[12000] == ["11999", "a,b"]
    elif file_format == "jsonl":
        assert json.loads(path.read_text().splitlines()[-1]) == {"n": 11999, "s": "a,b"}
    else:
        from pyarrow.parquet import read_table

        assert read_table(path).num_rows == 12000
    assert sorted(item.name for item in (tmp_path / "out").iterdir()) == [f"result_{n}.{file_format}" for n in (0, 1)]


def test_an_object_storage_is_written_to_like_a_directory(results):
    from airflow.sdk.io import attach
    from fsspec.implementations.memory import MemoryFileSystem

    attach("memory", fs=MemoryFileSystem())
    found = results("SELECT 1 AS n")
    [(path, count)] = write_results(found, LinkisResults(format="csv"), "memory://bucket/day")
    assert (path, count) == ("memory://bucket/day/result_0.csv", 1)
    from airflow.sdk import ObjectStoragePath

    assert ObjectStoragePath(path).read_text().splitlines() == ["n", "1"]


def test_a_place_that_cannot_be_written_to_is_named(results, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match="cannot be written to"):
        write_results(results("SELECT 1 AS n"), LinkisResults(), str(tmp_path / "file" / "out"))


def test_memory_does_not_grow_with_the_rows(results):
    [result] = results("SELECT range AS n, 'some text ' || range AS s FROM range(200000)")
    peaks = []
    for rows in (20_000, 200_000):
        tracemalloc.start()
        for number, _ in enumerate(result.rows()):
            if number == rows - 1:
                break
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5
