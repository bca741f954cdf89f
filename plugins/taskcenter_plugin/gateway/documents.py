"""What the OpenAPI document says of the passed-on endpoints."""

from __future__ import annotations

from typing import Any

from taskcenter.core.endpoint import Endpoint
from taskcenter_plugin.gateway.requests import CONNECTION_HEADER
from taskcenter_plugin.gateway.views import Served

_BODIES = ("POST", "PUT")


def described(served: Served, endpoint: Endpoint, method: str) -> dict[str, Any]:
    """The arguments of ``add_api_route`` that describe an endpoint.

    :param method: of those that it has.
    """
    listed = served.view.documented(endpoint)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in listed.path_names
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in endpoint.takes
    ]
    parameters.append(
        {
            "name": CONNECTION_HEADER,
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "Another Airflow connection than the configured one.",
        }
    )
    extra: dict[str, Any] = {"parameters": parameters}
    if method in _BODIES:
        extra["requestBody"] = {"required": False, "content": _body_of(listed)}
    name = f"{served.view.name}_{endpoint.name.replace(' ', '_')}"
    return {
        "tags": [served.view.title],
        "summary": endpoint.name.capitalize(),
        "description": f"Needs the right to {served.use_of(endpoint).value}.",
        "openapi_extra": extra,
        "response_model": None,
        "operation_id": name if method == listed.method else f"{name}_{method.lower()}",
        "responses": {
            200: {"description": "The system's own answer"},
            **{
                status: {"description": "Refused, in the system's envelope"}
                for status in (400, 401, 403, 404, 413, 415)
            },
            **{status: {"description": "The system is not to be had"} for status in (502, 503, 504)},
        },
    }


def _body_of(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.uploads:
        field = {"type": "string", "format": "binary"}
        return {"multipart/form-data": {"schema": {"type": "object", "properties": {endpoint.uploads: field}}}}
    return {"application/json": {"schema": {"type": "object"}}}
