"""The task center's page in a real browser, on a whole Airflow: runs, what they have brought, and who may do what."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from support.page_airflow import BATCH_ROWS, make_exchangis_job, make_transfer
from support.page_plans import DAILY, LOOKS, PYTHON, ROWS, SHELL, TALKS
from support.page_visitor import BROWSER, SECONDS, TOAST, Visitor, in_both_languages
from support.plans_over_http import TaskCenter, stored
from taskcenter_sandbox.deployment import wait_until

pytest_plugins = ["support.page_fixtures"]
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine (apt-get install chromium)"),
]
LINES = int(os.environ.get("TASKCENTER_LOG_LINES", "200000"))
LINES_AT_ONCE = 1_000
LINES_DRAWN = 300
COUNT_LINES = """
(log) => {
  const count = () => { globalThis.mostLines = Math.max(globalThis.mostLines ?? 0, log.querySelectorAll(".line").length); };
  new MutationObserver(count).observe(log, { childList: true, subtree: true });
  count();
}
"""
SHOWN_LINES = """
(log) => {
  const { top, bottom } = log.getBoundingClientRect();
  const within = (line) => line.getBoundingClientRect().bottom > top && line.getBoundingClientRect().top < bottom;
  return [...log.querySelectorAll(".line")].filter(within).map((line) => line.querySelector(".text").textContent);
}
"""
NEW_YORK, SHANGHAI = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")
EVERY_TWO_SECONDS, EACH_YEAR = (
    {**DAILY, "cronDesc": cron, "cronType": "CRON"} for cron in ("0/2 * * * * ?", "0 30 6 1 1 ?")
)


@pytest.fixture(scope="module")
def center(page_center) -> TaskCenter:
    """The task center, as a script uses it."""
    return page_center


@in_both_languages
def test_a_run_is_watched_its_log_grows_is_searched_and_never_there_whole(center, visit, tmp_path, language):
    code = TALKS.replace("FILE", str(tmp_path / "end"))
    with stored(center, "talks"):
        context = center.once("talks", code, params=PYTHON)["contextId"]
        ann = visit(language=language)
        say = ann.say
        ann.go(f"/runs/{context}")
        ann.see("[data-testid=steps] [data-state]", say("run.taskState.running"))
        ann.see("[data-testid=log] .line", "still at work")  # it follows the end
        ann.field(say("run.log.search")).fill("LINE 1234 of")
        ann.see("[data-testid=hits]", say("run.log.hit", at=1, count=1))
        ann.see("[data-testid=log] .line[data-current]", "line 1234 of 3000")
        assert ann.page.locator("[data-testid=log] .line").count() < 300
        ann.field(say("run.log.search")).fill("nothing like that")
        ann.see("[data-testid=hits]", say("run.log.noHit"))
        (tmp_path / "end").touch()
        ann.see("[role=status]", say("run.log.end"))
        ann.see("[role=status] [data-status]", say("status.SUCCESSFUL"))
        ann.page.get_by_test_id("log").focus()
        ann.page.keyboard.press("End")
        ann.see("[data-testid=log] .line", "that was all")


def test_who_types_into_the_search_while_the_jobs_own_log_comes_in_place_of_airflows_goes_on(center, visit, tmp_path):
    with stored(center, "typed on"):
        code = TALKS.replace("FILE", str(tmp_path / "end"))
        context = center.once("typed on", code, params=PYTHON)["contextId"]
        ann = visit()
        ann.page.route(re.compile(rf"/runs/{context}$"), before_the_jobs)
        ann.go(f"/runs/{context}")
        ann.see("[data-testid=log] .line")
        source = ann.page.get_by_test_id("log-source")
        assert source.input_value() == "task"
        ann.field("Search in the log").press_sequentially("LINE 1234")
        ann.page.unroute_all(behavior="wait")
        ann.see("[data-testid=job]")
        assert source.input_value() == "job"
        ann.page.keyboard.type(" of")
        ann.see("[data-testid=hits]", "1 of 1")
        ann.see("[data-testid=log] .line[data-current]", "line 1234 of 3000")
        (tmp_path / "end").touch()
        center.wait_for_status(context, "SUCCESSFUL")


def before_the_jobs(route: Any) -> None:
    """Answer for a run as long as none of its steps has begun its job; the page's own address is let through."""
    if route.request.resource_type == "document":
        return route.continue_()
    reply = route.fetch()
    answer = reply.json()
    for task in answer["data"]["tasks"]:
        task["hasJob"] = False
    return route.fulfill(response=reply, json=answer)


@in_both_languages
def test_results_come_page_by_page_with_types_and_nulls_as_a_chart_and_as_a_file(center, visit, language):
    with stored(center, "rows"):
        context = center.once("rows", ROWS)["contextId"]
        center.wait_for_status(context, "SUCCESSFUL")
        ann = visit(language=language)
        say = ann.say
        ann.go(f"/runs/{context}")
        ann.press(say("run.views.results"), "tab")
        ann.see("[data-testid=result-range]", say("run.results.range", **{"from": 1, "to": 100}))
        heads = [text.split() for text in ann.page.locator("[data-testid=result] th").all_inner_texts()]
        assert [words[0] for words in heads[1:]] == ["n", "square", "word"]
        assert all(len(words) == 2 for words in heads[1:]), "each with its type"
        assert ann.page.locator("[data-testid=result] [data-null]").count() == 1
        pages = ann.page.get_by_role("navigation", name=say("run.results.pages"))
        pages.get_by_role("button", name=say("pager.next")).click()
        ann.see("[data-testid=result-range]", say("run.results.range", **{"from": 101, "to": 200}))
        ann.see("[data-testid=result] tbody tr", "word 200")
        with ann.page.expect_download() as download:
            ann.page.get_by_test_id("download").click()
        lines = Path(download.value.path()).read_bytes().decode().splitlines()
        assert (lines[:3], len(lines)) == (["n,square,word", "1,1,word 1", "2,4,"], 251)
        ann.press(say("run.results.chart"))
        ann.see("[data-testid=drawing] canvas")
        ann.see("[data-testid=drawing] td", "250")  # so many values are drawn
        wait_until(lambda: ann.drawn("[data-testid=drawing]") > 0.5, what="the line", timeout_seconds=SECONDS)


@in_both_languages
def test_a_running_plan_is_cancelled_from_the_keyboard_after_a_question(center, visit, tmp_path, language):
    code = TALKS.replace("FILE", str(tmp_path / "never"))
    with stored(center, "endless"):
        context = center.once("endless", code, params=PYTHON)["contextId"]
        ann = visit(language=language)
        say = ann.say
        ann.go(f"/runs/{context}")
        ann.see("[data-testid=steps] [data-state]", say("run.taskState.running"))
        cancel = ann.page.get_by_role("button", name=say("run.cancel"), exact=True)
        ann.tab_to(cancel)
        ann.page.keyboard.press("Enter")
        ann.see("[role=alertdialog]", say("run.askCancel", id=context))
        wait_until(lambda: ann.focused() == say("parts.no"), what="the focus on No", timeout_seconds=SECONDS)
        ann.page.keyboard.press("Escape")
        ann.page.get_by_role("alertdialog").wait_for(state="hidden")
        wait_until(lambda: ann.focused() == say("run.cancel"), what="the focus back", timeout_seconds=SECONDS)
        ann.page.keyboard.press("Enter")
        ann.tab_to(ann.page.get_by_role("alertdialog").get_by_role("button", name=say("run.cancel")))
        ann.page.keyboard.press("Enter")
        ann.see("[role=status] [data-status]", say("status.CANCELLED"))
        assert center.context(context)["jobStatus"] == "CANCELLED"
        assert not cancel.is_visible()
        ann.see("[data-testid=steps] [data-state=stopped]", say("run.taskState.stopped"))
        assert ann.page.get_by_test_id("failed").count() == 0


def test_a_run_that_has_failed_is_run_again_and_stays_what_it_was(center, visit, tmp_path):
    with stored(center, "again"):
        old = center.once("again", LOOKS.replace("FILE", str(tmp_path / "file")), params=PYTHON)["contextId"]
        center.wait_for_status(old, "FAILED")
        ann = visit()
        ann.go(f"/runs/{old}")
        ann.see("[role=status] [data-status]", "failed")
        ann.see("[data-testid=log] .line", "the file has not come yet")
        (tmp_path / "file").touch()
        ann.press("Run again")
        ann.page.wait_for_url(re.compile(rf"/runs/(?!{old}\b)\d+$"))
        new = int(ann.page.url.rpartition("/")[2])
        ann.see(TOAST, f"Run {new} has been started")
        ann.see("h1", re.compile(rf"run {new}$", re.IGNORECASE))
        ann.see("[role=status] [data-status]", "succeeded")
        ann.see("[data-testid=log] .line", "the file is there")
        ann.page.get_by_role("link", name="LINKIS again").first.click()
        ann.see("[data-testid=runs] tbody tr", f"#{old}")
        rows = ann.page.locator("[data-testid=runs] tbody tr").all_inner_texts()
        assert [row.split()[:2] for row in rows] == [[f"#{new}", "succeeded"], [f"#{old}", "failed"]]
        ann.go(f"/runs/{old}")
        ann.see("[role=status] [data-status]", "failed")
        ann.see("[data-testid=log] .line", "the file has not come yet")


def test_a_transfer_on_exchangis_is_watched_with_its_records_and_their_speed_over_time(
    page_airflow, page_exchangis, center, visit, tmp_path
):
    rows = 200 * BATCH_ROWS
    job = make_transfer(page_airflow, tmp_path, rows)
    page_exchangis.fault("slow-transfer:200")
    try:
        with stored(center, "moves"):
            body = {"entityGroup": "EXCHANGIS", "entityKey": "moves", "planItems": [{"triggerType": "ONCE"}]}
            plan = center("POST", "/api/schedules", {**body, "execDetail": {"jobParams": {"jobId": job}}})["data"]
            ann = visit()
            ann.go(f"/runs/{plan['contextId']}")
            ann.see("[data-testid=job] [data-state]", "running")
            ann.see("[data-testid=log] .line")
            ann.press("Figures", "tab")
            ann.page.get_by_test_id("log").wait_for(state="detached")
            wait_until(lambda: len(speeds(ann)) >= 3, what="a chart of three samples", timeout_seconds=SECONDS)
            wait_until(
                lambda: ann.drawn("[data-testid=metrics]") > 0.3, what="the line to be drawn", timeout_seconds=SECONDS
            )
            so_far = figure(ann, "Records")
            assert 0 < so_far < rows
            # A batch takes a fifth of a second, or longer; two samples may be nearer to each other than they should.
            assert max(speeds(ann)) <= 2 * 5 * BATCH_ROWS
            wait_until(lambda: figure(ann, "Records") > so_far, what="more records", timeout_seconds=SECONDS)
            page_exchangis.fault(clear=True)
            ann.see("[data-testid=job] [data-state]", "succeeded")
            wait_until(lambda: figure(ann, "Records") == rows, what="all records", timeout_seconds=SECONDS)
            ann.see("[data-testid=metrics] td", "orders")
            assert ann.drawn("[data-testid=metrics]") > 0.3, "the chart stays"
    finally:
        page_exchangis.fault(clear=True)


def figure(ann: Visitor, name: str) -> float:
    """One of the figures of a transfer, by its label."""
    found = ann.page.locator("[data-testid=metrics] dl").filter(has=ann.page.get_by_text(name, exact=True))
    return number(found.locator("dd").inner_text())


def speeds(ann: Visitor) -> list[float]:
    """The records per second of the chart, as its table has them, from when there were any."""
    found = ann.page.locator("[data-testid=metrics] [data-testid=chart] tbody td:nth-child(2)").all_inner_texts()
    return [number(text) for text in found if text.strip() not in ("", "–", "0")]


def number(text: str) -> float:
    """A number as the page writes it."""
    return float(text.replace(",", ""))


def test_a_very_long_log_is_looked_through_and_only_windows_of_it_are_had(center, visit):
    middle, third = LINES // 2, LINES // 3
    with stored(center, "long"):
        context = center.once("long", f"seq -f 'line %.0f' 1 {LINES}", params=SHELL)["contextId"]
        center.wait_for_status(context, "SUCCESSFUL", seconds=300)
        ann = visit()
        windows = asked_windows(ann)
        ann.go(f"/runs/{context}")
        ann.see("[role=status]", "The log has ended.")
        total = number(ann.page.get_by_test_id("log-total").inner_text().split()[0])
        assert LINES <= total < LINES + 100, "with what Linkis says before and after"
        log = ann.page.get_by_test_id("log")
        log.evaluate(COUNT_LINES)

        log.focus()
        ann.page.keyboard.press("End")
        shows(log, lambda lines: any(line.endswith(f"line {LINES}") for line in lines), "the last line")
        ann.field("Search in the log").fill(f"line {middle}")
        ann.see("[data-testid=hits]", "1 of 1")
        ann.see("[data-testid=log] .line[data-current]", f"line {middle}")
        shows(log, lambda lines: any(line.endswith(f"line {middle}") for line in lines), "the hit")
        ann.field("Go to line").fill(str(third))
        ann.press("Go")
        current = ann.see(f"[data-testid=log] .line[data-current][data-line='{third}']", "line ")
        seen = int(current.locator(".text").inner_text().rpartition(" ")[2])
        assert third - 100 < seen <= third
        log.hover()
        for _ in range(30):
            ann.page.mouse.wheel(0, 2_000)
        shows(log, lambda lines: f"line {seen}" not in " ".join(lines), "lines further on")
        log.focus()
        ann.page.keyboard.press("Home")
        shows(log, lambda lines: any(line.endswith("line 1") for line in lines), "the first line")

        assert 0 < ann.page.evaluate("mostLines") < LINES_DRAWN
        assert windows, "some were asked for"
        assert max(windows) <= LINES_AT_ONCE
        assert sum(windows) <= 50 * LINES_AT_ONCE


def asked_windows(ann: Visitor) -> list[int]:
    """Of how many lines each part of a log is that the visitor's page asks for, from now on."""
    windows: list[int] = []

    def note(request: Any) -> None:
        address = urlsplit(request.url)
        if re.search(r"/runs/\d+/log$", address.path):
            windows.append(int(parse_qs(address.query)["count"][0]))

    ann.page.on("request", note)
    return windows


def shows(log: Any, wanted: Callable[[list[str]], bool], what: str) -> None:
    """Wait until all lines on screen are there, and are those."""

    def there() -> bool:
        lines = log.evaluate(SHOWN_LINES)
        return len(lines) > 5 and "…" not in lines and wanted(lines)

    wait_until(there, what=what, timeout_seconds=SECONDS)


def test_times_are_those_of_the_viewers_zone_with_the_plans_own_beside_them(center, visit):
    with stored(center, "zoned"):
        plan = center.post("zoned", [EVERY_TWO_SECONDS], "SELECT 1")
        [run] = wait_until(lambda: center.contexts("zoned")[-1:], what="it to fire", timeout_seconds=SECONDS)
        center("POST", f"/api/schedules/{plan['id']}/disable")
        center.wait_for_status(run["id"], "SUCCESSFUL")
        center.post("zoned", [EACH_YEAR])
        [extras] = center("GET", "/task-center/plans/extras", ids=plan["id"])["data"]
        tasks = center("GET", f"/task-center/runs/{run['id']}")["data"]["tasks"]
        ann = visit(timezone_id="America/New_York")
        ann.go("?q=zoned")
        ann.see("[data-plan]", in_zone(extras["nextStartAt"], NEW_YORK))
        ann.see("[data-plan]", in_zone(extras["nextStartAt"], SHANGHAI) + " Asia/Shanghai")
        ann.go(f"/plans/{plan['id']}")
        for place in ("facts", "fires"):
            ann.see(f"[data-testid={place}]", in_zone(extras["nextStartAt"], NEW_YORK))
            ann.see(f"[data-testid={place}]", in_zone(extras["nextStartAt"], SHANGHAI) + " Asia/Shanghai")
        start = min(task["startAt"] for task in tasks)
        ann.see(f"[data-run='{run['id']}'] time + *", re.compile(r"\d\d:\d\d:\d\d Asia/Shanghai"))
        ann.go(f"/runs/{run['id']}")
        ann.see("dl", in_zone(start, NEW_YORK))
        ann.see("dl", in_zone(start, SHANGHAI) + " Asia/Shanghai")
        ann.page.evaluate("localStorage.timezone = JSON.stringify('Asia/Shanghai')")  # as Airflow's UI keeps it
        ann.page.evaluate("window.dispatchEvent(new Event('local-storage'))")
        ann.see("dl", in_zone(start, SHANGHAI))
        for other in (in_zone(start, NEW_YORK), in_zone(start, SHANGHAI) + " Asia/Shanghai"):
            ann.page.get_by_text(other).first.wait_for(state="detached")


def in_zone(moment: str, zone: ZoneInfo) -> str:
    """A moment as the page shows it there."""
    return f"{datetime.fromisoformat(moment.replace('Z', '+00:00')).astimezone(zone):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("user", "refusal"), [("uma", "User uma may not use connection 'exchangis_second'."), ("otto", None)]
)
def test_users_and_ops_do_everything_with_plans_and_use_the_connections_that_airflow_lets_them(
    page_airflow, center, visit, user, refusal
):
    key, project = f"of {user}", f"for_{user}"
    make_exchangis_job(page_airflow, project, "copy")
    with stored(center, key):
        who = visit(user)
        who.go("/plans/new")
        who.see("label", "A transfer of data that Exchangis has.").click()
        projects = who.page.get_by_role("region", name="Projects of Exchangis")
        projects.get_by_text(project).wait_for()
        who.press("Exchangis job: More settings")
        with who.page.expect_response(of_second) as found:
            who.field("Airflow connection").fill("exchangis_second")
        if refusal:
            projects.get_by_role("alert").filter(has_text=refusal).wait_for()
        else:
            assert project in found.value.text()
            projects.get_by_text(project).wait_for()
        who.see("label", "SQL, Python, shell... as one job on Linkis.").click()
        who.field("Key").fill(key)
        who.editor(f"{key}: Code").fill("SELECT 1")
        who.press("Next: When it runs")
        who.press("Next: Preview and save")
        who.tick("Also run it now")
        who.press("Create the plan and run it")
        who.page.wait_for_url(re.compile(r"/plans/\d+$"))
        who.see("[data-testid=facts]", user)
        who.see("[data-testid=facts] [data-status]", "succeeded")
        title = who.page.locator("h1").inner_text()
        who.tick(f"{title} is switched on")
        who.see(TOAST, f"{title} is switched off")
        who.press("Delete")
        who.page.get_by_role("alertdialog").get_by_role("button", name="Delete", exact=True).click()
        who.see("h1", "Plans")
        assert not center("GET", "/api/schedules", q=key)["data"]
        # The browser notes a refusal, and that the page asks once more for the plan that is being deleted.
        noted = ("403", "404") if refusal else ("404",)
        assert [each for each in who.complaints if not any(status in each for status in noted)] == []
        who.complaints.clear()


def of_second(reply: Any) -> bool:
    """Whether that is the list of projects of the second connection."""
    named = reply.request.headers.get("x-airflow-connection")
    return "/exchangis/projects" in reply.url and named == "exchangis_second"


@in_both_languages
def test_who_may_only_look_finds_no_buttons_and_a_reason(center, visit, language):
    with stored(center, "looked at"):
        plan = center.once("looked at", "SELECT 1")
        center.wait_for_status(plan["contextId"], "SUCCESSFUL")
        vera = visit("vera", language=language)
        say = vera.say
        vera.go()
        vera.see("[data-plan]", "looked at")
        vera.see("[data-plan] [data-testid=history]")
        run, delete, cancel = (f"plans.actions.{action}" for action in ("run", "delete", "cancel"))
        assert offered(vera, "plans.create", run, delete, cancel) == []
        assert vera.page.get_by_label(say("plans.select", name="LINKIS")).count() == 0
        assert vera.page.get_by_label(say("plans.switch", name="LINKIS looked at"), exact=True).is_disabled()
        assert vera.page.get_by_title(say("plans.mayNot")).count() == len(vera.plans())
        vera.go(f"/plans/{plan['id']}")
        vera.see("[data-testid=runs] tbody tr")
        vera.see("[data-testid=task-center]", say("plan.mayNotEdit"))
        assert offered(vera, "plan.editTriggers", run, delete) == []
        vera.go(f"/runs/{plan['contextId']}")
        vera.see("[data-testid=log] .line")
        assert offered(vera, "run.cancel", "run.again") == []
        vera.go("/plans/new")
        vera.see("[data-testid=task-center] section", say("create.mayNot", name="vera"))


def offered(visitor: Visitor, *names: str) -> list[str]:
    """Which of these texts are there, by their names."""
    return [name for name in names if visitor.page.get_by_text(visitor.say(name), exact=True).count()]


@in_both_languages
def test_each_refusal_is_told_in_the_servers_words_and_a_login_that_has_ended_leads_to_a_new_one(
    center, visit, page_passwords, tmp_path, language
):
    with stored(center, "refused"):
        plan = center.once("refused", TALKS.replace("FILE", str(tmp_path / "end")), params=PYTHON)
        center.post("refused", [DAILY])
        center.wait_for_status(plan["contextId"], "RUNNING")
        ann = visit(language=language)
        say = ann.say
        dialog = ann.page.get_by_role("alertdialog")
        refused = "User vera may not"  # the server's own words

        def press_as_vera(path: str, name: str, *, confirmed: bool = False) -> None:
            """What admin may do is offered; who presses it then is vera."""
            ann.become("admin", page_passwords["admin"])
            ann.go(path)
            ann.page.get_by_role("button", name=say(name), exact=True).wait_for()
            ann.become("vera", page_passwords["vera"])
            ann.press(say(name))
            if confirmed:
                dialog.get_by_role("button", name=say(name), exact=True).click()

        plan_page, run_page = f"/plans/{plan['id']}", f"/runs/{plan['contextId']}"
        for path, name, confirmed, words in [
            (plan_page, "plans.actions.run", False, "plans.failed.run"),
            (plan_page, "plans.actions.cancel", True, "plans.failed.cancel"),
            (plan_page, "plans.actions.delete", True, "plans.failed.delete"),
            (run_page, "run.again", False, "run.notStarted"),
        ]:
            press_as_vera(path, name, confirmed=confirmed)
            ann.see(TOAST, refused)
            ann.see(TOAST, say(words, name="LINKIS refused"))
        press_as_vera(run_page, "run.cancel", confirmed=True)
        ann.see("[role=alertdialog] [role=alert]", refused)
        press_as_vera(plan_page, "plan.editTriggers")
        ann.press(say("triggers.addCron"))
        ann.press(say("plan.save"))
        ann.see("[role=dialog] [role=alert]", refused)
        assert all("403" in each for each in ann.complaints), "the browser notes the refusals"
        ann.go(plan_page)
        ann.see("h1", "LINKIS refused")
        ann.log_out()
        ann.see("[role=alert]", say("errors.login"))
        assert ann.page.get_by_role("link", name=say("errors.logIn")).first.is_visible()
        ann.complaints.clear()
        assert center.context(plan["contextId"])["jobStatus"] == "RUNNING"
        (tmp_path / "end").touch()
