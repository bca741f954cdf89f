"""Requests that no page sends: refused, and nothing fails or grows without bounds."""

from __future__ import annotations

import pytest

from support.hidden_plans import hiding
from support.plans_of_tests import DAILY, plan, post, waits_for
from taskcenter_plugin.ui import graph

AN_ID_AND_MORE = "0" * 19 + "1" + "9" * 40


@pytest.mark.parametrize(("path", "name"), [("/plans/extras", "ids"), ("/api/schedules", "entityCreatedByList")])
def test_a_number_with_very_many_digits_is_refused(ada, path, name):
    post(ada, "1")
    status, answer = ada("GET", path, **{name: AN_ID_AND_MORE})
    assert (status, answer["code"]) == (400, 40001)


@pytest.mark.parametrize(
    "name", ["a%00.js", f"{'a' * 300}.js", f"{'a/' * 3000}x.js", "..%2fplugin.py", "%2fetc%2fhosts.js", "%ff.js", ""]
)
def test_what_can_be_no_file_of_the_page_is_not_found(ada, name):
    status, answer = ada("GET", f"/ui/{name}")
    assert (status, answer["code"]) == (404, 40401)


def test_of_very_many_plans_to_wait_for_a_preview_looks_at_each(ada):
    keys = [str(number) for number in range(1200)]
    items = [item for start in range(0, len(keys), 200) for item in waits_for(*keys[start : start + 200])]
    post(ada, keys[-1])
    answer = ada.ok("POST", "/plans/preview", plan("x", items))["data"]
    assert [each["name"] for each in answer["warnings"]] == [f"LINKIS/{key}" for key in keys[:-1]]


def test_the_edges_of_a_graph_are_bounded(ada, monkeypatch):
    monkeypatch.setattr(graph, "MAX_EDGES", 3)
    plan_id = post(ada, "many", [item for _ in range(4) for item in waits_for("a")])["id"]
    found = ada.ok("GET", f"/plans/{plan_id}/graph")["data"]
    assert (len(found["edges"]), found["more"]) == (3, True)


@pytest.fixture
def hide(monkeypatch):
    """Lets nobody look at some DAGs, whatever else they may do."""
    return hiding(monkeypatch)


def test_a_preview_tells_nothing_of_plans_that_one_may_not_see(ada, hide):
    off = post(ada, "off")["id"]
    ada.ok("POST", f"/api/schedules/{off}/disable")
    body = plan("1", waits_for("off", "gone", "nowhere"))
    hide("plan.LINKIS.off", "plan.LINKIS.gone")
    warnings = ada.ok("POST", "/plans/preview", body)["data"]["warnings"]
    assert [each["name"] for each in warnings] == ["LINKIS/nowhere"]


def test_who_may_change_a_plan_but_not_see_it_gets_no_preview_of_what_is_stored(ada, hide):
    ada.ok("PUT", "/api/entities/NOTEBOOK/9", {"definition": {"paragraphs": [{"id": "1", "code": "SELECT 1"}]}})
    body = {"entityGroup": "NOTEBOOK", "entityKey": "9", "planItems": [DAILY]}
    ada.ok("POST", "/plans/preview", body)
    hide("plan.NOTEBOOK.9")
    status, answer = ada("POST", "/plans/preview", body)
    assert (status, answer["code"], answer["data"]) == (403, 40301, None)


def test_a_preview_of_a_circle_names_no_plan_that_one_may_not_see(ada, hide):
    post(ada, "b", waits_for("a"))
    post(ada, "c", waits_for("b"))
    hide("plan.LINKIS.b")
    status, answer = ada("POST", "/plans/preview", plan("a", waits_for("c")))
    assert (status, answer["code"]) == (400, 40005)
    assert "LINKIS a -> a plan that you may not see -> LINKIS c -> LINKIS a" in answer["msg"]


@pytest.mark.parametrize("stored", [False, True], ids=["a preview", "a stored plan"])
def test_the_tasks_of_a_plan_tell_no_code_of_data_sets_that_one_may_not_see(ada, hide, stored):
    for key in ("1-2", "1-3"):
        ada.ok("PUT", f"/api/entities/DATASET/{key}", {"definition": {"code": f"SELECT {key}"}})
    body = {"entityGroup": "APP_REFRESH", "entityKey": "1"}
    if stored:
        path = f"/plans/{ada.ok('POST', '/api/schedules', body)['data']['id']}/tasks"
    hide("plan.DATASET.1-3")
    tasks = ada.ok("GET", path)["data"] if stored else ada.ok("POST", "/plans/preview", body)["data"]["tasks"]
    told = {task["taskId"]: (task["title"], task["detail"]) for task in tasks}
    assert told == {"2": ("2", "SELECT 1-2"), "3": ("3", None)}
