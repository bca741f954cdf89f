"""SCREENSHOT: pages of allowed hosts become pictures, and nothing else is looked at; a real Chromium, real pages."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from typing_extensions import Self

from support.job_task import InThread
from taskcenter_plugin.job_types.base import Job, JobDefinitionError
from taskcenter_plugin.job_types.screenshot import ScreenshotJobType
from taskcenter_plugin.job_types.screenshot_browser import ScreenshotError
from taskcenter_plugin.job_types.screenshot_hosts import AllowedHosts
from taskcenter_plugin.job_types.screenshot_process import BROWSERS
from taskcenter_sandbox.waiting import wait_until

needs_chromium = pytest.mark.skipif(
    not any(shutil.which(name) for name in BROWSERS), reason="no Chromium on this machine (apt-get install chromium)"
)


class Pages:
    """A web server: what each path answers, and what it has been asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.missing = ""
        self.asked: list[str] = []
        self.released = threading.Event()
        pages = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                if path == "/favicon.ico":
                    self.send_error(404)
                    return
                pages.asked.append(self.path)
                if path == "/slow":
                    pages.released.wait(60)
                if path == "/elsewhere":
                    self.send_response(302)
                    self.send_header("Location", query)
                else:
                    self.send_response(200 if path in pages.pages else 404)
                    self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(pages.pages.get(path, pages.missing).encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.port = self._server.server_port
        self.url = f"http://{self.host}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def pages() -> Iterator[Pages]:
    with Pages() as server:
        server.pages["/board"] = "<title>板 Board</title><body style='margin:0'><div style='height:1500px'>Orders</div>"
        yield server


@pytest.fixture
def inner() -> Iterator[Pages]:
    """A server that nobody is to reach."""
    with Pages() as server:
        server.pages["/secret"] = "<title>secret</title>"
        yield server


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where screenshots are kept; only the host of ``pages`` is allowed."""
    allow(monkeypatch, pages.host)
    monkeypatch.setenv("AIRFLOW__TASKCENTER__SCREENSHOT_PATH", str(tmp_path / "kept"))
    return tmp_path / "kept"


def allow(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    monkeypatch.setenv("AIRFLOW__TASKCENTER__SCREENSHOT_HOSTS", hosts)


class Instance:
    """All that the task asks of its task instance."""

    def __init__(self) -> None:
        self.id = uuid4()


def task_of(**definition):
    from airflow.sdk import DAG

    kind = ScreenshotJobType()
    kind.check("7", definition)
    with DAG("screenshots", schedule=None) as dag:
        kind.build(Job(kind.group, "7", "", definition))
    return dag.get_task("run")


def shoot(**definition) -> dict:
    return task_of(**definition).execute({"ti": Instance()})


def browsers(marker: str) -> list[psutil.Process]:
    """The processes of Chromium and of what drives it that belong to a page."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("TMPDIR", "").startswith(marker):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def marker() -> Iterator[str]:
    """A directory for temporary files, by which the processes of the test's own browsers are known."""
    # Not tmp_path: Chromium has sockets in there, whose paths may not be long.
    with tempfile.TemporaryDirectory(prefix="shot-") as home:
        yield home


@needs_chromium
def test_a_whole_page_becomes_a_picture(pages, directory):
    result = shoot(url=f"{pages.url}/board?tab=1#end", params={"day": "今天"}, width=640)
    file = Path(result.pop("path"))
    assert file.parent == directory
    assert file.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert [each.name for each in directory.iterdir()] == [file.name]
    assert result == {
        "width": 640,
        "height": 1500,
        "bytes": file.stat().st_size,
        "title": "板 Board",
        "url": f"{pages.url}/board",
    }
    assert pages.asked == ["/board?tab=1&day=%E4%BB%8A%E5%A4%A9"]


@needs_chromium
def test_the_result_is_a_table_of_the_task_center(pages):
    from taskcenter_plugin.contexts.output import result_view

    view = result_view(shoot(url=f"{pages.url}/board", fullPage=False))
    assert [column["name"] for column in view["schema"]] == ["path", "width", "height", "bytes", "title", "url"]
    assert view["data"][0][1:3] == [1280, 800]


@needs_chromium
def test_what_scripts_draw_and_load_is_in_the_picture(pages):
    pages.pages["/data"] = "1500"
    pages.pages["/late"] = (
        "<body style='margin:0'><script>fetch('/data').then(got => got.text()).then(height => {"
        "document.title = 'drawn'; document.body.style.height = height + 'px'})</script>"
    )
    result = shoot(url=f"{pages.url}/late")
    assert (result["title"], result["height"]) == ("drawn", 1500)


@needs_chromium
def test_a_page_that_never_comes_to_rest_is_taken_as_it_is(pages, capsys):
    pages.pages["/restless"] = "<title>restless</title><script>fetch('/slow')</script>"
    assert shoot(url=f"{pages.url}/restless", timeoutSeconds=3)["title"] == "restless"
    assert "goes on loading" in capsys.readouterr().out


@needs_chromium
def test_a_picture_has_an_end(pages):
    pages.pages["/endless"] = "<body style='margin:0'><div style='height:40000px'></div>"
    assert shoot(url=f"{pages.url}/endless", width=200)["height"] == 16_384


@needs_chromium
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_redirect_to_another_host_leads_nowhere(pages, inner, directory, host):
    target = f"http://{host}:{inner.port}/secret"
    with pytest.raises(ScreenshotError, match=r"/elsewhere leads to http://.*/secret, whose host is not among"):
        shoot(url=f"{pages.url}/elsewhere?{target}")
    assert (inner.asked, directory.exists()) == ([], False)


@needs_chromium
def test_a_script_that_goes_to_another_host_leads_nowhere(pages, inner, directory):
    pages.pages["/runaway"] = f"<script>location = '{inner.url}/secret'</script>"
    with pytest.raises(ScreenshotError, match="whose host is not among those that screenshots may be taken of"):
        shoot(url=f"{pages.url}/runaway")
    assert (inner.asked, directory.exists()) == ([], False)


@needs_chromium
def test_frames_and_parts_of_other_hosts_are_left_out_and_named(pages, inner, capsys):
    target = f"{inner.url}/secret"
    pages.pages["/nosy"] = (
        f"<title>nosy</title><iframe src='{target}'></iframe><iframe src='/elsewhere?{target}'></iframe><img src='{target}'>"
        f"<script>fetch('{target}').catch(() => 0); new WebSocket('ws://{inner.host}/secret')</script>"
    )
    assert shoot(url=f"{pages.url}/nosy")["title"] == "nosy"
    assert inner.asked == []
    assert f"wants something from {inner.host}" in capsys.readouterr().out


@needs_chromium
def test_a_host_without_a_port_and_a_domain_are_any_of_theirs(pages, monkeypatch):
    for hosts in ("localhost", "*.localhost"):
        allow(monkeypatch, f"example.com, {hosts}")
        name = hosts.replace("*", "board")
        assert shoot(url=f"http://{name}:{pages.port}/board")["title"] == "板 Board"


@needs_chromium
def test_a_file_of_the_worker_is_not_shown_by_a_redirect(pages, directory):
    with pytest.raises(ScreenshotError, match="ERR_UNSAFE_REDIRECT"):
        shoot(url=f"{pages.url}/elsewhere?file:///etc/passwd")
    assert not directory.exists()


@needs_chromium
@pytest.mark.parametrize("text", ["", "<title>Not found</title>"])
def test_an_error_page_is_no_picture(pages, text):
    pages.missing = text
    with pytest.raises(ScreenshotError, match="/nothing answered with HTTP status 404") as caught:
        shoot(url=f"{pages.url}/nothing", params={"who": "ann"})
    assert "ann" not in str(caught.value)


@needs_chromium
def test_a_page_that_does_not_come_is_given_up(pages):
    with pytest.raises(ScreenshotError, match="/slow has not loaded within 1 s"):
        shoot(url=f"{pages.url}/slow", params={"who": "ann"}, timeoutSeconds=1)


@needs_chromium
def test_a_server_that_is_not_there_is_named(pages, monkeypatch):
    with Pages() as gone:
        pass
    allow(monkeypatch, gone.host)
    with pytest.raises(ScreenshotError, match=rf"{gone.url}/board cannot be loaded: ERR_CONNECTION_REFUSED"):
        shoot(url=f"{gone.url}/board")


@needs_chromium
def test_a_killed_task_leaves_no_browser(pages, marker, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", marker)
    task = task_of(url=f"{pages.url}/slow")
    running = InThread(lambda: task.execute({"ti": Instance()}))
    wait_until(lambda: pages.asked, what="the page to be asked for", timeout_seconds=30)
    assert len(browsers(marker)) > 2
    task.on_kill()
    with pytest.raises(ScreenshotError, match="was killed"):
        running.result()
    assert browsers(marker) == []
    assert list(Path(marker).iterdir()) == []


TASK = """
from taskcenter_plugin.job_types.base import Job
from taskcenter_plugin.job_types.screenshot import ScreenshotJobType
from airflow.sdk import DAG
import sys, types
with DAG("d", schedule=None) as dag:
    ScreenshotJobType().build(Job("SCREENSHOT", "7", "", {"url": sys.argv[1]}))
dag.get_task("run").execute({"ti": types.SimpleNamespace(id="x")})
"""


@needs_chromium
def test_a_task_that_is_killed_outright_leaves_no_browser(pages, marker):
    environment = {**os.environ, "TMPDIR": marker}
    task = subprocess.Popen([sys.executable, "-c", TASK, f"{pages.url}/slow"], env=environment)
    try:
        wait_until(lambda: pages.asked, what="the page to be asked for", timeout_seconds=60)
        assert len(browsers(marker)) > 2
    finally:
        task.send_signal(signal.SIGKILL)
        task.wait()
    wait_until(lambda: not browsers(marker), what="the browser to end", timeout_seconds=10)


def test_without_a_browser_it_is_told_what_to_install(pages, monkeypatch):
    task = task_of(url=f"{pages.url}/board")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ScreenshotError, match="apt-get install chromium"):
        task.execute({"ti": Instance()})
    monkeypatch.setenv("AIRFLOW__TASKCENTER__SCREENSHOT_BROWSER", "/nowhere/chromium")
    with pytest.raises(ScreenshotError, match="screenshot_browser is /nowhere/chromium"):
        task.execute({"ti": Instance()})


def test_without_the_extra_it_is_told_what_to_install(pages, monkeypatch):
    task = task_of(url=f"{pages.url}/board")
    monkeypatch.setitem(sys.modules, "playwright", None)
    with pytest.raises(ScreenshotError, match=r"pip install 'airflow-taskcenter\[screenshot\]'"):
        task.execute({"ti": Instance()})


def test_without_hosts_every_page_is_refused_when_the_plan_is_stored(pages, monkeypatch):
    allow(monkeypatch, "")
    with pytest.raises(JobDefinitionError, match=r"SCREENSHOT 7: no host is set up .* \[taskcenter\] screenshot_hosts"):
        ScreenshotJobType().check("7", {"url": f"{pages.url}/board"})


def test_a_worker_whose_hosts_are_fewer_refuses_too(pages, monkeypatch):
    task = task_of(url=f"{pages.url}/board?who=ann")
    allow(monkeypatch, "example.com")
    with pytest.raises(JobDefinitionError, match=r"of example\.com only, not of http://.*/board") as caught:
        task.execute({"ti": Instance()})
    assert "ann" not in str(caught.value)


PAGE = "https://bi.example.com/board"


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ({}, "give url"),
        ({"url": " "}, "give url"),
        ({"url": 7}, "give url"),
        ({"url": "file:///etc/passwd"}, "must begin with http"),
        ({"url": "javascript:alert(1)"}, "must begin with http"),
        ({"url": "https:///board"}, "must begin with http"),
        ({"url": "https://[::1/board"}, "is no address"),
        ({"url": "https://bi.example.com:99999/"}, "is no address"),
        ({"url": "https://ann:pw@bi.example.com/"}, "must not hold a user"),
        ({"url": "https://bi.example.com\\@evil.example/"}, "no spaces, backslashes"),
        ({"url": "https://bi.example.com/\n"}, "no spaces, backslashes"),
        ({"url": "https://evil.example/"}, "of bi.example.com only, not of https://evil.example/"),
        ({"url": "https://bi.example.com.evil.example/"}, "of bi.example.com only"),
        ({"url": f"https://{'b' * 70}.com/"}, "of bi.example.com only"),
        ({"url": f"{PAGE}?{'a' * 2000}"}, "longer than 2000"),
        ({"url": PAGE, "params": "a=1"}, "params must be an object"),
        ({"url": PAGE, "params": {"a": [1]}}, "params must be an object"),
        ({"url": PAGE, "width": 100_000}, "width must be a whole number from 200 to 4096"),
        ({"url": PAGE, "height": "800"}, "height must be a whole number"),
        ({"url": PAGE, "timeoutSeconds": True}, "timeoutSeconds must be a whole number"),
        ({"url": PAGE, "fullPage": "yes"}, "fullPage must be true or false"),
    ],
)
def test_what_cannot_be_taken_is_refused(monkeypatch, definition, told):
    allow(monkeypatch, "bi.example.com")
    with pytest.raises(JobDefinitionError, match=told):
        ScreenshotJobType().check("7", definition)


def test_credentials_in_the_address_are_refused(monkeypatch):
    from taskcenter_plugin.errors import BadRequest

    allow(monkeypatch, "bi.example.com")
    with pytest.raises(BadRequest, match="looks like a credential") as caught:
        ScreenshotJobType().check("7", {"url": f"{PAGE}?access_token=abc"})
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("entry", ["*", "*.example.com:80", "https://example.com", "a b/c", "MAP,* ~x", "[::1]", "-a"])
def test_a_host_that_is_none_is_refused(monkeypatch, entry):
    allow(monkeypatch, f"bi.example.com, {entry}")
    with pytest.raises(JobDefinitionError, match=r"screenshot_hosts: .* is no host"):
        ScreenshotJobType().check("7", {"url": PAGE})


def test_hosts_are_told_apart_by_name_port_and_domain():
    hosts = AllowedHosts.parse(
        "BI.example.com, grafana.example.com:3000 *.corp.example,例子.example".replace("例子", "xn--fsqu00a")
    )
    allowed = ["https://bi.example.com/", "http://bi.example.com:81", "http://grafana.example.com:3000/d"]
    allowed += ["https://a.b.corp.example/", "https://例子.example/"]
    refused = [
        "http://grafana.example.com/",
        "https://corp.example/",
        "https://acorp.example/",
        "https://example.com/",
        "data:,",
    ]
    assert [url for url in allowed + refused if hosts.allow(url)] == allowed
