"""Answers tell nobody what they may not read elsewhere."""

from __future__ import annotations

import pytest

from support.hidden_plans import hiding
from support.plans_of_tests import plan, post, waits_for

REFRESH = {"entityGroup": "APP_REFRESH", "entityKey": "1"}
ONCE = [{"triggerType": "ONCE"}]


@pytest.fixture
def hide(monkeypatch):
    return hiding(monkeypatch)


@pytest.fixture
def refresh(ada):
    """A plan that refreshes two data sets, and a run of it."""
    for number in (2, 3):
        ada.ok("PUT", f"/api/entities/DATASET/1-{number}", {"definition": {"code": f"SELECT {number}", "params": {}}})
    return ada.ok("POST", "/api/schedules", {**REFRESH, "planItems": ONCE})["data"]


def shown(answer) -> list:
    return answer["data"]["execDetail"]["jobParams"]["datasets"]


def test_a_refresh_of_an_app_shows_who_may_read_all_what_it_runs(vera, refresh):
    whole = [
        {"id": "2", "code": "SELECT 2", "params": {}, "updateMethod": "ALL"},
        {"id": "3", "code": "SELECT 3", "params": {}, "updateMethod": "ALL"},
    ]
    assert shown(vera.ok("GET", f"/api/schedules/{refresh['id']}")) == whole
    assert shown(vera.ok("GET", f"/api/contexts/{refresh['contextId']}")) == whole


def test_of_a_data_set_that_one_may_not_read_it_shows_the_id_alone_everywhere(ada, refresh, hide):
    hide("plan.DATASET.1-3")
    plan_id, context = refresh["id"], refresh["contextId"]
    part = [{"id": "2", "code": "SELECT 2", "params": {}, "updateMethod": "ALL"}, {"id": "3"}]
    [listed] = ada.ok("GET", "/api/schedules")["data"]
    [run] = ada.ok("GET", "/api/contexts")["data"]
    assert [each["execDetail"]["jobParams"]["datasets"] for each in (listed, run)] == [part, part]
    assert shown(ada.ok("GET", f"/api/schedules/{plan_id}")) == part
    assert shown(ada.ok("GET", f"/api/contexts/{context}")) == part
    assert ada.ok("GET", f"/runs/{context}")["data"]["context"]["execDetail"]["jobParams"]["datasets"] == part
    assert shown(ada.ok("POST", "/api/schedules", {**REFRESH, "planItems": ONCE})) == part
    assert shown(ada.ok("PUT", f"/api/schedules/{plan_id}", {"enabled": True})) == part


def test_what_was_sent_back_half_shown_is_run_whole(ada, refresh, hide):
    hide("plan.DATASET.1-3")
    detail = ada.ok("GET", f"/api/schedules/{refresh['id']}")["data"]["execDetail"]
    ada.ok("POST", "/api/schedules", {**REFRESH, "execDetail": detail})
    hide()
    tasks = ada.ok("GET", f"/plans/{refresh['id']}/tasks")["data"]
    assert [task["detail"] for task in tasks] == ["SELECT 2", "SELECT 3"]


@pytest.mark.parametrize("datasets", [7, [], [None, "3", {"id": {}}, {"id": 3, "code": "SELECT 3"}]])
def test_whatever_was_sent_as_data_sets_is_shown_without_fail(ada, refresh, hide, datasets):
    detail = {"jobParams": {"app": 1, "datasets": datasets}}
    ada.ok("POST", "/api/schedules", {**REFRESH, "execDetail": detail})
    hide("plan.DATASET.1-3")
    told = shown(ada.ok("GET", f"/api/schedules/{refresh['id']}"))
    assert "SELECT 3" not in str(told)
    assert str(told)[:12] == str(datasets)[:12]


def test_a_data_set_cannot_pass_for_another(ada, hide):
    ada.ok("PUT", "/api/entities/DATASET/1-3", {"definition": {"code": "SELECT 3", "id": "2"}})
    made = ada.ok("POST", "/api/schedules", REFRESH)["data"]
    hide("plan.DATASET.1-3")
    assert shown(ada.ok("GET", f"/api/schedules/{made['id']}")) == [{"id": "3"}]


def test_a_circle_is_told_without_the_names_of_plans_that_one_may_not_see(ada, hide):
    for key, before in (("b", "a"), ("c", "b"), ("d", "c")):
        post(ada, key, waits_for(before))
    last = post(ada, "a")
    hide("plan.LINKIS.b", "plan.LINKIS.d")
    way = "LINKIS a -> a plan that you may not see -> LINKIS c -> LINKIS d -> LINKIS a"
    for method, path, body in (
        ("POST", "/api/schedules", plan("a", waits_for("d"))),
        ("PUT", f"/api/schedules/{last['id']}", {"planItems": waits_for("d")}),
    ):
        status, answer = ada(method, path, body)
        assert (status, answer["code"]) == (400, 40005)
        assert way in answer["msg"], "d is what the request itself has named"
