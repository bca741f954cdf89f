"""The gateway's OpenAPI document in the repository is the app's, and has every documented endpoint of the systems."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.gateway_server import Asker, gateway_server
from support.task_center import migrated_airflow
from taskcenter_plugin.gateway import login
from taskcenter_plugin.gateway.views import served_views

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi-gateway.json"


@pytest.fixture(scope="module")
def document():
    with migrated_airflow():
        from taskcenter_plugin.gateway.app import create_app

        yield create_app().openapi()


def operations(document):
    return {(method.upper(), path): each for path, item in document["paths"].items() for method, each in item.items()}


def test_the_document_is_the_apps(document):
    assert json.loads(DOCUMENT.read_text(encoding="utf-8")) == document, "run scripts/openapi.py"


def test_it_has_the_login_and_the_79_endpoints_each_with_the_verbs_that_it_is_documented_with(document):
    views = [served.view for served in served_views()]
    listed = [(view, view.documented(endpoint)) for view in views for endpoint in view.endpoints]
    assert len(listed) == 79
    verbs = {(verb, view.path_of(each)) for view, each in listed for verb in (each.method, *each.other_methods)}
    assert set(operations(document)) == {("POST", login.PATH), *verbs}


def test_every_operation_has_a_name_of_its_own_and_tells_its_refusals_and_that_it_needs_a_login(document):
    found = operations(document)
    assert len({each["operationId"] for each in found.values()}) == len(found)
    del found["POST", login.PATH]
    for which, each in found.items():
        assert {"200", "400", "401", "403", "404", "502", "503", "504"} <= set(each["responses"]), which
        assert each["security"], which
        assert ("requestBody" in each) == (which[0] in ("POST", "PUT")), which


def test_what_is_not_documented_is_refused_with_a_hint_at_the_document():
    with migrated_airflow(), gateway_server() as url:
        asker = Asker(url, "ada")
        for method, path, status, hint in (
            ("GET", "/api/rest_j/v1/jobhistory/list", 404, "only those pass that are documented"),
            ("DELETE", "/api/rest_j/v1/entrance/submit", 405, "documented with another verb"),
        ):
            reply = asker.ask(method, path)
            assert (reply.status_code, reply.json()["status"]) == (status, 1)
            assert hint in reply.json()["message"]
