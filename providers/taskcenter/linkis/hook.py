"""The Linkis hook: every documented endpoint as a typed method, synchronous and asynchronous."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Sink
from taskcenter.core.errors import ConfigurationError, ErrorContext, ResultError
from taskcenter.core.gateway import AUTH_PASSWORD, AUTH_TOKEN, LoginState
from taskcenter.jobs.hook import RemoteHook
from taskcenter.linkis.api import LINKIS_NULL
from taskcenter.linkis.endpoints import DEFAULT_PREFIX
from taskcenter.linkis.files import count_downloaded_rows
from taskcenter.linkis.results import PAGE_ROWS, ResultSet, read_page, result_paths
from taskcenter.linkis.status import parse_task
from taskcenter.linkis.system import LinkisSystem

Json = dict[str, Any]

ALL_ROWS = 2_147_483_647
"""As ``limit`` of a download; 0 would be 5000 rows (facts section 13)."""

SILENT_LIMIT = 5000


class LinkisHook(RemoteHook[LinkisSystem]):
    """Talk to Apache Linkis.

    Every method of an endpoint returns the ``data`` of Linkis' envelope and has an asynchronous twin with an ``a``
    before its name; the documents and the facts page describe the shapes. All raise
    :class:`~taskcenter.core.errors.RemoteError` or one of its kinds.

    .. seealso:: :doc:`/linkis/connection`

    :param linkis_conn_id: the Airflow connection, of type ``linkis``.
    """

    conn_name_attr = "linkis_conn_id"
    default_conn_name = "linkis_default"
    conn_type = "linkis"
    hook_name = "Apache Linkis"
    default_prefix = DEFAULT_PREFIX
    auths = (AUTH_PASSWORD, AUTH_TOKEN)

    def __init__(self, linkis_conn_id: str = default_conn_name) -> None:
        super().__init__(linkis_conn_id)

    def make_system(self, settings: ConnectionSettings, state: LoginState) -> LinkisSystem:
        """Linkis' flows on a session."""
        return LinkisSystem(settings, state)

    def check(self) -> str:
        """Log in and read one line of the job history."""
        data = self.run(lambda api: api.jobhistory_list(pageNow=1, pageSize=1))
        count = data.get("totalPage", 0)
        return (
            f"Connected to Linkis at {self.settings.base_url} as {self.settings.login}: {count} job(s) in its history."
        )

    # The documented endpoints

    def submit(self, body: Mapping[str, Any]) -> Json:
        """提交执行 ``POST /entrance/submit``: ``{"execID", "taskID"}``."""
        return self.run(lambda api: api.submit(body))

    async def asubmit(self, body: Mapping[str, Any]) -> Json:
        """As :meth:`submit`."""
        return await self.arun(lambda api: api.submit(body))

    def execute(self, body: Mapping[str, Any]) -> Json:
        """兼容0.X的任务执行接口 ``POST /entrance/execute``: ``{"execID", "taskID"}``."""
        return self.run(lambda api: api.execute(body))

    async def aexecute(self, body: Mapping[str, Any]) -> Json:
        """As :meth:`execute`."""
        return await self.arun(lambda api: api.execute(body))

    def status(self, exec_id: str, task_id: str | int | None = None) -> Json:
        """获取状态 ``GET /entrance/{execID}/status``: ``{"execID", "status"}``."""
        return self.run(lambda api: api.status(exec_id, task_id))

    async def astatus(self, exec_id: str, task_id: str | int | None = None) -> Json:
        """As :meth:`status`."""
        return await self.arun(lambda api: api.status(exec_id, task_id))

    def log_lines(self, exec_id: str, from_line: int = 1, size: int = 100) -> Json:
        """获取日志 ``GET /entrance/{execID}/log``: ``{"log": [error, warn, info, all], "fromLine"}``.

        Not named ``log``, which is the hook's own logger in Airflow.
        """
        return self.run(lambda api: api.log(exec_id, from_line, size))

    async def alog_lines(self, exec_id: str, from_line: int = 1, size: int = 100) -> Json:
        """As :meth:`log_lines`."""
        return await self.arun(lambda api: api.log(exec_id, from_line, size))

    def progress(self, exec_id: str) -> Json:
        """获取进度 ``GET /entrance/{execID}/progress``: ``{"progress", "progressInfo"}``."""
        return self.run(lambda api: api.progress(exec_id))

    async def aprogress(self, exec_id: str) -> Json:
        """As :meth:`progress`."""
        return await self.arun(lambda api: api.progress(exec_id))

    def kill(self, exec_id: str, task_id: str | int | None = None) -> Json:
        """Kill任务 ``GET /entrance/{execID}/kill``."""
        return self.run(lambda api: api.kill(exec_id, task_id))

    async def akill(self, exec_id: str, task_id: str | int | None = None) -> Json:
        """As :meth:`kill`."""
        return await self.arun(lambda api: api.kill(exec_id, task_id))

    def jobhistory_get(self, task_id: str | int) -> Json:
        """获取任务信息 ``GET /jobhistory/{id}/get``: the ``task``."""
        return self.run(lambda api: api.jobhistory_get(task_id))

    async def ajobhistory_get(self, task_id: str | int) -> Json:
        """As :meth:`jobhistory_get`."""
        return await self.arun(lambda api: api.jobhistory_get(task_id))

    def jobhistory_list(self, **filters: str | int | None) -> Json:
        """``GET /jobhistory/list``: ``{"tasks", "totalPage"}``, the latter the number of rows."""
        return self.run(lambda api: api.jobhistory_list(**filters))

    async def ajobhistory_list(self, **filters: str | int | None) -> Json:
        """As :meth:`jobhistory_list`."""
        return await self.arun(lambda api: api.jobhistory_list(**filters))

    def jobhistory_list_taskids(self, task_ids: Sequence[str | int]) -> list[Json]:
        """``GET /jobhistory/list-taskids``: the rows of up to 30 jobs (Linkis 1.7 and later)."""
        return self.run(lambda api: api.jobhistory_list_taskids(task_ids))

    async def ajobhistory_list_taskids(self, task_ids: Sequence[str | int]) -> list[Json]:
        """As :meth:`jobhistory_list_taskids`."""
        return await self.arun(lambda api: api.jobhistory_list_taskids(task_ids))

    def get_dir_file_trees(self, path: str) -> Json | None:
        """获取结果集信息 ``GET /filesystem/getDirFileTrees``: the directory, None where there is none."""
        return self.run(lambda api: api.get_dir_file_trees(path))

    async def aget_dir_file_trees(self, path: str) -> Json | None:
        """As :meth:`get_dir_file_trees`."""
        return await self.arun(lambda api: api.get_dir_file_trees(path))

    def open_file(self, path: str, page: int = 1, page_size: int = PAGE_ROWS, null_value: str = LINKIS_NULL) -> Json:
        """获取结果集内容 ``GET /filesystem/openFile``: one page; rows with NULL as None."""
        return self.run(lambda api: api.open_file(path, page, page_size, null_value))

    async def aopen_file(
        self, path: str, page: int = 1, page_size: int = PAGE_ROWS, null_value: str = LINKIS_NULL
    ) -> Json:
        """As :meth:`open_file`."""
        return await self.arun(lambda api: api.open_file(path, page, page_size, null_value))

    def open_log(self, path: str) -> list[str]:
        """``GET /filesystem/openLog``: ``[error, warn, info, all]`` of a finished job."""
        return self.run(lambda api: api.open_log(path))

    async def aopen_log(self, path: str) -> list[str]:
        """As :meth:`open_log`."""
        return await self.arun(lambda api: api.open_log(path))

    def results_to_excel(self, path: str, target: str | Path, file_type: str = "csv", **options: Any) -> Path:
        """获取结果集按照文件流的方式 ``GET /filesystem/resultsetToExcel``: stream a result set into a local file.

        Linkis' csv quotes nothing; use :meth:`result_sets` for a lossless copy.

        :param target: the file, written under another name until it is complete.
        :param file_type: ``csv`` or ``xlsx``.
        :param options: ``limit`` (rows; default all), ``csvSeparator``, ``nullValue``, ``charset``, ``sheetName``, ...
        :raises ResultError: the server sent an error, or fewer rows than there are.
        """
        target = Path(target)
        part = target.with_name(target.name + ".part")
        query = _download_query(file_type, options)
        try:
            self.run(lambda api: api.results_to_excel(path, _into(part), **query))
            rows = count_downloaded_rows(part, file_type)
            if rows == SILENT_LIMIT and query["limit"] != SILENT_LIMIT:
                rest = self.run(lambda api: read_page(api, path, SILENT_LIMIT + 1, 1))
                _refuse_cut(path, bool(rest.rows))
            return part.rename(target)
        finally:
            part.unlink(missing_ok=True)

    async def aresults_to_excel(self, path: str, target: str | Path, file_type: str = "csv", **options: Any) -> Path:
        """As :meth:`results_to_excel`."""
        target = Path(target)
        part = target.with_name(target.name + ".part")
        query = _download_query(file_type, options)
        try:
            await self.arun(lambda api: api.results_to_excel(path, _into(part), **query))
            rows = count_downloaded_rows(part, file_type)
            if rows == SILENT_LIMIT and query["limit"] != SILENT_LIMIT:
                rest = await self.arun(lambda api: read_page(api, path, SILENT_LIMIT + 1, 1))
                _refuse_cut(path, bool(rest.rows))
            return part.rename(target)
        finally:
            part.unlink(missing_ok=True)

    # On top of them

    def result_sets(self, task_id: str | int) -> list[ResultSet]:
        """The result sets of a finished job, in the order of its statements; empty where it has none."""
        location = parse_task(self.jobhistory_get(task_id)).details.get("result_location")
        tree = self.get_dir_file_trees(location) if location else None
        return [ResultSet(self, path) for path in result_paths(tree)]

    async def aresult_sets(self, task_id: str | int) -> list[ResultSet]:
        """As :meth:`result_sets`; read the rows with :meth:`ResultSet.arows`."""
        location = parse_task(await self.ajobhistory_get(task_id)).details.get("result_location")
        tree = await self.aget_dir_file_trees(location) if location else None
        return [ResultSet(self, path) for path in result_paths(tree)]

    def read_script(self, path: str) -> str:
        """The text of a script on Linkis' file system, such as ``file:///tmp/hadoop/1.sql``.

        :raises RemoteError: it cannot be read.
        """
        lines: list[str] = []
        page = 0
        while True:
            page += 1
            rows = self.open_file(path, page=page).get("fileContent") or []
            lines += [str(row[0] if isinstance(row, list) and row else row or "") for row in rows]
            if len(rows) < PAGE_ROWS:
                return "\n".join(lines)


def _into(path: Path) -> Sink:
    def restart() -> Any:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        return _append

    def _append(piece: bytes) -> None:
        with path.open("ab") as stream:
            stream.write(piece)

    return restart


def _download_query(file_type: str, options: Mapping[str, Any]) -> dict[str, Any]:
    if file_type not in ("csv", "xlsx"):
        raise ConfigurationError(
            f"file_type is {file_type!r}; Linkis makes csv and xlsx.", ErrorContext(system="linkis")
        )
    return {"outputFileType": file_type, "limit": ALL_ROWS, **options}


def _refuse_cut(path: str, has_more: bool) -> None:
    if has_more:
        raise ResultError(
            f"Linkis sent only the first {SILENT_LIMIT} rows of {path}, as it does without saying so. Read it with "
            "result_sets() instead, which pages through all of it.",
            ErrorContext(system="linkis"),
        )
