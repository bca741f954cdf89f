"""The results of a job: rows with types and NULLs, page by page, and whole as CSV."""

from __future__ import annotations

import csv
import io

import pytest

VALUES = """
SELECT * FROM (VALUES (1, 'a,"b"', true), (NULL, NULL, NULL), (9007199254740993, '', false)) AS t (n, words, fact);
SELECT range AS number FROM range(250)
"""


def numbers(page) -> list[int]:
    return [int(row[0]) for row in page["rows"]]


def test_there_are_none_before_a_job_has_brought_some(task, submit):
    submit("import time\ntime.sleep(1)", "python", "python-python3")
    assert task.ok("/jobs/results") == []
    assert task.ask("/jobs/results/0")[0] == 404


def test_rows_come_as_texts_with_types_and_nulls(task, submit):
    submit(VALUES)
    task.when_ended()
    assert task.ok("/jobs/results") == [{"number": 0, "name": "1"}, {"number": 1, "name": "2"}]
    page = task.ok("/jobs/results/0")
    assert [(column["name"], column["type"]) for column in page["columns"]] == [
        ("n", "bigint"),
        ("words", "string"),
        ("fact", "boolean"),
    ]
    assert page["rows"] == [["1", 'a,"b"', "true"], [None, None, None], ["9007199254740993", "", "false"]]
    assert (page["number"], page["kind"], page["offset"], page["more"]) == (0, "table", 0, False)


@pytest.mark.parametrize(
    ("offset", "limit", "first", "last", "more"),
    [
        (0, 100, 0, 99, True),
        (100, 100, 100, 199, True),
        (150, 100, 150, 249, False),
        (200, 100, 200, 249, False),
        (7, 3, 7, 9, True),
        (8, 3, 8, 10, True),
        (247, 3, 247, 249, False),
        (249, 500, 249, 249, False),
        (0, 250, 0, 249, False),
        (0, 249, 0, 248, True),
    ],
)
def test_any_part_of_the_rows_can_be_asked_for(task, submit, offset, limit, first, last, more):
    submit(VALUES)
    task.when_ended()
    page = task.ok("/jobs/results/1", offset=offset, limit=limit)
    assert (numbers(page), page["more"]) == (list(range(first, last + 1)), more)


def test_behind_the_end_there_is_nothing_and_no_failure(task, submit):
    submit(VALUES)
    task.when_ended()
    page = task.ok("/jobs/results/1", offset=1000)
    assert (page["rows"], page["more"]) == ([], False)
    status, _, message = task.ask("/jobs/results/2")
    assert (status, message) == (404, "The job has 2 result(s); there is none of the number 2.")


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 501}, {"offset": -1}, {"limit": "all"}], ids=str)
def test_a_part_that_cannot_be_is_a_bad_request(task, submit, query):
    submit(VALUES)
    assert task.ask("/jobs/results/0", **query)[0] == 400


def test_a_very_long_value_is_cut_short_on_the_page_and_whole_in_the_download(task, submit):
    submit("SELECT repeat('x', 5000) AS long")
    task.when_ended()
    [[shown]] = task.ok("/jobs/results/0")["rows"]
    assert shown == "x" * 2000 + "…"
    assert task.raw("/jobs/results/0/download").text == f"long\r\n{'x' * 5000}\r\n"


def test_a_download_is_csv_that_tells_null_from_an_empty_text(task, submit):
    submit(VALUES)
    task.when_ended()
    reply = task.raw("/jobs/results/0/download")
    assert reply.text == 'n,words,fact\r\n1,"a,""b""",true\r\n,,\r\n9007199254740993,"",false\r\n'
    assert reply.headers["content-disposition"] == 'attachment; filename="shop-orders-1.csv"'
    assert reply.headers["content-type"].startswith("text/csv")
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_long_result_is_downloaded_whole(task, submit):
    submit("SELECT range AS number, 'row ' || range AS words FROM range(12345)")
    task.when_ended()
    rows = list(csv.reader(io.StringIO(task.raw("/jobs/results/0/download").text)))
    assert rows[0] == ["number", "words"]
    assert rows[1:] == [[str(number), f"row {number}"] for number in range(12345)]


def test_a_download_that_cannot_begin_says_why(task, submit, linkis):
    submit(VALUES)
    task.when_ended()
    assert task.ask("/jobs/results/9/download")[0] == 404
    linkis.fault("result-vanished")
    status, _, message = task.ask("/jobs/results/0/download")
    assert (status, "cannot be read" in message) == (502, True)


@pytest.mark.parametrize(
    ("dag_id", "task_id", "name"),
    [
        ("shop", "orders", "shop-orders-1.csv"),
        ("a/../b", 'c"d\r\nX: y', "a_.._b-c_d_X_y-1.csv"),
        ("../../etc/passwd", "t", "etc_passwd-t-1.csv"),
        ("业务", "任务", "-_-1.csv"),
        ("x" * 400, "t", "x" * 150 + ".csv"),
    ],
)
def test_the_name_of_a_download_is_safe_whatever_the_task_is_called(app, dag_id, task_id, name):
    from taskcenter_plugin.job_pages.results import file_name
    from taskcenter_plugin.job_pages.task_job import TaskJob, TaskKey

    task = TaskJob(TaskKey(dag_id, "run", task_id), 1, "success", ended=True, record=None)
    assert file_name(task, 0) == name
