"""Airflow's UI is told where the built page is, and gets it, with what it needs to keep it as long as it is the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import taskcenter_plugin

BUILT = Path(taskcenter_plugin.__file__).parent / "www_dist"
WHOLE_PAGE_GZIPPED = 500_000


@pytest.fixture(scope="module")
def browser(app):
    """Somebody who has not logged in: the files hold no data."""
    from starlette.testclient import TestClient

    return TestClient(app)


@pytest.fixture(scope="module")
def apps():
    from taskcenter_plugin.plugin import TaskCenterPlugin

    assert (BUILT / "main.js").exists(), "the page is not built: make ui"
    return {each["name"]: each for each in TaskCenterPlugin.react_apps}


def test_the_task_center_is_in_the_navigation_and_on_dags_and_on_runs(apps):
    from airflow.api_fastapi.core_api.datamodels.plugins import ReactAppResponse

    shown = {name: ReactAppResponse(**each) for name, each in apps.items()}
    assert {name: (each.destination, each.url_route) for name, each in shown.items()} == {
        "Task center": ("nav", "task-center"),
        "Task center plan": ("dag", "task-center-plan"),
        "Task center run": ("dag_run", "task-center-run"),
    }


def test_the_entry_gives_a_component_under_each_apps_name(apps):
    entry = (BUILT / "main.js").read_text()
    for name in apps:
        assert f'"{name}":' in entry


def test_airflow_can_take_an_app_out_of_the_list(apps):
    from taskcenter_plugin.plugin import TaskCenterPlugin

    assert TaskCenterPlugin().react_apps is TaskCenterPlugin.react_apps


def test_the_list_of_plugins_which_each_page_of_airflows_asks_for_builds_no_app_anew(app):
    from taskcenter_plugin.plugin import TaskCenterPlugin

    first, again = ([each["app"] for each in TaskCenterPlugin.fastapi_apps] for _ in range(2))
    assert all(one is other for one, other in zip(first, again, strict=True))


def test_the_entry_of_this_build_may_be_kept_and_without_its_version_not(apps, browser):
    url = apps["Task center"]["bundle_url"].removeprefix("/task-center")
    kept = browser.get(url)
    assert kept.status_code == 200
    assert kept.headers["content-type"].startswith("text/javascript")
    assert "immutable" in kept.headers["cache-control"]
    for other in ("/ui/main.js", "/ui/main.js?v=0123456789abcdef"):
        assert browser.get(other).headers["cache-control"] == "no-cache"


def test_all_that_the_entry_names_is_served_and_may_be_kept(browser):
    names = set(re.findall(r"assets/[\w.-]+\.(?:js|css)", (BUILT / "main.js").read_text()))
    assert names
    for name in names:
        reply = browser.get(f"/ui/{name}")
        assert reply.status_code == 200, name
        assert "immutable" in reply.headers["cache-control"]
        assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["none.js", "", "..%2fplugin.py", "assets", "assets/../../settings.py", "%2e%2e/plugin.py"]
)
def test_nothing_else_is_served(browser, name):
    reply = browser.get(f"/ui/{name}")
    assert reply.status_code == 404
    assert reply.json()["msg"]


def test_the_page_names_no_other_host_that_it_would_ask():
    for file in BUILT.rglob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"""(?:fetch|import|new Worker|sendBeacon)\(\s*["'`]https?://""", text), file.name
    for file in BUILT.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", file.read_text(encoding="utf-8")), file.name


def test_the_whole_page_is_small():
    import gzip

    files = [file for file in BUILT.rglob("*") if file.is_file()]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < WHOLE_PAGE_GZIPPED
