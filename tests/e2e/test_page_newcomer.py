"""What somebody does first who has never seen the product: a plan, its run, its result, and a second plan, on every Airflow."""

from __future__ import annotations

import re

import pytest

from support.page_visitor import BROWSER, SECONDS, TOAST, picture, run_of
from support.plans_over_http import stored
from taskcenter_sandbox.deployment import wait_until

pytest_plugins = ["support.page_fixtures"]
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine (apt-get install chromium)"),
]
VISITS = "CREATE TABLE IF NOT EXISTS visits AS SELECT * FROM (VALUES (1, 12), (2, 7), (3, 15)) AS t (weekday, visitors)"
TO_SEE = "SELECT weekday, visitors FROM visits ORDER BY weekday"
TOTAL = "SELECT sum(visitors) AS total FROM visits"


@pytest.mark.parametrize(
    ("language", "key", "words"),
    [("en", "1", "every Sunday 00:15, GMT+08:00"), ("zh", "2", "每星期日 00:15，GMT+08:00")],
    ids=["en", "zh"],
)
def test_a_newcomer_makes_the_documents_plan_runs_it_reads_log_and_result_and_makes_a_second_one_depend_on_it(
    page_center, visit, language, key, words
):
    title = f"notebook{key}"
    with stored(page_center, key, f"total{key}"):
        ann = visit(language=language)
        say = ann.say
        ann.go()
        ann.press(say("plans.create"), "link")
        ann.see("label", say("create.groups.NOTEBOOK.what")).click()
        ann.field(say("create.key")).fill(key)
        ann.field(say("create.titleField")).fill(title)
        code = say("create.params.code")
        ann.editor(f"{say('create.steps.paragraph', id=1)}: {code}").fill(VISITS)
        ann.press(say("create.steps.add_paragraph"))
        ann.editor(f"{say('create.steps.paragraph', id=2)}: {code}").fill(TO_SEE)
        ann.field(say("create.retries")).fill("1")
        ann.press(say("create.next", step=say("create.step.when")))

        ann.press(say("triggers.addCron"))
        ann.field(say("triggers.frequency")).select_option("WEEKLY")
        ann.field(say("triggers.minute")).fill("15")
        ann.field(say("triggers.zone")).fill("GMT+08:00")
        for day in ("Sunday", "Monday") if language == "en" else ("星期日", "星期一"):
            ann.press(day)
        ann.see("[data-testid=words]", words)
        fires = ann.page.locator("[data-testid=fires] > li")
        wait_until(lambda: fires.count() == 10, what="ten fires", timeout_seconds=SECONDS)
        ann.press(say("create.next", step=say("create.step.save")))

        tasks = ann.page.get_by_role("list", name=say("create.tasks")).locator("> li")
        wait_until(lambda: tasks.count() == 2, what="the preview's two tasks", timeout_seconds=SECONDS)
        ann.tick(say("create.runNow"))
        picture(ann, f"preview-{language}")
        ann.press(say("create.save.makeAndRun"))

        ann.page.wait_for_url(re.compile(r"/plans/\d+$"))
        ann.see("h1", title)
        ann.see("[data-testid=triggers]", words)
        ann.see("[data-testid=facts] [data-status]", say("status.SUCCESSFUL"))
        [plan] = [each for each in page_center("GET", "/api/schedules", limit=100)["data"] if each["entityKey"] == key]
        schedules = [item for item in plan["planItems"] if item["triggerType"] == "CRON_JOB"]
        assert [(item["cronDesc"], item["timeZone"]) for item in schedules] == [("0 15 0 ? * 1", "GMT+08:00")]
        assert plan["execDetail"]["retryTimes"] == 1

        run_of(ann)
        ann.see("[data-testid=log] .line", "statement 1 of 1")
        ann.see("[role=status]", say("run.log.end"))
        ann.page.locator("[data-step] button").nth(1).click()
        ann.press(say("run.views.results"), "tab")
        ann.see("[data-testid=result-range]", say("run.results.range", **{"from": 1, "to": 3}))
        cells = ann.page.locator("[data-testid=result] tbody tr")
        assert [row.split() for row in cells.all_inner_texts()] == [["1", "1", "12"], ["2", "2", "7"], ["3", "3", "15"]]
        picture(ann, f"result-{language}")

        ann.go("/plans/new")
        ann.see("label", say("create.groups.LINKIS.what")).click()
        ann.field(say("create.key")).fill(f"total{key}")
        ann.editor(f"total{key}: {code}").fill(TOTAL)
        ann.press(say("create.next", step=say("create.step.when")))
        ann.press(say("triggers.addDependency"))
        ann.field(say("triggers.search")).fill(title)
        ann.see("[data-testid=found-plans] button", title).click()
        assert ann.field(say("triggers.search")).input_value() == "", "for the next one"
        ann.press(say("create.next", step=say("create.step.save")))
        ann.press(say("create.save.make"))

        ann.page.wait_for_url(re.compile(r"/plans/\d+$"))
        second = ann.page.url
        ann.see("summary", say("plan.asTable")).click()
        ann.see("[data-testid=relations] tbody tr", title).get_by_role("link", name=title).first.click()
        ann.see("h1", title)
        ann.press(say("plans.actions.run"))
        ann.see(TOAST, say("plans.done.run", name=title))
        ann.page.goto(second)
        ann.see("[data-testid=facts] [data-status]", say("status.SUCCESSFUL"))
        ann.see("[data-testid=runs] [data-status]", say("status.SUCCESSFUL"))
        graph = ann.page.get_by_role("group", name=say("plan.relationsGraph"))
        graph.get_by_role("button", name=f"LINKIS total{key} {say('status.SUCCESSFUL')}", exact=True).wait_for()
        picture(ann, f"plan-{language}")
        run_of(ann)
        ann.press(say("run.views.results"), "tab")
        ann.see("[data-testid=result] tbody tr", "34")
        ann.go()
        ann.see("[data-plan] [data-testid=history]")
        picture(ann, f"plans-{language}")
