"""The page itself: for those who have logged in, with nothing but its own script; and who may ask for what."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from support.task_center import bearer

STATIC = files("taskcenter_plugin.job_pages") / "static"
PATHS = ["/jobs/state", "/jobs/log", "/jobs/results", "/jobs/results/0", "/jobs/results/0/download"]


def test_who_has_not_logged_in_is_led_to_airflows_login_and_back(task):
    reply = task.raw("/jobs", user=None)
    assert reply.status_code == 302
    place = reply.headers["location"]
    assert place.startswith("/api/v2/auth/login?next=%2Ftask-center%2Fjobs%3Fdag_id%3Dshop%26run_id%3Dmanual")
    assert reply.headers["cache-control"] == "no-store"


def test_so_is_one_whose_login_is_no_good(task):
    for headers in ({"Authorization": "Bearer nonsense"}, {"Cookie": "_token=nonsense"}):
        assert task.raw("/jobs", user=None, headers=headers).status_code == 302


def test_airflows_cookie_is_a_login(task):
    cookie = f"_token={bearer('vera').removeprefix('Bearer ')}"
    assert task.raw("/jobs", user=None, headers={"Cookie": cookie}).status_code == 200
    assert task.raw("/jobs/state", user=None, headers={"Cookie": cookie}).json()["data"]["task"]["taskId"] == "orders"


def test_the_page_may_run_nothing_but_its_own_script(task):
    reply = task.raw("/jobs")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in reply.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert (policy["script-src"], policy["style-src"], policy["connect-src"]) == ("'self'",) * 3
    assert policy["frame-ancestors"] == "'self'"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=|<style|https?://", reply.text) is None


def test_its_parts_are_where_the_page_says(task):
    parts = re.findall(r'(?:src|href)="(jobs/static/[^"]+)"', task.raw("/jobs").text)
    assert len(parts) == 3
    scripts = [part.name for part in STATIC.iterdir() if part.name.endswith(".js")]
    for path in {*parts, *(f"jobs/static/{name}" for name in scripts)}:
        reply = task.raw(f"/{path}", user=None)
        kind = "text/css" if path.endswith(".css") else "text/javascript"
        assert (reply.status_code, reply.headers["content-type"]) == (200, f"{kind}; charset=utf-8"), path


@pytest.mark.parametrize(
    "name", ["page.html", "nothing.js", "..%2Fpage.py", "%2e%2e%2f__init__.py", "page.js%00", "a/b.js"]
)
def test_there_are_no_other_files(task, name):
    assert task.raw(f"/jobs/static/{name}").status_code == 404


def test_the_script_puts_no_markup_together():
    for script in STATIC.iterdir():
        if script.name.endswith(".js"):
            assert (
                re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script.read_text()) is None
            )


def test_both_languages_have_the_same_texts():
    text = (STATIC / "texts.js").read_text(encoding="utf-8")
    english, _, chinese = text.partition("\n  zh: {")
    names = [re.findall(r"^    (\w+):", part, re.MULTILINE) for part in (english, chinese)]
    assert names[0] == names[1]
    fields = [
        [sorted(re.findall(r"\{(\w+)\}", line)) for line in re.findall(r'"([^"]+)"', part)]
        for part in (english, chinese)
    ]
    assert [each for each in fields[0] if each] == [each for each in fields[1] if each]
    page = (STATIC / "page.html").read_text(encoding="utf-8")
    assert set(re.findall(r'data-text="(\w+)"', page)) <= set(names[0])


@pytest.mark.parametrize("path", PATHS)
def test_the_json_wants_a_login(task, path):
    status, _, message = task.ask(path, user=None)
    assert (status, message) == (401, "Not authenticated")


@pytest.mark.parametrize(
    ("path", "part"),
    [("/jobs/state", "RUN"), ("/jobs/log", "TASK_LOGS"), *((path, "XCOM") for path in PATHS[2:])],
)
def test_each_part_wants_its_own_right(task, submit, monkeypatch, path, part):
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    submit("SELECT 1")
    task.when_ended()
    assert task.raw(path, user="vera").status_code == 200
    allowed = SimpleAuthManager.is_authorized_dag

    def without(self, *, user, access_entity=None, **asked):
        if user.get_name() == "vera" and access_entity is DagAccessEntity[part]:
            return False
        return allowed(self, user=user, access_entity=access_entity, **asked)

    monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", without)
    assert task.ask(path, user="vera")[0] == 403
    assert task.raw(path, user="ada").status_code == 200
    if part != "RUN":
        shown = task.ok("/jobs/state", user="vera")
        assert {"TASK_LOGS": shown["mayReadLog"], "XCOM": shown["mayReadResults"]}[part] is False
