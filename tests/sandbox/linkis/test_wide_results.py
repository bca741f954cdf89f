"""Results with many columns, with long cells, and workbooks of several results."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree as ET

import pytest

NAMESPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture(scope="module")
def wide(api):
    """A table with 1200 columns and two rows."""
    columns = ", ".join(f"{number} as c{number}" for number in range(1200))
    return api.files(api.run(f"select {columns} union all select {columns}"))[0]


@pytest.fixture(scope="module")
def job(api):
    """A job with two tables and more than ten results."""
    code = "; ".join(f"select {number} as n" for number in range(11))
    return api.run(f"select 'x' as word, 12 as whole, cast(1.5 as double) as half, null as nothing; {code}")


def opened(api, path, **query):
    return api.data("/filesystem/openFile", path=path, **query)


def sheets(content):
    """Each sheet as rows of ``(text, type)``."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        names = [
            sheet.get("name")
            for sheet in ET.fromstring(book.read("xl/workbook.xml")).iter(f"{{{NAMESPACE['m']}}}sheet")
        ]
        found = {}
        for number, name in enumerate(names, start=1):
            root = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            found[name] = [
                [("".join(cell.itertext()), cell.get("t")) for cell in row.iterfind("m:c", NAMESPACE)]
                for row in root.iter(f"{{{NAMESPACE['m']}}}row")
            ]
        return found


def test_all_columns_come_when_no_limit_is_asked_for(api, wide):
    data = opened(api, wide)
    assert (data["totalColumn"], len(data["metadata"]), len(data["fileContent"][0])) == (1200, 1200, 1200)


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ({}, 0, 500),
        ({"columnPage": 2}, 500, 500),
        ({"columnPage": 3}, 1000, 200),
        ({"columnPage": 7, "columnPageSize": 10}, 60, 10),
    ],
)
def test_a_page_of_columns_comes_when_a_limit_is_asked_for(api, wide, query, first, count):
    data = opened(api, wide, enableLimit="true", **query)
    names = [column["columnName"] for column in data["metadata"]]
    assert names == [f"c{number}" for number in range(first, first + count)]
    assert data["fileContent"] == [[str(number) for number in range(first, first + count)]] * 2
    assert data["totalColumn"] == 1200


@pytest.mark.parametrize("query", [{"columnPage": 0}, {"columnPageSize": 0}, {"columnPageSize": 501}])
def test_pages_of_columns_have_1_to_500(api, wide, query):
    answer = api.get("/filesystem/openFile", path=wide, **query)
    assert (answer.status_code, answer.json()["data"]["errorMsg"]["errCode"]) == (400, 80036)


def test_a_long_cell_forbids_the_page_where_a_limit_is_asked_for(api):
    path = api.files(api.run("select repeat('x', 200) as v"))[0]
    api.server.fault("cell-limit:100")
    try:
        data = opened(api, path, enableLimit="true")
        assert (data["display_prohibited"], data["type"]) == (True, "2")
        assert "fileContent" not in data
        assert "exceed 100 characters" in data["en_msg"]
        assert opened(api, path)["fileContent"] == [["x" * 200]]
    finally:
        api.server.fault("cell-limit:0")


def test_a_directory_that_is_gone_has_no_tree(api, job):
    api.server.fault("result-location-gone")
    try:
        assert api.data("/filesystem/getDirFileTrees", path=job["resultLocation"]) == {"dirFileTrees": None}
    finally:
        api.server.fault("result-location-gone:0")


def test_a_workbook_has_all_tables_of_a_job_in_their_order(api, job):
    answer = api.get("/filesystem/resultsetsToExcel", path=job["resultLocation"], outputFileName="all")
    assert answer.headers["Content-Disposition"] == "attachment;filename=all.xlsx"
    found = list(sheets(answer.content).values())
    assert len(found) == 12
    assert found[0] == [
        [("word", "inlineStr"), ("whole", "inlineStr"), ("half", "inlineStr"), ("nothing", "inlineStr")],
        [("x", "inlineStr"), ("12", "inlineStr"), ("1.5", "inlineStr"), ("NULL", "inlineStr")],
    ]
    assert [rows[1][0][0] for rows in found[1:]] == [str(number) for number in range(11)]


def test_numbers_are_numbers_when_a_format_is_asked_for(api, job):
    path = api.files(job)[0]
    answer = api.get(
        "/filesystem/resultsetToExcel", path=path, outputFileType="xlsx", autoFormat="true", sheetName="a/b"
    )
    found = sheets(answer.content)
    assert list(found) == ["a_b"]
    assert found["a_b"][1] == [("x", "inlineStr"), ("12", None), ("1.5", None), ("NULL", "inlineStr")]


def test_a_workbook_of_an_empty_directory_is_refused_in_text(api):
    path = f"file://{api.server.data_dir}/result"
    answer = api.get("/filesystem/resultsetsToExcel", path=path)
    assert answer.status_code == 200
    assert answer.text.startswith("error(错误):errCode: 80029 ,desc: Empty dir")
    assert "Content-Disposition" not in answer.headers


def test_quotes_line_ends_and_charsets_of_csv_are_as_asked_for(api):
    path = api.files(api.run("select 'a\"b' as q, 'two\\nlines' as l, '日本' as c, '' as e"))[0]
    get = lambda **query: api.get("/filesystem/resultsetToExcel", path=path, **query).content  # noqa: E731
    assert get().decode() == 'q,l,c,e\na"b,two lines,日本,NULL\n'
    assert get(nullValue="BLANK").decode() == 'q,l,c,e\na"b,two lines,日本,\n'
    assert get(quoteRetouchEnable="true").decode() == '"q","l","c","e"\n"ab","two lines","日本","NULL"\n'
    assert get(keepNewline="true").decode().split("\n")[1:3] == ['a"b,two', "lines,日本,NULL"]
    assert get(charset="gbk").decode("gbk") == 'q,l,c,e\na"b,two lines,日本,NULL\n'
    assert get(csvSeparator="t").decode().split("\n")[0] == "q\tl\tc\te"
    assert get(charset="nonsense").startswith("error(错误):".encode())
