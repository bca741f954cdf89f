"""Requests that nobody thought of, generated from the gateway's OpenAPI document: none of them makes it fail."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from support.gateway_server import Asker
from taskcenter_plugin.routes.paths import GATEWAY_MOUNT

EXAMPLES = 2
FAILING = {("GET", "/hlink/jobs/overview/{job_id}")}
"""What the real system has nothing behind, and answers with a 500 of its own (facts on Hlink)."""


@pytest.fixture(scope="module")
def operations(gateway: str):
    """All operations of the document, as it is served."""
    schema = schemathesis.openapi.from_url(f"{gateway}{GATEWAY_MOUNT}/openapi.json")
    return [each.ok() for each in schema.get_all_operations()]


def test_the_document_has_all_endpoints_and_the_login(operations):
    assert len({each.label for each in operations}) == 79 + 1 + 1  # one of Exchangis' has two verbs


def test_no_request_breaks_it(operations, gateway):
    ada = Asker(gateway, "ada")
    for operation in operations:
        for mode in schemathesis.GenerationMode:  # what the document allows, and what it does not
            _try(operation, mode, ada)


def _try(operation, mode, ada: Asker) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case):
        response = case.call(base_url=ada.url, headers={"Authorization": ada.headers["Authorization"]}, session=ada)
        sent = f"{case.method} {case.formatted_path} {case.query} {case.headers} {case.body!r}: {response.text[:500]}"
        if (case.method, case.path) not in FAILING:
            assert response.status_code < 500, sent
        if response.headers.get("content-type", [""])[0].startswith("application/json"):
            assert response.json() is not None, sent

    answers()
