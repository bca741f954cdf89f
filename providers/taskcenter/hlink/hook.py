"""The Hlink hook: all 43 endpoints as methods, synchronous and asynchronous."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Sink
from taskcenter.core.errors import ConfigurationError, ErrorContext
from taskcenter.core.flow import Flow
from taskcenter.core.gateway import LoginState
from taskcenter.hlink.api import MAX_PAGES, Json, is_last_page
from taskcenter.hlink.client import AUTHS
from taskcenter.hlink.definitions import ensure_job
from taskcenter.hlink.job_methods import JobMethods
from taskcenter.hlink.resource_methods import ResourceMethods
from taskcenter.hlink.system import HlinkSystem

if TYPE_CHECKING:
    from airflow.sdk import Connection


class HlinkHook(JobMethods, ResourceMethods):
    """Talk to Hlink, which runs SQL and jar jobs on Flink.

    Every method of an endpoint returns the ``data`` of the answer and has an asynchronous twin with an ``a`` before
    its name. All raise :class:`~taskcenter.core.errors.RemoteError` or one of its kinds; an answer is good when it says
    ``success``, whatever its ``code``.

    .. seealso:: :doc:`/hlink`

    :param hlink_conn_id: the Airflow connection, of type ``hlink``.
    """

    conn_name_attr = "hlink_conn_id"
    default_conn_name = "hlink_default"
    conn_type = "hlink"
    hook_name = "Hlink"
    default_prefix = ""
    auths = AUTHS

    def __init__(self, hlink_conn_id: str = default_conn_name) -> None:
        super().__init__(hlink_conn_id)

    def make_system(self, settings: ConnectionSettings, state: LoginState) -> HlinkSystem:
        """Hlink's flows on a session."""
        return HlinkSystem(settings, state)

    def check(self) -> str:
        """Log in, count jobs and clusters, and say what was found.

        :raises RemoteError: it did not work.
        """
        clusters = self.cluster_choices()
        jobs = self.list_jobs(page_size=1)
        names = ", ".join(sorted(str(each.get("name")) for each in clusters)) or "none"
        return (
            f"Connected to Hlink at {self.settings.base_url}; {jobs.get('total') or 0} job(s) to be seen; clusters: "
            f"{names}; job status read as {self.system.dialect}."
        )

    def download_file(self, file_path: str, target: str | Path, file_name: str | None = None) -> Path:
        """通用下载: stream a file of Hlink's own machine into a local one.

        :param target: the file, written under another name until it is complete.
        :raises NotFoundError: there is no such file.
        """
        target = Path(target)
        part = target.with_name(target.name + ".part")
        try:
            self.run(lambda api: api.download_file(file_path, _into(part), file_name))
            return part.rename(target)
        finally:
            part.unlink(missing_ok=True)

    async def adownload_file(self, file_path: str, target: str | Path, file_name: str | None = None) -> Path:
        """As :meth:`download_file`."""
        target = Path(target)
        part = target.with_name(target.name + ".part")
        try:
            await self.arun(lambda api: api.download_file(file_path, _into(part), file_name))
            return part.rename(target)
        finally:
            part.unlink(missing_ok=True)

    def ensure_job(self, definition: Mapping[str, Any]) -> Json:
        """The job of the definition's ``jobName``, created or changed as needed; a running one is left as it is."""
        return self.run(lambda api: ensure_job(api, definition))

    # All pages

    def iter_jobs(self, **filters: Any) -> Iterator[Json]:
        """All jobs, page by page; filters (texts and numbers) as for :meth:`list_jobs`."""
        return self._iterate(lambda api, page: api.list_jobs(page, **filters))

    def aiter_jobs(self, **filters: Any) -> AsyncIterator[Json]:
        """As :meth:`iter_jobs`."""
        return self._aiterate(lambda api, page: api.list_jobs(page, **filters))

    def iter_data_sources(self, ds_type: str, **filters: Any) -> Iterator[Json]:
        """All data sources of a type, page by page."""
        return self._iterate(lambda api, page: api.list_data_sources(ds_type, page, **filters))

    def aiter_data_sources(self, ds_type: str, **filters: Any) -> AsyncIterator[Json]:
        """As :meth:`iter_data_sources`."""
        return self._aiterate(lambda api, page: api.list_data_sources(ds_type, page, **filters))

    def iter_jars(self, **filters: Any) -> Iterator[Json]:
        """All jars, page by page."""
        return self._iterate(lambda api, page: api.list_jars_page(page, **filters))

    def aiter_jars(self, **filters: Any) -> AsyncIterator[Json]:
        """As :meth:`iter_jars`."""
        return self._aiterate(lambda api, page: api.list_jars_page(page, **filters))

    def iter_udfs(self, **filters: Any) -> Iterator[Json]:
        """All functions, page by page."""
        return self._iterate(lambda api, page: api.list_udfs(page, **filters))

    def aiter_udfs(self, **filters: Any) -> AsyncIterator[Json]:
        """As :meth:`iter_udfs`."""
        return self._aiterate(lambda api, page: api.list_udfs(page, **filters))

    def iter_clusters(self) -> Iterator[Json]:
        """All clusters, page by page."""
        return self._iterate(lambda api, page: api.list_clusters(page))

    def aiter_clusters(self) -> AsyncIterator[Json]:
        """As :meth:`iter_clusters`."""
        return self._aiterate(lambda api, page: api.list_clusters(page))

    def _iterate(self, fetch: Callable[[HlinkSystem, int], Flow[Json]]) -> Iterator[Json]:
        for number in range(1, MAX_PAGES):
            page = self.run(lambda api, number=number: fetch(api, number))  # type: ignore[misc]
            yield from page["records"]
            if is_last_page(page, number):
                return

    async def _aiterate(self, fetch: Callable[[HlinkSystem, int], Flow[Json]]) -> AsyncIterator[Json]:
        for number in range(1, MAX_PAGES):
            page = await self.arun(lambda api, number=number: fetch(api, number))  # type: ignore[misc]
            for record in page["records"]:
                yield record
            if is_last_page(page, number):
                return

    def _read(self, connection: Connection) -> ConnectionSettings:
        """The connection; ``cookies`` of its extra, an object, become the header that carries them."""
        settings = super()._read(connection)
        cookies = (json.loads(connection.extra) if connection.extra else {}).get("cookies")
        if not cookies:
            return settings
        if not isinstance(cookies, Mapping):
            message = f"Connection {settings.conn_id}: cookies in extra must be a JSON object of texts."
            raise ConfigurationError(message, ErrorContext(system=self.conn_type, connection=settings.conn_id))
        header = "; ".join(f"{name}={value}" for name, value in cookies.items())
        extra = {name: value for name, value in settings.extra.items() if name != "cookies"}
        return replace(settings, headers={**settings.headers, "Cookie": header}, extra=extra)


def _into(path: Path) -> Sink:
    def restart() -> Callable[[bytes], object]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        return append

    def append(piece: bytes) -> None:
        with path.open("ab") as stream:
            stream.write(piece)

    return restart
