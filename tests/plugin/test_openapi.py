"""The OpenAPI document in the repository is the app's, and leads a client from every route to what it answers."""

from __future__ import annotations

import json
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


def test_the_document_is_the_apps(app):
    assert json.loads(DOCUMENT.read_text(encoding="utf-8")) == app.openapi(), "run scripts/openapi.py"


def test_every_reference_leads_somewhere(app):
    document = app.openapi()
    schemas = document["components"]["schemas"]

    def references(part):
        if isinstance(part, dict):
            yield from (value for name, value in part.items() if name == "$ref")
            for value in part.values():
                yield from references(value)
        elif isinstance(part, list):
            for value in part:
                yield from references(value)

    named = {reference.removeprefix("#/components/schemas/") for reference in references(document)}
    assert named
    assert named <= set(schemas)


def test_every_operation_tells_its_answer_its_refusals_and_that_it_needs_a_login(app):
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            assert {"200", "400", "401", "403", "404"} <= set(operation["responses"]), (method, path)
            told = operation["responses"]["200"]["content"]
            assert "text/csv" in told if path.endswith("/download") else told["application/json"]["schema"], (
                method,
                path,
            )
            assert operation["security"], (method, path)
            assert ("requestBody" in operation) == (
                (method == "put" and not path.endswith("cancel"))
                or (
                    method == "post"
                    and path in ("/api/schedules", "/api/schedules/cancel", "/plans/fires", "/plans/preview")
                )
            ), (method, path)
