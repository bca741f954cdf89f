"""The task center's page, in a real browser on a whole Airflow, as people use it who write no DAGs."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest

from support.page_airflow import make_exchangis_job
from support.page_plans import DAILY, ROWS
from support.page_visitor import BROWSER, SECONDS, TOAST, WWW, in_both_languages, picture
from support.plans_over_http import TaskCenter, stored, waits_for
from taskcenter_sandbox.deployment import wait_until

pytest_plugins = ["support.page_fixtures"]
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine (apt-get install chromium)"),
]
AXE = WWW / "node_modules" / "axe-core" / "axe.min.js"
CHOOSE = """
(wanted) => {
  for (const [label, text] of Object.entries(wanted)) {
    const field = document.querySelector(`[role=search] select[aria-label="${label}"]`);
    field.value = [...field.options].find((option) => option.text === text).value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
"""


@pytest.fixture(scope="module")
def center(page_center) -> TaskCenter:
    """The task center, as a script uses it."""
    return page_center


def test_a_plan_is_made_with_the_keyboard_alone(center, visit):
    with stored(center, "typed"):
        ann = visit()
        ann.go()
        keyboard, button = ann.page.keyboard, lambda name: ann.page.get_by_role("button", name=name, exact=True)
        ann.tab_to(ann.page.get_by_role("link", name="New plan", exact=True))
        keyboard.press("Enter")
        first = ann.page.get_by_role("radio").first
        ann.tab_to(first)
        for _ in range(2):
            keyboard.press("ArrowDown")
        keyboard.press("Space")
        ann.tab_to(ann.field("Key"))
        keyboard.type("typed")
        ann.tab_to(ann.editor("typed: Code"))
        keyboard.type("SELECT 6")
        ann.tab_to(button("Next: When it runs"))
        keyboard.press("Enter")
        ann.tab_to(button("Add a schedule"))
        keyboard.press("Enter")
        ann.tab_to(ann.field("Hour"))
        keyboard.press("ArrowUp")
        ann.tab_to(button("Next: Preview and save"))
        keyboard.press("Enter")
        save = button("Create the plan")
        save.wait_for()
        wait_until(save.is_enabled, what="the preview", timeout_seconds=SECONDS)
        ann.tab_to(save)
        keyboard.press("Enter")
        ann.see("[data-testid=triggers]", "every day 01:00")


def test_a_double_click_makes_one_plan_and_one_run(center, visit):
    with stored(center, "twice"):
        ann = visit()
        ann.go("/plans/new")
        ann.see("label", "SQL, Python, shell... as one job on Linkis.").click()
        ann.field("Key").fill("twice")
        ann.editor("twice: Code").fill("SELECT 1")
        ann.press("Next: When it runs")
        ann.press("Next: Preview and save")
        ann.tick("Also run it now")
        ann.page.get_by_role("button", name="Create the plan and run it", exact=True).dblclick()
        ann.page.wait_for_url(re.compile(r"/plans/\d+$"))
        run, runs = "Run now", ann.page.locator("[data-testid=runs] tbody tr")
        wait_until(lambda: runs.count() == 1, what="the first run", timeout_seconds=SECONDS)
        ann.page.get_by_role("button", name=run, exact=True).dblclick()
        ann.see(TOAST, "LINKIS twice has been started")
        wait_until(lambda: runs.count() == 2, what="the second run", timeout_seconds=SECONDS)
        ann.go("?q=twice")
        ann.page.get_by_role("button", name=f"{run}: LINKIS twice", exact=True).dblclick()
        ann.see(TOAST, "LINKIS twice has been started")
        assert len(center.contexts("twice")) == 3
        for context in center.contexts("twice"):
            center.wait_for_status(context["id"], "SUCCESSFUL")


def test_an_address_without_a_number_says_so(visit):
    ann = visit()
    for path, words in (("/plans/abc", "no number of a plan"), ("/runs/abc", "no number of a run")):
        ann.go(path)
        ann.see("h1", "abc")
        ann.see("[role=alert]", words)


def test_a_plan_that_somebody_has_deleted_is_not_made_anew_by_who_still_sees_it(center, visit):
    notebook = "/api/entities/NOTEBOOK/gone"
    center("PUT", notebook, {"definition": {"paragraphs": [{"id": "1", "code": "SELECT 1"}]}})
    with stored(center, "gone"):
        plan = center("POST", "/api/schedules", {"entityGroup": "NOTEBOOK", "entityKey": "gone", "planItems": [DAILY]})
        ann = visit()
        ann.go(f"/plans/{plan['data']['id']}")
        ann.see("button", "Run now")
        center("DELETE", f"/api/schedules/{plan['data']['id']}")
        ann.press("Run now")
        ann.see(TOAST, f"There is no plan {plan['data']['id']}")
        assert center("GET", "/api/schedules", entityKey="gone")["data"] == []
        assert all("404" in each for each in ann.complaints), "the browser notes that it is gone"
        ann.complaints.clear()
        ann.go()
    center("DELETE", notebook)


@pytest.mark.parametrize(
    ("language", "daily", "weekdays"),
    [
        ("en", "every day 06:30, Asia/Shanghai", "at 12:00, Monday through Friday"),
        ("zh", "每天 06:30，Asia/Shanghai", "12:00，星期一至星期五"),
    ],
    ids=["en", "zh"],
)
def test_triggers_are_edited_with_the_servers_own_verdict_and_changes_are_not_lost_without_a_question(
    center, visit, language, daily, weekdays
):
    with stored(center, "edited"):
        plan = center.post("edited", [DAILY], "SELECT 1")
        ann = visit(language=language, timezone_id="Europe/Berlin")
        say = ann.say
        ann.go(f"/plans/{plan['id']}")
        ann.see("[data-testid=triggers]", daily)
        ann.see("[data-testid=fires] > li", "06:30:00 Asia/Shanghai")  # beside the viewer's own time
        ann.press(say("plan.editTriggers"))
        ann.press(say("triggers.addCron"))
        second = ann.page.get_by_test_id("trigger-2")
        second.get_by_label(say("triggers.frequency")).select_option("CRON")
        expression = second.get_by_label(say("triggers.expression"))
        expression.fill("0 0 25 * * ?")
        ann.see("[data-testid=trigger-2] [role=alert]", refusal(center, "0 0 25 * * ?"))
        save = ann.page.get_by_role("button", name=say("plan.save"), exact=True)
        assert save.is_disabled()
        expression.fill("0 0 12 ? * MON-FRI")
        ann.see("[data-testid=trigger-2] [data-testid=words]", weekdays)
        ann.page.keyboard.press("Escape")
        ann.see("[role=alertdialog]", say("plan.askDiscard"))
        ann.page.get_by_role("alertdialog").get_by_role("button", name=say("parts.no"), exact=True).click()
        wait_until(save.is_enabled, what="the server's verdict", timeout_seconds=SECONDS)
        save.click()
        ann.see("[data-testid=triggers] li", weekdays)
        items = center("GET", f"/api/schedules/{plan['id']}")["data"]["planItems"]
        assert [item["cronDesc"] for item in items] == ["0 30 6 * * ?", "0 0 12 ? * MON-FRI"]


def refusal(center: TaskCenter, expression: str) -> str:
    """What the server says about it, less the place."""
    [item] = center("POST", "/task-center/plans/fires", {"planItems": [{**DAILY, "cronDesc": expression}]})["data"][
        "items"
    ]
    return re.sub(r"^planItems\[0\](: |\.)", "", str(item["message"]))


def test_a_job_of_exchangis_is_picked_from_a_list(page_airflow, center, visit):
    job = make_exchangis_job(page_airflow, "sales", "copy orders")
    with stored(center, "picked"):
        ann = visit()
        ann.go("/plans/new")
        ann.see("label", "A transfer of data that Exchangis has.").click()
        ann.field("Key").fill("picked")
        ann.page.get_by_role("region", name="Projects of Exchangis").get_by_text("sales", exact=False).click()
        ann.page.get_by_role("region", name="Jobs of sales").get_by_text("copy orders", exact=False).click()
        ann.press("Next: When it runs")
        ann.press("Next: Preview and save")
        ann.press("Create the plan")
        ann.page.wait_for_url(re.compile(r"/plans/\d+$"))
        [plan] = center("GET", "/api/schedules", entityKey="picked")["data"]
        assert str(job) in json.dumps(plan["execDetail"]["jobParams"])


@in_both_languages
def test_the_list_finds_sorts_pages_switches_and_deletes(center, visit, language):
    keys = [f"listed {number:02d}" for number in range(12)]
    with stored(center, *keys):
        for key in keys:
            center.post(key, [DAILY], "SELECT 1", enabled=False)
        ann = visit(language=language)
        say = ann.say
        ann.go("?limit=10&q=listed")
        pages = ann.page.get_by_role("navigation", name=say("plans.pages"))
        ann.see("nav [role=status]", say("pager.range", **{"from": 1, "to": 10, "total": 12}))
        pages.get_by_role("button", name=say("pager.next")).click()
        ann.see("nav [role=status]", say("pager.range", **{"from": 11, "to": 12, "total": 12}))
        ann.see("[data-plan]", keys[11])
        assert ann.plans() == [f"LINKIS {key}" for key in keys[10:]]
        for order in ("ascending", "descending"):
            ann.sort(say("plans.name"))
            ann.see(f"th[aria-sort={order}]", say("plans.name"))
        wait_until(lambda: ann.plans()[0] == "LINKIS listed 11", what="the other order", timeout_seconds=SECONDS)
        ann.tick(say("plans.switch", name="LINKIS listed 11"))
        ann.see("[role=status], [data-part=title]", say("plans.done.enable", name="LINKIS listed 11"))
        ann.filter(say("plans.enabled")).select_option("true")
        wait_until(lambda: ann.plans() == ["LINKIS listed 11"], what="the only one", timeout_seconds=SECONDS)
        assert "enabled=true" in ann.page.url
        ann.filter(say("plans.enabled")).select_option("false")
        ann.filter(say("plans.search")).fill("listed 0")
        wait_until(lambda: len(ann.plans()) == 10, what="those of the search", timeout_seconds=SECONDS)
        for key in keys[:2]:
            ann.tick(say("plans.select", name=f"LINKIS {key}"))
        delete = say("plans.actions.delete")
        ann.press(f"{delete} (2)")
        ann.see("[role=alertdialog]", say("plans.bulkAsk.delete", count=2))
        ann.page.get_by_role("alertdialog").get_by_role("button", name=delete, exact=True).click()
        wait_until(lambda: len(ann.plans()) == 8, what="them to be gone", timeout_seconds=SECONDS)
        left = center("GET", "/api/schedules", q="listed", limit=100)["data"]
        assert sorted(each["entityKey"] for each in left) == keys[2:]


def test_the_list_is_narrowed_by_group_creator_and_last_status_and_a_reload_keeps_it(
    page_airflow, page_passwords, center, visit
):
    good, bad, new, moves = keys = ["kept good", "kept bad", "kept new", "kept transfer"]
    otto = TaskCenter(page_airflow, ("otto", page_passwords["otto"]))
    with stored(center, *keys):
        runs = {
            key: center.once(key, code)["contextId"] for key, code in {good: "SELECT 1", bad: "SELECT * FROM x"}.items()
        }
        otto.post(new, [DAILY], "SELECT 1")
        transfer = {"entityGroup": "EXCHANGIS", "entityKey": moves, "planItems": [DAILY]}
        otto("POST", "/api/schedules", {**transfer, "execDetail": {"jobParams": {"jobId": 1}}})
        center.wait_for_status(runs[good], "SUCCESSFUL")
        center.wait_for_status(runs[bad], "FAILED")
        ann = visit()

        def shows(*wanted: str) -> None:
            names = [f"{'EXCHANGIS' if key == moves else 'LINKIS'} {key}" for key in wanted]
            for _ in range(2):
                wait_until(lambda: sorted(ann.plans()) == sorted(names), what=f"{names}", timeout_seconds=SECONDS)
                ann.page.reload()
                ann.see("h1", "Plans")

        ann.go("?q=kept")
        shows(*keys)
        ann.filter("Group").select_option("EXCHANGIS")
        shows(moves)
        ann.filter("Creator").get_by_text("otto").wait_for(state="attached")
        # Faster than the page can show the first of them.
        ann.page.evaluate(CHOOSE, {"Group": "Group: any", "Creator": "otto"})
        shows(new, moves)
        ann.filter("Last status").select_option("FAILED")
        ann.see("[role=status]", "No plan fits the filters.")
        ann.filter("Creator").select_option("")
        shows(bad)
        ann.filter("Last status").select_option("SUCCESSFUL")
        shows(good)
        ann.filter("Last status").select_option("NONE")
        shows(new, moves)
        assert ann.filter("Last status").input_value() == "NONE"
        ann.press("Clear the filters")
        wait_until(lambda: not urlsplit(ann.page.url).query, what="the filters to be gone", timeout_seconds=SECONDS)


@in_both_languages
def test_the_graph_of_dependencies_leads_to_each_plan_by_mouse_and_by_keyboard(center, visit, language):
    keys = ["before", "between", "behind"]
    with stored(center, *keys):
        center.post("before", [DAILY], "SELECT 1")
        between = center.post("between", waits_for("before"), "SELECT 2")
        center.post("behind", waits_for("between"), "SELECT 3")
        ann = visit(language=language)
        ann.go(f"/plans/{between['id']}")
        graph = ann.page.get_by_role("group", name=ann.say("plan.relationsGraph"))
        never = ann.say("status.NONE")
        boxes = {key: graph.get_by_role("button", name=f"LINKIS {key} {never}", exact=True) for key in keys}
        for box in boxes.values():
            box.wait_for()
        lefts = [box.bounding_box()["x"] for box in boxes.values()]
        assert lefts == sorted(set(lefts)), "from left to right"
        assert graph.locator(".react-flow__edge").count() == 2
        boxes["before"].click()
        ann.see("h1", "LINKIS before")
        ann.tab_to(boxes["behind"])
        ann.page.keyboard.press("Enter")
        ann.see("h1", "LINKIS behind")
        ann.tab_to(boxes["between"])
        ann.page.keyboard.press("Space")
        ann.see("h1", "LINKIS between")
        assert ann.page.url.endswith(f"/plans/{between['id']}")


def test_the_tabs_of_a_plans_dag_and_of_its_run_show_the_same(center, visit):
    with stored(center, "tabbed"):
        plan = center.once("tabbed", "SELECT 1", params={"runType": "sql"})
        context = center.wait_for_status(plan["contextId"], "SUCCESSFUL")
        ann = visit()
        ann.page.goto(f"{ann.url}/dags/{plan['dagId']}")
        ann.page.get_by_role("link", name="Task center plan").click()
        ann.see("[data-testid=task-center] h1", "LINKIS tabbed")
        ann.page.goto(f"{ann.url}/dags/{plan['dagId']}/runs/{context['dagRunId']}")
        ann.page.get_by_role("link", name="Task center run").click()
        ann.see("[data-testid=task-center] h1", re.compile(rf"run {plan['contextId']}$", re.IGNORECASE))
        ann.see("[data-testid=log] .line")


@pytest.fixture(scope="module")
def addresses(center) -> list[str]:
    """One of each kind of page, with something on it."""
    plan = center.once("narrow", ROWS)
    center.wait_for_status(plan["contextId"], "SUCCESSFUL")
    center.post("waits", [*waits_for("narrow"), DAILY], "SELECT 1")
    return ["", f"/plans/{plan['id']}", f"/runs/{plan['contextId']}", "/plans/new"]


def test_the_page_follows_airflows_language_and_colours_while_it_is_open(visit, addresses):
    ann = visit(dark=True)
    ann.go()
    ann.see("h1", "Plans")
    # Airflow turns dark in an effect, which may come after our first heading.
    wait_until(lambda: ann.ink() > 200, what="the page to be dark", timeout_seconds=SECONDS)
    ann.see("[data-plan] [data-testid=history]")
    picture(ann, "dark")
    ann.page.evaluate("localStorage.i18nextLng = 'zh-CN'")
    ann.see("h1", "执行计划")
    bea = visit()
    bea.go()
    assert bea.ink() < 60
    bea.press("User")
    bea.press("Appearance", "menuitem")
    bea.press("Dark Mode", "menuitemradio")
    wait_until(lambda: bea.ink() > 200, what="the page to turn dark", timeout_seconds=SECONDS)


@in_both_languages
def test_a_narrow_window_shows_everything_without_scrolling_sideways(visit, addresses, language):
    ann = visit(language=language, viewport={"width": 400, "height": 800})
    for address in addresses:
        ann.go(address)
        ann.page.wait_for_load_state("networkidle")
        assert (address, ann.overflow()) == (address, 0)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not among the page's Node packages")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_that_keeps_people_out(visit, addresses, dark):
    ann = visit(dark=dark)
    found = {}
    for address in addresses:
        ann.go(address)
        ann.page.wait_for_load_state("networkidle")
        ann.page.evaluate(AXE.read_text(encoding="utf-8"))
        answer = ann.page.evaluate("axe.run('[data-testid=task-center]', {resultTypes: ['violations']})")
        grave = [each for each in answer["violations"] if each["impact"] in ("serious", "critical")]
        found[address] = [(each["id"], [node["target"] for node in each["nodes"]]) for each in grave]
    assert found == {address: [] for address in addresses}
