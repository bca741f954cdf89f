"""What all Hlink endpoints have in common: calls, and reading ``data``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Endpoint, Reply
from taskcenter.core.errors import ConfigurationError, MalformedReplyError
from taskcenter.core.flow import Flow
from taskcenter.core.gateway import LoginState
from taskcenter.core.upload import Upload
from taskcenter.core.view import ForwardedRequest
from taskcenter.hlink.client import HlinkClient

Json: TypeAlias = dict[str, Any]
"""A JSON object as Hlink sends it."""

Query: TypeAlias = Mapping[str, "str | int | bool | None"]

PAGE_SIZE = 100

MAX_PAGES = 10_000


class HlinkApi:
    """Makes calls to Hlink.

    :param settings: the connection.
    :param state: whether the session that the flows run on is logged in.
    """

    name = "hlink"

    def __init__(self, settings: ConnectionSettings, state: LoginState) -> None:
        self.settings = settings
        self.client = HlinkClient(settings, state, self.name)

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
        upload: Upload | None = None,
        job_id: str | int | None = None,
        **path_args: str | int,
    ) -> Flow[Any]:
        """Make a call and return the ``data`` of the answer.

        :param job_id: the job it is about, for the path and for errors.
        """
        if job_id is not None and "job_id" in endpoint.path_names:
            path_args["job_id"] = job_id
        call = endpoint(query=query, body=body, upload=upload)
        return self.client.call(replace(call, path_args=path_args), None if job_id is None else str(job_id))

    def forward(self, request: ForwardedRequest) -> Flow[Reply]:
        """Pass somebody's request on, see :class:`~taskcenter.core.view.ForwardingApi`."""
        return self.client.call(request.call())

    def take_object(self, data: Any, what: str) -> Json:
        """The data, which must be an object.

        :raises MalformedReplyError: it is none.
        """
        if isinstance(data, dict):
            return data
        raise self._unexpected(data, what)

    def take_list(self, data: Any, what: str) -> list[Any]:
        """The data, which must be a list; none is an empty one.

        :raises MalformedReplyError: it is something else.
        """
        if data is None or isinstance(data, list):
            return data or []
        raise self._unexpected(data, what)

    def take_page(self, data: Any, what: str) -> Json:
        """A page: ``{"records": [...], "total", "size", "current", "pages"}``.

        :raises MalformedReplyError: it is none.
        """
        page = self.take_object(data, what)
        self.take_list(page.get("records"), what)
        return {**page, "records": page.get("records") or []}

    def all_pages(self, fetch: Callable[[int], Flow[Json]]) -> Flow[list[Json]]:
        """The records of all pages.

        :param fetch: gets the page with that number, from 1.
        """
        found: list[Json] = []
        for number in range(1, MAX_PAGES):
            page = yield from fetch(number)
            found += page["records"]
            if is_last_page(page, number):
                break
        return found

    def _unexpected(self, data: Any, what: str) -> MalformedReplyError:
        message = f"Hlink says that it went well, and its answer has no {what} that can be read, only {data!r:.100}."
        return MalformedReplyError(message, self.client.context)


def is_last_page(page: Json, number: int) -> bool:
    """Whether no page comes after it."""
    pages = page.get("pages")
    return not page["records"] or (isinstance(pages, int) and number >= pages)


def join_ids(job_ids: Iterable[str | int]) -> str:
    """Job ids as the batch endpoints want them.

    :raises ConfigurationError: there is none, or one that is no number.
    """
    ids = [str(job_id).strip() for job_id in job_ids]
    if not ids or not all(each.isdigit() for each in ids):
        raise ConfigurationError(f"job_ids is {ids!r}; give the numbers of one job or more.")
    return ",".join(ids)
