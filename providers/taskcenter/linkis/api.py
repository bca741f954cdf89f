"""One flow per Linkis endpoint; hook, operator, trigger and poller all come through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Reply, Sink
from taskcenter.core.flow import Flow
from taskcenter.core.gateway import GatewayClient, LoginState, forward_as
from taskcenter.core.view import ForwardedRequest
from taskcenter.linkis import endpoints
from taskcenter.linkis.status import PolledRow

LINKIS_NULL = "LINKIS_NULL"
"""As ``nullValue`` makes openFile give a real JSON null (1.5 and later; facts section 12)."""


class LinkisApi:
    """The endpoints of Linkis as flows; each returns the envelope's ``data``.

    :param settings: the connection.
    :param state: whether the session that the flows run on is logged in.
    """

    name = "linkis"

    def __init__(self, settings: ConnectionSettings, state: LoginState) -> None:
        self.settings = settings
        self.client = GatewayClient(settings, state, self.name)

    @property
    def connection(self) -> str:
        """The Airflow connection id."""
        return self.settings.conn_id

    def forward(self, request: ForwardedRequest) -> Flow[Reply]:
        """Pass somebody's request on, see :class:`~taskcenter.core.view.ForwardingApi`.

        :raises ConfigurationError: it is to be made as another user, which takes a connection with a token.
        """
        return forward_as(self.client, request)

    def submit(self, body: Mapping[str, Any]) -> Flow[dict[str, Any]]:
        """提交执行: send code. ``{"execID": str, "taskID": int}``. Never repeated when it may have arrived."""
        return self.client.call(endpoints.SUBMIT(body=body))

    def execute(self, body: Mapping[str, Any]) -> Flow[dict[str, Any]]:
        """兼容0.X的任务执行接口: the old form of submit; ``params`` must be there (facts section 5)."""
        return self.client.call(endpoints.EXECUTE(body=body))

    def status(self, exec_id: str, task_id: str | int | None = None) -> Flow[dict[str, Any]]:
        """获取状态 of a job in the entrance's memory: ``{"execID": str, "status": str}``.

        :param task_id: lets the server answer from the job history when the execID is gone.
        """
        return self.client.call(endpoints.STATUS(exec_id=exec_id, query={"taskID": task_id}), _text(task_id))

    def log(self, exec_id: str, from_line: int = 1, size: int = 100) -> Flow[dict[str, Any]]:
        """获取日志: ``{"log": [error, warn, info, all], "fromLine": int}``; ``fromLine`` goes into the next call."""
        return self.client.call(endpoints.LOG(exec_id=exec_id, query={"fromLine": from_line, "size": size}))

    def progress(self, exec_id: str) -> Flow[dict[str, Any]]:
        """获取进度: ``{"progress": 0..1, "progressInfo": [...]}``. An error here says nothing about the job."""
        return self.client.call(endpoints.PROGRESS(exec_id=exec_id))

    def kill(self, exec_id: str, task_id: str | int | None = None) -> Flow[dict[str, Any]]:
        """Kill任务.

        :param task_id: always give it: without it a job that left the memory cannot be killed (facts section 9).
        """
        return self.client.call(endpoints.KILL(exec_id=exec_id, query={"taskID": task_id}), _text(task_id))

    def jobhistory_get(self, task_id: str | int) -> Flow[dict[str, Any]]:
        """获取任务信息: the history row (``task``) of one job; dates are epoch milliseconds."""
        data = yield from self.client.call(endpoints.HISTORY_GET(task_id=task_id), str(task_id))
        task = data.get("task")
        return task if isinstance(task, dict) else {}

    def jobhistory_list(self, **filters: str | int | None) -> Flow[dict[str, Any]]:
        """The user's jobs, newest first: ``{"tasks": [...], "totalPage": <number of rows>}`` (facts section 10).

        :param filters: ``startDate``, ``endDate`` (epoch ms), ``status``, ``pageNow``, ``pageSize``, ``taskID``,
            ``executeApplicationName``, ``creator``, ... A page past the end is the last page again.
        """
        return self.client.call(endpoints.HISTORY_LIST(query=filters))

    def jobhistory_list_taskids(self, task_ids: Sequence[str | int]) -> Flow[list[dict[str, Any]]]:
        """The history rows of up to 30 jobs (Linkis 1.7 and later); unknown ids are missing."""
        ids = ",".join(str(task_id) for task_id in task_ids)
        data = yield from self.client.call(endpoints.HISTORY_LIST_IDS(query={"taskID": ids}))
        rows = data.get("jobHistoryList")
        return rows if isinstance(rows, list) else []

    def jobhistory_poll(self, task_ids: Sequence[str | int]) -> Flow[list[PolledRow]]:
        """As :meth:`jobhistory_list_taskids`, only what waiting needs."""
        ids = ",".join(str(task_id) for task_id in task_ids)
        return self.client.call(endpoints.HISTORY_POLL(query={"taskID": ids}))

    def get_dir_file_trees(self, path: str) -> Flow[dict[str, Any] | None]:
        """获取结果集信息: the directory with its ``children``; None where there is no such directory."""
        data = yield from self.client.call(endpoints.DIR_FILE_TREES(query={"path": path}))
        tree = data.get("dirFileTrees")
        return tree if isinstance(tree, dict) else None

    def open_file(
        self, path: str, page: int = 1, page_size: int = 5000, null_value: str = LINKIS_NULL
    ) -> Flow[dict[str, Any]]:
        """获取结果集内容: one page of a result set or a script; ``totalLine`` counts this page's rows only.

        :param page: from 1.
        :param page_size: at most 100,000.
        """
        return self.client.call(
            endpoints.OPEN_FILE(query={"path": path, "page": page, "pageSize": page_size, "nullValue": null_value})
        )

    def open_log(self, path: str) -> Flow[list[str]]:
        """The whole log of a finished job: ``[error, warn, info, all]``, up to 30 MB."""
        data = yield from self.client.call(endpoints.OPEN_LOG(query={"path": path}))
        log = data.get("log")
        return [str(part or "") for part in log] if isinstance(log, list) else ["", "", "", str(log or "")]

    def results_to_excel(self, path: str, sink: Sink, **options: str | int | bool | None) -> Flow[Mapping[str, str]]:
        """获取结果集按照文件流的方式: stream a result set as csv or xlsx; returns the answer's headers.

        :param sink: opened for each attempt, receives the file piece by piece.
        :param options: ``outputFileType``, ``csvSeparator``, ``nullValue``, ``limit`` (0 means 5000), ...
        :raises ResultError: the server sent an error instead of a file (as HTTP 200).
        """
        return self.client.call(endpoints.RESULT_TO_EXCEL(query={"path": path, **options}, sink=sink))


def _text(task_id: str | int | None) -> str | None:
    return None if task_id is None else str(task_id)
