"""Every route asks who is there and names the rights it needs; the documented ones are all served."""

from __future__ import annotations

from fastapi.routing import APIRoute

from support.task_center import Client

DOCUMENTED = [
    "",
    "POST /api/schedules",
    "PUT /api/schedules/{}/cancel",
    "POST /api/schedules/cancel",
    "DELETE /api/schedules/{}",
    "PUT /api/schedules/{}",
    "POST /api/schedules/{}/enable",
    "POST /api/schedules/{}/disable",
    "GET /api/schedules/{}",
    "GET /api/schedules",
    "GET /api/schedules/users",
    "GET /api/contexts/{}",
    "GET /api/contexts",
    "GET /api/contexts/users",
    "GET /api/contexts/{}/logs",
    "GET /api/contexts/{}/results",
    "",
][1:-1]


def routes(app) -> list[tuple[str, str]]:
    import re

    found = [route for route in app.routes if isinstance(route, APIRoute)]
    return [(method, re.sub(r"{[^}]*}", "{}", route.path)) for route in found for method in route.methods]


def test_all_documented_endpoints_are_there(app):
    assert {tuple(line.split()) for line in DOCUMENTED} <= set(routes(app))


def test_every_route_names_its_rights(app):
    from taskcenter_plugin.routes.access import Requires

    for route in (route for route in app.routes if isinstance(route, APIRoute)):
        named = [each.call for each in route.dependant.dependencies if isinstance(each.call, Requires)]
        assert len(named) == 1, route.path
        assert named[0].rights, route.path


def test_nobody_gets_in_without_logging_in(app):
    nobody = Client(app, None)
    for method, path in routes(app):
        status, answer = nobody(method, path.replace("{}", "1"))
        assert (status, answer["code"]) == (401, 40101), (method, path)


def test_the_documented_paths_lead_to_the_app_and_others_pass_by():
    from taskcenter_plugin.routes.paths import _rewritten

    def path(given: str, root: str = "") -> str:
        return _rewritten({"type": "http", "path": root + given, "root_path": root})["path"]

    assert path("/api/schedules") == "/task-center/api/schedules"
    assert path("/api/contexts/1/logs", "/airflow") == "/airflow/task-center/api/contexts/1/logs"
    assert path("/api/schedulesX") == "/api/schedulesX"
    assert path("/api/v2/dags") == "/api/v2/dags"


def test_who_may_see_dags_but_not_their_runs_gets_no_list_of_runs_either(ada, vera, monkeypatch):
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    body = {"entityGroup": "LINKIS", "entityKey": "1", "planItems": [{"triggerType": "ONCE"}]}
    body["execDetail"] = {"jobParams": {"code": "SELECT 1"}}
    context = ada.ok("POST", "/api/schedules", body)["data"]["contextId"]
    allowed = SimpleAuthManager.is_authorized_dag

    def without_runs(self, *, user, access_entity=None, **asked):
        if user.get_name() == "vera" and access_entity is DagAccessEntity.RUN:
            return False
        return allowed(self, user=user, access_entity=access_entity, **asked)

    monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", without_runs)
    for path in (f"/api/contexts/{context}", "/api/contexts", "/api/contexts/users"):
        status, answer = vera("GET", path)
        assert (status, answer["code"]) == (403, 40301), path
    assert vera.ok("GET", "/api/schedules")["totalHits"] == 1
    assert ada.ok("GET", "/api/contexts")["totalHits"] == 1
