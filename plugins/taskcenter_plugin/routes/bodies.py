"""Request bodies: bounded, strict JSON, checked against a model; what a database cannot store is refused here."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from taskcenter_plugin.errors import BadRequest, TooLarge
from taskcenter_plugin.routes.envelope import explain

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
_BIG = 2**63
Model = TypeVar("Model", bound=BaseModel)


def json_body(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that reads the body as this model.

    Its errors: :class:`TooLarge` above 1 MiB, :class:`BadRequest` for what is not strict JSON or does not fit the model.
    """

    async def read(request: Request) -> Model:
        try:
            return model.model_validate(_decoded(await _bytes(request)))
        except ValidationError as error:
            raise BadRequest(explain(error.errors(include_url=False))) from error

    return read


def body_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The body's part of the OpenAPI document, which the dependency itself does not tell."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


async def _bytes(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge(f"The body is larger than {MAX_BYTES} bytes, which is more than a plan needs.")
    return bytes(body)


def _decoded(body: bytes) -> Any:
    try:
        data = json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise BadRequest(f"The body is nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}") from error
    check_storable("body", data)
    return data


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def check_storable(where: str, data: Any, depth: int = 0) -> None:
    """Look for what JSON allows and databases do not take.

    :raises BadRequest: there is some.
    """
    if depth > MAX_DEPTH:
        raise BadRequest(f"The body is nested deeper than {MAX_DEPTH} levels")
    if isinstance(data, str):
        if "\x00" in data:
            raise BadRequest(f"{where} has a NUL character, which cannot be stored")
        try:
            data.encode()
        except UnicodeEncodeError:
            raise BadRequest(f"{where} has half of a surrogate pair, which is no character") from None
    elif isinstance(data, dict):
        for name, value in data.items():
            check_storable(f"a name in {where}", name, depth)
            check_storable(f"{where}.{name}", value, depth + 1)
    elif isinstance(data, list):
        for value in data:
            check_storable(where, value, depth + 1)
    elif isinstance(data, int) and not -_BIG <= data < _BIG:
        raise BadRequest(f"{where} has a number of more than 64 bits")
    elif isinstance(data, float) and data in (float("inf"), float("-inf")):
        raise BadRequest(f"{where} has a number that is too large")
