"""GET /plans/{id}/graph: what a plan depends on, and what depends on it."""

from __future__ import annotations

import pytest

from support.plans_of_tests import post, run, waits_for


def graph(user, plan_id: int, **query):
    return user.ok("GET", f"/plans/{plan_id}/graph", **query)["data"]


def distances(found) -> dict[str, int]:
    return {node["entityKey"]: node["distance"] for node in found["nodes"]}


def edges(found) -> set[tuple[str, str]]:
    return {(edge["from"].removeprefix("LINKIS/"), edge["to"].removeprefix("LINKIS/")) for edge in found["edges"]}


@pytest.fixture
def chain(ada) -> dict[str, int]:
    """raw -> load -> daily -> report -> mail; raw -> daily, too; load also starts other."""
    waits = {
        "raw": None,
        "load": waits_for("raw"),
        "daily": waits_for("load", "raw"),
        "report": waits_for("daily"),
        "mail": waits_for("report"),
        "other": waits_for("load"),
    }
    return {key: post(ada, key, items)["id"] for key, items in waits.items()}


def test_what_comes_before_and_after_and_nothing_beside(ada, chain):
    found = graph(ada, chain["daily"])
    assert distances(found) == {"load": -1, "raw": -1, "daily": 0, "report": 1, "mail": 2}
    assert edges(found) == {
        ("raw", "load"),
        ("load", "daily"),
        ("raw", "daily"),
        ("daily", "report"),
        ("report", "mail"),
    }
    assert found["more"] is False


def test_each_edge_names_the_item_that_makes_it(ada, chain):
    items = {plan["entityKey"]: plan["planItems"] for plan in ada.ok("GET", "/api/schedules")["data"]}
    [edge] = [edge for edge in graph(ada, chain["report"], depth=1)["edges"] if edge["to"] == "LINKIS/report"]
    assert edge["planItemId"] == items["report"][0]["id"]


def test_how_far_it_reaches_can_be_chosen_and_it_tells_that_there_is_more(ada, chain):
    near = graph(ada, chain["daily"], depth=1)
    assert distances(near) == {"load": -1, "raw": -1, "daily": 0, "report": 1}
    assert near["more"] is True
    far = graph(ada, chain["mail"], depth=4)
    assert distances(far) == {"raw": -3, "load": -3, "daily": -2, "report": -1, "mail": 0}
    assert far["more"] is False


def test_a_node_tells_how_its_plan_is(ada, chain):
    context = run(ada, "load")
    ada.ok("POST", f"/api/schedules/{chain['raw']}/disable")
    ada.ok("PUT", "/api/entities/LINKIS/daily", {"title": "Daily sales", "definition": {"code": "SELECT 1"}})
    nodes = {node["entityKey"]: node for node in graph(ada, chain["daily"])["nodes"]}
    assert context
    assert nodes["load"] == {
        "key": "LINKIS/load",
        "planId": chain["load"],
        "entityGroup": "LINKIS",
        "entityKey": "load",
        "title": "LINKIS load",
        "enabled": True,
        "jobStatus": "PENDING",
        "distance": -1,
    }
    assert nodes["daily"]["title"] == "Daily sales"
    assert (nodes["raw"]["enabled"], nodes["raw"]["jobStatus"]) == (False, "NONE")


def test_a_plan_that_is_waited_for_and_not_there_is_a_name(ada, chain):
    plan_id = post(ada, "lost", waits_for("nowhere"))["id"]
    ada.ok("DELETE", f"/api/schedules/{chain['raw']}")
    [missing] = [node for node in graph(ada, plan_id)["nodes"] if node["distance"] == -1]
    assert (missing["key"], missing["planId"], missing["title"], missing["enabled"]) == (
        "LINKIS/nowhere",
        None,
        None,
        None,
    )
    assert next(node for node in graph(ada, chain["load"])["nodes"] if node["distance"] < 0)["planId"] is None


def test_a_plan_that_was_deleted_waits_for_nothing(ada, chain):
    ada.ok("DELETE", f"/api/schedules/{chain['report']}")
    assert distances(graph(ada, chain["daily"])) == {"load": -1, "raw": -1, "daily": 0}


def test_what_one_may_not_see_ends_the_way(ada, vera, chain, monkeypatch):
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    allowed = SimpleAuthManager.is_authorized_dag
    hidden = {"plan.LINKIS.load", "plan.LINKIS.report"}

    def but_for_two(self, *, user, details=None, **asked):
        return (details is None or details.id not in hidden) and allowed(self, user=user, details=details, **asked)

    monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", but_for_two)
    found = graph(vera, chain["daily"])
    shown = {node["entityKey"]: node["planId"] for node in found["nodes"]}
    assert shown == {"load": None, "raw": chain["raw"], "daily": chain["daily"]}
    assert edges(found) == {("load", "daily"), ("raw", "daily")}
    status, _ = vera("GET", f"/plans/{chain['load']}/graph")
    assert status == 403


def test_a_plan_on_its_own_is_a_graph_of_one(ada):
    found = graph(ada, post(ada, "alone")["id"])
    assert (distances(found), found["edges"], found["more"]) == ({"alone": 0}, [], False)


def test_a_very_wide_graph_is_cut(ada):
    names = [f"n{number:03}" for number in range(500)]
    items = [item for start in (0, 200, 400) for item in waits_for(*names[start : start + 200])]
    found = graph(ada, post(ada, "wide", items)["id"])
    assert len(found["nodes"]) == 200
    assert len(found["edges"]) == 199
    assert found["more"] is True


@pytest.mark.parametrize("depth", ["0", "21", "x"])
def test_a_reach_that_makes_no_sense_is_refused(ada, chain, depth):
    status, answer = ada("GET", f"/plans/{chain['raw']}/graph", depth=depth)
    assert (status, answer["code"]) == (400, 40001)
