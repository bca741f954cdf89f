"""What all Exchangis endpoints have in common: the login, the route label, the paths, and reading ``data``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Endpoint, Reply
from taskcenter.core.errors import ConfigurationError, ErrorContext, MalformedReplyError
from taskcenter.core.flow import Flow
from taskcenter.core.gateway import GatewayClient, LoginState, forward_as
from taskcenter.core.view import ForwardedRequest, UnfitRequestError
from taskcenter.exchangis.endpoints import DOCUMENT, PATHS, REAL, as_documented

Json: TypeAlias = dict[str, Any]
"""A JSON object as Exchangis sends it."""

Query: TypeAlias = Mapping[str, "str | int | bool | None"]


class ExchangisApi:
    """Makes calls to Exchangis through the Linkis gateway.

    :param settings: the connection; its ``labels`` is the route label (``dev``), its ``paths`` one of
        :data:`~taskcenter.exchangis.endpoints.PATHS`.
    :param state: whether the session that the flows run on is logged in.
    """

    name = "exchangis"

    def __init__(self, settings: ConnectionSettings, state: LoginState) -> None:
        self.settings = settings
        self.client = GatewayClient(settings, state, self.name)
        self.label = settings.extra.get("labels", "")
        self.paths = settings.extra.get("paths", REAL)
        if self.paths not in PATHS:
            message = f"Connection {settings.conn_id} has paths {self.paths!r}; it can be {' or '.join(PATHS)}."
            raise ConfigurationError(message, ErrorContext(system=self.name, connection=settings.conn_id))

    @property
    def connection(self) -> str:
        """The Airflow connection id."""
        return self.settings.conn_id

    def call(
        self,
        endpoint: Endpoint,
        *,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        execution_id: str | None = None,
        **path_args: str | int,
    ) -> Flow[Json]:
        """Make a call and return the ``data`` of the answer.

        Whatever is not a GET gets a JSON object as its body, since the gateway swallows a request without one, and
        the route label in it (facts section 1.2).

        :param execution_id: the execution it is about, for the path and for errors.
        """
        if self.paths == DOCUMENT:
            endpoint = as_documented(endpoint)
        if execution_id is not None and "execution_id" in endpoint.path_names:
            path_args["execution_id"] = execution_id
        if endpoint.method == "GET":
            labelled = {**(query or {}), "labels": self.label or None}
            call = endpoint(query=labelled)
        else:
            labels = {"labels": {"route": self.label}} if self.label else {}
            call = endpoint(query=query, body={**(body or {}), **labels})
        return self.client.call(replace(call, path_args=path_args), execution_id)

    def forward(self, request: ForwardedRequest) -> Flow[Reply]:
        """Pass somebody's request on, see :class:`~taskcenter.core.view.ForwardingApi`.

        The route label of the connection is added as in :meth:`call`, and a body where the gateway wants one. What
        the document sends in a body, and the server takes as a query, becomes one.

        :raises UnfitRequestError: the body is no JSON object, which the gateway could not route.
        """
        endpoint = as_documented(request.endpoint) if self.paths == DOCUMENT else request.endpoint
        body = self._object(request)
        label = self.label or None
        call = replace(request.call(endpoint), content=None)
        if endpoint.method == "GET":
            given = {name: str(body[name]) for name in endpoint.takes if body.get(name) is not None}
            query = {**given, **request.query, **({"labels": label} if label else {})}
            return forward_as(self.client, request, replace(call, query=query))
        labels = {"labels": {"route": label}} if label else {}
        return forward_as(self.client, request, replace(call, body={**body, **labels}))

    def _object(self, request: ForwardedRequest) -> Json:
        data = request.content.data if request.content else b""
        try:
            value = json.loads(data) if isinstance(data, bytes) and data.strip() else {}
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return value
        raise UnfitRequestError("The body must be a JSON object.", self.client.context)

    def take_list(self, data: Json, *names: str) -> list[Any]:
        """The list that stands under one of these names; a missing one is empty."""
        found: Any = next((data[name] for name in names if data.get(name) is not None), [])
        if isinstance(found, list):
            return found
        raise self._unexpected(data, names)

    def take_object(self, data: Json, *names: str) -> Json:
        """The object that stands under one of these names.

        :raises MalformedReplyError: there is none.
        """
        found = next((data[name] for name in names if data.get(name) is not None), None)
        if isinstance(found, dict):
            return found
        raise self._unexpected(data, names)

    def _unexpected(self, data: Json, names: tuple[str, ...]) -> MalformedReplyError:
        message = (
            f"Exchangis says that it went well, and its answer has no {' or '.join(names)} that can be read, only "
            f"{', '.join(sorted(data)) or 'nothing'}."
        )
        return MalformedReplyError(message, self.client.context)
