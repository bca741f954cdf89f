"""Files that Linkis makes of a result set: streamed, whole, and never a silent error (facts, section 13)."""

from __future__ import annotations

import inspect
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.linkis_replies import PREFIX, envelope, refusal
from support.linkis_stub import LinkisStub
from support.scripted_server import Answer, html_answer
from taskcenter.core.errors import ConfigurationError, MalformedReplyError, RemoteError, ResultError
from taskcenter.linkis.files import count_downloaded_rows
from taskcenter.linkis.hook import LinkisHook

DOWNLOAD = f"GET {PREFIX}/filesystem/resultsetToExcel"
OPEN_FILE = f"GET {PREFIX}/filesystem/openFile"
RESULT = "file:///results/7/_0.dolphin"


@pytest.fixture
def linkis(monkeypatch: pytest.MonkeyPatch) -> Iterator[LinkisStub]:
    with LinkisStub() as server:
        monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", server.connection())
        yield server


@pytest.fixture(params=["sync", "async"])
def download(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Any]:
    async def run(file_type: str = "csv", **options: Any) -> Path:
        target = tmp_path / "result"
        if request.param == "sync":
            with LinkisHook() as hook:
                return hook.results_to_excel(RESULT, target, file_type, **options)
        return await LinkisHook().aresults_to_excel(RESULT, target, file_type, **options)

    return run


def csv_file(rows: int, *, cut: bool = False, final_newline: bool = True) -> Answer:
    body = b"n,s\n" + b"".join(b"%d,x\n" % number for number in range(rows))
    body = body if final_newline else body[:-1]
    chunks = tuple(body[start : start + 4096] for start in range(0, len(body), 4096))
    return Answer(200, headers={"Content-Disposition": "attachment;filename=x.csv"}, chunks=chunks, cut=cut)


def xlsx_file(rows: int) -> Answer:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        sheet = "".join(f'<row r="{number}"><c/></row>' for number in range(rows + 1))
        book.writestr("xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{sheet}</sheetData></worksheet>")
    return Answer(200, headers={"Content-Disposition": "attachment;filename=x.xlsx"}, chunks=(buffer.getvalue(),))


def one_more_row(there: bool) -> Answer:
    return envelope({"metadata": [], "fileContent": [["x"]] if there else [], "type": "2"})


@pytest.mark.parametrize(("file_type", "make"), [("csv", csv_file), ("xlsx", xlsx_file)])
async def test_a_file_comes_whole_and_all_rows_are_asked_for(linkis: LinkisStub, download, file_type, make):
    linkis.script(DOWNLOAD, make(12_000))
    path = await download(file_type)
    assert count_downloaded_rows(path, file_type) == 12_000
    [asked] = linkis.asked_for("GET /resultsetToExcel")
    assert (asked.query["outputFileType"], asked.query["path"]) == (file_type, RESULT)
    assert int(asked.query["limit"]) > 10**9, "0 would mean 5000"


@pytest.mark.parametrize(("file_type", "make"), [("csv", csv_file), ("xlsx", xlsx_file)])
async def test_a_silent_cut_at_5000_rows_is_an_error_and_leaves_no_file(
    linkis: LinkisStub, download, file_type, make, tmp_path
):
    linkis.script(DOWNLOAD, make(5000))
    linkis.script(OPEN_FILE, one_more_row(there=True))
    with pytest.raises(ResultError, match="only the first 5000 rows"):
        await download(file_type)
    assert list(tmp_path.iterdir()) == []
    assert linkis.asked_for("GET /openFile")[0].query["page"] == "5001"


async def test_a_result_of_exactly_5000_rows_is_whole(linkis: LinkisStub, download):
    linkis.script(DOWNLOAD, csv_file(5000))
    linkis.script(OPEN_FILE, one_more_row(there=False))
    assert count_downloaded_rows(await download(), "csv") == 5000


async def test_5000_rows_that_were_asked_for_are_no_cut(linkis: LinkisStub, download):
    linkis.script(DOWNLOAD, csv_file(5000))
    await download(limit=5000)
    assert linkis.asked_for("GET /openFile") == []


ERRORS: dict[str, Answer] = {
    "as Linkis says it": Answer(
        200, "error(错误):path not found".encode(), {"Content-Type": "text/plain; charset=utf-8"}
    ),
    "of the gateway": refusal(80010, "no access"),
    "with good news": envelope({}),
    "nothing": Answer(200, b"", {"Content-Type": "text/plain"}),
    "a page": html_answer(200),
}


@pytest.mark.parametrize("answer", ERRORS.values(), ids=ERRORS)
async def test_what_is_no_file_is_an_error_and_leaves_none(linkis: LinkisStub, download, answer, tmp_path):
    linkis.always(DOWNLOAD, answer)
    with pytest.raises(RemoteError) as caught:
        await download()
    assert caught.value.context.http_status in (200, 400)
    assert list(tmp_path.iterdir()) == []


async def test_a_download_that_breaks_off_is_begun_anew_and_not_appended_to(linkis: LinkisStub, download):
    linkis.script(DOWNLOAD, csv_file(3000, cut=True), csv_file(3000))
    assert count_downloaded_rows(await download(), "csv") == 3000


async def test_a_gateway_in_trouble_is_asked_again(linkis: LinkisStub, download):
    linkis.script(DOWNLOAD, html_answer(502), csv_file(10))
    assert count_downloaded_rows(await download(), "csv") == 10


async def test_a_gateway_in_lasting_trouble_is_told(linkis: LinkisStub, download, tmp_path):
    linkis.always(DOWNLOAD, html_answer(503))
    with pytest.raises(MalformedReplyError):
        await download()
    assert list(tmp_path.iterdir()) == []


async def test_an_earlier_file_stays_when_the_new_one_fails(linkis: LinkisStub, download, tmp_path):
    (tmp_path / "result").write_text("of yesterday")
    linkis.always(DOWNLOAD, refusal(80010, "no access"))
    with pytest.raises(RemoteError):
        await download()
    assert (tmp_path / "result").read_text() == "of yesterday"


@pytest.mark.parametrize("file_type", ["Excel", "xls", "", "CSV"])
async def test_a_type_that_linkis_does_not_make_is_refused(linkis: LinkisStub, download, file_type):
    with pytest.raises(ConfigurationError, match="Linkis makes csv and xlsx"):
        await download(file_type)
    assert linkis.asked == []


@pytest.mark.parametrize("rows", [0, 1, 5000])
@pytest.mark.parametrize("final_newline", [True, False])
def test_rows_of_a_csv_are_counted_without_the_header(tmp_path: Path, rows, final_newline):
    path = tmp_path / "x.csv"
    path.write_bytes(b"".join(csv_file(rows, final_newline=final_newline).chunks or ()))
    assert count_downloaded_rows(path, "csv") == rows


def test_an_empty_file_has_no_rows(tmp_path: Path):
    (tmp_path / "x.csv").touch()
    assert count_downloaded_rows(tmp_path / "x.csv", "csv") == 0


def test_every_public_method_that_asks_the_server_has_its_asynchronous_twin():
    own = {"make_system", "check", "read_script"}
    public = {name for name, value in vars(LinkisHook).items() if inspect.isfunction(value) and name[0] != "_"}
    plain = {name for name in public if not inspect.iscoroutinefunction(getattr(LinkisHook, name))} - own
    assert {f"a{name}" for name in plain} == public - plain - own
    for name in plain:
        twin = getattr(LinkisHook, f"a{name}")
        assert inspect.signature(twin) == inspect.signature(getattr(LinkisHook, name)), name
