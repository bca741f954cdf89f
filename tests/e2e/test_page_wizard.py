"""The task center's page in a real browser, on a whole Airflow: all that the forms make and change, for every kind of job."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from support.flink_cluster import flink_cluster
from support.hlink_connection import connection
from support.hlink_jobs import make_bounded_job
from support.page_airflow import make_transfer
from support.page_plans import DAILY
from support.page_visitor import BROWSER, SECONDS, Visitor, run_of
from support.plans_over_http import TaskCenter, stored, waits_for
from taskcenter_sandbox.deployment import wait_until
from taskcenter_sandbox.flink.cluster import FlinkCluster
from taskcenter_sandbox.hlink.server import HlinkServer

pytest_plugins = ["support.page_fixtures"]
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine (apt-get install chromium)"),
]
SMALL = "SELECT 1 AS one"
TYPING_SECONDS = 15
"""More than enough for a few letters, far too little if each of them had all steps rendered anew."""
Json = dict[str, Any]


@pytest.fixture(scope="module")
def hlink(tmp_path_factory) -> Iterator[HlinkServer]:
    """A Hlink, which has no cluster yet."""
    with HlinkServer(data_dir=tmp_path_factory.mktemp("hlink"), port=0, options=["--sync-seconds", "5"]) as server:
        yield server


@pytest.fixture(scope="module")
def page_settings(hlink) -> Json:
    """The Airflow has a gateway to Hlink, too, and may take pictures of one host's pages."""
    return {
        "connections": {"AIRFLOW_CONN_HLINK_DEFAULT": connection(hlink.port, hlink)},
        "options": {"gateway_hlink_conn_id": "hlink_default", "screenshot_hosts": "bi.example.com"},
    }


@pytest.fixture(scope="module")
def center(page_center) -> TaskCenter:
    """The task center, as a script uses it."""
    return page_center


@pytest.fixture(scope="module")
def flink(tmp_path_factory) -> Iterator[FlinkCluster]:
    """A real Flink."""
    with flink_cluster(tmp_path_factory.mktemp("flink")) as cluster:
        yield cluster


def begin(ann: Visitor, group: str, key: str, title: str = "") -> None:
    """A new plan of that kind."""
    say = ann.say
    ann.go("/plans/new")
    ann.see("label", say(f"create.groups.{group}.what")).click()
    ann.field(say("create.key")).fill(key)
    ann.field(say("create.titleField")).fill(title)


def step_on(ann: Visitor, *steps: str) -> None:
    """Go on to each of the next steps."""
    for step in steps:
        ann.press(ann.say("create.next", step=ann.say(f"create.step.{step}")))
        ann.see("h2", ann.say(f"create.step.{step}"))


def save(ann: Visitor, what: str) -> int:
    """Press the button that saves; the number of the plan, whose page is shown then."""
    ann.press(ann.say(f"create.save.{what}"))
    ann.page.wait_for_url(re.compile(r"/plans/\d+$"))
    return int(ann.page.url.rpartition("/")[2])


def pick(ann: Visitor, place: Any, job_list: str, name: str) -> None:
    """Look for a job by its name in a list, and take it."""
    jobs = place.get_by_role("region", name=job_list, exact=True)
    jobs.get_by_role("searchbox").fill(name)
    jobs.get_by_role("radio").first.wait_for(state="attached")
    jobs.get_by_text(name).click()


def test_a_job_of_hlink_is_picked_from_its_list_and_runs_on_flink(hlink, flink, center, visit, tmp_path):
    names = ["copy the orders", "double the numbers", "double the orders"]
    ids = [make_bounded_job(hlink, flink, name, tmp_path / name, rows=300) for name in names]
    with stored(center, "doubled"):
        ann = visit()
        begin(ann, "FLINK", "doubled")
        jobs = ann.page.get_by_role("region", name="Jobs of Hlink")
        wait_until(lambda: jobs.get_by_role("radio").count() == 3, what="the jobs", timeout_seconds=SECONDS)
        jobs.get_by_role("searchbox").fill("double")
        wait_until(lambda: jobs.get_by_role("radio").count() == 2, what="those found", timeout_seconds=SECONDS)
        jobs.get_by_text("double the numbers").click()
        assert ann.field("Job id").input_value() == str(ids[1])
        step_on(ann, "when", "save")
        ann.see("li", f"job {ids[1]}")
        ann.tick("Also run it now")
        plan = save(ann, "makeAndRun")
        ann.see("[data-testid=facts] [data-status]", "succeeded")
        assert center("GET", f"/api/schedules/{plan}")["data"]["execDetail"]["jobParams"] == {"jobId": ids[1]}
        ann.page.locator("[data-testid=runs] tbody a").first.click()
        ann.see("[data-testid=job]", f"Hlink job {ids[1]}")
        ann.see("[data-testid=job]", "FINISHED")
        ann.see("[data-testid=log] .line", "Job has been submitted with JobID")
        ann.press("Results", "tab")
        ann.see("[data-testid=result] tbody tr", "double the numbers")
    assert rows_in(tmp_path / names[1]) == [2 * number for number in range(1, 301)]
    assert rows_in(tmp_path / names[2]) == []


def rows_in(directory: Path) -> list[int]:
    """What a job has written."""
    files = [path for path in directory.rglob("part-*") if not path.name.startswith(".")]
    return sorted(json.loads(line)["n"] for path in files for line in path.read_text().splitlines())


@pytest.fixture(scope="module")
def transfer(page_airflow, tmp_path_factory) -> int:
    """The id of a job of Exchangis, "archive orders" of the project "orders"."""
    return make_transfer(page_airflow, tmp_path_factory.mktemp("shop"), 5_000)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_pipeline_of_several_nodes_is_made_run_watched_and_changed(center, visit, transfer, language):
    key = f"evening {language}"
    with stored(center, key):
        ann = visit(language=language)
        say = ann.say

        def node(name: str) -> Any:
            return ann.page.get_by_role("group", name=say("create.steps.node", id=name), exact=True)

        def code(name: str, text: str) -> None:
            ann.editor(f"{say('create.steps.node', id=name)}: {say('create.params.code')}").fill(text)

        begin(ann, "PIPELINE", key, "The evening")
        code("1", "SELECT 1 AS one")
        ann.press(say("create.steps.add_node"))
        node("2").get_by_label(say("create.params.type")).select_option("EXCHANGIS")
        pick(ann, node("2"), say("create.exchangisProjects"), "orders")
        pick(ann, node("2"), say("create.exchangisJobs", project="orders"), "archive orders")
        ann.press(say("create.steps.add_node"))
        name = node("3").get_by_label(re.compile(rf"^{say('create.params.id')}"))
        name.fill("count")
        name.press("Tab")
        code("count", "SELECT 3 AS three")
        ann.press(say("create.steps.add_node"))
        code("3", "SELECT 4 AS four")
        for box in ("count", "1"):  # it is offered to wait for the one before it; for the first instead
            node("3").get_by_label(box, exact=True).press("Space")
        step_on(ann, "when", "save")
        tasks = ann.page.get_by_role("list", name=say("create.tasks")).locator("> li")
        wait_until(lambda: tasks.count() == 4, what="the preview's four tasks", timeout_seconds=SECONDS)
        graph = ann.page.get_by_role("group", name=say("create.preview"), exact=True)
        wait_until(lambda: graph.locator(".react-flow__edge").count() == 3, what="arrows", timeout_seconds=SECONDS)
        ann.see("li", say("parts.job", id=transfer))
        ann.tick(say("create.runNow"))
        plan = save(ann, "makeAndRun")

        run_of(ann)
        steps = ann.page.locator("[data-step]")
        wait_until(lambda: steps.count() == 4, what="the steps", timeout_seconds=SECONDS)
        ann.see("[role=status] [data-status]", say("status.SUCCESSFUL"))
        waiting = {row.get_attribute("data-step"): row.inner_text().split("\t") for row in steps.all()}
        assert {task: row[3].strip() for task, row in waiting.items()} == {"1": "", "2": "1", "count": "2", "3": "1"}
        steps.filter(has_text="count").get_by_role("button").click()
        ann.press(say("run.views.results"), "tab")
        ann.see("[data-testid=result] th", "three")

        ann.go(f"/plans/{plan}")
        ann.press(say("plan.editSteps"), "link")
        ann.press(say("create.steps.removeOne", label=say("create.steps.node", id="2")))
        code("count", "SELECT 33 AS more")
        step_on(ann, "when", "save")
        assert save(ann, "change") == plan
        ann.see("[data-testid=steps]", "SELECT 33 AS more")
        nodes = center("GET", f"/api/entities/PIPELINE/{key}")["data"]["definition"]["nodes"]
        assert nodes == [
            {"id": "1", "code": "SELECT 1 AS one"},
            {"id": "count", "code": "SELECT 33 AS more", "dependsOn": []},
            {"id": "3", "code": "SELECT 4 AS four", "dependsOn": ["1"]},
        ]


def editor(label: str, code: str) -> Callable[[Visitor, str], None]:
    """Writes other code; the label may begin with what the plan is called by."""
    return lambda ann, plan: ann.editor(label.replace("PLAN", plan)).fill(code)


def field(label: str, text: str) -> Callable[[Visitor, str], None]:
    """Writes something else into a field."""
    return lambda ann, _: ann.field(label).fill(text)


PYTHON = {"runType": "python", "engineType": "python-python3", "connection": "linkis_default"}
FLINK_SQL = {"sql": "INSERT INTO a SELECT 1", "configuration": {"parallelism.default": "2"}, "waitUntil": "running"}
MAIL = {
    "to": ["ann@example.com", "bea@example.com"],
    "subject": "Figures",
    "attachments": [{"id": "a", "code": SMALL, "runType": "hql"}, {"id": "b", "code": SMALL}],
}
NOTES = {"paragraphs": [{"id": "1", "code": SMALL, "variables": {"day": "today"}}, {"id": "2", **PYTHON, "code": "1"}]}
PICTURE = {"url": "https://bi.example.com/board/7", "params": {"day": "today"}, "width": 1280, "fullPage": False}


CHANGES: dict[str, tuple[str, Json, Callable[[Visitor, str], None], Json]] = {
    "LINKIS": ("edited", {**PYTHON, "code": "1"}, editor("PLAN: Code", "print(2)"), {"code": "print(2)"}),
    "EXCHANGIS": ("edited", {"jobId": 12, "connection": "exchangis_second"}, field("Job id", "13"), {"jobId": 13}),
    "FLINK": ("edited", FLINK_SQL, editor("SQL", "INSERT INTO b SELECT 2"), {"sql": "INSERT INTO b SELECT 2"}),
    "SCREENSHOT": ("edited", PICTURE, field("Width (pixels)", "800"), {"width": 800}),
    "DB_BATCH_SYNC": ("7", {"jobs": [1, 2]}, field("Job ids", "2\n3"), {"jobs": [2, 3]}),
    "APP_EMAIL": ("7", MAIL, field("Subject", "More figures"), {"subject": "More figures"}),
    "DATASET": (
        "7-8",
        {**PYTHON, "code": "1", "updateMethod": "INCREMENTAL"},
        editor("PLAN: Code", "2"),
        {"code": "2"},
    ),
    "NOTEBOOK": (
        "77",
        NOTES,
        editor("Paragraph 2: Code", "print(2)"),
        {"paragraphs": [NOTES["paragraphs"][0], {**NOTES["paragraphs"][1], "code": "print(2)"}]},
    ),
}
"""By group: a plan's key, what it runs, what is changed, and how that is told by the API."""


@pytest.mark.parametrize(
    ("group", "as_entity"),
    [
        *((group, False) for group in ("LINKIS", "EXCHANGIS", "FLINK", "SCREENSHOT")),
        *((group, True) for group in ("LINKIS", "DB_BATCH_SYNC", "APP_EMAIL", "DATASET", "NOTEBOOK")),
    ],
    ids=lambda value: value if isinstance(value, str) else ("an entity" if value else "in the plan"),
)
def test_what_a_plan_runs_is_changed_and_all_else_stays(center, visit, group, as_entity):
    key, definition, change, changed = CHANGES[group]
    triggers = [DAILY, *waits_for("something else")]
    body = {"entityGroup": group, "entityKey": key, "planItems": triggers, "enabled": False}
    detail: Json = {"retryTimes": 3} if as_entity else {"retryTimes": 3, "jobParams": definition}
    with ExitStack() as left:
        if as_entity:
            about = {"title": "As before", "path": "a/b", "definition": definition}
            center("PUT", f"/api/entities/{group}/{key}", about)
            left.callback(center, "DELETE", f"/api/entities/{group}/{key}")
        left.enter_context(stored(center, key))
        before = center("POST", "/api/schedules", {**body, "execDetail": detail})["data"]
        ann = visit()
        ann.go(f"/plans/{before['id']}")
        ann.press("Edit what it runs", "link")
        change(ann, "As before" if as_entity else key)
        step_on(ann, "when", "save")
        assert save(ann, "change") == before["id"]
        after = center("GET", f"/api/schedules/{before['id']}")["data"]
        names = ("title", "enabled", "planItems", "path", "createdAt")
        assert {name: after[name] for name in names} == {name: before[name] for name in names}
        assert after["execDetail"]["retryTimes"] == 3
        if as_entity:
            kept = center("GET", f"/api/entities/{group}/{key}")["data"]
            assert (kept["title"], kept["path"]) == ("As before", "a/b")
            assert kept["definition"] == {**definition, **changed}
        else:
            assert after["execDetail"]["jobParams"] == {**before["execDetail"]["jobParams"], **changed}
        ann.see("[data-testid=triggers]", "every day 06:30, Asia/Shanghai")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_browsers_way_back_leads_to_the_step_before_and_a_reload_loses_nothing(center, visit, language):
    key = f"begun {language}"
    with stored(center, key):
        ann = visit(language=language)
        say = ann.say
        begin(ann, "LINKIS", key)
        label = f"{key}: {say('create.params.code')}"
        ann.editor(label).fill(SMALL)
        step_on(ann, "when")
        ann.press(say("triggers.addCron"))
        ann.field(say("triggers.hour")).fill("7")
        step_on(ann, "save")
        ann.page.go_back()
        ann.see("h2", say("create.step.when"))
        assert ann.field(say("triggers.hour")).input_value() == "7"
        ann.page.go_back()
        ann.see("h2", say("create.step.what"))
        assert ann.editor(label).inner_text() == SMALL
        ann.page.go_forward()
        ann.see("h2", say("create.step.when"))
        ann.press(say("create.back"))
        ann.see("h2", say("create.step.what"))
        ann.page.reload()
        ann.see("[data-testid=task-center]", say("create.old"))
        ann.see("h2", say("create.step.what"))
        assert ann.editor(label).inner_text() == SMALL
        step_on(ann, "when", "save")
        plan = save(ann, "make")
        [item] = center("GET", f"/api/schedules/{plan}")["data"]["planItems"]
        assert item["cronDesc"] == "0 0 7 * * ?"
        ann.go("/plans/new")
        ann.see("label", say("create.groups.LINKIS.what")).click()
        assert ann.field(say("create.key")).input_value() == "", "what is saved is not begun any more"


def notebook(center: TaskCenter, key: str, code: str) -> int:
    """A plan that runs a stored notebook of one paragraph, or what is stored for it; its number."""
    paragraphs = [{"id": "1", "code": code}]
    center("PUT", f"/api/entities/NOTEBOOK/{key}", {"title": key, "definition": {"paragraphs": paragraphs}})
    body = {"entityGroup": "NOTEBOOK", "entityKey": key, "execDetail": {"jobParams": {"notebook": key}}}
    return int(center("POST", "/api/schedules", body)["data"]["id"])


def code_of(center: TaskCenter, key: str) -> str:
    """What is stored for it."""
    definition = center("GET", f"/api/entities/NOTEBOOK/{key}")["data"]["definition"]
    return str(definition["paragraphs"][0]["code"])


def test_of_two_who_change_a_plan_the_second_is_told_what_the_first_has_changed_before_it_is_replaced(
    page_airflow, page_passwords, center, visit
):
    with stored(center, "shared"):
        plan = notebook(TaskCenter(page_airflow, ("otto", page_passwords["otto"])), "shared", "SELECT 1")
        ann, otto = visit(), visit("otto")
        for who, code in ((ann, "SELECT 'ann'"), (otto, "SELECT 'otto'")):
            who.go(f"/plans/{plan}/edit")
            who.editor("Paragraph 1: Code").fill(code)
            step_on(who, "when", "save")
        save(otto, "change")

        ann.press("Change the plan")
        told = ann.see("[data-testid=changed-meanwhile]", "Somebody has changed this plan meanwhile: what it runs.")
        told.filter(has_text=re.compile(r"Last saved by otto at \d{4}-")).wait_for()
        assert ann.page.get_by_role("button", name="Change the plan", exact=True).is_disabled()
        assert code_of(center, "shared") == "SELECT 'otto'"

        ann.press("Show theirs")
        ann.page.get_by_role("alertdialog").get_by_role("button", name="Discard", exact=True).click()
        ann.see("h2", "What it runs")
        ann.editor("Paragraph 1: Code").filter(has_text="SELECT 'otto'").wait_for()
        told.wait_for(state="detached")
        ann.editor("Paragraph 1: Code").fill("SELECT 'both'")
        step_on(ann, "when", "save")
        save(ann, "change")
        assert code_of(center, "shared") == "SELECT 'both'"

        ann.press("Edit what it runs", "link")  # what she has saved herself is nobody else's
        step_on(ann, "when", "save")
        changes = ann.page.get_by_role("button", name="Change the plan", exact=True)
        wait_until(changes.is_enabled, what="the preview", timeout_seconds=SECONDS)
        assert told.count() == 0


def test_a_draft_that_is_older_than_what_is_stored_is_saved_only_by_who_wants_that(center, visit):
    with stored(center, "aged"):
        plan = notebook(center, "aged", "SELECT 1")
        center("PUT", f"/api/schedules/{plan}", {"planItems": [DAILY]})
        ann = visit(language="zh")
        say = ann.say
        ann.go(f"/plans/{plan}/edit")
        paragraph = ann.editor(f"{say('create.steps.paragraph', id=1)}: {say('create.params.code')}")
        paragraph.fill("SELECT 'old'")
        center("PUT", f"/api/schedules/{plan}", {"planItems": [{**DAILY, "cronDesc": "0 45 7 * * ?"}]})
        ann.page.reload()
        ann.see("[data-testid=changed-meanwhile]", say("create.meanwhile.parts.triggers"))
        paragraph.filter(has_text="SELECT 'old'").wait_for()
        step_on(ann, "when", "save")

        # Meanwhile there is more that nobody has seen: that is not replaced, either.
        ann.see("[data-testid=changed-meanwhile]", say("create.meanwhile.parts.triggers"))
        anyway = ann.page.get_by_role("button", name=say("create.meanwhile.save"), exact=True)
        wait_until(anyway.is_enabled, what="the preview", timeout_seconds=SECONDS)
        notebook(center, "aged", "SELECT 2")
        anyway.click()
        ann.see("[data-testid=changed-meanwhile]", say("create.meanwhile.parts.what"))
        assert code_of(center, "aged") == "SELECT 2"

        anyway.click()
        ann.page.wait_for_url(re.compile(r"/plans/\d+$"))
        assert code_of(center, "aged") == "SELECT 'old'"
        items = center("GET", f"/api/schedules/{plan}")["data"]["planItems"]
        assert [item["cronDesc"] for item in items] == [DAILY["cronDesc"]]


def test_a_plan_that_somebody_else_has_made_under_the_same_key_meanwhile_is_not_replaced_without_a_word(center, visit):
    with stored(center, "twice"):
        ann = visit()
        begin(ann, "NOTEBOOK", "twice")
        ann.editor("Paragraph 1: Code").fill("SELECT 'ann'")
        step_on(ann, "when", "save")
        made = ann.page.get_by_role("button", name="Create the plan", exact=True)
        wait_until(made.is_enabled, what="the preview", timeout_seconds=SECONDS)
        theirs = notebook(center, "twice", "SELECT 'theirs'")
        made.click()
        ann.see("[data-testid=changed-meanwhile]", "Somebody has made such a plan meanwhile.")
        assert code_of(center, "twice") == "SELECT 'theirs'"
        ann.press("Show theirs")
        ann.page.wait_for_url(re.compile(rf"/plans/{theirs}$"))
        ann.go("/plans/new")
        ann.editor("Paragraph 1: Code").filter(has_text="SELECT 'ann'").wait_for()


def test_a_plan_that_somebody_else_has_deleted_meanwhile_is_made_anew_only_by_who_wants_that(center, visit):
    with stored(center, "gone"):
        plan = notebook(center, "gone", "SELECT 1")
        center("PUT", f"/api/schedules/{plan}", {"planItems": [DAILY]})
        ann = visit()
        ann.go(f"/plans/{plan}/edit")
        ann.editor("Paragraph 1: Code").fill("SELECT 'again'")
        step_on(ann, "when", "save")
        center("DELETE", f"/api/schedules/{plan}")
        ann.press("Change the plan")
        ann.see("[data-testid=changed-meanwhile]", "Somebody has deleted this plan meanwhile.")
        assert ann.page.get_by_role("button", name="Show theirs").count() == 0
        ann.press("Save anyway")
        ann.page.wait_for_url(re.compile(r"/plans/\d+$"))
        assert code_of(center, "gone") == "SELECT 'again'"


def test_a_notebook_of_two_hundred_paragraphs_is_typed_into_while_its_last_ones_still_come(center, visit):
    with stored(center, "long"):
        paragraphs = [{"id": str(number), "code": f"SELECT {number}"} for number in range(1, 201)]
        center("PUT", "/api/entities/NOTEBOOK/long", {"definition": {"paragraphs": paragraphs}})
        body = {"entityGroup": "NOTEBOOK", "entityKey": "long", "execDetail": {"jobParams": {"notebook": "long"}}}
        plan = center("POST", "/api/schedules", body)["data"]["id"]
        ann = visit()
        ann.go(f"/plans/{plan}/edit")
        first, last = (ann.editor(f"Paragraph {number}: Code") for number in (1, 200))
        first.press("Control+End")
        began = time.monotonic()
        first.press_sequentially(" AS many_letters_of_a_name")
        first.filter(has_text="SELECT 1 AS many_letters_of_a_name").wait_for()
        assert time.monotonic() - began < TYPING_SECONDS
        last.press("Control+End")
        last.press_sequentially(" AS last")
        step_on(ann, "when", "save")
        save(ann, "change")
        definition = center("GET", "/api/entities/NOTEBOOK/long")["data"]["definition"]
        codes = [paragraph["code"] for paragraph in definition["paragraphs"]]
        middle = [f"SELECT {number}" for number in range(2, 200)]
        assert codes == ["SELECT 1 AS many_letters_of_a_name", *middle, "SELECT 200 AS last"]
