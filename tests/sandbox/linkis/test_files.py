"""Result sets and logs as files: listing, paging, NULL, export, and what is not shown."""

from __future__ import annotations

import io
import os
import zipfile

import pytest

VALUES = "select * from values (1, 'a', cast(null as string)), (2, '', 'NULL'), (3, 'c', 'x') as t(n, word, more)"


@pytest.fixture(scope="module")
def table(api):
    """A result set of three rows with NULL, an empty text, and the text NULL."""
    return api.files(api.run(VALUES))[0]


@pytest.fixture(scope="module")
def large(api):
    """A result set of 12,345 rows."""
    return api.files(api.run("select n from (select explode(sequence(1, 12345)) as n) order by n"))[0]


@pytest.fixture(scope="module")
def text(api):
    """A result set of three lines of text."""
    return api.files(api.run("echo one; echo; echo two,three", "shell"))[0]


def opened(api, path, **query):
    return api.data("/filesystem/openFile", path=path, **query)


def error_code(answer) -> int:
    assert (answer.status_code, answer.json()["status"]) == (400, 1)
    return answer.json()["data"]["errorMsg"]["errCode"]


def exported(api, path, **query):
    return api.get("/filesystem/resultsetToExcel", path=path, **query)


# --- getDirFileTrees


def test_a_directory_lists_its_files(api):
    task = api.run("select 1 as a; select 2 as b")
    tree = api.data("/filesystem/getDirFileTrees", path=task["resultLocation"])["dirFileTrees"]
    assert (tree["name"], tree["isLeaf"], tree["properties"], tree["parentPath"]) == (
        str(task["taskID"]),
        False,
        None,
        None,
    )
    assert {child["name"] for child in tree["children"]} == {"_0.dolphin", "_1.dolphin"}
    child = tree["children"][0]
    assert child["path"] == f"{task['resultLocation']}/{child['name']}"
    assert (child["isLeaf"], child["children"], child["parentPath"]) == (True, None, task["resultLocation"])
    assert all(value.isdigit() for value in child["properties"].values())


def test_a_job_without_results_has_no_tree(api):
    task = api.run("drop table if exists nothing")
    assert task["status"] == "Succeed"
    assert api.data("/filesystem/getDirFileTrees", path=task["resultLocation"]) == {"dirFileTrees": None}


@pytest.mark.parametrize("call", ["getDirFileTrees", "openFile", "openLog"])
def test_a_path_is_needed(api, call):
    assert error_code(api.get(f"/filesystem/{call}")) == 80004


# --- openFile


def test_a_table_has_columns_and_rows_of_texts(api, table):
    data = opened(api, table)
    assert data["metadata"] == [
        {"columnName": "n", "comment": "NULL", "dataType": "int"},
        {"columnName": "word", "comment": "NULL", "dataType": "string"},
        {"columnName": "more", "comment": "NULL", "dataType": "string"},
    ]
    assert (data["type"], data["totalLine"], data["totalPage"], data["page"], data["totalColumn"]) == ("2", 3, 0, 1, 3)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({}, [["1", "a", "NULL"], ["2", "", "NULL"], ["3", "c", "x"]]),
        ({"nullValue": "BLANK"}, [["1", "a", "NULL"], ["2", "", "NULL"], ["3", "c", "x"]]),
        ({"nullValue": "-"}, [["1", "a", "-"], ["2", "-", "-"], ["3", "c", "x"]]),
        ({"nullValue": "LINKIS_NULL"}, [["1", "a", None], ["2", "", "NULL"], ["3", "c", "x"]]),
    ],
)
def test_null_is_told_as_asked_for(api, table, query, rows):
    assert opened(api, table, **query)["fileContent"] == rows


def test_pages_hold_all_rows_once_and_the_last_one_is_short(api, large):
    rows, page = [], 1
    while True:
        data = opened(api, large, page=page, pageSize=5000)
        assert data["totalLine"] == len(data["fileContent"])
        rows += [int(row[0]) for row in data["fileContent"]]
        if data["totalLine"] < 5000:
            break
        page += 1
    assert rows == list(range(1, 12346))
    assert page == 3


def test_a_page_past_the_end_is_empty(api, large):
    data = opened(api, large, page=4)
    assert (data["fileContent"], data["totalLine"]) == ([], 0)


def test_a_page_has_5000_rows_if_not_asked_otherwise_and_100000_at_most(api, large):
    assert opened(api, large)["totalLine"] == 5000
    assert opened(api, large, pageSize=100000)["totalLine"] == 12345
    assert error_code(api.get("/filesystem/openFile", path=large, pageSize=100001)) == 80034


def test_a_text_has_rows_of_one_line_and_no_columns(api, text):
    data = opened(api, text)
    assert (data["type"], data["metadata"], data["totalLine"]) == ("1", None, 3)
    assert data["fileContent"] == [["one"], [""], ["two,three"]]


def test_a_script_is_read_as_one_row_with_its_settings_apart(api):
    script = api.server.data_dir / "scripts" / "job.sql"
    settings = "--@set day=2024-01-01\n--conf@set startup spark spark.executor.cores=4\n"
    script.write_text(f"{settings}select 1\n\n-- end\n", encoding="utf-8")
    data = opened(api, f"file://{script}")
    assert (data["type"], data["totalLine"]) == ("script/text", 3)
    assert data["fileContent"] == [["select 1\n\n-- end\n"]]
    configuration = {"startup": {"spark": {"spark.executor.cores": "4"}}}
    assert data["metadata"] == {"variable": {"day": "2024-01-01"}, "configuration": configuration}


def test_a_missing_file_is_refused(api, table):
    assert error_code(api.get("/filesystem/openFile", path=table.replace("_0.", "_7."))) == 80012
    assert error_code(api.get("/filesystem/openLog", path=f"{table}.log")) == 80018


def test_a_broken_result_set_is_refused(api):
    broken = api.server.data_dir / "result" / "broken.dolphin"
    for content in (b"", b"no result set at all, not even its end"):
        broken.write_bytes(content)
        assert error_code(api.get("/filesystem/openFile", path=f"file://{broken}")) == 80012


# --- what is not shown


def outside(api) -> list[str]:
    data = api.server.data_dir
    link = data / "scripts" / "link"
    if not link.is_symlink():
        link.symlink_to("/etc")
    return [
        "/etc/passwd",
        "file:///etc/passwd",
        f"file://{data}/history.sqlite",
        f"file://{data}/result/../history.sqlite",
        f"file://{data}/scripts/link/passwd",
        f"file://{data}/result-of-others/_0.dolphin",
        f"{os.path.relpath('/', data)}/etc/passwd",
        "hdfs:///tmp/x",
        "file://",
    ]


@pytest.mark.parametrize("call", ["getDirFileTrees", "openFile", "openLog"])
def test_a_path_outside_is_refused_however_it_is_written(api, call):
    for path in outside(api):
        assert error_code(api.get(f"/filesystem/{call}", path=path)) == 80010, path


def test_an_export_refuses_it_too(api):
    for path in outside(api):
        answer = exported(api, path)
        assert "Content-Disposition" not in answer.headers
        assert answer.text.startswith("error(错误):"), path
        assert "80010" in answer.text


def test_a_path_with_a_zero_byte_is_refused(api):
    assert error_code(api.get("/filesystem/openFile", path="/tmp/\0")) == 80012


# --- resultsetToExcel


def test_csv_is_not_quoted_and_null_is_the_word_for_empty_texts_too(api, table):
    answer = exported(api, table)
    assert answer.headers["Content-Disposition"] == "attachment;filename=downloadResultset.csv"
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text == "n,word,more\n1,a,NULL\n2,NULL,NULL\n3,c,x\n"


def test_csv_takes_a_separator_under_both_of_its_names(api, table):
    assert exported(api, table, csvSeperator=";").text.startswith("n;word;more\n")
    assert exported(api, table, csvSeparator="|", nullValue="BLANK").text.startswith("n|word|more\n1|a|\n")


def test_line_ends_in_values_become_spaces(api):
    path = api.files(api.run("show([('a\\nb', 'c,d')], columns=['x', 'y'])", "python"))[0]
    assert exported(api, path).text == "x,y\na b,c,d\n"


def test_the_file_is_named_as_asked_for(api, table):
    given = exported(api, table, outputFileName="my_result-1.2").headers["Content-Disposition"]
    assert given == "attachment;filename=my_result-1.2.csv"
    evil = exported(api, table, outputFileName='结果"\r\nSet-Cookie: a=b')
    assert evil.text.startswith("n,word,more")
    assert "Set-Cookie" not in evil.headers


def test_an_export_ends_silently_after_5000_rows_unless_a_limit_is_given(api, large):
    assert exported(api, large).text.count("\n") == 1 + 5000
    assert exported(api, large, limit=12000).text.count("\n") == 1 + 12000


def test_xlsx_is_a_workbook(api, table):
    answer = exported(api, table, outputFileType="xlsx", outputFileName="book")
    assert answer.headers["Content-Disposition"] == "attachment;filename=book.xlsx"
    assert "spreadsheetml" in answer.headers["Content-Type"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert book.testzip() is None
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row>") == 4
    assert ">word</t>" in sheet


@pytest.mark.parametrize(("kind", "code"), [("Excel", 80015), ("pdf", 80015), ("xlsx", 80024)])
def test_an_export_that_fails_is_text_with_http_200(api, text, kind, code):
    answer = exported(api, text, outputFileType=kind)
    assert answer.status_code == 200
    assert "Content-Disposition" not in answer.headers
    assert answer.text.startswith("error(错误):")
    assert str(code) in answer.text


# --- openLog


def test_a_whole_log_has_four_levels_of_whole_lines(api):
    task = api.run("echo out; echo bad >&2", "shell")
    errors, warnings, infos, everything = api.data("/filesystem/openLog", path=task["logPath"])["log"]
    assert errors == ""
    assert "bad\n" in warnings
    assert "out\n" in infos
    assert everything.endswith("\n")
    assert everything.count("\n") == warnings.count("\n") + infos.count("\n")
