"""Requests that nobody thought of: generated from the OpenAPI document, they are answered as it says and never with a 5xx."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, given, settings

from support.gateway_server import without_gateway
from support.task_center import bearer, forget_everything

EXAMPLES = 12


def test_no_request_breaks_it(app):
    forget_everything()
    operations = [each.ok() for each in schemathesis.openapi.from_asgi("/openapi.json", app).get_all_operations()]
    assert len(operations) >= 19
    headers = {"Authorization": bearer("ada")}
    with without_gateway():  # a system that cannot be reached is a 502
        for operation in operations:
            for mode in schemathesis.GenerationMode:  # what the document allows, and what it does not
                _try(operation, mode, headers)


def _try(operation, mode, headers) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case):
        if case.path.endswith(("/logs", "/results")):
            case.query = {**(case.query or {}), "block": "false"}
        response = case.call(headers=headers)
        sent = f"{case.method} {case.formatted_path} {case.query} {case.body!r}"
        assert response.status_code < 500, sent
        answer = response.json()
        assert {"code", "msg", "version"} <= set(answer), sent
        assert (answer["code"] == 0) == (response.status_code == 200), sent

    answers()
