"""The pages on remote jobs, in a real browser: from Airflow's own page on a task, as its users go."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import pytest

from taskcenter_plugin.job_types.screenshot_process import BROWSERS
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings, wait_until
from taskcenter_sandbox.linkis.server import LinkisServer

BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine (apt-get install chromium)"),
]
DAGS = Path(__file__).parent / "job_page_dags"
DAG_IDS = ["page_slow", "page_rows"]
SECONDS = 120


@pytest.fixture(scope="module")
def airflow(tmp_path_factory) -> Iterator[AirflowDeployment]:
    with LinkisServer(data_dir=tmp_path_factory.mktemp("linkis"), port=0) as linkis:
        fields = {
            "conn_type": "linkis",
            "host": "127.0.0.1",
            "port": linkis.port,
            "login": "hadoop",
            "password": "hadoop",
        }
        settings = DeploymentSettings(
            home=tmp_path_factory.mktemp("airflow"),
            dags_folder=DAGS,
            environment={"AIRFLOW_CONN_LINKIS_DEFAULT": json.dumps(fields)},
            config={"core": {"simple_auth_manager_users": "admin:admin,vera:viewer"}},
        )
        with AirflowDeployment(settings) as deployment:
            deployment.client.wait_for_dags(DAG_IDS)
            for dag_id in DAG_IDS:
                deployment.client.set_paused(dag_id, paused=False)
            yield deployment


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    # Chromium refuses to run as root with its sandbox, as in a container of CI.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=arguments)
        yield browser
        browser.close()


class Visitor:
    """A user with a browser of their own, who has not logged in yet."""

    def __init__(self, airflow: AirflowDeployment, chromium: Any, user: str, **options: Any) -> None:
        self._url = airflow.settings.url
        self._user = user
        self._password = json.loads(airflow.settings.passwords_file.read_text())[user]
        self._context = chromium.new_context(**options)
        self._context.set_default_timeout(SECONDS * 1000)
        self._logged_in = False
        self.page = self._context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "/task-center/" in message.location.get("url", ""):
            self.complaints.append(message.text)

    def close(self) -> None:
        self._context.close()

    def go(self, path: str) -> None:
        """Open a page of Airflow's, and log in at first, which leads back to it."""
        self.page.goto(self._url + path)
        if not self._logged_in:
            self.page.wait_for_url("**/auth/login?next=*")
            self.page.fill("input[name=username]", self._user)
            self.page.fill("input[name=password]", self._password)
            self.page.click("button[type=submit]")
            self._logged_in = True
            self.page.wait_for_url(lambda url: unquote(url) == unquote(self._url + path))

    def open_job(self, dag_id: str, run_id: str) -> None:
        """Open a job's page by its address."""
        self.go("/task-center/jobs?" + urlencode({"dag_id": dag_id, "run_id": run_id, "task_id": "job"}))

    def wait_for(self, selector: str, text: str) -> None:
        """Wait until a part of the page has that text in it."""
        self.page.locator(selector).filter(has_text=text).wait_for()

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).inner_text())

    def ground(self) -> str:
        """The page's background."""
        return str(self.page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.fixture
def visit(airflow, chromium) -> Iterator[Any]:
    visitors = []

    def begin(user: str = "admin", **options: Any) -> Visitor:
        visitors.append(Visitor(airflow, chromium, user, **options))
        return visitors[-1]

    yield begin
    complaints = [each for visitor in visitors for each in visitor.complaints]
    for visitor in visitors:
        visitor.close()
    assert complaints == []


@pytest.fixture(scope="module")
def finished(airflow) -> str:
    """A run whose query has brought rows."""
    run_id = airflow.client.trigger("page_rows")
    assert airflow.client.wait_for_run("page_rows", run_id) == "success"
    return str(run_id)


def begin_slow_job(airflow, end: Path) -> str:
    """Run a job that writes into its log until that file is there."""
    run_id = airflow.client.trigger("page_slow", conf={"end": str(end)})
    airflow.client.wait_for_task("page_slow", run_id, "job", states=["deferred"], timeout_seconds=SECONDS)
    return str(run_id)


def test_airflows_page_on_the_task_leads_to_the_job_whose_log_grows_until_it_has_ended(airflow, visit, tmp_path):
    run_id = begin_slow_job(airflow, tmp_path / "end")
    ada = visit()
    ada.go(f"/dags/page_slow/runs/{run_id}/tasks/job/details")
    ada.page.get_by_role("link", name="Job page").click()
    ada.wait_for("#state", "running")
    ada.wait_for("#log", "tick 1 <b>&amp;</b>")
    first = ada.text("#log")
    assert "the end" not in first
    assert ada.page.locator("#cancel").is_visible()
    (tmp_path / "end").touch()
    ada.wait_for("#log", "the end")
    ada.wait_for("#log-note", "End of the log")
    whole = ada.text("#log")
    assert whole.startswith(first)
    ticks = [int(number) for number in re.findall(r"^tick (\d+) ", whole, re.MULTILINE)]
    assert ticks == list(range(len(ticks)))
    ada.wait_for("#state", "succeeded")
    ada.wait_for("#rows", "tick 1 <b>&amp;</b>")
    assert not ada.page.locator("#cancel").is_visible()
    assert "Linkis job" in ada.text("#links")
    ada.page.locator("#task-link").click()
    ada.page.wait_for_url(lambda url: unquote(url).endswith(f"/dags/page_slow/runs/{run_id}/tasks/job"))


def test_who_has_not_logged_in_does_so_and_comes_back_and_sees_rows_with_their_types_and_nulls(visit, finished):
    ada = visit()
    ada.open_job("page_rows", finished)  # waits until it is back at this very address
    ada.wait_for("#shown-rows", "Rows 1 to 3")
    assert [ada.text(f"#rows th >> nth={index}").split() for index in range(3)] == [
        ["n", "int"],
        ["words", "string"],
        ["amount", "decimal"],
    ]
    cells = ada.page.locator("#rows td")
    assert cells.all_inner_texts() == ["1", "text <i>", "2.50", "NULL", "NULL", "NULL", "3", "", "9007199254740993.00"]
    assert ada.page.locator("#rows td.null").count() == 3
    with ada.page.expect_download() as download:
        ada.page.click("#download")
    assert download.value.suggested_filename == "page_rows-job-1.csv"
    assert Path(download.value.path()).read_bytes().decode() == (
        'n,words,amount\r\n1,text <i>,2.50\r\n,,\r\n3,"",9007199254740993.00\r\n'
    )
    ada.page.select_option("#result-number", label="2")
    ada.wait_for("#shown-rows", "Rows 1 to 100")
    ada.page.click("#next")
    ada.wait_for("#shown-rows", "Rows 101 to 200")
    ada.page.click("#next")
    ada.wait_for("#shown-rows", "Rows 201 to 250")
    assert ada.page.locator("#next").is_disabled()


def test_a_running_job_is_cancelled_from_the_keyboard_after_a_question_and_not_run_again(airflow, visit, tmp_path):
    run_id = begin_slow_job(airflow, tmp_path / "never")
    ada = visit()
    ada.open_job("page_slow", run_id)
    ada.wait_for("#state", "running")
    ada.page.locator("#cancel").focus()
    ada.page.keyboard.press("Enter")
    ada.wait_for("#confirm", "Cancel this job?")
    ada.page.keyboard.press("Escape")
    ada.page.locator("#confirm").wait_for(state="hidden")
    assert "running" in ada.text("#state")
    ada.page.keyboard.press("Enter")  # the focus is back on the button
    ada.wait_for("#confirm", "Cancel this job?")
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.press("Enter")
    ada.wait_for("#state", "cancelled")
    assert airflow.client.wait_for_run("page_slow", run_id) == "failed"
    assert airflow.client.task_instance("page_slow", run_id, "job")["try_number"] == 1
    entries = airflow.client.request("GET", "eventLogs", params={"event": "cancel_remote_job"})["event_logs"]
    assert [(entry["run_id"], entry["owner"]) for entry in entries] == [(run_id, "admin")]


def test_who_may_only_look_finds_no_way_to_cancel(airflow, visit, tmp_path):
    run_id = begin_slow_job(airflow, tmp_path / "never")
    vera = visit("vera")
    vera.open_job("page_slow", run_id)
    vera.wait_for("#log", "tick 1 ")
    assert not vera.page.locator("#cancel").is_visible()
    status = vera.page.evaluate(
        "fetch('jobs/cancel' + location.search, {method: 'POST', headers: {'X-Requested-With': 'x'}}).then((it) => it.status)"
    )
    assert status == 403
    vera.complaints.clear()  # the browser notes the 403, which was asked for
    assert airflow.client.task_instance("page_slow", run_id, "job")["state"] == "deferred"
    airflow.client.set_task_state("page_slow", run_id, "job", "failed")


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_the_page_is_light_or_dark_as_the_system_or_as_airflows_own_switch_says(visit, finished, chosen):
    other = {"light": "dark", "dark": "light"}[chosen]
    ada = visit(color_scheme=chosen)
    ada.open_job("page_rows", finished)
    ada.page.evaluate("localStorage.removeItem('theme')")
    ada.page.reload()
    grounds = {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 17, 21)"}
    assert ada.ground() == grounds[chosen]
    ada.page.evaluate(f"localStorage.setItem('theme', '{other}')")
    ada.page.reload()
    assert ada.ground() == grounds[other]


def test_the_page_speaks_chinese_where_the_browser_does(visit, finished):
    ada = visit(locale="zh-CN")
    ada.open_job("page_rows", finished)
    ada.wait_for("#state", "成功")
    wait_until(lambda: ada.page.locator("#rows td").count(), what="rows", timeout_seconds=SECONDS)
    assert ada.text("#results-heading") == "结果"
    assert ada.page.evaluate("document.documentElement.lang") == "zh-CN"
